"""A player whose steps come when somebody likes: a step that waits holds up nobody but those of its own line.

What a phone says politely, and what the model is told to answer, are played one after the other; everything else at once. A response that
no step answers is answered by a mind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.errors import Where
from simulator.jambonz.media import Playback
from simulator.journal import Journal
from simulator.modes.live.minds import Model
from simulator.modes.openai.minds import Mind
from simulator.modes.openai.plans import Happenings
from simulator.scenario.acts import Act, AnswerModel, Asked, Cancel, Cue, Curtain, Event, Noted, Played, RefuseModel, TellModel
from simulator.scenario.debts import owed
from simulator.scenario.failure import StepFailed
from simulator.scenario.load import Scenario
from simulator.scenario.phone import Phone
from simulator.scenario.player import Player
from simulator.scenario.scene import Scene
from simulator.scenario.steps import Step, caller, model
from simulator.scenario.steps.registry import CallLine
from simulator.script import Running, Script, soonest, until
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.prompt import Prompt, Read

BREATH_S = 0.8
"""How long it is quiet before a polite caller takes a turn that nobody has given them: an assistant may be about to begin."""
FIRST_BREATH_S = 3.0
"""The same while nobody has said anything yet: who calls waits to be greeted."""
OWED_LIMIT_S = 8.0
"""How long a polite caller waits for what a tool returns."""
PATIENCE_S = 3600.0
"""How long a step waits that says nothing of it, and can as well wait for the next turn."""
SOUNDS = "response.content_part.added"
"""From here on, an answer is being heard."""

PromptOf = Callable[[int, str], Prompt | None]


@dataclass(slots=True)
class _Asked:
    """A step that was ordered: it runs, or waits in its line."""

    cue: Cue
    line: object
    running: Running[Act, None] | None = None


@dataclass(slots=True)
class _Connection:
    """The mind of a call's connection to its model: the one that is there, or the next one."""

    mind: Mind
    later: list[tuple[float, Happenings]] = field(default_factory=list)


