"""The feature server's part of one call: the core that a stage drives.

Told what happened and when, it answers with what to do. It knows no sockets, tasks or wall clock.
"""

from __future__ import annotations

from typing import Any, assert_never

from simulator.ids import Ids
from simulator.jambonz import commands
from simulator.jambonz.call import Call
from simulator.jambonz.events import (
    AppClosed,
    AppConnected,
    AppSaid,
    AppUnreachable,
    AudioFetched,
    CallerHungUp,
    CallerPressed,
    CallerSpoke,
    Digit,
    Effect,
    Happening,
    Invited,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    ModelUnreachable,
    dropped,
)
from simulator.jambonz.frames import Frames
from simulator.jambonz.life import live
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import Invite
from simulator.jambonz.profile import Profile
from simulator.jambonz.requestor import Hook, Requestor
from simulator.script import Timeout, soonest


class FeatureServer:
    """One call on a jambonz feature server. `owed` says who owes it an answer, since when."""

    def __init__(
        self,
        *,
        hook: Hook,
        invite: Invite,
        profile: Profile,
        ids: Ids,
        compat: bool = True,
        status_hook: str | None = "",
        ack_timeout_s: float = 5.0,
        media: MediaServer | None = None,
    ) -> None:
        self._effects: list[Effect] = []
        self._ids, self._ack_timeout_s = ids, ack_timeout_s
        self._frames: list[Frames] = []
        self.requestors: list[Requestor] = []
        first = self._open(hook)
        self.call = Call(invite.info, invite, profile, first, ids, self._effects, status_hook, compat, media or MediaServer(), self._hand_over)

    def receive(self, event: Happening, now_s: float) -> list[Effect]:
        """Tell it what happened."""
        self.call.now_s = now_s
        for requestor in self.requestors:
            requestor.now_s = now_s
        self._bring_up_to_date()
        self._happened(event)
        effects = self._effects[:]
        self._effects.clear()
        return effects

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        call, s2s = self.call, self.call.speech_to_speech
        return soonest(
            *(requestor.wake_at_s for requestor in self.requestors),
            call.wake_at_s,
            call.playback.ends_at_s,
            s2s.wake_at_s if s2s is not None else None,
            *(recognizer.wake_at_s for recognizer in call.recognizers),
        )

    @property
    def owed(self) -> dict[str, float]:
        """Answers the application owes: messages it has not acknowledged, a connection under way."""
        owed: dict[str, float] = {}
        for requestor in self.requestors:
            owed |= {f"the app owes an ack for {entry.type} ({msgid})": entry.since_s for msgid, entry in requestor.open.items()}
            if requestor.state == "dialling":
                owed["a connection to the app is being made"] = self.call.now_s
        return owed

    # --- connections to the application

    @property
    def requestor(self) -> Requestor:
        """The connection the call speaks on: the newest."""
        return self.requestors[-1]

    def _open(self, hook: Hook) -> Requestor:
        requestor = Requestor(hook, self._ids, self._effects, self._tell, self._give_up, self._ack_timeout_s, len(self.requestors))
        self._frames.append(Frames(requestor, lambda command, frame: self._obey(requestor, command, frame)))
        self.requestors.append(requestor)
        return requestor

    def _hand_over(self, url: str) -> None:
        """A redirect to another server: from now on the call speaks with that one, and only `call:status` goes to the first."""
        self.call.older.append(self.call.requestor)
        self.call.requestor = self._open(Hook.parse(url))
        self.call.requestor.now_s = self.call.now_s

    def _obey(self, requestor: Requestor, command: str, frame: dict[str, Any]) -> None:
        if requestor is self.requestor:
            commands.obey(self.call, command, frame)
        else:
            why = "it came on the socket of before the redirect, which is not listened to any more"
            self._effects.append(dropped(f"command {command}", why, "send it on the socket of the session:redirect", frame))

    # --- what happened

    def _bring_up_to_date(self) -> None:
        """What time alone has done since the last event, in its order: audio sent, audio played to its end."""
        call = self.call
        s2s = call.speech_to_speech
        if s2s is not None and s2s.wake_at_s is not None and call.now_s >= s2s.wake_at_s:
            s2s.send_audio()
        ends_at_s = call.playback.ends_at_s
        if ends_at_s is not None and call.now_s >= ends_at_s:
            call.stop_playing()
        for recognizer in list(call.recognizers):
            if recognizer.wake_at_s is not None and call.now_s >= recognizer.wake_at_s:
                for understood in recognizer.listen(call.now_s):
                    self._tell(understood)

    def _happened(self, event: Happening) -> None:
        call = self.call
        match event:
            case Timeout():
                call.catch_up()
                for requestor in self.requestors:
                    requestor.wake()
                self._tell(event)
            case Invited():
                call.start(live(call))
            case AppConnected(socket):
                self.requestors[socket].connected()
            case AppUnreachable(socket=socket):
                self.requestors[socket].unreachable(event)
            case AppClosed(code, socket):
                self.requestors[socket].closed(code)
            case AppSaid(text, socket):
                self._frames[socket].read(text)
            case CallerSpoke(speech):
                call.line.speak(speech, call.now_s)
            case CallerPressed(digits):
                for digit in digits:
                    self._tell(Digit(digit))
            case CallerHungUp(headers):
                self._caller_gone(headers)
            case ModelConnected() | ModelUnreachable() | ModelSaid() | ModelClosed():
                if call.speech_to_speech is not None:
                    call.speech_to_speech.receive(event)
            case AudioFetched():
                self._tell(event)
            case other:
                assert_never(other)

    def _tell(self, event: object) -> None:
        self.call.tell(event)

    def _give_up(self) -> None:
        """A `session:reconnect` without an ack: the call is hung up by jambonz (call-session.js:2258-2274)."""
        self.call.hang_up("jambonz")

    def _caller_gone(self, headers: dict[str, Any]) -> None:
        call = self.call
        if call.over:
            return
        if call.answered_at_s is not None:
            call.hang_up("caller", headers)
        else:
            call.note("sip_cancel", by="caller")
            call.end("no-answer", "caller", (487, "Request Terminated"))
