"""Plays a scenario: step after step, each a script that orders, waits, and ends when what it says has happened.

The player is a core like the protocols: `receive(event, now_s)`, `wake_at_s`. It ends with `failure` None or set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from simulator.errors import Where
from simulator.jambonz.media import Playback
from simulator.journal import Frame, Journal
from simulator.scenario.acts import Act, AnswerModel, Asked, Decline, Event, HangUp
from simulator.scenario.captured import in_words, made_of
from simulator.scenario.expectations import Expectation
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.line_faults import idle_on_lines
from simulator.scenario.load import Scenario
from simulator.scenario.playing import answer_of, expectation_of, idle, play_any_order, play_step
from simulator.scenario.scene import NO_CALL, Scene
from simulator.scenario.steps import AnyOrder, Later, Step, kind_of, lines_of
from simulator.scenario.steps.expect import Expect, Finding
from simulator.scenario.steps.model import Answer
from simulator.scenario.steps.registry import CallLine, Line
from simulator.scenario.unmet import unwanted
from simulator.scenario.why import why_not_quiet
from simulator.script import Running, Script

LAST_TURN_S = 60.0
"""How long the end of a call may take once every step has been played."""

GIVES_UP = 480
"""How a phone that still rings when the scenario is over gets its peace."""

EVERYTHING = ("event", "client_event", "frame")
"""Words of expectations that may wait for any frame at all."""

Watch = tuple[Expect, Scene, Expectation, Sequence[Frame], int, tuple[str, ...]]
"""An expectation that must stay unfulfilled: what could have fulfilled it by then, from which frame on more may, what it takes in."""


class Player:
    """One run of one scenario. `playback_of` tells what the phone at the end of a leg hears."""

    def __init__(self, scenario: Scenario, journal: Journal, playback_of: Callable[[int], Playback]) -> None:
        self.scenario = scenario
        self.scene = Scene(journal, playback_of)
        self._scenes: dict[str | None, Scene] = {None: self.scene}
        self._scenes |= {name: Scene(journal, playback_of, name, leg=None, captured=self.scene.captured) for name in scenario.phones}
        if scenario.model.default is not None:
            for scene in self._scenes.values():
                scene.default = answer_of(scenario.model.default)
        self.failure: Failure | None = None
        self.step_number = 0
        self.minds_everything = False
        """Whether the step under way may be waiting for any frame at all, also for those that come in hundreds."""
        self._watching: list[Watch] = []
        self._takes_in: tuple[str, ...] = ()
        """What the step under way takes in of what was captured."""
        self._running: Running[Act, None] = Running(self._play())

    @property
    def done(self) -> bool:
        """Whether every step was played, or one has failed."""
        return self._running.done

    @property
    def wake_at_s(self) -> float | None:
        """When the step under way wants to be woken."""
        return self._running.wake_at_s

    @property
    def step(self) -> Step | None:
        """The step under way; None when there is none."""
        steps = self.scenario.steps
        return steps[self.step_number] if self.step_number < len(steps) else None

    @property
    def place(self) -> Where:
        """Where the step under way stands, or else the last one."""
        return (self.step or self.scenario.steps[-1]).where

    @property
    def owed(self) -> dict[str, float]:
        """Nobody owes a scenario anything: its steps have their own times."""
        return {}

    @property
    def waits_for(self) -> str:
        """For people: which step is being played."""
        if self.done:
            return "nothing"
        return str(self.step.where) if self.step is not None else "the end of the call"

    def start(self, now_s: float) -> list[Act]:
        """Play the first steps."""
        for scene in self._scenes.values():
            scene.now_s = now_s
            scene.read_on()
        return self._running.start(now_s)

    def receive(self, event: Event, now_s: float) -> list[Act]:
        """Something happened in the call."""
        for scene in self._scenes.values():
            scene.now_s = now_s
            scene.observe(event)
        if isinstance(event, Asked):
            scene = next(scene for scene in self._scenes.values() if scene.leg == event.leg)
            still_wanted = event.request in scene.requests  # its connection may have gone since
            if still_wanted and scene.default is not None and not self._model_step_follows(scene):
                scene.requests.remove(event.request)
                return [AnswerModel(event.request.response_id, scene.default, event.leg), *self._running.receive(event, now_s)]
        return self._running.receive(event, now_s)

    def _model_step_follows(self, scene: Scene) -> bool:
        """Whether the step being played, or a later one, answers responses of this call: then the default keeps still."""
        to_come = (step for step in self._to_come() if isinstance(step, CallLine))
        return any(issubclass(kind_of(step), Answer) and step.who == scene.who for step in to_come)

    def _to_come(self) -> Sequence[Step]:
        """The step under way and those behind it, as far as they are known."""
        return self.scenario.steps[self.step_number :]

    def _scene_of(self, step: Line) -> Scene:
        return self._scenes[step.who if isinstance(step, CallLine) else None]

    def _play(self) -> Script[Act, None]:
        try:
            for number, written in enumerate(self.scenario.steps):
                self.step_number = number
                yield from self._play_one(written)
            self.step_number, self._takes_in, self.minds_everything = len(self.scenario.steps), (), False
            yield from self._end()
            self._check_watched()
        except StepFailed as stop:
            self.failure = self._told(stop.failure)
            yield from self._hang_up()

    def _play_one(self, written: Step) -> Script[Act, Frame | None]:
        """One step; answers what fitted, if it is an expectation."""
        self.minds_everything = any(issubclass(kind_of(line), Expect) and line.word in EVERYTHING for line in lines_of(written))
        if isinstance(written, Finding):
            return None  # asked when the call is over, with all other rules
        self._takes_in = tuple(name for line in lines_of(written) if isinstance(line, Later) for name in line.takes_in)
        if isinstance(written, AnyOrder):
            yield from play_any_order(written, self._scenes)
            self._check_watched()
            return None
        step = made_of(written, self.scene.captured)
        scene = self._scene_of(step)
        if isinstance(step, Expect) and step.absent and step.within_s is None:
            expectation = expectation_of(step, scene)
            by_then = expectation.candidates(scene.journal, scene.since)
            self._watching.append((step, scene, expectation, by_then, len(scene.journal.frames), self._takes_in))
            return None
        fitted = yield from play_step(step, scene)
        self._check_watched()
        return fitted

    def _told(self, failure: Failure) -> Failure:
        """A failure that knows how far the journal has come, of which call it is about, and what was captured."""
        step = self.step or (self.scenario.steps[-1] if self.scenario.steps else None)
        scene = self._scene_of(step) if step is not None else self.scene
        about = step.word if isinstance(step, Expect) and step.where == failure.where else ""
        leg = NO_CALL if scene.leg is None else scene.leg
        details = (*in_words(self._takes_in, self.scene.captured), *failure.details)
        return replace(failure, seq=len(scene.journal.frames), leg=leg, about=about, details=details)

    def _hang_up(self) -> Script[Act, None]:
        """Everybody who is still in a call hangs up, the caller first."""
        for scene in self._scenes.values():
            if scene.leg is not None and not scene.over and not scene.hung_up:
                scene.hung_up = True
                yield Decline(GIVES_UP, scene.leg) if scene.ringing else HangUp(leg=scene.leg)

    def _check_watched(self) -> None:
        """What was expected to stay absent until the next step must have done so."""
        watching, self._watching = self._watching, []
        for step, scene, expectation, by_then, since, takes_in in watching:
            for frame in (*by_then, *scene.frames(since)):
                if expectation.fits(frame, scene.journal):
                    self._takes_in = takes_in
                    raise unwanted(step, expectation, frame, scene.journal)

    def _end(self) -> Script[Act, None]:
        """Every step has been played: nothing may be left open, and the caller hangs up if nobody else has."""
        last = self.place
        for scene in self._scenes.values():
            if scene.requests and not scene.over:
                problem = "the scenario ends while the model is asked for a response that no step answers"
                raise StepFailed(Failure(last, problem, (why_not_quiet(scene).said,), "add a `model` step, or set `model: {default: ...}`"))
            if scene.answered and not scene.over and not scene.hung_up:
                try:
                    yield from scene.turn(last, LAST_TURN_S, f"at the end of the scenario {scene.who or 'the caller'}")
                except StepFailed:
                    if not scene.over:
                        raise  # else somebody has hung up first: as good an end as any
        yield from self._hang_up()
        scene = self.scene
        deadline_s = scene.now_s + LAST_TURN_S
        while not scene.settled and (yield from scene.wait(deadline_s - scene.now_s)):
            pass
        for each in self._scenes.values():
            for fault, struck in each.idle_faults():
                raise StepFailed(idle(fault, struck))
        for failure in idle_on_lines(self.scenario.steps, scene.journal):
            raise StepFailed(failure)
