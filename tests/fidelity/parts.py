"""Parts of the feature server on their own: its requestor (level 1), its llm verb (level 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from simulator.ids import Ids
from simulator.jambonz.call import Call
from simulator.jambonz.events import Acked, AppClosed, AppConnected, AppSaid, AppUnreachable, Effect, Unacked
from simulator.jambonz.frames import Frames
from simulator.jambonz.hook import Hook
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs import SCRIPTS
from simulator.script import Script, Timeout
from tests.fidelity.recording import Recording

Json = dict[str, Any]


def verb_alone(call: Call, data: Json, done: Callable[[], None]) -> Script[Effect, None]:
    """A minimal session: the llm verb and nothing else."""
    verb = VerbData("llm", {name: value for name, value in data.items() if name != "verb"})
    call.verb = verb
    yield from SCRIPTS["llm"](verb, call)
    call.verb = None
    done()
    call.requestor.close(1000)


class RequestorAlone:
    """The websocket requestor with nobody behind it; what becomes of its requests is noted."""

    def __init__(self, hook: Hook, ids: Ids, ack_timeout_s: float, recording: Recording) -> None:
        self._effects: list[Effect] = []
        self._recording = recording
        self._asked: dict[str, str] = {}
        self._requestor = Requestor(hook, ids, self._effects, self._told, lambda: None, ack_timeout_s)
        self._frames = Frames(self._requestor, self._commanded)

    @property
    def now_s(self) -> float:
        return self._requestor.now_s

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._requestor.now_s = now_s

    def request(self, order: Json) -> None:
        """The feature server wants to send something."""
        type_ = order["type"]
        msgid = self._requestor.send(type_, order.get("params") or {}, order.get("hook"))
        if msgid is not None and self._requestor.wants_ack(type_):
            self._asked[msgid] = type_
        else:
            self._recording.note("request_resolved", type=type_, data=None)

    def close(self) -> None:
        """The session ends."""
        self._requestor.close(1000)

    def _told(self, event: object) -> None:
        match event:
            case Acked(msgid, data):
                self._recording.note("request_resolved", type=self._asked.pop(msgid, "?"), data=data)
            case Unacked(msgid, why):
                self._recording.note("request_rejected", type=self._asked.pop(msgid, "?"), error=why)

    def _commanded(self, command: str, frame: Json) -> None:
        self._recording.note("command_received", command=command, data=frame.get("data"))

    # --- a core

    def receive(self, event: Any, now_s: float) -> list[Effect]:
        """Tell it what happened."""
        self.now_s = now_s
        match event:
            case Timeout():
                self._requestor.wake()
            case AppConnected():
                self._requestor.connected()
            case AppUnreachable():
                self._requestor.unreachable(event)
            case AppClosed(code):
                self._requestor.closed(code)
            case AppSaid(text):
                self._frames.read(text)
            case other:
                assert_never(other)
        effects = self._effects[:]
        self._effects.clear()
        return effects

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return self._requestor.wake_at_s
