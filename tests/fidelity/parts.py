"""Parts of the feature server on their own: its requestor (level 1), its llm verb (level 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from simulator.ids import Ids
from simulator.jambonz.call import Call
from simulator.jambonz.environment import Environment
from simulator.jambonz.events import Acked, AppClosed, AppConnected, AppSaid, AppUnreachable, Effect, Unacked
from simulator.jambonz.frames import Frames
from simulator.jambonz.hook import Hook, hook_name
from simulator.jambonz.hooks import Unanswered
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs import SCRIPTS
from simulator.script import Script, Timeout
from tests.fidelity.recording import Recording

Json = dict[str, Any]


def verb_alone(call: Call, data: Json, done: Callable[[str | None], None]) -> Script[Effect, None]:
    """A minimal session: the llm verb and nothing else; `done` is told why its hook got no answer, or None."""
    verb = VerbData("llm", {name: value for name, value in data.items() if name != "verb"})
    call.verb = verb
    error = None
    try:
        yield from SCRIPTS["llm"](verb, call)
    except Unanswered as failure:
        error = str(failure)
    call.verb = None
    done(error)
    call.requestor.close(1000)


class RequestorAlone:
    """The websocket requestor with nobody behind it; what becomes of its requests is noted.

    A message nobody waits for is resolved when it is sent or queued, so one that dials only with the connection.
    """

    def __init__(self, hook: Hook, ids: Ids, environment: Environment, recording: Recording) -> None:
        self._effects: list[Effect] = []
        self._recording = recording
        self._asked: dict[str, str] = {}
        self._dials: str | None = None
        self._requestor = Requestor(hook, ids, self._effects, self._told, lambda: None, environment.ack_timeout_s)
        self._frames = Frames(self._requestor, self._commanded, environment.max_frame_bytes)

    @property
    def now_s(self) -> float:
        return self._requestor.now_s

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._requestor.now_s = now_s

    def request(self, order: Json) -> None:
        """The feature server wants to send something."""
        type_, hook = str(order.get("type")), order.get("hook", "")
        if not hook_name(hook):
            self._rejected(type_, "WsRequestor:request url was not provided")
            return
        headers = order.get("headers") or order.get("httpHeaders") or {}
        dials = self._requestor.state in ("new", "dropped") and not self._requestor.is_dialling
        msgid = self._requestor.send(type_, order.get("params") or {}, hook, headers.get("b3"))
        if msgid is not None and self._requestor.wants_ack(type_):
            self._asked[msgid] = type_
        elif msgid is not None and dials:
            self._dials = type_
        else:
            self._recording.note("request_resolved", type=type_, data=None)

    def close(self) -> None:
        """The session ends: what was not acknowledged is given up, unless `session:new` is among it (WR:389-396)."""
        waiting = list(self._requestor.open)
        self._requestor.close(1000)
        if "session:new" not in self._asked.values():
            for msgid in waiting:
                self._told(Unacked(msgid, f"abandoning msgid {msgid} since socket is closed"))

    def _rejected(self, type_: str, error: str) -> None:
        self._recording.note("request_rejected", type=type_, error=error)

    def _told(self, event: object) -> None:
        match event:
            case Acked(msgid, data) if msgid in self._asked:
                self._recording.note("request_resolved", type=self._asked.pop(msgid), data=data)
            case Unacked(msgid, why) if msgid in self._asked:
                self._rejected(self._asked.pop(msgid), why)

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
                dialled, self._dials = self._dials, None
                if dialled is not None:
                    self._recording.note("request_resolved", type=dialled, data=None)
                self._requestor.connected()
            case AppUnreachable():
                self._requestor.unreachable(event)
                if self._dials is not None and not self._requestor.is_dialling:
                    dialled, self._dials = self._dials, None
                    self._rejected(dialled, event.reason)
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
