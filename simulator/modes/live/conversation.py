"""Calls that may meet: one stage on the real clock, on which each phone that is up has a leg; and all there is to tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulator.errors import SimError
from simulator.journal import Frame, Journal
from simulator.modes.live import messages
from simulator.modes.live.application import Application
from simulator.modes.live.ear import Ear
from simulator.modes.live.findings import Watchful
from simulator.modes.live.messages import Json, Told
from simulator.modes.live.player import LivePlayer
from simulator.modes.live.rehearsal import Rehearsal
from simulator.modes.run import not_played, result_of, staged
from simulator.network import ClockLoop, wall_s
from simulator.report.result import Result
from simulator.scenario.acts import Curtain, Event, Played
from simulator.scenario.debts import owed
from simulator.scenario.load import Scenario
from simulator.scenario.scene import JOINS
from simulator.scenario.steps import Step
from simulator.stage import Stage, Staged
from simulator.vendors.openai.cost import Cost
from simulator.vendors.openai.distant import DistantModel

NOW_EVERY_S, OWED_EVERY_S, RULES_EVERY_S = 0.25, 0.4, 1.0
RULES_SHARE = 0.05
"""How much of all time the rules may take: in a long call they are asked less often."""
STOP_S = 3.0
"""How long (wall) everybody has to hang up when the calls are ended from outside."""

Cast = Callable[[Stage], LivePlayer | Rehearsal]


@dataclass(slots=True)
class LiveCall:
    """One phone's call. `leg` is its number on the stage."""

    id: str
    phone: str
    leg: int
    from_: str
    to: str
    title: str
    ear: Ear
    state: messages.CallState = "ringing"
    fresh: list[Frame] = field(default_factory=list)
    item_id: str = ""
    cost: Cost = field(default_factory=Cost)
    owed: Json = field(default_factory=dict)

    def message(self) -> Json:
        return messages.call(self.id, self.phone, self.state, self.from_, self.to, self.title)


