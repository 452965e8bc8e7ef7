"""What must happen: a pattern each, asked of what the word speaks about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from simulator.errors import did_you_mean, nearest
from simulator.pattern import asks, is_capture, regex_of
from simulator.scenario.known_rules import KnownRule
from simulator.scenario.schema import Asked, AskedMapping, Complaint, Doc, Duration, NotEmpty, OrOne, complain
from simulator.scenario.steps.registry import CallLine, step
from simulator.scenario.value import value
from simulator.vendors.openai.catalogue import NAMES
from simulator.vendors.openai.forms import CLIENT_NAMES

WITHIN_S = 5.0
"""How long an expectation waits that does not say so."""

CallStatus = Literal["trying", "ringing", "early-media", "in-progress", "completed", "failed", "busy", "no-answer", "queued"]
ResponseStatus = Literal["completed", "cancelled", "failed", "incomplete", "in_progress", "*"]


@value(kw_only=True)
class Expect(CallLine):
    """One expectation: `word` is its kind, `pattern` what is expected."""

    within_s: Annotated[Duration | None, Doc("how long it may take until it happens; 5s when left out")] = None
    absent: Annotated[bool, Doc("it must not happen: until the next step, or for as long as `within` says")] = False

    @property
    def pattern(self) -> Any:
        """What is expected of the values the word speaks about."""
        return getattr(self, self.word)


_WITH_FLAGS = re.compile(r"/(?P<regex>.+)/(?P<flags>[dgimsuvy]{1,3})")


def _flags(key: str, pattern: Any) -> Iterator[Complaint]:
    """Nobody says anything like /hello/i: that is a regular expression as other languages have them."""
    found = _WITH_FLAGS.fullmatch(pattern) if isinstance(pattern, str) else None
    if found is not None:
        inside = "".join(flag for flag in found["flags"] if flag in "ims")
        yield Complaint(
            key, f"there are no flags behind a regular expression: {pattern}", f"write /{f'(?{inside})' if inside else ''}{found['regex']}/"
        )


@step("expect", "verbs")
@value(kw_only=True)
class Verbs(Expect):
    """The application sends these verbs."""

    verbs: Annotated[tuple[Asked, ...], OrOne(), Doc("all in order: names, or patterns such as {llm: {vendor: openai}}; ... for any"), NotEmpty()]


@step("expect", "say")
@value(kw_only=True)
class Say(Expect):
    """A `say` verb is spoken to the caller."""

    say: Annotated[Asked, Doc("its text")]

    def check(self) -> Iterator[Complaint]:
        """A regular expression is nothing but that."""
        yield from _flags("say", self.say)


OUTPUT_KEYS = ("tool", "output", "call_id")


@step("expect", "tool_output")
@value(kw_only=True)
class ToolOutput(Expect):
    """The application returns the output of a tool."""

    tool_output: Annotated[Asked, Doc("the output, or {tool, output, call_id}")]

    def check(self) -> Iterator[Complaint]:
        """What the tool has returned is not beside `output`, but in it."""
        written = (
            self.tool_output if isinstance(self.tool_output, Mapping) and not asks(self.tool_output) and not is_capture(self.tool_output) else {}
        )
        strange = next((key for key in written if key not in OUTPUT_KEYS), "")
        remedy = f"known: {', '.join(OUTPUT_KEYS)}; what the tool returns is inside of output: {{output: {{{strange}: …}}}}"
        yield from complain((bool(strange), "tool_output", f"a tool output has no {strange!r}", remedy))


@step("expect", "command")
@value(kw_only=True)
class Command(Expect):
    """The application sends a command."""

    command: Annotated[Asked, Doc("its name, or a pattern of the message: {command, data, …}")]


@step("expect", "hook")
@value(kw_only=True)
class Hook(Expect):
    """jambonz calls a hook of the application."""

    hook: Annotated[Asked, Doc("its path, or {hook, data}")]


@step("expect", "event")
@value(kw_only=True)
class Event(Expect):
    """A server event of the model reaches the application."""

    event: Annotated[Asked, Doc("its type, or a pattern of the event")]

    def check(self) -> Iterator[Complaint]:
        """Other vendors and `emit` have events of their own: only what is nearly one of the model server's is a slip."""
        named = self.event.get("type") if isinstance(self.event, Mapping) else self.event
        known = not isinstance(named, str) or regex_of(named) is not None or named in NAMES
        if not known and named in CLIENT_NAMES:
            problem = f"{named} is an event of the client: it never reaches the application"
            yield Complaint("event", problem, f"write expect: {{client_event: {named}}}")
            return
        near = None if known else nearest(str(named), NAMES, cutoff=0.85)
        remedy = f"did you mean {near!r}? docs/events.md lists them all; /{re.escape(str(named))}/ if it is meant as it stands"
        yield from complain((near is not None, "event", f"the model server sends no {named!r}", remedy))


