"""One phone call on the feature server: its status, its stack of verbs, what the caller hears. Its life is in `life.py`.

Source of order and conditions: jambonz.md sections 3 to 5 (call-session.js, inbound-call-session.js at 389c65e2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from simulator.ids import Ids
from simulator.jambonz.controls import Controls
from simulator.jambonz.defects import LOST_CALL_STATUS, Defect, met
from simulator.jambonz.environment import Environment
from simulator.jambonz.events import Effect, Note, Played, Woken
from simulator.jambonz.far_end import FarEnd
from simulator.jambonz.features import Features
from simulator.jambonz.hook import Written
from simulator.jambonz.media import Line, MediaServer, Playback
from simulator.jambonz.messages import (
    CallInfo,
    Invite,
    call_status_data,
    verb_status_data,
)
from simulator.jambonz.profile import Profile
from simulator.jambonz.recognizer import Ear, Recognizer
from simulator.jambonz.schema import VerbData
from simulator.jambonz.transport import Transport
from simulator.script import Running, Script, Waiting, soonest, until

if TYPE_CHECKING:
    from simulator.jambonz.audio_fork import AudioFork
    from simulator.jambonz.bridge import Bridge
    from simulator.jambonz.conference import Member
    from simulator.jambonz.exchange import Application, Exchange

Cause = Literal["caller", "app", "jambonz"]
KillReason = Literal["hangup", "replaced"]
"""Why a verb was killed: new verbs came in its place, or anything else."""

LLM_NAMES = {
    "openai": "Llm_OpenAI_s2s",
    "microsoft": "Llm_OpenAI_s2s",
    "google": "Llm_Google_s2s",
    "elevenlabs": "Llm_Elevenlabs_s2s",
    "deepgram": "Llm_VoiceAgent_s2s",
    "voiceagent": "Llm_VoiceAgent_s2s",
    "ultravox": "Llm_Ultravox_s2s",
}


@dataclass(slots=True)
class Call:
    """The call. Verbs are carried out by scripts that are handed it; everything it does is appended to `effects`.

    `leg` is its number on the server; `exchange` the server, where it meets other calls. A leg that a `dial` verb has called has
    the verb's call as its `parent`, and speaks on that one's socket, until it gets a session of its own.
    """

    info: CallInfo
    invite: Invite
    profile: Profile
    requestor: Transport
    ids: Ids
    effects: list[Effect]
    exchange: Exchange
    leg: int = 0
    status_hook: str | None = ""
    compat: bool = True
    media: MediaServer = field(default_factory=MediaServer)
    far_end: FarEnd = field(default_factory=FarEnd)
    now_s: float = 0.0
    stack: deque[VerbData] = field(default_factory=deque)
    line: Line = field(default_factory=Line)
    playback: Playback = field(default_factory=Playback)
    verb: VerbData | None = None
    speech_to_speech: Any = None
    forks: list[AudioFork] = field(default_factory=list)
    """Its audio websockets."""
    controls: Controls = field(default_factory=Controls)
    recognizers: list[Recognizer] = field(default_factory=list)
    features: Features = field(init=False)
    barge_in: Any = None
    when_answered: list[Callable[[], None]] = field(default_factory=list)
    when_over: list[Callable[[], None]] = field(default_factory=list)
    ear: Ear = field(init=False)
    background: dict[str, Running[Effect, None]] = field(default_factory=dict)
    """What goes on beside the verbs until it is stopped or the call ends, by name."""
    notify_events: bool = False
    answered_at_s: float | None = None
    responded: bool = False
    crankback: bool = False
    over: bool = False
    awaits_hook: bool = False
    older: list[Transport] = field(default_factory=list)
    notifier: Transport | None = None
    """What is told `call:status`, when it is neither the first nor the present socket: webhooks."""
    application: Application | None = None
    environment: Environment = field(default_factory=Environment)
    parent: Call | None = None
    dialling: Any = None
    """The `Dialling` of the `dial` verb that runs."""
    bridge: Bridge | None = None
    member: Member | None = None
    """What it is in a conference, as long as it is in one."""
    confirming: bool = False
    """Whether the verbs that run are those of a `dial:confirm`."""
    kill_reason: KillReason | None = None
    ended_by: Cause | None = None
    cancelled: bool = False
    """Whether its INVITE, one of ours, has been taken back."""
    listed: bool = False
    """Whether the REST API knows of it: from its first status on."""
    _life: Running[Effect, None] | None = None
    _beside: list[Running[Effect, None]] = field(default_factory=list)
    _idle: bool = False
    _soon: deque[Callable[[], None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.features = Features(self.invite.synthesizer, self.invite.recognizer)
        self.ear = Ear(self.media.confidence)

    # --- doing things

    def do(self, effect: Effect) -> None:
        """Order something."""
        self.effects.append(effect)

    def imitates(self, defect: Defect) -> bool:
        """Whether the server has this defect of the real one."""
        return defect in self.exchange.defects

    def note(self, kind: str, **frame: Any) -> None:
        """Write down what the caller's side of the call shows."""
        self.do(Note("media", kind, frame))

    def leave_out(self, verb: VerbData, *names: str) -> None:
        """Say of these properties of a verb, where it has them, that nothing comes of them here."""
        for name in names:
            if name in verb.data:
                self.do(Note("app", "not_simulated", {"what": f"{verb.name}.{name}", "instead": "nothing happens"}))

    def notify(self, type_: str, data: dict[str, Any], hook: Written = None) -> None:
        """A message that wants no acknowledgement."""
        self.requestor.send(type_, data, hook)

    def notify_status(self, **more: Any) -> None:
        """`call:status`, on the socket unless the status hook is a webhook; without a hook the real server sends nothing (jambonz.md 2.5)."""
        self.listed = True
        if self.status_hook is None and self.requestor.asks_webhook("/"):
            return
        if self.status_hook is None and self.imitates(LOST_CALL_STATUS):
            self.do(met(LOST_CALL_STATUS, f"call:status {self.info.call_status} was not sent"))
            return
        # A redirect to another server does not take the status along.
        notifier = self.notifier or (self.older[0] if self.older else self.requestor)
        hook = self.status_hook if self.notifier is not None else None
        notifier.send("call:status", {**call_status_data(self.info), **more}, hook)

    def notify_error(self, data: dict[str, Any], verb: VerbData) -> None:
        """`jambonz:error` about a verb."""
        self.notify("jambonz:error", {**data, "verb": verb.name} | ({"id": verb.data["id"]} if "id" in verb.data else {}))

    def notify_loop(self, event: str, verb: VerbData) -> None:
        """`verb:status` of the loop, after `config {notifyEvents: true}` (call-session.js:3173)."""
        if self.notify_events:
            self.notify("verb:status", verb_status_data(event, task_name(verb), verb.data.get("id")))

    def notify_verb(self, event: str, verb: VerbData, **more: Any) -> None:
        """`verb:status` of the verb's own making, after `config {notifyEvents: true}` (task.js:216)."""
        if self.notify_events:
            identity = {"id": verb.data["id"]} if "id" in verb.data else {}
            self.notify("verb:status", {"event": event, "verb": verb.name, **more, **identity})

    def soon(self, act: Callable[[], None]) -> None:
        """Do something after everything else that happens in this instant: what stands behind an `await` in the real server."""
        self._soon.append(act)

    def catch_up(self) -> None:
        """Do what was put off until the end of the last instant."""
        while self._soon:
            self._soon.popleft()()

    # --- the stack

    def replace(self, verbs: list[VerbData]) -> None:
        """New verbs instead of all others; the running verb is killed and may still call its hook (jambonz.md 3.4)."""
        if self.over:
            return
        self.stack = deque(verbs)
        if self._idle:
            self.wake()
        elif self.info.direction == "outbound" and self.answered_at_s is None:
            self.cancel()  # what runs is the server's own verb that rings
        else:
            self.kill_verb("replaced")

    def queue(self, verbs: list[VerbData]) -> None:
        """More verbs behind the others; an idle session goes on.

        A server that injects content puts them before the next `gather` instead, in its place when they bring one themselves, and
        ends a `gather` that runs (inferred: jambonz.md 3.3 says no more than before which verb).
        """
        place = next((at for at, verb in enumerate(self.stack) if verb.name == "gather"), None)
        if not self.environment.inject_content or place is None:
            self.stack.extend(verbs)
        else:
            waiting = list(self.stack)
            rest = waiting[place + 1 :] if any(verb.name == "gather" for verb in verbs) else waiting[place:]
            self.stack = deque([*waiting[:place], *verbs, *rest])
        if self.environment.inject_content and self.verb is not None and self.verb.name == "gather":
            self.kill_verb()
        self.wake()

    def wake(self) -> None:
        """Let an idle session look for something to do."""
        if self._idle:
            self.tell(Woken())

    def kill_verb(self, reason: KillReason = "hangup") -> None:
        """Kill the running verb. From now on it is not the current one any more, though its hook may be awaited (CS:2125)."""
        if self.verb is not None and self._life is not None:
            self.verb, self.kill_reason = None, reason
            if not self.awaits_hook:
                self._life.kill(self.now_s)
            elif self.speech_to_speech is not None:
                self.speech_to_speech.close()  # killing an llm deletes the session, whatever else it still waits for

    def cancel(self) -> None:
        """Give up an outbound call that has not been answered; once."""
        if self._life is not None and not self.over and not self.cancelled:
            self.cancelled = True
            self._life.kill(self.now_s)

    def let_go(self) -> None:
        """Wait for nothing more: the call is over, and so may be the session whose application it has asked something."""
        if self._life is not None:
            self._life.kill(self.now_s)

    # --- status

    def respond(self, status: int, **more: Any) -> None:
        """A final response to the INVITE; there is one."""
        if not self.responded:
            self.responded = True
            self.note("sip_response", status=status, **more)

    def answer(self) -> None:
        """200 OK, once."""
        if self.answered_at_s is None and not self.over:
            self.answered_at_s = self.now_s
            self.respond(200)
            self.info = self.info.changed(sip_status=200, sip_reason="OK", call_status="in-progress")
            self.notify_status()
            for act in self.when_answered:
                act()

    def hang_up(self, cause: Cause, headers: dict[str, Any] | None = None) -> None:
        """The end of an answered call, because the caller, the application or jambonz itself wants it; the running verb is killed.

        Order as seen by the application: `call:status` completed, then the killed verb's hook (jambonz.md 4.3). A call that was not
        answered is refused instead, and nobody is told.
        """
        if self.over:
            return
        if self.answered_at_s is None:
            self.respond(603)
            self.end("failed", cause, (603, "Decline"), told=False)
            return
        self.note("sip_bye", by="caller" if cause == "caller" else "jambonz", headers=headers or {})
        self.end("completed", cause, headers=headers if cause == "caller" else None)

    def end(self, status: str, cause: Cause, sip: tuple[int, str] | None = None, headers: dict[str, Any] | None = None, *, told: bool = True) -> None:
        """The call is over: say so (unless not `told`), stop what plays, kill the running verb, let the life script go on to its end.

        On the wire only caller and jambonz end calls; that it was the application's wish is in the journal.
        """
        self.over, self.ended_by = True, cause
        by = None if (sip is not None and cause != "caller") or self.parent is not None else ("caller" if cause == "caller" else "jambonz")
        if self.bridge is not None:
            self.bridge.part()
        was_playing = self._silence()
        duration = int(self.now_s - self.answered_at_s) if self.answered_at_s is not None and status == "completed" else None
        changes: dict[str, Any] = {"call_status": status, "call_termination_by": by, "duration_s": duration}
        if sip is not None:
            changes |= {"sip_status": sip[0], "sip_reason": sip[1]}
        if headers:
            changes["headers"] = headers
        self.info = self.info.changed(**{name: value for name, value in changes.items() if value is not None})
        self.note("call_ended", status=status, by=cause, sip_status=self.info.sip_status)
        for name in list(self.background):
            self.stop_background(name)
        for act in self.when_over:
            act()
        if told:
            self.notify_status()
        self.kill_verb()
        self.close_forks()
        if was_playing:
            self.tell(Played())  # not before: what waits for it may end the session, and nothing is told after that
        self.wake()

    # --- media

    def play(self, pcm: bytes, rate_hz: int) -> bool:
        """Queue samples for the caller; whether that began something new."""
        if self.over or not pcm:
            return False
        started = self.playback.add(pcm, rate_hz, self.now_s)
        if started:
            self.note("playing")
        return started

    def play_instead(self, pcm: bytes, rate_hz: int) -> None:
        """Let the caller hear this from now on, instead of what was still to come; without samples, silence."""
        if self.over or not pcm:
            self.stop_playing()
        elif self.playback.go_on_with(pcm, rate_hz, self.now_s):
            self.note("playing")

    def overlay(self, pcm: bytes, rate_hz: int, at_s: float) -> None:
        """Lay samples over what the caller hears from `at_s` on, now or a moment ago: a clock that runs by itself may be late."""
        if not self.over and self.playback.overlay(pcm, rate_hz, at_s):
            self.note("playing")

    def play_on(self) -> None:
        """What time alone has done to what plays: all of it has been heard, or what was queued, and a stream goes on."""
        playback = self.playback
        if (ends_at_s := playback.ends_at_s) is not None and self.now_s >= ends_at_s:
            self.stop_playing()
        elif (program_ends_at_s := playback.program_ends_at_s) is not None and self.now_s >= program_ends_at_s:
            playback.end_program()
            self._played()

    def close_forks(self) -> None:
        """Every audio websocket: the media server has let go of the call."""
        for fork in self.forks[:]:
            fork.close()

    def close_sockets(self, code: int) -> None:
        """The application's sockets, the one in use first; those for audio before them."""
        self.close_forks()
        for requestor in (self.requestor, *self.older, *([self.notifier] if self.notifier is not None else [])):
            requestor.close(code)

    def stop_playing(self) -> None:
        """Throw away what was not played yet, and write down what the caller heard."""
        if self._silence():
            self._played()

    def _played(self) -> None:
        self.tell(Played())
        if self.speech_to_speech is not None and not self.over:
            self.speech_to_speech.played()

    def _silence(self) -> bool:
        if not self.playback.playing:
            return False
        hearing = self.playback.stop(self.now_s)
        self.note("heard", text=hearing.text, heard_s=round(hearing.heard_s, 3), cut_s=round(hearing.cut_s, 3))
        return True

    # --- running

    def tell(self, event: object) -> None:
        """Hand an event to everybody in this call who may be waiting for it."""
        if self._life is not None:
            self._life.receive(event, self.now_s)
        for running in self._beside[:]:
            running.receive(event, self.now_s)
            if running.done and running in self._beside:
                self._beside.remove(running)

    def beside(self, script: Script[Effect, None]) -> Running[Effect, None]:
        """Do something beside the verbs, such as what a command orders."""
        running = Running(script, self.effects)
        running.start(self.now_s)
        if not running.done:
            self._beside.append(running)
        return running

    def stop_beside(self, running: Running[Effect, None]) -> None:
        """Kill something that is done beside the verbs."""
        running.kill(self.now_s)
        if running.done and running in self._beside:
            self._beside.remove(running)

    def start_background(self, name: str, script: Script[Effect, None]) -> bool:
        """Do something beside the verbs, under a name, until it ends by itself, is stopped, or the call is over; one of a name at a time."""
        if name in self.background and not self.background[name].done:
            return False
        self.background[name] = self.beside(script)
        return True

    def stop_background(self, name: str) -> bool:
        """Kill what goes on under this name; whether there was something."""
        running = self.background.pop(name, None)
        if running is None or running.done:
            return False
        running.kill(self.now_s)
        return True

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
        """When a script wants to be woken, audio is due or played to its end, or what was put off is due."""
        if self._soon:
            return self.now_s
        playback, talk, tokens = self.playback, self.speech_to_speech, self.features.tokens
        wakes = [running.wake_at_s for running in self._beside]
        if self._life is not None:
            wakes.append(self._life.wake_at_s)
        if playback.playing:
            wakes += (playback.ends_at_s, playback.program_ends_at_s)
        if talk is not None:
            wakes.append(talk.wake_at_s)
        if tokens is not None:
            wakes.append(tokens.wake_at_s)
        wakes += [recognizer.wake_at_s for recognizer in self.recognizers]
        wakes += [fork.wake_at_s for fork in self.forks]
        return soonest(*wakes)

    @property
    def waits_for(self) -> str:
        """For people: what would move this call on."""
        if self._life is None or self._life.done:
            return "nothing: it is over"
        doing = f"verb {self.verb.name}" if self.verb else "the call"
        what = self._life.waits_for.replace("Acked or Unacked", "an acknowledgement of the application")
        return f"{doing} waits for {what}"


def task_name(verb: VerbData) -> str:
    """What the loop calls a verb in `verb:status`: an llm is called after its vendor (constants.json `TaskName`)."""
    return LLM_NAMES.get(str(verb.data.get("vendor")), verb.name) if verb.name == "llm" else verb.name
