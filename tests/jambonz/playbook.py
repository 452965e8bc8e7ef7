"""A dialogue with the feature server, for tests to be read aloud.

book >> event               something happens now
book.at(2.0) >> event       ... when two seconds have passed since the beginning
book << Send("call:status") the next thing it does, in order; nothing may stand between
book.is_silent()            it has done nothing else
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.ids import Ids
from simulator.jambonz import events
from simulator.jambonz.events import AppConnected, AppSaid, CallerSpoke, Happening, Invited, ModelConnected
from simulator.jambonz.far_end import FarEnd
from simulator.jambonz.fork_events import CloseAudio, ConnectAudio, SendAudio
from simulator.jambonz.hook import Hook
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite
from simulator.jambonz.profile import profile_named
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.server import FeatureServer
from simulator.script import Timeout
from simulator.speech import speak

Json = dict[str, Any]


class _Anything:
    """What was not said. It has a name, since names of tests are made of it."""

    def __repr__(self) -> str:
        return "ANYTHING"


ANYTHING = _Anything()


# --- what the application does


@dataclass(frozen=True)
class Ack:
    """The application acknowledges the newest message (of this type, of this hook, of this call) that it has not acknowledged."""

    data: Any = None
    type: str | None = None
    hook: str | None = None
    leg: int | None = None


def ack(data: Any = None, type: str | None = None, hook: str | None = None, leg: int | None = None) -> Ack:
    return Ack(data, type, hook, leg)


@dataclass(frozen=True)
class Answer:
    """The application answers the newest request over HTTP (of this type) that it has not answered; `data` is the JSON of the body."""

    data: Any = ANYTHING
    status: int = 200
    type: str | None = None
    content_type: str = "application/json; charset=utf-8"
    body: str | None = None


def answer(data: Any = ANYTHING, status: int = 200, type: str | None = None, **more: Any) -> Answer:
    return Answer(data, status, type, **more)


@dataclass(frozen=True)
class Breaks:
    """The newest request over HTTP that is not answered fails: nobody is there, unless told otherwise."""

    kind: Literal["ct"] | None = "ct"
    reason: str = "connect ECONNREFUSED 127.0.0.1:3000"
    error: Json = field(default_factory=lambda: {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect"})


def command(name: str, data: Any = ANYTHING, leg: int = 0, **more: Any) -> AppSaid:
    return frame(leg, type="command", command=name, **({} if data is ANYTHING else {"data": data}), **more)


def frame(socket: int = 0, /, **members: Any) -> AppSaid:
    return AppSaid(json.dumps(members), socket)


def spoken(text: str, leg: int = 0) -> CallerSpoke:
    return CallerSpoke(speak(text), leg)


# --- what the feature server does


class Send:
    """A message to the application: its type, the hook of its envelope where one is given, and what its data holds at least."""

    def __init__(self, type_: str, hook: str | None = None, /, **data: Any) -> None:
        self.type, self.hook, self.data = type_, hook, data

    def problem(self, effect: Any) -> str | None:
        if not isinstance(effect, events.SendApp):
            return "it is no message to the application"
        message = effect.message
        found = {name: message["data"].get(name, "absent") for name in self.data}
        hook = message.get("hook") if self.hook is not None else None
        return unequal((message["type"], hook, found), (self.type, self.hook, self.data))

    def __repr__(self) -> str:
        return f"Send({self.type!r}, {self.hook!r}, {self.data!r})"


class Ask:
    """A request over HTTP: its type, the URL where one is given, and what its data holds at least."""

    def __init__(self, type_: str, url: str | None = None, /, method: str = "POST", **data: Any) -> None:
        self.type, self.url, self.method, self.data = type_, url, method, data

    def problem(self, effect: Any) -> str | None:
        if not isinstance(effect, events.AskWebhook):
            return "it is no request over HTTP"
        sent = {} if effect.body is None else json.loads(effect.body)
        found = {name: sent.get(name, "absent") for name in self.data}
        url = effect.url if self.url is not None else None
        return unequal((effect.message["type"], effect.method, url, found), (self.type, self.method, self.url, self.data))

    def __repr__(self) -> str:
        return f"Ask({self.type!r}, {self.url!r}, {self.data!r})"


@dataclass(frozen=True)
class ToModel:
    """A client event to the model, with these members at least."""

    type: str
    members: Json | None = None

    def problem(self, effect: Any) -> str | None:
        if not isinstance(effect, events.SendModel):
            return "it is no event to the model"
        wanted = {"type": self.type} | (self.members or {})
        return unequal({name: effect.event.get(name, "absent") for name in wanted}, wanted)


@dataclass(frozen=True)
class Does:
    """Exactly this effect."""

    effect: Any

    def problem(self, effect: Any) -> str | None:
        return unequal(effect, self.effect)


@dataclass(frozen=True)
class Invites:
    """An INVITE to this address, as this leg; of its other members those that are given."""

    to: str
    leg: int = 1
    members: Json | None = None

    def problem(self, effect: Any) -> str | None:
        if not isinstance(effect, events.InvitePhone):
            return "it is no INVITE"
        wanted = {"to": self.to, "leg": self.leg} | (self.members or {})
        return unequal({name: getattr(effect, name) for name in wanted}, wanted)


def cancels(leg: int) -> Does:
    return Does(events.CancelInvite(leg))


def over(leg: int) -> Does:
    return Does(events.CallOver(leg))


def unequal(found: Any, wanted: Any) -> str | None:
    return None if found == wanted else f"found  {found!r}\n      wanted {wanted!r}"


@dataclass(frozen=True)
class Says:
    """A text frame on an audio websocket, with these members at least."""

    members: Json

    def problem(self, effect: Any) -> str | None:
        if not isinstance(effect, SendAudio) or not isinstance(effect.data, str):
            return "it is no text on an audio websocket"
        frame = json.loads(effect.data)
        return unequal({name: frame.get(name, "absent") for name in self.members}, self.members)


def says(**members: Any) -> Says:
    return Says(members)


def dials_audio(url: str, fork: int = 0, **headers: str) -> Does:
    return Does(ConnectAudio(url, fork, headers))


def hangs_up_audio(fork: int = 0) -> Does:
    return Does(CloseAudio(fork))


def close(code: int) -> Does:
    return Does(events.CloseApp(code))


def dial(url: str = "ws://app.test/hook") -> Does:
    return Does(events.ConnectApp(url, {}))


UNHEARD = ("session:new", "call:status")
HANGS_UP_MODEL = Does(events.CloseModel())
OVER = Does(events.CallOver())


class Playbook:
    """One call. Audio to the model, samples on audio websockets and notes for the journal are not part of the dialogue; `notes()` shows them."""

    def __init__(
        self,
        url: str = "ws://app.test/hook",
        status_hook: str | None = "",
        media: MediaServer | None = None,
        compat: bool = True,
        rings: bool = True,
        profile: str = "0.9.8",
        far_end: FarEnd | None = None,
        hook: Hook | None = None,
        **invite: Any,
    ) -> None:
        info = CallInfo("call-sid", "inbound", "+1555", "+1666", "call-id", "sbc-id", "account", "application")
        self.server = FeatureServer(
            hook=hook or Hook.parse(url),
            invite=Invite(info, **invite),
            profile=profile_named(profile),
            ids=Ids("test"),
            status_hook=status_hook,
            media=media,
            compat=compat,
            rings=rings,
            far_end=far_end,
        )
        if rings:
            self.call = self.server.call
        self.now_s = 0.0
        self.to_come: deque[Any] = deque()
        self.sent: list[Json] = []
        self.asked: list[events.AskWebhook] = []
        self._sockets: dict[str, int] = {}
        self.all_notes: list[events.Note] = []
        self.audio_bytes = 0
        self.sound: list[tuple[float, bytes]] = []
        """What was sent to audio websockets, frame by frame, and when."""
        self._acked: set[str] = set()
        self._answered: set[int] = set()

    # --- saying what happens

    def __rshift__(self, event: Happening | Ack | Answer | Breaks) -> Playbook:
        if isinstance(event, Answer | Breaks):
            self._happen(self._answer(event))
        else:
            self._happen(self._ack(event) if isinstance(event, Ack) else event)
        while (due_s := self.server.wake_at_s) is not None and due_s <= self.now_s:
            self._happen(Timeout())
        return self

    def at(self, at_s: float) -> Playbook:
        """Let time pass until `at_s`."""
        while (due_s := self.server.wake_at_s) is not None and due_s <= at_s + 1e-9:
            self.now_s = max(self.now_s, due_s)
            self._happen(Timeout())
        self.now_s = max(self.now_s, at_s)
        return self

    def meanwhile(self, act: Callable[[], object]) -> Playbook:
        """Something inside the feature server that no event brings about."""
        self.call.now_s = self.server.call.requestor.now_s = self.now_s
        act()
        self._happen(Timeout())
        return self

    def _happen(self, event: Happening) -> None:
        for effect in self.server.receive(event, self.now_s):
            match effect:
                case events.Note():
                    self.all_notes.append(effect)
                case events.SendModel(said) if said["type"] == "input_audio_buffer.append":
                    self.audio_bytes += len(said["audio"])
                case SendAudio(data=bytes(pcm)):
                    self.sound.append((self.now_s, pcm))
                case _:
                    if isinstance(effect, events.SendApp):
                        self.sent.append(effect.message)
                        self._sockets[effect.message["msgid"]] = effect.socket
                    if isinstance(effect, events.AskWebhook):
                        self.asked.append(effect)
                        self._answered.discard(effect.request)
                    self.to_come.append(effect)

    def _ack(self, given: Ack) -> AppSaid:
        wanting = [
            message
            for message in self.sent
            if Requestor.wants_ack(message["type"])
            and message["msgid"] not in self._acked
            and given.type in (None, message["type"])
            and given.hook in (None, message.get("hook"))
            and given.leg in (None, self.server.leg_of(self._sockets[message["msgid"]]))
        ]
        assert wanting, f"no message waits for an acknowledgement: {[message['type'] for message in self.sent]}"
        self._acked.add(wanting[-1]["msgid"])
        data = {} if given.data is None else {"data": given.data}
        msgid = wanting[-1]["msgid"]
        return frame(self._sockets[msgid], type="ack", msgid=msgid, **data)

    def _answer(self, given: Answer | Breaks) -> events.WebhookAnswered | events.WebhookFailed:
        wanted = given.type if isinstance(given, Answer) else None
        open_ = [one for one in self.asked if one.request not in self._answered and wanted in (None, one.message["type"])]
        assert open_, f"no request waits for an answer: {[one.message['type'] for one in self.asked]}"
        request = open_[-1].request
        self._answered.add(request)
        if isinstance(given, Breaks):
            return events.WebhookFailed(request, given.kind, given.reason, given.error)
        if given.body is not None or given.data is not ANYTHING:
            body = json.dumps(given.data) if given.body is None else given.body
            return events.WebhookAnswered(request, given.status, given.content_type, body)
        return events.WebhookAnswered(request, given.status)

    # --- saying what it does

    def __lshift__(self, wanted: Send | Ask | ToModel | Says | Does | Invites) -> Playbook:
        assert self.to_come, f"at {self.now_s} s nothing happened; wanted {wanted!r}"
        effect = self.to_come.popleft()
        problem = wanted.problem(effect)
        assert problem is None, f"at {self.now_s} s: {problem}\n      in {effect!r}\n      then {list(self.to_come)!r}"
        return self

    def is_silent(self) -> None:
        """Nothing was done that the test has not spoken of."""
        assert not self.to_come, f"at {self.now_s} s it also did {list(self.to_come)!r}"

    def skip(self) -> Playbook:
        """What was done so far is not what this test is about."""
        self.to_come.clear()
        return self

    def notes(self, kind: str, leg: int | None = None) -> list[Json]:
        """What the journal holds of this kind, about this leg."""
        return [note.frame for note in self.all_notes if note.kind == kind and leg in (None, note.leg)]

    def heard(self, leg: int) -> list[str]:
        """The words that the phone of this leg has heard."""
        return [frame["text"] for frame in self.notes("heard", leg)]

    # --- the beginning of most tests

    def begins(self, *verbs: Json) -> Playbook:
        """The call arrives and is acknowledged with `verbs`; what happens up to the first verb is passed over."""
        self >> Invited() >> AppConnected()
        self._beginning(lambda: self >> ack(list(verbs)))
        return self

    def begins_over_http(self, *verbs: Json) -> Playbook:
        """The same for webhooks: the first one is answered with `verbs`, and what is told to the status hook is passed over."""
        self >> Invited() >> answer(list(verbs))
        self.to_come = deque(one for one in self.to_come if not isinstance(one, events.AskWebhook) or one.message["type"] not in UNHEARD)
        for one in self.asked:
            if one.message["type"] in UNHEARD:
                self._answered.add(one.request)
        return self

    def calls(self, *verbs: Json) -> int:
        """One more call arrives and is acknowledged with `verbs`; its leg. Nothing of its beginning is part of the dialogue."""
        leg, socket = self.server.new_leg(), len(self.server.requestors)
        info = CallInfo(f"call-sid-{leg}", "inbound", f"+1555{leg}", "+1666", f"call-id-{leg}", f"sbc-id-{leg}", "account", "application")
        spoken_of = len(self.to_come)
        self >> Invited(leg, Invite(info)) >> AppConnected(socket) >> ack(list(verbs), "session:new", leg=leg)
        self.to_come = deque(
            effect
            for number, effect in enumerate(self.to_come)
            if number < spoken_of
            or not isinstance(effect, (events.SendApp, events.ConnectApp))
            or (isinstance(effect, events.SendApp) and effect.message["type"] not in ("session:new", "call:status"))
        )
        return leg

    def _beginning(self, acknowledge: Callable[[], object]) -> None:
        self.skip()
        acknowledge()
        self << Send("call:status", call_status="trying")
        if self.to_come and isinstance(self.to_come[0], events.SendApp) and self.to_come[0].message["data"].get("call_status") == "in-progress":
            self.to_come.popleft()

    def converses(self, llm: Json, *verbs: Json) -> Playbook:
        """The call begins with an llm verb, and the model has taken the connection."""
        self.begins(llm, *verbs)
        assert isinstance(self.to_come.popleft(), events.ConnectModel)
        self >> ModelConnected()
        return self.skip()


LLM: Json = {
    "verb": "llm",
    "vendor": "openai",
    "model": "gpt-realtime",
    "auth": {"apiKey": "sk-test"},
    "actionHook": "/final",
    "eventHook": "/event",
    "toolHook": "/tool",
    "llmOptions": {"response_create": {"instructions": "Greet."}, "session_update": {"type": "realtime", "tools": []}},
}
ANSWER: Json = {"verb": "answer"}
HANGUP: Json = {"verb": "hangup"}


def pause(length_s: float) -> Json:
    return {"verb": "pause", "length": length_s}


def said(text: str) -> Json:
    return {"verb": "say", "text": text}