@step("expect", "client_event")
@value(kw_only=True)
class ClientEvent(Expect):
    """A client event reaches the model server."""

    client_event: Annotated[Asked, Doc("its type, or a pattern of the event")]


@step("expect", "session")
@value(kw_only=True)
class Session(Expect):
    """The session at the model server is like this."""

    session: Annotated[Asked, Doc("a pattern of the effective session")]


@step("expect", "response")
@value(kw_only=True)
class Response(Expect):
    """A response of the model ends."""

    response: Annotated[ResponseStatus | AskedMapping, Doc("how it ends, or a pattern of the response")]


@step("expect", "heard")
@value(kw_only=True)
class Heard(Expect):
    """The caller has heard this, up to the end or to where it was cut off."""

    heard: Annotated[Asked, Doc("the words")]

    def check(self) -> Iterator[Complaint]:
        """A regular expression is nothing but that."""
        yield from _flags("heard", self.heard)


@step("expect", "streamed")
@value(kw_only=True)
class Streamed(Expect):
    """The application was sent this over an audio websocket (`listen`)."""

    streamed: Annotated[Asked, Doc("the words, or {text, from_s, duration_s, channel}: channel 1 is the caller in stereo, 2 what they heard")]


@step("expect", "audio_frame")
@value(kw_only=True)
class AudioFrame(Expect):
    """The application sends a JSON frame over an audio websocket."""

    audio_frame: Annotated[Asked, Doc("its type, such as playAudio or killAudio, or a pattern of the frame")]


@step("expect", "call")
@value(kw_only=True)
class Call(Expect):
    """The call takes this status."""

    call: Annotated[CallStatus, Doc("the status")]
    by: Annotated[Literal["app", "caller", "jambonz"] | None, Doc("who ended the call")] = None
    sip_status: Annotated[int | None, Doc("the SIP status, such as 603 for a declined call")] = None

    @property
    def pattern(self) -> Any:
        """Of `{status, by, sip_status}`, what is asked for."""
        asked = {"status": self.call, "by": self.by, "sip_status": self.sip_status}
        return {key: value for key, value in asked.items() if value is not None}

    def check(self) -> Iterator[Complaint]:
        """Only a call that is over was ended by somebody."""
        over = self.call in ("completed", "failed", "busy", "no-answer")
        yield from complain((self.by is not None and not over, "by", f"a call that is {self.call} was not ended by anybody", "leave out by:"))


@step("expect", "request")
@value(kw_only=True)
class Request(Expect):
    """The application asks a backend."""

    request: Annotated[Asked, Doc("the URL without its query, or {method, url, query, headers, body}")]


@step("expect", "action")
@value(kw_only=True)
class Action(Expect):
    """An `actionHook` is called with this."""

    action: Annotated[Asked, Doc("the completion_reason, or a pattern of the payload")]


@step("expect", "finding")
@value(kw_only=True)
class Finding(Expect):
    """A rule does not hold in this call, and that is expected."""

    AFTER_CALL: ClassVar[bool] = True

    finding: Annotated[str, Doc("the code of the rule, such as J012"), KnownRule()]


FRAME_KEYS = ("link", "from", "kind", "frame", "at_s")
LINKS = ("app", "audio", "model", "media", "world")


@step("expect", "frame")
@value(kw_only=True)
class Frame(Expect):
    """Any frame of the journal."""

    frame: Annotated[Mapping[str, Asked], Doc("a pattern of {link, from, kind, frame, at_s}: link is app, audio, model, media or world"), NotEmpty()]

    def check(self) -> Iterator[Complaint]:
        """A frame has few keys, and there are few links."""
        strange = next((key for key in self.frame if key not in FRAME_KEYS), "")
        remedy = f"known: {', '.join(FRAME_KEYS)}; what was sent is inside of frame: {{frame: {{{strange}: …}}}}"
        link = self.frame.get("link", "*")
        nowhere = isinstance(link, str) and link != "*" and regex_of(link) is None and link not in LINKS
        yield from complain(
            (bool(strange), "frame", f"a frame has no {strange!r}", remedy),
            (nowhere, "frame", f"there is no link {link!r}", did_you_mean(str(link), LINKS)),
        )


ExpectStep = (
    Verbs
    | Say
    | ToolOutput
    | Command
    | Hook
    | Event
    | ClientEvent
    | Session
    | Response
    | Heard
    | Streamed
    | AudioFrame
    | Call
    | Request
    | Action
    | Finding
    | Frame
)
