"""Expectations: questions to the journal, answered with the frame that fits or with what came nearest and how it differs.

Each kind of expectation reads from a frame the value its pattern speaks about, or nothing when the frame is of another kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.jambonz.tool_outputs import carries_output, output_item
from simulator.journal import Frame, Journal
from simulator.pattern import Literally, Mismatch, asks, captured, difference, is_capture, show
from simulator.scenario.near import is_name, likeness

Reader = Callable[[Frame, Journal], list[Any]]
"""Values a frame offers to an expectation of this kind; usually none or one."""

READERS: dict[str, Reader] = {}


def reads(word: str) -> Callable[[Reader], Reader]:
    """Register the reader of an expectation."""

    def register(reader: Reader) -> Reader:
        READERS[word] = reader
        return reader

    return register


@dataclass(frozen=True, slots=True)
class Difference:
    """Nothing fitted: the frame that came nearest, and where it differs; `nearest` is None when nothing of the kind happened.

    `came` says what came instead: names that nobody can have meant, and how often each.
    """

    nearest: Frame | None
    mismatches: tuple[Mismatch, ...]
    came: tuple[tuple[str, int], ...] = ()

    def lines(self) -> list[str]:
        """For people."""
        if self.nearest is None:
            latest = ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in self.came[-MOST_NAMES:])
            more = f", and {len(self.came) - MOST_NAMES} other names before" if len(self.came) > MOST_NAMES else ""
            return [f"instead came: {latest}{more}"] if latest else []
        hidden = len(self.mismatches) - MOST_MISMATCHES
        left = [f"  and {hidden} more differences"] if hidden > 0 else []
        return [f"nearest: {seen(self.nearest)}", *(f"  {mismatch}" for mismatch in self.mismatches[:MOST_MISMATCHES]), *left]


MOST_NAMES, MOST_MISMATCHES = 5, 5


def seen(frame: Frame) -> str:
    """A frame in one line: its number, time, link, source and kind."""
    return f"#{frame.seq} at {frame.at_s:.3f} s, {frame.link} link, {frame.source}: {frame.kind}"


STATES = frozenset({"call", "session"})
"""Words that ask for a state, not for something that happens: the latest frame of the kind counts, whenever it came."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`word` is the kind, `pattern` what a value must look like, `leg` the call that is looked at."""

    word: str
    pattern: Any
    leg: int = 0

    @property
    def is_state(self) -> bool:
        """Whether it asks for a state."""
        return self.word in STATES

    def candidates(self, journal: Journal, since: int) -> Sequence[Frame]:
        """What may be expected: the frames from `since` on; of a state the latest that speaks about it, whenever that was."""
        if not self.is_state:
            return journal.of_leg(self.leg, since)
        latest = next((frame for frame in reversed(journal.of_leg(self.leg)) if READERS[self.word](frame, journal)), None)
        return [] if latest is None else [latest]

    def fits(self, frame: Frame, journal: Journal) -> bool:
        """Whether this frame is what was expected."""
        return any(not self._mismatches(value) for value in READERS[self.word](frame, journal))

    def captured(self, frame: Frame, journal: Journal) -> dict[str, Any] | None:
        """What is captured of a frame that fits; None when it does not."""
        for value in READERS[self.word](frame, journal):
            if not self._mismatches(value):
                return captured(as_pattern(self.word, self.pattern, value), value)
        return None

    def difference(self, frames: Sequence[Frame], journal: Journal) -> Difference:
        """What came nearest among `frames`: of those with the name that was expected, or one like it, the one that differs least."""
        nearest: tuple[int, float, Frame, list[Mismatch]] | None = None
        came: dict[str, int] = {}
        for frame in frames:
            for value in READERS[self.word](frame, journal):
                found = self._mismatches(value)
                if found and (others := self._is_something_else(found)):
                    if "link" not in others:
                        name = str(value.get(NAMED_BY.get(self.word, "kind")))
                        came[name] = came.pop(name, 0) + 1
                elif nearest is None or (len(found), -self._likeness(value)) <= nearest[:2]:
                    nearest = (len(found), -self._likeness(value), frame, found)
        return Difference(nearest[2], tuple(nearest[3]), tuple(came.items())) if nearest else Difference(None, (), tuple(came.items()))

    @property
    def name(self) -> str | None:
        """The name that is expected, where it is written out: of the event, command or hook, or the text that is said."""
        member = SHORT_FORM.get(self.word)
        name = self.pattern.get(member) if isinstance(self.pattern, Mapping) else self.pattern
        return name if is_name(name) else None

    def _is_something_else(self, found: list[Mismatch]) -> set[str]:
        """The differences by which a value is no other form of what was expected, but another thing; none if it could be meant."""
        return {one.path for one in found} & ({"link", "from", "kind"} if self.word == "frame" else {NAMED_BY.get(self.word, "")} - {""})

    def _likeness(self, value: Any) -> float:
        text = value.get("text") if self.word in SPOKEN and isinstance(value, Mapping) else None
        return likeness(self.name, text) if self.name is not None and isinstance(text, str) else 0.0

    def _mismatches(self, value: Any) -> list[Mismatch]:
        return difference(as_pattern(self.word, self.pattern, value), value)

    def __str__(self) -> str:
        return f"{self.word}: {show(self.pattern)}"