class Conversation:
    """From the first call to the last hang-up. `phone_of` says which phone somebody in the scenario has, None for nobody's."""

    def __init__(
        self,
        scenario: Scenario,
        cast: Cast,
        application: Application,
        loop: ClockLoop,
        phone_of: Callable[[str | None], str | None],
        new_id: Callable[[], str],
        live: bool,
        distant: DistantModel | None = None,
    ) -> None:
        self.scenario, self.live, self._distant = scenario, live, distant
        self._cast, self._application, self._loop, self._phone_of, self._new_id = cast, application, loop, phone_of, new_id
        self.calls: list[LiveCall] = []
        self.stage: Stage | None = None
        self.player: LivePlayer | Rehearsal | None = None
        self.result: Result | None = None
        self.over = False
        self._early: list[Event] = []
        self._task: asyncio.Task[None] | None = None
        self._read = 0
        self._watchful = Watchful()
        self._now_s = self._owed_s = self._rules_s = 0.0
        self._asked_at = -1
        self._exhausted = False
        self._shown: Step | None = None
        self._join(None, 0, scenario.call.from_, scenario.call.to)

    # --- from outside

    @property
    def journal(self) -> Journal:
        """Every frame so far."""
        return Journal() if self.stage is None else self.stage.journal

    def begin(self) -> None:
        """Start the application, and the first call."""
        self._task = asyncio.ensure_future(self._live())

    def tell(self, event: Event) -> None:
        """Something for the player, as soon as there is one."""
        if self.stage is None:
            self._early.append(event)
        elif not self.over:
            self.stage.tell(event)

    def played(self) -> list[Played]:
        """Steps that have ended since this was last asked."""
        if not isinstance(self.player, LivePlayer):
            return []
        played, self.player.played = self.player.played, []
        return played

    def call_of(self, phone: str) -> LiveCall | None:
        """The call this phone is in."""
        return next((call for call in reversed(self.calls) if call.phone == phone and call.state != "over"), None)

    async def end(self) -> None:
        """Everybody hangs up; who does not within `STOP_S` is cut off."""
        task = self._task
        if task is None or task.done():
            return
        self.tell(Curtain(judged=False))
        await asyncio.wait([task], timeout=STOP_S)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])

    async def _live(self) -> None:
        began_s, config = wall_s(), self._application.config
        visiting = False
        try:
            deployment = await self._application.visit()
            visiting = True
            stage = self.stage = staged(self.scenario, self._application.app, config, self._loop, deployment, cast=self._casting, model=self._distant)
            early, self._early = self._early, []
            for event in early:
                stage.tell(event)
            try:
                ending: Staged | Exception = await stage.live()
            except Exception as stopped:
                ending = stopped
            self.result = result_of(stage, ending, config, began_s)
        except SimError as error:
            self.result = not_played(self.scenario, error, config)
        finally:
            if visiting:
                self._application.leave()
            self.over = True

    def _casting(self, stage: Stage) -> LivePlayer | Rehearsal:
        self.player = self._cast(stage)
        return self.player

    # --- what there is to tell

    @property
    def ended(self) -> bool:
        """Whether it is over, and everything has been told."""
        return self._exhausted

    def look(self) -> Iterator[tuple[str, Told]]:
        """What has happened since this was last asked, each with the id of its call."""
        if self._exhausted:
            return
        yield from self._read_on()
        stage = self.stage
        if stage is not None and not self.over:
            yield from self._heard(stage)
            yield from self._times(stage)
        if isinstance(self.player, Rehearsal) and (waiting := self.player.waiting) is not self._shown:
            self._shown = waiting
            if waiting is not None:
                yield self.calls[0].id, messages.step(self.calls[0].id, str(waiting.where), str(waiting))
        yield from self._found()
        if self.over:
            self._exhausted = True
            for call in self.calls:
                if call.state != "over":
                    call.state = "over"
                    yield call.id, call.message()
                yield call.id, messages.result(call.id, self._outcome(), self.result)

    def _outcome(self) -> messages.Outcome:
        result = self.result
        if result is None or (isinstance(self.player, Rehearsal) and self.player.stopped):
            return "ended"
        return "ended" if self.live and result.outcome == "passed" else result.outcome

    def _join(self, who: str | None, leg: int, from_: str, to: str) -> LiveCall | None:
        phone = self._phone_of(who)
        if phone is None:
            return None
        call = LiveCall(self._new_id(), phone, leg, from_, to, "" if self.live else self.scenario.id, Ear(phone))
        self.calls.append(call)
        return call

    def _read_on(self) -> Iterator[tuple[str, Told]]:
        frames = self.journal.frames
        changed: list[LiveCall] = []
        silenced: list[tuple[str, Json]] = []
        costs: dict[str, LiveCall] = {}
        while self._read < len(frames):
            frame = frames[self._read]
            self._read += 1
            if frame.kind in JOINS and frame.link == "media" and frame.leg:
                joined = self._join(frame.frame.get("who"), frame.leg, str(frame.frame.get("from", "")), str(frame.frame.get("to", "")))
                changed += [] if joined is None else [joined]
            call = next((one for one in reversed(self.calls) if one.leg == frame.leg), self.calls[0])
            for one in self.calls if frame.link == "world" else [call]:
                if one.state != "over" or one is call:
                    one.fresh.append(frame)
            before = call.state
            self._takes_in(call, frame)
            if call.state != before:
                changed.append(call)
            if frame.kind == "heard" and frame.link == "media" and frame.frame.get("cut_s", 0) > 0:
                silenced.append((call.id, messages.silenced(call.phone, str(frame.frame.get("text", "")))))
            if (frame.link, frame.source) == ("model", "model") and call.cost.receive(frame.frame):
                costs[call.id] = call
            if frame.kind == "exited":
                self._application.exited(str(frame.frame.get("status", "")))
        for one in self.calls:
            if any(each is one for each in changed):
                yield one.id, one.message()
        for one in self.calls:
            if one.fresh:
                fresh, one.fresh = one.fresh, []
                yield one.id, messages.frames(one.id, fresh)
        yield from silenced
        for one in costs.values():
            bill = one.cost.bill
            yield one.id, messages.cost(one.id, bill.tokens, None if self._distant is None else bill.usd)

    def _takes_in(self, call: LiveCall, frame: Frame) -> None:
        match frame.link, frame.kind:
            case "media", "sip_response" if frame.frame.get("status") == 200 and call.state == "ringing":
                call.state = "up"
            case "media", "answers":
                call.state = "up"
            case ("media", "call_ended") | ("app", "call_refused"):
                call.state = "over"
            case "model", "response.output_item.added" if (frame.frame.get("item") or {}).get("type") == "message":
                call.item_id = str(frame.frame["item"].get("id", ""))

    def _heard(self, stage: Stage) -> Iterator[tuple[str, Told]]:
        for call in self.calls:
            if call.state != "over":
                saying = "" if self.player is None else self.player.saying.get(call.leg, "")
                for told in call.ear.look(stage.playback_of(call.leg), call.item_id, saying, stage.now_s):
                    yield call.id, told

    def _times(self, stage: Stage) -> Iterator[tuple[str, Told]]:
        now_s = wall_s()
        if now_s - self._now_s >= NOW_EVERY_S:
            self._now_s = now_s
            for call in self.calls:
                if call.state == "up":
                    yield call.id, messages.now(call.id, stage.now_s)
        if now_s - self._owed_s >= OWED_EVERY_S:
            self._owed_s = now_s
            for call in self.calls:
                debts = owed(self.journal.of_leg(call.leg), self.journal)
                told = messages.owed(call.id, debts)
                if told != (call.owed or messages.owed(call.id, ())):
                    call.owed = told
                    yield call.id, told

    def _found(self) -> Iterator[tuple[str, Told]]:
        now_s = wall_s()
        due = now_s >= self._rules_s and (len(self.journal.frames) != self._asked_at or self._watchful.unsure)
        if self.stage is None or not (due or self.over):
            return
        self._asked_at = len(self.journal.frames)
        for finding in self._watchful.look(self.journal, self.over):
            leg = 0 if finding.frame is None else finding.frame.leg
            call = next((one for one in reversed(self.calls) if one.leg == leg), self.calls[0])
            yield call.id, messages.finding(call.id, finding)
        self._rules_s = wall_s() + max(RULES_EVERY_S, (wall_s() - now_s) / RULES_SHARE)
