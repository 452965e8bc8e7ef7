"""One call set up, played and torn down: the only place that knows all actors.

Cores decide; the stage carries what they order to whom it concerns. Everything that happens in one instant is worked off
one after the other, in order, from one agenda; then the alarm is set for whoever wants to be woken first.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, assert_never
from urllib.parse import parse_qsl, urlsplit

from simulator.app_line import AppLine
from simulator.audio_link import AudioLinks
from simulator.errors import StuckError
from simulator.faults import Enter, Line
from simulator.faults.effects import leg_of, noted
from simulator.host import AppRef, Host, listening
from simulator.ids import Ids
from simulator.jambonz import events as jambonz
from simulator.jambonz.fork_events import CloseAudio, ConnectAudio, SendAudio
from simulator.jambonz.hook import Hook
from simulator.jambonz.media import Playback
from simulator.jambonz.profile import profile_named
from simulator.jambonz.server import FeatureServer
from simulator.journal import Journal
from simulator.model_link import ModelLink, Outcome
from simulator.network import Alarm, ClockLoop, Signal, VirtualLoop, nobody_can_move, pause, unix_s, wall_s
from simulator.scenario import acts
from simulator.scenario.cued import CuedPlayer
from simulator.scenario.failure import Failure
from simulator.scenario.invite import api_request, create_body, far_end_of, invite_of, media_of, phones_of
from simulator.scenario.load import Scenario
from simulator.scenario.player import Player
from simulator.scenario.playing import backend_of
from simulator.script import Timeout, soonest
from simulator.vendors.openai.catalogue import ga_name
from simulator.vendors.openai.prompt import Prompt
from simulator.world import phones
from simulator.world.api import Clients
from simulator.world.audio_files import wav_samples
from simulator.world.backends import Backends, Request, Unstubbed
from simulator.world.stubs import StubServer

if TYPE_CHECKING:
    from simulator.deployment import Deployment

SETTLE_S = 0.05
"""After the last close: time for the application to end what it does for the call."""

SILENCE_LIMIT_S = 10.0
"""Wall time in which nothing happens, and nobody has a deadline, before a call counts as stuck. On a loop of its own the loop notices."""

NOTED = acts.Noted()
INSIDE = ("model", "media")
"""Links on which nobody but us says anything; on all others time is that of the loop."""

TOLD_STATUS = ("jambonz", "call:status")
FREQUENT = (".delta", ".append")
"""Frames that come in hundreds; the scenario is woken for them only while it waits for such a thing."""

Target = Literal["jambonz", "model", "phones", "player", "app line", "model line"]


class Prompter(Protocol):
    """Who says the steps, when no scenario does. Asked in the thread of the stage."""

    deaf_to: int
    """The thread that says them: what is logged there is not said by the application."""

    def played(self, outcome: acts.Played) -> None:
        """A step has ended."""

    def next(self) -> acts.Cue | acts.Curtain | None:
        """The next step. It may hold the thread until there is one: then everything stands still. None: it will come, with `Stage.prompted`."""


@dataclass(slots=True)
class Staged:
    """What a stage leaves behind: the journal is the call; the rest is for the report."""

    journal: Journal
    failure: Failure | None = None
    virtual_s: float = 0.0
    wall_ms: float = 0.0
    log: list[str] = field(default_factory=list)


class Stage:
    """One scenario with one application, on a `loop`: of its own, or one that several share whose application is in another process.

    Who plays it is a `Player` of the scenario, or one for the steps of a `prompter`; or whom `cast` chooses, who is told by `tell`.
    """

    def __init__(
        self,
        scenario: Scenario,
        app: AppRef,
        seed: int,
        env_vars: dict[str, str],
        loop: ClockLoop,
        deployment: Deployment | None = None,
        prompter: Prompter | None = None,
        cast: Callable[[Stage], Player] | None = None,
    ) -> None:
        self.scenario, self.app = scenario, app
        self.ids = Ids(seed)
        self.journal = Journal()
        self.staged = Staged(self.journal)
        self.account = app.account
        self._api = Clients(self.account, lambda asked: self._happen("jambonz", asked))
        self.backends = Backends(self._api.request)
        self.world = StubServer(self.backends, lambda kind, frame: self._note("world", "app" if kind == "request" else "world", kind, frame))
        there = (self.world, deployment.stubs, deployment.process) if deployment is not None else ()
        self.host = Host(app, lambda kind, frame: self._note("app", "app", kind, frame), *there)
        self.env_vars = env_vars
        self._agenda: deque[tuple[Target, Any]] = deque()
        self._awaited: list[tuple[Target, float | None]] = []
        self.begun = self._working = self._news = False
        self._on = {0}
        self._settled = False
        self._fault: Exception | None = None
        self._began_s = self._began_wall_s = 0.0
        self._step_s = self._noted_s = 0.0
        self._silent_since_s: float | None = None
        self.loop = loop
        self._jambonz = self._feature_server()
        self._models: dict[int, ModelLink] = {}
        self._model_line = Line("model", lambda mark: self.ids.dice(f"fault {mark}"), known_as=ga_name)
        self._phones = phones_of(scenario)
        self._prompter = prompter
        self._early: list[acts.Event] = []
        self._player = cast(self) if cast is not None else (Player if prompter is None else CuedPlayer)(scenario, self.journal, self.playback_of)

    # --- the whole of it

    async def live(self) -> Staged:
        """Set up, play, tear down."""
        self._began_wall_s = wall_s()
        self._finished = Signal()
        self._alarm = Alarm(self._rings)
        self._began_s = self.loop.time()
        self._app = AppLine(
            lambda event: self._happen("jambonz", event),
            self._note_app,
            self._note_of_leg,
            lambda event: self._happen("app line", event),
            self._jambonz.leg_of,
            lambda mark: self.ids.dice(f"fault {mark}"),
        )
        for stub in self.scenario.world:
            self.backends.add(backend_of(stub))
        self._audio = AudioLinks(
            lambda event: self._happen("jambonz", event), lambda leg, source, kind, frame: self._note("audio", source, kind, frame, leg)
        )
        if isinstance(self.loop, VirtualLoop):
            self.loop.network.world = self.world.protocol
        with self._listening() as log:
            self.staged.log = log
            if self.loop.clock.rate:
                self.loop.clock.owe(self, {"the application starts": 0.0})
            await self.host.start(log)
            try:
                self._begin()
                await self._finished.wait()
                if self._fault is not None:
                    raise self._fault
                await pause(SETTLE_S)
                for name in self.host.left_behind():
                    self._note("app", "app", "task_left", {"name": name})
            finally:
                self._alarm.stop()
                self._app.abort()
                self._audio.abort()
                self.loop.clock.owe(self, {})
                await self._app.webhooks.close()
                await self.host.stop()
        self.staged.failure = self._player.failure
        self.staged.virtual_s = self._now_s() - SETTLE_S
        self.staged.wall_ms = (wall_s() - self._began_wall_s) * 1000
        return self.staged

    def _listening(self) -> AbstractContextManager[list[str]]:
        """One in this process shares its logging and environment; one elsewhere is heard by its host."""
        if not self.app.in_process:
            return nullcontext([])
        deaf_to = () if self._prompter is None else (self._prompter.deaf_to,)
        return listening(lambda kind, frame: self._note("app", "app", kind, frame), {**self.account.env, **self.app.env}, deaf_to)

    def _feature_server(self) -> FeatureServer:
        app = self.app
        self._invite = invite_of(self.scenario, self.ids, self.env_vars, self.account)
        return FeatureServer(
            hook=Hook.parse(app.url, app.username, app.password, app.method),
            invite=self._invite,
            rings=self.scenario.call.direction == "inbound",
            profile=profile_named(self.scenario.jambonz.profile),
            ids=self.ids,
            compat=self.scenario.compat,
            account=self.account,
            status_hook=(app.status_hook or (None if app.over_http else "")) if self.scenario.jambonz.status_hook else None,
            media=media_of(self.scenario),
            far_end=far_end_of(self.scenario),
            defects=self.scenario.jambonz.defects,
            webhook_secret=app.webhook_secret,
            epoch_s=int(unix_s()),
        )

    def _begin(self) -> None:
        self._began_s, self._began_wall_s = self.loop.time(), wall_s()  # what the application's start takes does not belong to the call
        self.begun = self._working = self._api.open = True
        self._act(self._player.start(self._now_s()))
        early, self._early = self._early, []
        for event in early:
            self._act(self._player.receive(event, self._now_s()))
        self._prompt()
        while self._agenda and self._agenda[0][0] == "player":  # steps that are said come before the call begins, as those of a scenario do
            self._act(self._player.receive(self._agenda.popleft()[1], self._now_s()))
        self._working = False
        self._happen("jambonz", self._first())

    def _first(self) -> jambonz.Invited | jambonz.CreateCall:
        """How the call begins: the caller calls, or somebody asks for a call to them."""
        if self.scenario.call.direction == "inbound":
            self._phones.takes_part(0, None)
            return jambonz.Invited()
        body = create_body(self.scenario, self._invite)
        self._note("app", "rest", "create_call", body)
        return jambonz.CreateCall(body, 0)

    def playback_of(self, leg: int) -> Playback:
        """What is heard at the far end of this call; silence when there is no such call."""
        call = self._jambonz.calls.get(leg)
        return Playback() if call is None else call.playback

    # --- the agenda

    def _now_s(self) -> float:
        return self.loop.time() - self._began_s

    def _happen(self, target: Target, event: Any) -> None:
        self._agenda.append((target, event))
        if not self._working:
            self._work(self._now_s())

    def _rings(self, due_s: float) -> None:
        if self.loop.clock.rate:
            self._work(due_s - self._began_s)
            return
        next_s = self._wake_those_due(due_s)
        while next_s is not None and self.loop.leap_to(next_s):
            next_s = self._wake_those_due(self.loop.time())
        self._alarm.set(next_s)

    def _wake_those_due(self, due_s: float) -> float | None:
        now_s = due_s - self._began_s
        for target, wake_at_s in self._awaited:
            if wake_at_s is not None and wake_at_s <= now_s + 1e-9:
                self._agenda.append((target, Timeout()))
                now_s = max(now_s, wake_at_s)  # adding the start of the call and taking it away again may lose the last digit
        return self._worked(now_s)

    def _wakes(self) -> list[tuple[Target, float | None]]:
        models = [model.wake_at_s for model in self._models.values()]
        return [
            ("jambonz", self._jambonz.wake_at_s),
            ("model", soonest(*models)),
            ("phones", self._phones.wake_at_s),
            ("app line", self._app.wake_at_s),
            ("model line", self._model_line.wake_at_s),
            ("player", self._player.wake_at_s),
        ]

    def _work(self, now_s: float) -> None:
        self._alarm.set(self._worked(now_s))

    def _worked(self, now_s: float) -> float | None:
        """Work off what there is; answers when (time of the loop) somebody wants to be woken."""
        if self._fault is not None:
            return None
        self._working = True
        try:
            if self.loop.clock.rate:
                self._catch_up(now_s)
            self._work_off(now_s)
        except Exception as fault:
            # Raised where the event loop would take it for the application's: it must not look like that.
            self._fault = fault
            self._finished.give()
            return None
        finally:
            self._working = False
        self._awaited = self._wakes()
        due_s = soonest(*(wake for _, wake in self._awaited))
        if self.loop.clock.rate:
            self.loop.clock.owe(self, self._debts())
        self._silent_since_s = wall_s() if due_s is None else None
        return None if due_s is None else due_s + self._began_s

    def _catch_up(self, now_s: float) -> None:
        """What was due earlier happens first, in order, and each at its own time: that we are late with it is nobody's fault in the call."""
        came, self._agenda = self._agenda, deque()
        while (due_s := soonest(*(wake for _, wake in self._awaited))) is not None and due_s < now_s:
            self._agenda.extend((target, Timeout()) for target, wake in self._awaited if wake is not None and wake <= due_s)
            self._work_off(due_s)
            self._awaited = self._wakes()
        self._agenda.extend(came)

    def _work_off(self, now_s: float) -> None:
        self._step_s = now_s
        agenda = self._agenda
        while agenda or self._news:
            if not agenda:
                self._news = False
                self._act(self._player.receive(NOTED, now_s))
                self._check_end()
                continue
            target, event = agenda.popleft()
            match target:
                case "jambonz":
                    self._jambonz_does(self._jambonz.receive(event, now_s))
                case "model":
                    for model in self._models.values() if isinstance(event, Timeout) else [self._model_of(event.leg)]:
                        self._model_does(model.receive(event, now_s))
                case "model line":
                    for effect in self._model_line.receive(event, now_s):
                        self._model_does(self._model_of(leg_of(effect)).receive(effect, now_s))
                case "app line":
                    self._app.receive(event, now_s)
                case "phones":
                    self._phones_do(self._phones.receive(event, now_s))
                case "player":
                    self._act(self._player.receive(event, now_s))
                case other:
                    assert_never(other)
            if not agenda:
                self._check_end()

    def _model_does(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case acts.Asked() | acts.Withdrawn():
                    self._agenda.append(("player", outcome))
                case Enter():
                    self._agenda.append(("model line", outcome))
                case _:
                    self._agenda.append(("jambonz", outcome))

    def _debts(self) -> dict[str, float]:
        """What the application owes: while it does, elastic time does not jump. What a fault keeps from it, or from us, it does not owe."""
        outputs = {debt: since_s for model in self._models.values() for debt, since_s in model.owed_by_client.items()}
        unasked = tuple(f"({message['data'].get('tool_call_id')})" for message in self._held_back()) if outputs else ()
        outputs = {debt: since_s for debt, since_s in outputs.items() if not debt.endswith(unasked)}
        owed = {debt: since_s for debt, since_s in {**self._jambonz.owed, **outputs}.items() if not self._app.excuses(debt)}
        return {**owed, **dict.fromkeys(self.world.busy.values(), 0.0), **self._player.owed}

    def _held_back(self) -> list[dict[str, Any]]:
        """What jambonz will say when it has a connection to the application (again)."""
        return [message for requestor in self._jambonz.requestors for message in requestor.held_back]

    def _check_end(self) -> None:
        if self._on:
            return
        quiet = not self._app.sockets.is_open and not self._audio.is_open and not self._jambonz.asks_webhooks
        if quiet and not self._settled:
            self._settled = True
            self._agenda.append(("player", acts.Settled()))
        elif self._settled and self._player.done:
            self._finished.give()

    # --- the journal

    def _note(self, link: str, source: str, kind: str, frame: dict[str, Any], leg: int = 0) -> None:
        if link in ("app", "world"):
            self.loop.jumps_in_silence = 0
        clock = self.loop.clock
        at_s = 0.0 if not self.begun else self._note_at_s(link) if clock.rate else clock.at_s - self._began_s
        self.journal.note(link, source, kind, frame, at_s=at_s, wall_ms=(wall_s() - self._began_wall_s) * 1000, leg=leg)
        if self.begun and (not kind.endswith(FREQUENT) or self._player.minds_everything):
            self._news = True
            if not self._working:
                self._work(self._now_s())

    def _note_at_s(self, link: str) -> float:
        """When it happens on a clock that runs: between our own actors when it was due, and to others now, whatever was due before."""
        now_s = self._now_s()
        if not self._working:
            self._work(now_s)
        self._noted_s = max(self._noted_s, self._step_s if link in INSIDE else now_s)
        return self._noted_s

    def _note_app(self, socket: int, source: str, kind: str, frame: dict[str, Any]) -> None:
        self._note("app", source, kind, frame, self._about(frame) if (source, kind) == TOLD_STATUS else self._jambonz.leg_of(socket))

    def _about(self, message: dict[str, Any]) -> int:
        """Whose status it is: that of a dialled leg comes on the socket of the call that has dialled it."""
        sid = message["data"]["call_sid"]
        return next(leg for leg, call in self._jambonz.calls.items() if call.info.call_sid == sid)

    def _note_of_leg(self, leg: int, source: str, kind: str, frame: dict[str, Any]) -> None:
        self._note("app", source, kind, frame, leg)

    # --- what jambonz orders

    def _jambonz_does(self, effects: list[jambonz.Effect]) -> None:
        for effect in effects:
            match effect:
                case jambonz.Note(link, kind, frame, leg):
                    self._note(link, "jambonz", kind, frame, leg)
                case jambonz.ConnectModel() | jambonz.SendModel() | jambonz.CloseModel():
                    self._agenda.append(("model", effect))
                case jambonz.SendApp(message, socket):
                    self._app.sockets[socket].send(message)
                case jambonz.ConnectApp(url, headers, socket):
                    self._app.sockets[socket].connect(url, headers)
                case jambonz.CloseApp(code, socket):
                    self._app.sockets[socket].close(code)
                case jambonz.AskWebhook():
                    self._app.webhooks.ask(effect)
                case jambonz.AbandonWebhook(request):
                    self._app.webhooks.abandon(request)
                case ConnectAudio():
                    self._audio.connect(effect)
                case SendAudio(fork, data):
                    self._audio[fork].send(data)
                case CloseAudio(fork, code):
                    self._audio[fork].close(code)
                case jambonz.FetchAudio(url):
                    self._agenda.append(("jambonz", self._fetch(url)))
                case jambonz.InvitePhone(leg=leg):
                    self._on.add(leg)
                    self._settled = False
                    self._phones_do(self._phones.receive(effect, self._step_s))
                case jambonz.CancelInvite():
                    self._phones_do(self._phones.receive(effect, self._step_s))
                case jambonz.CallCreated(sid, call_id, leg):
                    self._note("app", "jambonz", "call_created", {"status": 201, "sid": sid, "call_id": call_id}, leg)
                case jambonz.CallRefused(status, body, leg):
                    self._note("app", "jambonz", "call_refused", {"status": status, "by": "the REST API", **body}, leg)
                    self._on.discard(leg)
                case jambonz.ApiAnswered():
                    if not self._api.answered(effect):
                        self._note("world", "jambonz", "api_reply", {"status": effect.status, "body": effect.content})
                case jambonz.CallOver(leg):
                    self._on.discard(leg)
                    self._phones.receive(effect, self._step_s)
                case other:
                    assert_never(other)

    def _phones_do(self, outcomes: list[phones.Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, phones.Did):
                self._note("media", "phone", outcome.kind, outcome.frame, outcome.leg)
            else:
                self._agenda.append(("jambonz", outcome))

    def _fetch(self, url: str) -> jambonz.AudioFetched:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            self._note("world", "world", "unstubbed", {"request": f"GET {url}", "nearest": f"That is no URL: {error}."})
            return jambonz.AudioFetched(url, None)
        request = Request("GET", parts.scheme, parts.netloc, parts.path, dict(parse_qsl(parts.query)))
        self._note("world", "jambonz", "request", request.frame())
        found = self.backends.answer(request)
        if isinstance(found, Unstubbed):
            self._note("world", "world", "unstubbed", {"request": f"GET {url}", "query": request.query, "nearest": found.nearest})
            return jambonz.AudioFetched(url, None)
        samples = wav_samples(found.body) if found.status == 200 else None
        self._note("world", "world", "reply", {"status": found.status, "bytes": len(found.body)})
        return jambonz.AudioFetched(url, None) if samples is None else jambonz.AudioFetched(url, *samples)

    # --- what the scenario orders

    def _act(self, effects: list[acts.Act]) -> None:
        for effect in effects:
            match effect:
                case acts.Dial(who):
                    self._dial(who)
                case acts.Speak(speech, leg):
                    self._note("media", "caller", "speaks", {"text": speech.text, "duration_s": round(speech.duration_s, 3)}, leg)
                    self._agenda.append(("jambonz", jambonz.CallerSpoke(speech, leg)))
                case acts.Press(digits, leg):
                    self._note("media", "caller", "presses", {"digits": digits}, leg)
                    self._agenda.append(("jambonz", jambonz.CallerPressed(digits, leg)))
                case acts.HangUp(headers, leg):
                    self._note("media", "caller", "hangs_up", {"headers": headers} if headers else {}, leg)
                    self._agenda.append(("jambonz", jambonz.CallerHungUp(dict(headers), leg)))
                case acts.PickUp(leg):
                    self._agenda.append(("phones", phones.PickUp(leg)))
                case acts.Decline(status, leg):
                    self._agenda.append(("phones", phones.Decline(leg, status)))
                case acts.Request(method, headers, body, leg):
                    self._note("media", "caller", "sip_request", {"method": method, "headers": headers, "body": body}, leg)
                    self._agenda.append(("jambonz", jambonz.CallerRequested(method, headers, body, leg)))
                case acts.MishearCaller(text, confidence, failure, leg):
                    self._agenda.append(("jambonz", jambonz.Misheard(text, confidence, failure, leg)))
                case acts.AnswerModel() | acts.TellModel() | acts.RefuseModel():
                    self._agenda.append(("model", effect))
                case acts.AddBackend(backend):
                    self.backends.add(backend)
                case acts.ToLine(line, order):
                    self._note(line, "scenario", *noted(order))
                    self._agenda.append(("app line" if line == "app" else "model line", order))
                case acts.AskApi(leg=leg):
                    sid = None if leg is None else self._jambonz.calls[leg].info.call_sid
                    asked = api_request(effect, self.scenario, self.account, sid)
                    self._note(
                        "world", "scenario", "api_request", {"method": asked.method, "path": asked.path, "body": json.loads(asked.body or "{}")}
                    )
                    self._agenda.append(("jambonz", asked))
                case acts.Played():
                    if self._prompter is not None:
                        self._prompter.played(effect)
                    self._prompt()
                case other:
                    assert_never(other)

    def tell(self, event: acts.Event) -> None:
        """Something for the player, said in the thread of the stage. What is said before the call begins comes with its beginning."""
        if self.begun:
            self._happen("player", event)
        else:
            self._early.append(event)

    def prompt_of(self, leg: int, response_id: str) -> Prompt | None:
        """What the model of a call is to answer; None when nobody can know: it has been withdrawn, or the model is not of a kind that tells."""
        return self._models[leg].prompt(response_id) if leg in self._models else None

    @property
    def now_s(self) -> float:
        """How long the call has lasted."""
        return self._now_s() if self.begun else 0.0

    def prompted(self, cancelled: acts.Cancel | None = None) -> None:
        """The prompter has a step, or does not want one any more; said in the thread of the stage."""
        if cancelled is not None:
            self._happen("player", cancelled)
        else:
            self._prompt()
            if self._agenda and not self._working:
                self._work(self._now_s())

    def _prompt(self) -> None:
        """Ask for the next step. It comes before everything that the last one has led to, as it does in a scenario."""
        if self._prompter is not None and isinstance(self._player, CuedPlayer) and self._player.idle:
            cue = self._prompter.next()
            if cue is not None:
                self._agenda.appendleft(("player", cue))

    def _dial(self, who: str) -> None:
        """Somebody else calls: one more call on the server."""
        leg = self._jambonz.new_leg()
        invite = invite_of(self.scenario, self.ids, self.env_vars, self.account, who)
        self._phones.takes_part(leg, who)
        self._on.add(leg)
        self._settled = False
        self._note("media", "caller", "dials", {"who": who, "from": invite.info.from_, "to": invite.info.to}, leg)
        self._agenda.append(("jambonz", jambonz.Invited(leg, invite)))

    def _model_of(self, leg: int) -> ModelLink:
        """The model of a call: each has its own, should the application ask for one."""
        if leg not in self._models:
            note = partial(self._note, "model", leg=leg)
            self._models[leg] = ModelLink(self.scenario.openai, self.ids, note, leg, self._model_line)
        return self._models[leg]

    # --- for people, and whoever plays several calls

    def look_for_silence(self) -> None:
        """End a call among others in which nobody has had a deadline for `SILENCE_LIMIT_S`: `live` raises `StuckError`."""
        since_s = self._silent_since_s
        if since_s is not None and self._fault is None and not self.world.busy and wall_s() - since_s >= SILENCE_LIMIT_S:
            self._fault = nobody_can_move(bool(self._debts()), self.who_waits())
            self._finished.give()

    def stuck(self, error: StuckError) -> Failure:
        """The failure of a call in which nobody can move. A step that had failed before comes first: it is nearer to the cause."""
        waiting = error.waiting or tuple(self.who_waits())
        failed = self._player.failure
        if failed is not None:
            return replace(failed, afterwards=(f"{error.problem}:", *waiting))
        remedy = error.remedy or ("let the application answer what it owes" if self._debts() else "let the scenario go on: the caller may hang up")
        return Failure(self._player.place, f"the call is stuck: {error.problem}", waiting, remedy, kind="stuck", seq=len(self.journal.frames))

    def who_waits(self) -> list[str]:
        """Who waits for what, when nobody can move."""
        held_back = dict.fromkeys(str(message["type"]) for message in self._held_back())
        return [
            *(f"jambonz: {call.waits_for}" for call in self._jambonz.calls.values() if call.leg in self._on or not call.leg),
            *(f"  {debt}, since {since_s:.3f} s" for debt, since_s in self._jambonz.owed.items()),
            *([f"  held back until there is a connection, and session:reconnect is acknowledged: {', '.join(held_back)}"] if held_back else []),
            *(f"held back by a fault: {what}" for what in self._app.held_back),
            *(f"model: {debt}" for model in self._models.values() for debt in model.owed),
            *([] if self._player.done else [f"the scenario waits at {self._player.waits_for}"]),
        ]