NAMED_BY = {"event": "type", "client_event": "type", "command": "command", "hook": "hook", "audio_frame": "type"}
"""Words about things with a name: what has another one is something else, however little differs."""
SPOKEN = ("say", "heard", "streamed")

SHORT_FORM = {
    "event": "type",
    "client_event": "type",
    "command": "command",
    "hook": "hook",
    "response": "status",
    "call": "status",
    "action": "completion_reason",
    "request": "url",
    "tool_output": "output",
    "heard": "text",
    "streamed": "text",
    "audio_frame": "type",
    "say": "text",
}


def as_pattern(word: str, pattern: Any, value: Any) -> Any:
    """What is no mapping, where a mapping is offered, is short for its most telling member."""
    if word in SHORT_FORM and isinstance(value, Mapping) and is_short(pattern):
        return {SHORT_FORM[word]: pattern}
    if word == "verbs" and isinstance(pattern, (list, tuple)):
        return [_verb_pattern(one) for one in pattern]
    return pattern


def is_short(pattern: Any) -> bool:
    """Whether it speaks about a single value; `{any_of: [a, b]}` does, `{any_of: [{type: a}, {type: b}]}` does not."""
    if not isinstance(pattern, Mapping):
        return True
    if is_capture(pattern):
        return is_short(pattern.get("matches", "*"))
    if not asks(pattern) or "absent" in pattern:
        return False
    arguments = [one for argument in pattern.values() for one in (argument if isinstance(argument, (list, tuple)) else [argument])]
    return not any(isinstance(one, Mapping) for one in arguments)


def _verb_pattern(written: Any) -> Any:
    """`llm`, `{llm: {model: ..}}` and `{verb: llm, model: ..}` are three ways to say the same."""
    if isinstance(written, Literally) and isinstance(written.value, str):
        return {"verb": written}
    if isinstance(written, str) and written not in ("*", "..."):
        return {"verb": written}
    if isinstance(written, Mapping) and len(written) == 1 and "verb" not in written and not is_capture(written):
        name, data = next(iter(written.items()))
        return {"verb": name, **(data if isinstance(data, Mapping) else {})}
    return written


def _verb(sent: Any) -> Any:
    if isinstance(sent, dict) and "verb" not in sent and len(sent) == 1:
        name, data = next(iter(sent.items()))
        return {"verb": name, **(data if isinstance(data, dict) else {})}
    return sent


@reads("verbs")
def _verbs(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    if frame.link != "app" or frame.source != "app" or not isinstance(frame.frame.get("data"), list):
        return []
    if frame.kind == "ack" or frame.frame.get("command") == "redirect":
        return [[_verb(one) for one in frame.frame["data"]]]
    return []


@reads("say")
def _say(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "media" and frame.kind == "said" else []


@reads("heard")
def _heard(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "media" and frame.kind == "heard" else []


@reads("streamed")
def _streamed(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "audio" and frame.kind == "said" else []


@reads("audio_frame")
def _audio_frame(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "audio" and frame.source == "app" and "type" in frame.frame else []


UNDER_WAY = ("trying", "ringing", "early-media", "in-progress")


@reads("call")
def _call(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    if frame.link == "media" and frame.kind == "call_ended":
        return [frame.frame]
    if frame.kind == "call:status" and frame.source == "jambonz" and frame.frame["data"].get("call_status") in UNDER_WAY:
        return [{"status": frame.frame["data"]["call_status"]}]
    return []


@reads("tool_output")
def _tool_output(frame: Frame, journal: Journal) -> list[Any]:
    item = output_item(frame)
    if item is None:
        return [{"output": frame.frame.get("data")}] if carries_output(frame) else []
    call_id = item.get("call_id")
    tools = [
        seen.frame["data"].get("name")
        for seen in journal.select("app", "jambonz", "llm:tool-call")
        if call_id is not None and seen.frame["data"].get("tool_call_id") == call_id
    ]
    value = {"call_id": call_id, "output": item.get("output"), "tool": tools[-1] if tools else None}
    try:
        parsed = json.loads(item.get("output"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return [value]
    return [value, value | {"output": parsed}]


@reads("command")
def _command(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "app" and frame.source == "app" and frame.kind == "command" else []


@reads("hook")
def _hook(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "app" and frame.source == "jambonz" and frame.kind in ("verb:hook", "session:redirect") else []


@reads("action")
def _action(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame["data"]] if frame.link == "app" and frame.source == "jambonz" and frame.kind == "verb:hook" else []


@reads("event")
def _event(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame["data"]] if frame.link == "app" and frame.source == "jambonz" and frame.kind in ("llm:event", "agent:event") else []


@reads("client_event")
def _client_event(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "model" and frame.source == "jambonz" and "type" in frame.frame else []


@reads("session")
def _session(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame["session"]] if frame.link == "model" and frame.kind in ("session.updated", "session.created") else []


@reads("response")
def _response(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame["response"]] if frame.link == "model" and frame.kind == "response.done" else []


@reads("request")
def _request(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [frame.frame] if frame.link == "world" and frame.kind == "request" else []


@reads("frame")
def _frame(frame: Frame, journal: Journal) -> list[Any]:  # noqa: ARG001
    return [{"link": frame.link, "from": frame.source, "kind": frame.kind, "frame": frame.frame, "at_s": frame.at_s}]
