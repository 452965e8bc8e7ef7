"""One phone call on the feature server: its status, its stack of verbs, what the caller hears. Its life is in `life.py`.

Source of order and conditions: jambonz.md sections 3 to 5 (call-session.js, inbound-call-session.js at 389c65e2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.ids import Ids
from simulator.jambonz.events import Acked, Effect, Note, Played, Unacked, Woken, dropped
from simulator.jambonz.media import Line, Playback
from simulator.jambonz.messages import (
    B3_WHEN_TRACING_IS_OFF,
    CallInfo,
    Invite,
    call_status_data,
    verb_status_data,
)
from simulator.jambonz.profile import Profile
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.script import Running, Script, Waiting, until

Cause = Literal["caller", "app", "jambonz"]


class Unanswered(Exception):
    """A hook got no usable answer: no ack in time, the socket dropped, or verbs that are not valid (jambonz.md 1.6)."""


@dataclass(slots=True)
class Call:
    """The call. Verbs are carried out by scripts that are handed it; everything it does is appended to `effects`."""

    info: CallInfo
    invite: Invite
    profile: Profile
    requestor: Requestor
    ids: Ids
    effects: list[Effect]
    status_hook: str | None = ""
    compat: bool = True
    fetch_tts: Callable[[str], bool] = lambda _: True
    now_s: float = 0.0
    stack: deque[VerbData] = field(default_factory=deque)
    line: Line = field(default_factory=Line)
    playback: Playback = field(default_factory=Playback)
    verb: VerbData | None = None
    speech_to_speech: Any = None
    recognizers: list[Any] = field(default_factory=list)
    notify_events: bool = False
    answered_at_s: float | None = None
    over: bool = False
    _life: Running[Effect, None] | None = None
    _idle: bool = False
    _awaits_hook: bool = False

    # --- doing things

    def do(self, effect: Effect) -> None:
        """Order something."""
        self.effects.append(effect)

    def note(self, kind: str, **frame: Any) -> None:
        """Write down what the caller's side of the call shows."""
        self.do(Note("media", kind, frame))

    def notify(self, type_: str, data: dict[str, Any], hook: str | None = None) -> None:
        """A message that wants no acknowledgement."""
        self.requestor.send(type_, data, hook)

    def notify_status(self) -> None:
        """`call:status`, when the application has a status hook; without one the real server sends nothing (jambonz.md 2.5)."""
        if self.status_hook is not None:
            self.notify("call:status", call_status_data(self.info))

    def notify_error(self, data: dict[str, Any], verb: VerbData) -> None:
        """`jambonz:error` about a verb."""
        self.notify("jambonz:error", {**data, "verb": verb.name} | ({"id": verb.data["id"]} if "id" in verb.data else {}))

    def notify_loop(self, event: str, verb: VerbData) -> None:
        """`verb:status` of the loop, after `config {notifyEvents: true}` (call-session.js:3173)."""
        if self.notify_events:
            self.notify("verb:status", verb_status_data(event, verb.name, verb.data.get("id")))

    def notify_verb(self, event: str, verb: VerbData, **more: Any) -> None:
        """`verb:status` of the verb's own making, after `config {notifyEvents: true}` (task.js:216)."""
        if self.notify_events:
            identity = {"id": verb.data["id"]} if "id" in verb.data else {}
            self.notify("verb:status", {"event": event, "verb": verb.name, **more, **identity})

    # --- asking the application

    def request(self, type_: str, data: dict[str, Any], hook: str | None = None, b3: str | None = None) -> Waiting[Any]:
        """Send a message that wants an acknowledgement and wait for it; its `data`. Raises `Unanswered`."""
        msgid = self.requestor.send(type_, data, hook, b3)
        if msgid is None:
            return None
        answer = yield from until(Acked, Unacked, where=lambda event: event.msgid == msgid)
        if isinstance(answer, Unacked):
            raise Unanswered(answer.why)
        return answer.data

    def action_hook(self, verb: VerbData, results: dict[str, Any], type_: str = "verb:hook") -> Waiting[bool]:
        """Call the verb's `actionHook` with call info and `results`; verbs in the ack replace the stack. Whether they did.

        Nothing is sent when the verb names no hook. Raises `Unanswered`. Source: task.js `performAction`.
        """
        hook = verb.data.get("actionHook")
        if not hook:
            return False
        identity = {"verb_id": verb.data["id"]} if "id" in verb.data else {}
        self._awaits_hook = True  # a verb that awaits its hook has ended already: killing it changes nothing
        try:
            data = yield from self.request(type_, {**self.info.payload(), **results, **identity}, hook_name(hook), B3_WHEN_TRACING_IS_OFF)
        finally:
            self._awaits_hook = False
        return self.take_verbs(data, f"the ack of {hook_name(hook)}")

    def take_verbs(self, data: Any, where: str) -> bool:
        """Verbs that came in an ack become the stack. Raises `Unanswered` when one is not valid."""
        if not isinstance(data, list) or not data:
            if data not in (None, []):
                self.do(dropped(f"the data of {where}", "it is not a list of verbs", "acknowledge with a list of verbs or without data", data))
            return False
        if self.over:
            self.do(dropped(f"verbs in {where}", "the call is over", "acknowledge without data once call_status is completed", data))
            return False
        verbs = normalize(data, self.profile)
        if isinstance(verbs, Refusal):
            self.do(Note("app", "refused_verbs", refusal_note(verbs, where)))
            raise Unanswered(verbs.text)
        self.stack = deque(verbs)
        return True

    # --- the stack

    def replace(self, verbs: list[VerbData]) -> None:
        """New verbs instead of all others; the running verb is killed and may still call its hook (jambonz.md 3.4)."""
        if self.over:
            return
        self.stack = deque(verbs)
        self.kill_verb()
        self._wake()

    def queue(self, verbs: list[VerbData]) -> None:
        """More verbs behind the others; an idle session goes on."""
        self.stack.extend(verbs)
        self._wake()

    def _wake(self) -> None:
        if self._idle:
            self.tell(Woken())

    def kill_verb(self) -> None:
        """Kill the running verb. From now on it is not the current one any more, though its hook may be awaited (CS:2125)."""
        if self.verb is not None and self._life is not None:
            self.verb = None
            if not self._awaits_hook:
                self._life.kill(self.now_s)

    # --- status

    def answer(self) -> None:
        """200 OK, once."""
        if self.answered_at_s is None and not self.over:
            self.answered_at_s = self.now_s
            self.note("sip_response", status=200)
            self.info = self.info.changed(sip_status=200, sip_reason="OK", call_status="in-progress")
            self.notify_status()

    def hang_up(self, cause: Cause, headers: dict[str, Any] | None = None) -> None:
        """The end of an answered call, because the caller, the application or jambonz itself wants it; the running verb is killed.

        Order as seen by the application: `call:status` completed, then the killed verb's hook (jambonz.md 4.3).
        """
        if self.over:
            return
        self.note("sip_bye", by="caller" if cause == "caller" else "jambonz", headers=headers or {})
        self.end("completed", cause, headers=headers if cause == "caller" else None)

    def end(self, status: str, cause: Cause, sip: tuple[int, str] | None = None, headers: dict[str, Any] | None = None) -> None:
        """The call is over: say so, stop what plays, kill the running verb, let the life script go on to its end.

        On the wire only caller and jambonz end calls; that it was the application's wish is in the journal.
        """
        self.over = True
        by = None if sip is not None and cause != "caller" else ("caller" if cause == "caller" else "jambonz")
        self.stop_playing()
        duration = round(self.now_s - self.answered_at_s) if self.answered_at_s is not None and status == "completed" else None
        changes: dict[str, Any] = {"call_status": status, "call_termination_by": by, "duration_s": duration}
        if sip is not None:
            changes |= {"sip_status": sip[0], "sip_reason": sip[1]}
        if headers:
            changes["headers"] = headers
        self.info = self.info.changed(**{name: value for name, value in changes.items() if value is not None})
        self.note("call_ended", status=status, by=cause, sip_status=self.info.sip_status)
        self.notify_status()
        self.kill_verb()
        self._wake()

    # --- media

    def play(self, pcm: bytes, rate_hz: int) -> bool:
        """Queue samples for the caller; whether that began something new."""
        if self.over or not pcm:
            return False
        started = self.playback.add(pcm, rate_hz, self.now_s)
        if started:
            self.note("playing")
        return started

    def stop_playing(self) -> None:
        """Throw away what was not played yet, and write down what the caller heard."""
        if self.playback.playing:
            hearing = self.playback.stop(self.now_s)
            self.note("heard", text=hearing.text, heard_s=round(hearing.heard_s, 3), cut_s=round(hearing.cut_s, 3))
            self.tell(Played())

    # --- running

    def tell(self, event: object) -> None:
        """Hand an event to everybody in this call who may be waiting for it."""
        if self._life is not None:
            self._life.receive(event, self.now_s)

    def start(self, life: Script[Effect, None]) -> None:
        """Begin to live: `life` is the script of `life.py`."""
        self._life = Running(life, self.effects)
        self._life.start(self.now_s)

    def idle(self) -> Waiting[None]:
        """Nothing is left to do: wait for commands, or for the end."""
        self._idle = True
        yield from until(Woken)
        self._idle = False

    @property
    def wake_at_s(self) -> float | None:
        """When the life script wants to be woken."""
        return self._life.wake_at_s if self._life is not None else None

    @property
    def waits_for(self) -> str:
        """For people: what would move this call on."""
        if self._life is None or self._life.done:
            return "nothing: it is over"
        doing = f"verb {self.verb.name}" if self.verb else "the call"
        return f"{doing} waits for {self._life.waits_for}"


def hook_name(hook: Any) -> str:
    """A hook is written as a text or as `{url, ...}`."""
    return hook if isinstance(hook, str) else str(hook.get("url", ""))


def refusal_note(refusal: Refusal, where: str) -> dict[str, Any]:
    """What the journal says about verbs that were refused."""
    return {"text": refusal.text, "path": refusal.path, "remedy": refusal.remedy, "in": where}