class LivePlayer(Player):
    """Plays what it is told with `Cue`; what became of it stands in `played`. It is done when everybody has hung up."""

    def __init__(self, scenario: Scenario, journal: Journal, playback_of: Callable[[int], Playback], prompt_of: PromptOf, answering: Model) -> None:
        super().__init__(replace(scenario, steps=()), journal, playback_of)
        self._scenario_where = scenario.where
        self._prompt_of, self._answering, self._playback_of = prompt_of, answering, playback_of
        self._steps: list[_Asked] = []
        self._beside: list[Running[Act, None]] = []
        self._connections: dict[int, _Connection] = {}
        self._looked = 0
        self._now_s = 0.0
        self.played: list[Played] = []
        self.saying: dict[int, str] = {}
        """By the number of the call, the words that its model was given last."""

    @property
    def done(self) -> bool:
        """Whether every call is over, and every connection closed."""
        return self.scene.settled

    @property
    def wake_at_s(self) -> float | None:
        return soonest(*(running.wake_at_s for running in self._all()))

    @property
    def step(self) -> Step | None:
        """None: there may be many."""
        return None

    @property
    def place(self) -> Where:
        return self._steps[-1].cue.step.where if self._steps else self._scenario_where

    @property
    def waits_for(self) -> str:
        return ", ".join(str(one.cue.step) for one in self._steps) or "nothing"

    @property
    def under_way(self) -> list[int]:
        """Numbers of the steps that are played, or wait for it."""
        return [one.cue.number for one in self._steps]

    def add_phone(self, name: str, phone: Phone) -> None:
        """One more who can be part of the call."""
        self.scenario = replace(self.scenario, phones={**self.scenario.phones, name: phone})
        self._scenes.setdefault(name, Scene(self.scene.journal, self._playback_of, name, leg=None, captured=self.scene.captured))

    def scene_of(self, who: str | None) -> Scene:
        """What this phone sees."""
        return self._scenes[who]

    def start(self, now_s: float) -> list[Act]:
        effects = super().start(now_s)
        return [*effects, *self._look_for_connections(now_s)]

    def _play(self) -> Script[Act, None]:
        return
        yield

    def receive(self, event: Event, now_s: float) -> list[Act]:
        """A step is to be played, or something has happened in the call."""
        self._now_s = now_s
        for scene in self._scenes.values():
            scene.now_s = now_s
            scene.observe(event)
        effects: list[Act] = []
        match event:
            case Cue():
                self._steps.append(_Asked(event, _line_of(event)))
            case Cancel(number):
                effects += self._cancel(number, now_s)
            case Curtain(judged=True):
                effects += self._begin(self._goodbye(), now_s)
            case Curtain():
                for number in self.under_way:
                    effects += self._cancel(number, now_s)
                effects += self._begin(self._hang_up(), now_s)
            case Asked(request, leg) if not self._a_step_answers(leg):
                scene = next(scene for scene in self._scenes.values() if scene.leg == leg)
                if request in scene.requests:
                    scene.requests.remove(request)
                    effects += self._begin(self._answer(request.response_id, scene, leg), now_s)
            case _:
                effects += self._look_for_connections(now_s)
                for running in list(self._all()):
                    effects += running.receive(event, now_s)
        return self._without_played([*effects, *self._go_on(now_s)])

    # --- steps

    def _all(self) -> list[Running[Act, None]]:
        return [*self._beside, *(one.running for one in self._steps if one.running is not None)]

    def _begin(self, script: Script[Act, None], now_s: float) -> list[Act]:
        """A script that nobody waits for."""
        running: Running[Act, None] = Running(script)
        self._beside.append(running)
        return running.start(now_s)

    def _go_on(self, now_s: float) -> list[Act]:
        """Those that are done make room for the next of their line."""
        effects: list[Act] = []
        began = True
        while began:
            self._beside = [running for running in self._beside if not running.done]
            self._steps = [one for one in self._steps if one.running is None or not one.running.done]
            began, busy = False, set()
            for one in self._steps:
                if one.running is None and one.line not in busy:
                    one.running, began = Running(self._play_cue(one.cue)), True
                    effects += one.running.start(now_s)
                busy.add(one.line)
        return effects

    def _cancel(self, number: int, now_s: float) -> list[Act]:
        asked = next((one for one in self._steps if one.cue.number == number), None)
        if asked is None:
            return []
        effects = asked.running.kill(now_s) if asked.running is not None else []
        self._steps.remove(asked)
        self.played.append(Played(number))
        return effects

    def _without_played(self, effects: list[Act]) -> list[Act]:
        self.played += (effect for effect in effects if isinstance(effect, Played))
        self.saying |= sayings(effects)
        return [effect for effect in effects if not isinstance(effect, Played)]

    def _play_cue(self, cue: Cue) -> Script[Act, None]:
        step = cue.step
        try:
            if isinstance(step, CallLine):
                yield from self._in_time(step, self._scenes[step.who])
            fitted = yield from self._play_one(step)
        except StepFailed as stop:
            yield Played(cue.number, failure=replace(stop.failure, seq=len(self.scene.journal.frames)))
        else:
            yield Played(cue.number, fitted)

    def _in_time(self, step: CallLine, scene: Scene) -> Script[Act, None]:
        """Wait for the moment at which somebody with a phone in their hand would do this."""
        if isinstance(step, caller.Say | caller.Play):
            yield from self._breath(scene, step.where, step.within_s)
        elif isinstance(step, caller.Interrupt | caller.Press | caller.Noise):
            deadline_s = scene.now_s + caller.TURN_S
            while not scene.answered and scene.over is None and (yield from scene.wait(deadline_s - scene.now_s)):
                pass

    def _breath(self, scene: Scene, where: Where, within_s: float) -> Script[Act, None]:
        deadline_s = scene.now_s + within_s
        while True:
            yield from scene.turn(where, max(0.0, deadline_s - scene.now_s), scene.who or "the caller")
            since_s = scene.now_s
            while scene.quiet and scene.over is None and (left_s := self._breath_s(scene) - (scene.now_s - since_s)) > 1e-9:
                yield from until(Noted, Asked, timeout_s=min(left_s, BREATH_S))
            if scene.quiet or scene.over is not None:
                return

    def _breath_s(self, scene: Scene) -> float:
        frames = scene.frames()
        if any(debt.kind in ("tool", "response") for debt in owed(frames, scene.journal)):
            return OWED_LIMIT_S
        return BREATH_S if any(frame.link == "media" and frame.kind in ("heard", "speaks") for frame in frames) else FIRST_BREATH_S

    def _goodbye(self) -> Script[Act, None]:
        """When all that was ordered is done, and what came of it was heard, everybody hangs up."""
        deadline_s = self._now_s + caller.TURN_S
        while self._steps and self._now_s < deadline_s and not self.scene.settled:
            yield from until(Noted, Asked, timeout_s=BREATH_S)
        for scene in self._scenes.values():
            if scene.answered and scene.over is None and not scene.hung_up:
                with suppress(StepFailed):  # then it goes without
                    yield from self._breath(scene, self.place, caller.TURN_S)
        yield from self._hang_up()

    # --- the model

    def _a_step_answers(self, leg: int) -> bool:
        """Whether a step waits for a response of this call to answer."""
        return any(isinstance(step := one.cue.step, model.Answer) and self._scenes[step.who].leg == leg for one in self._steps)

    def _look_for_connections(self, now_s: float) -> list[Act]:
        """A call that has begun, or has lost its model, gets the mind of its next connection: before there is one, so that it may be refused."""
        frames = self.scene.journal.frames
        gone = {frame.leg for frame in frames[self._looked :] if frame.link == "model" and frame.kind in ("closed", "refused")}
        self._looked = len(frames)
        effects: list[Act] = []
        for scene in self._scenes.values():
            if scene.leg is not None and scene.over is None and (scene.leg not in self._connections or scene.leg in gone):
                effects += self._next_mind(scene.leg, now_s)
        return effects

    def _next_mind(self, leg: int, now_s: float) -> list[Act]:
        mind, met = self._answering.next_connection()
        begins = mind.begins()
        self._connections[leg] = _Connection(mind)
        effects: list[Act] = []
        if met.refused_with is not None:
            effects.append(RefuseModel(met.refused_with if isinstance(met.refused_with, int) else None, leg))
        effects += [TellModel(_happening(one), leg) for one in (*met.plan.before, *begins.before)]
        if later := (*met.plan.later, *begins.later):
            effects += self._begin(self._later(leg, "open", None, later, len(self.scene.journal.frames)), now_s)
        return effects

    def _answer(self, response_id: str, scene: Scene, leg: int) -> Script[Act, None]:
        if scene.default is not None:
            yield AnswerModel(response_id, scene.default, leg)
            return
        plan = self._connections[leg].mind.answers(self._prompt_of(leg, response_id) or _heard(scene))
        since = len(self.scene.journal.frames)
        for happening in plan.before:
            yield TellModel(_happening(happening), leg)
        if plan.answer is not None:
            yield AnswerModel(response_id, plan.answer, leg)
        if plan.later:
            yield from self._later(leg, SOUNDS, response_id, plan.later, since)

    def _later(self, leg: int, kind: str, response_id: str | None, happenings: Any, since: int) -> Script[Act, None]:
        """What happens so long after this frame of the model; nothing when the connection or the response ends before."""
        journal = self.scene.journal
        while True:
            for frame in journal.frames[since:]:
                if frame.link != "model" or frame.leg != leg:
                    continue
                if frame.kind == kind and (response_id is None or frame.frame.get("response_id") == response_id):
                    yield from self._strike(leg, frame.at_s, happenings)
                    return
                if frame.kind in ("closed", "refused") or (frame.kind == "response.done" and response_id is not None):
                    return
            since = len(journal.frames)
            yield from until(Noted)

    def _strike(self, leg: int, began_s: float, happenings: Any) -> Script[Act, None]:
        for after_s, happening in sorted(happenings, key=lambda entry: entry[0]):
            if (left_s := began_s + after_s - self._now_s) > 0:
                yield from until(timeout_s=left_s)
            yield TellModel(_happening(happening), leg)


