"""The feature server with the calls on it: the core that a stage drives.

Told what happened and when, it answers with what to do. It knows no sockets, tasks or wall clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

from simulator.ids import EPOCH_S, Ids
from simulator.jambonz import commands, dialog
from simulator.jambonz.account import Account
from simulator.jambonz.api import Api
from simulator.jambonz.audio_fork import AudioFork
from simulator.jambonz.call import Call
from simulator.jambonz.conference import Conference
from simulator.jambonz.defects import Defects
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.environment import Environment
from simulator.jambonz.events import (
    ApiAsked,
    AppClosed,
    AppConnected,
    AppSaid,
    AppUnreachable,
    AudioFetched,
    CallCreated,
    CallerHungUp,
    CallerPressed,
    CallerRequested,
    CallerSpoke,
    CallRefused,
    CreateCall,
    Digit,
    Effect,
    Happening,
    Invited,
    Misheard,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    ModelUnreachable,
    Note,
    PhoneAnswered,
    PhoneBeeped,
    PhoneRang,
    PhoneRefused,
    WebhookAnswered,
    WebhookFailed,
    WebhookResponds,
    dropped,
)
from simulator.jambonz.exchange import Application, OfLeg
from simulator.jambonz.far_end import FarEnd
from simulator.jambonz.fork_events import AudioClosed, AudioConnected, AudioSaid, AudioUnreachable
from simulator.jambonz.frames import Frames
from simulator.jambonz.hook import Hook, Written, hook_of, is_http
from simulator.jambonz.leg import live_in_dial
from simulator.jambonz.life import live
from simulator.jambonz.media import MediaServer
from simulator.jambonz.messages import CallInfo, Invite, adulting_data
from simulator.jambonz.outbound import live_outbound, order_of
from simulator.jambonz.profile import Profile
from simulator.jambonz.queues import Queue
from simulator.jambonz.requestor import Requestor
from simulator.jambonz.speech_to_speech import SpeechToSpeech
from simulator.jambonz.targets import Target
from simulator.jambonz.transport import Transport
from simulator.jambonz.webhook import HttpRequestor
from simulator.jambonz.webhook_request import SECRET
from simulator.script import Timeout, soonest


class FeatureServer:
    """A jambonz feature server and its `calls`, by leg: 0 is the first. `owed` says who owes it an answer, since when.

    `invite` is that of the first call; without `rings` there is none yet, and it says what is known of account and application.
    """

    def __init__(
        self,
        *,
        hook: Hook,
        invite: Invite,
        profile: Profile,
        ids: Ids,
        compat: bool = True,
        status_hook: str | None = "",
        environment: Environment | None = None,
        media: MediaServer | None = None,
        rings: bool = True,
        account: Account | None = None,
        far_end: FarEnd | None = None,
        defects: Defects | None = None,
        webhook_secret: str = SECRET,
        epoch_s: float = EPOCH_S,
    ) -> None:
        self.defects = defects or Defects()
        self._effects: list[Effect] = []
        self._api = Api(account or Account(), self, self._effects)
        self._invite = invite
        self._hook, self._ids = hook, ids
        self.environment = environment or Environment()
        self._profile, self._compat, self._status_hook, self._media = profile, compat, status_hook, media or MediaServer()
        self._far_end = far_end or FarEnd()
        self._webhook_secret, self._epoch_s = webhook_secret, epoch_s
        self._websockets: dict[int, tuple[Requestor, Frames]] = {}
        self._asked: list[HttpRequestor] = []
        self._now_s = 0.0
        self._legs = 0
        if self.defects.off:
            self._effects.append(Note("app", "defects_off", {"names": sorted(self.defects.off)}))
        self.requestors: list[Transport] = []
        self._leg_of_socket: list[int] = []
        self.calls: dict[int, Call] = {}
        self.conferences: dict[str, Conference] = {}
        self.queues: dict[str, Queue] = {}
        self.forks: dict[int, AudioFork] = {}
        if rings:
            self._add(0, invite)

    @property
    def call(self) -> Call:
        """The first call."""
        return self.calls[0]

    def new_leg(self) -> int:
        """The number of the next call."""
        self._legs += 1
        return self._legs

    def leg_of(self, socket: int) -> int:
        """Whose call it is that speaks on a websocket."""
        return self._leg_of_socket[socket]

    def receive(self, event: Happening, now_s: float) -> list[Effect]:
        """Tell it what happened."""
        if now_s != self._now_s or not isinstance(event, ModelSaid):  # of those dozens come in one instant
            self._now_s = now_s
            for requestor in self.requestors:
                requestor.now_s = now_s
            for call in self.calls.values():
                call.now_s = now_s
            for call in list(self.calls.values()):
                self._bring_up_to_date(call)
        self._happened(event)
        effects = self._effects[:]
        self._effects.clear()
        return effects

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return soonest(*[requestor.wake_at_s for requestor in self.requestors], *[call.wake_at_s for call in self.calls.values()])

    @property
    def owed(self) -> dict[str, float]:
        """Answers the application owes: messages it has not acknowledged, requests it has not answered, a connection under way."""
        owed = {debt: since_s for requestor in self.requestors for debt, since_s in requestor.owed.items()}
        for fork in self.forks.values():
            if fork.state == "connecting":
                owed["an audio websocket to the app is being opened"] = fork.since_s
            elif fork.state == "open":
                owed["sound flows to the app, which takes its time"] = fork.since_s
        return owed

    @property
    def asks_webhooks(self) -> bool:
        """Whether a request over HTTP is under way, or waits to be tried again."""
        return any(webhooks.is_asking for webhooks in self._asked)

    # --- calls, and their connections to the application

    def _add(self, leg: int, invite: Invite, hook: Hook | None = None, status_hook: str | None = None) -> Call:
        """One more call, with a connection of its own to the application: to that of `invite`, or the one at `hook`."""
        told = self._status_hook if hook is None else status_hook
        application = Application(hook or self._hook)
        over_http = is_http(application.hook.url)
        if over_http and not told:  # there is no socket on which the status could be told instead (create-call.js:250-254)
            told = self._status_hook if application.hook.url == self._hook.url else None
        call = self._make(leg, invite, self._open(leg, application.hook), told, application)
        if told is not None and (over_http or is_http(told)):
            call.notifier = self._open(leg, application.hook if over_http else Hook.parse(told))
        return call

    def _make(self, leg: int, invite: Invite, requestor: Transport, status_hook: str | None, application: Application | None) -> Call:
        effects = OfLeg(self._effects, leg) if leg else self._effects
        call = Call(
            invite.info,
            invite,
            self._profile,
            requestor,
            self._ids,
            effects,
            self,
            leg,
            status_hook,
            self._compat,
            self._media,
            self._far_end,
        )
        call.now_s, call.application, call.environment = self._now_s, application, self.environment
        self.calls[leg] = call
        return call

    def _open(self, leg: int, hook: Hook) -> Transport:
        """What speaks with the application: webhooks or a websocket, as its URL says."""
        effects = OfLeg(self._effects, leg) if leg else self._effects
        requestor = self._webhooks(hook, effects) if is_http(hook.url) else self._websocket(leg, hook, effects)
        self.requestors.append(requestor)
        self._leg_of_socket.append(leg)
        return requestor

    def _webhooks(self, hook: Hook, effects: list[Effect]) -> HttpRequestor:
        def number() -> int:
            self._asked.append(requestor)
            return len(self._asked)

        requestor = HttpRequestor(
            hook, effects, self._tell_all, number, self._webhook_secret, self._epoch_s, self._now_s, environment=self.environment
        )
        return requestor

    def _websocket(self, leg: int, hook: Hook, effects: list[Effect]) -> Requestor:
        requestor = Requestor(
            hook,
            self._ids,
            effects,
            lambda event: self._tell_those_on(requestor, leg, event),
            lambda: self.calls[leg].hang_up("jambonz"),  # a session:reconnect without an ack (call-session.js:2258-2274)
            self.environment.ack_timeout_s,
            len(self.requestors),
            self._now_s,
            self.defects,
            lambda: self.calls[leg].info.payload(),
            webhook_to=lambda written: self._open(leg, hook_of(written)),
        )
        frames = Frames(requestor, lambda command, frame: self._obey(leg, requestor, command, frame), self.environment.max_frame_bytes)
        self._websockets[requestor.socket] = (requestor, frames)
        return requestor

    def _tell_those_on(self, requestor: Requestor, leg: int, event: object) -> None:
        """The call whose socket it is, and the legs it has called, which speak there too."""
        for call in list(self.calls.values()):
            if call.leg == leg or call.requestor is requestor:
                call.tell(event)

    def hand_over(self, call: Call, hook: Written) -> None:
        """A redirect to another server: from now on the call speaks with that one, and only `call:status` goes to the first.

        A webhook application that is left is asked nothing more; its status hook is.
        """
        call.older.append(call.requestor)
        call.requestor = self._open(call.leg, hook_of(hook))

    # --- legs and outbound calls

    def place(self, parent: Call, to: str, from_: str) -> Call:
        """One more leg, called by a verb of `parent`, on whose socket it speaks."""
        info = CallInfo(
            call_sid=self._ids.uuid("call_sid"),
            direction="outbound",
            from_=from_,
            to=to,
            call_id=self._ids.uuid("call_id"),
            sbc_callid=self._ids.uuid("sbc_callid"),
            account_sid=parent.info.account_sid,
            application_sid=parent.info.application_sid,
            caller_id=from_,
            parent_call_sid=parent.info.call_sid,
        )
        leg = self._make(self.new_leg(), replace(parent.invite, info=info, headers={}), parent.requestor, parent.status_hook, parent.application)
        leg.parent, leg.older, leg.notifier = parent, parent.older, parent.notifier
        return leg

    def ring(self, leg: Call, dialling: Dialling, target: Target, headers: dict[str, Any]) -> None:
        """Let a leg that was placed begin to live."""
        leg.start(live_in_dial(leg, dialling, target, headers))

    def grow_up(self, leg: Call, parent: Call) -> None:
        """The leg gets a session of its own: `session:adulting` on a new socket, and no parent any more.

        Webhooks are not told of it: there is no socket that would have to begin with it (inferred).
        """
        application = parent.application or Application(self._hook)
        leg.application, leg.parent, leg.older = application, None, []
        if is_http(application.hook.url):
            leg.requestor = self._open(leg.leg, application.hook)
            return
        leg.requestor = self._open(leg.leg, application.adulting())
        ignores = "a session that begins with session:adulting has its verbs already"
        leg.requestor.send("session:adulting", adulting_data(leg.info, parent.info), ignores=ignores)

    def conference(self, account_sid: str, name: str) -> Conference:
        """The account's conference of that name, be anybody in it or not."""
        sid = f"conf:{account_sid}:{name}"
        return self.conferences.setdefault(sid, Conference(sid, name))

    def queue(self, account_sid: str, name: str) -> Queue:
        """The account's queue of that name, be anybody in it or not."""
        sid = f"queue:{account_sid}:{name}"
        return self.queues.setdefault(sid, Queue(sid))

    def create(self, body: Any) -> CallCreated | CallRefused:
        """An outbound call, asked for as with the REST API."""
        return self._create(body, self.new_leg())

    def _create(self, body: Any, leg: int) -> CallCreated | CallRefused:
        order = order_of(body, self._invite, self._hook, self._ids)
        if isinstance(order, CallRefused):
            return replace(order, leg=leg)
        call = self._add(leg, order.invite, order.hook, order.status_hook)
        call.start(live_outbound(call, order))
        return CallCreated(call.info.call_sid, call.info.call_id, leg)

    def _obey(self, leg: int, requestor: Requestor, command: str, frame: dict[str, Any]) -> None:
        if requestor is self.calls[leg].requestor:
            commands.obey(self.calls[leg], command, frame)
        else:
            why = "it came on the socket of before the redirect, which is not listened to any more"
            self._effects.append(dropped(f"command {command}", why, "send it on the socket of the session:redirect", frame))

    # --- what happened

    @staticmethod
    def _bring_up_to_date(call: Call) -> None:
        """What time alone has done since the last event, in its order: audio sent, audio played to its end."""
        for fork in call.forks[:]:
            fork.tick()
        s2s = call.speech_to_speech
        if s2s is not None and (due_s := s2s.wake_at_s) is not None and call.now_s >= due_s:
            s2s.send_audio()
        if call.playback.playing:
            call.play_on()
        for recognizer in call.recognizers[:]:
            if recognizer.wake_at_s is not None and call.now_s >= recognizer.wake_at_s:
                for understood in recognizer.listen(call.now_s):
                    call.tell(understood)
        if call.features.tokens is not None:
            call.features.tokens.wake(call.now_s)

    def _happened(self, event: Happening) -> None:
        match event:
            case ModelSaid() | ModelConnected() | ModelUnreachable() | ModelClosed():
                if (conversation := self.calls[event.leg].speech_to_speech) is not None:
                    conversation.receive(event)
            case Timeout():
                for call in list(self.calls.values()):
                    call.catch_up()
                for requestor in list(self.requestors):
                    requestor.wake()
                self._tell_all(event)
            case Invited(leg, invite):
                call = self.calls[leg] if invite is None else self._add(leg, invite)
                call.start(live(call))
            case AppConnected(socket):
                self._websockets[socket][0].connected()
            case AppUnreachable(socket=socket):
                self._websockets[socket][0].unreachable(event)
            case AppClosed(code, socket):
                self._websockets[socket][0].closed(code)
            case AppSaid(text, socket, binary):
                self._websockets[socket][1].read(text, binary=binary)
            case WebhookResponds(request):
                self._asked[request - 1].responds(request)
            case WebhookAnswered(request):
                self._asked[request - 1].answered(event)
            case WebhookFailed(request):
                self._asked[request - 1].failed(event)
            case CallerSpoke(speech, leg):
                speaker = self.calls[leg]
                speaker.line.speak(speech, self._now_s)
                if speaker.bridge is not None:
                    speaker.bridge.carry(speaker, speech)
                if speaker.member is not None:
                    speaker.member.conference.mix(self._now_s)
            case CallerPressed(digits, leg):
                for digit in digits:
                    if isinstance(talk := self.calls[leg].speech_to_speech, SpeechToSpeech):
                        talk.pressed(digit)
                    self.calls[leg].tell(Digit(digit))
            case CallerHungUp(headers, leg):
                self._caller_gone(self.calls[leg], headers)
            case CreateCall(body, leg):
                self._effects.append(self._create(body, leg))
            case ApiAsked():
                self._effects.append(self._api.receive(event))
            case PhoneRang(leg=leg) | PhoneAnswered(leg) | PhoneRefused(leg=leg) | PhoneBeeped(leg=leg):
                self.calls[leg].tell(event)
            case CallerRequested():
                dialog.requested(self.calls[event.leg], event)
            case Misheard():
                self.calls[event.leg].ear.misheard.append(event)
            case AudioFetched():
                self._tell_all(event)
            case AudioConnected(fork) | AudioUnreachable(fork) | AudioSaid(fork) | AudioClosed(fork):
                self.forks[fork].receive(event)
            case other:
                assert_never(other)

    def _tell_all(self, event: object) -> None:
        for call in list(self.calls.values()):
            call.tell(event)

    @staticmethod
    def _caller_gone(call: Call, headers: dict[str, Any]) -> None:
        if call.over:
            return
        if call.answered_at_s is not None:
            call.hang_up("caller", headers)
        elif call.info.direction == "inbound":
            call.note("sip_cancel", by="caller")
            call.end("no-answer", "caller", (487, "Request Terminated"))