def _line_of(cue: Cue) -> object:
    """Steps of the same line are played one after the other."""
    step = cue.step
    if isinstance(step, caller.Say | caller.Play | caller.Wait):
        return "caller", step.who
    if isinstance(step, model.Answer):
        return "model", step.who
    return cue.number


def _happening(happening: Any) -> Any:
    """What minds plan is what scenarios tell a model; the types of the two do not know of each other."""
    return happening


def _heard(scene: Scene) -> Prompt:
    """What there is to answer when the model cannot be asked: what the caller has said last."""
    spoken = [frame.frame["text"] for frame in scene.frames() if frame.kind == "speaks" and frame.link == "media"]
    items = tuple(Read({"type": "message", "role": "user"}, text) for text in spoken[-1:])
    return Prompt("", (), "auto", items)


def sayings(effects: Sequence[Act]) -> dict[int, str]:
    """What models are told to say, by the number of their call."""
    answers = (effect for effect in effects if isinstance(effect, AnswerModel))
    return {one.leg: " ".join(said.text for said in one.answer.items if isinstance(said, openai.Say)) for one in answers}


def patient(step: Step, written: Any) -> Step:
    """A step of the model that does not say how long it waits, waits for the next turn, whenever that comes."""
    doing = written.get("model") if isinstance(written, dict) else None
    if isinstance(step, model.Answer | model.Strike) and isinstance(doing, dict) and "within" not in doing:
        return replace(step, within_s=PATIENCE_S)
    return step
