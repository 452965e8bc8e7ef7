"""A player whose steps come one by one from outside, as events: a test in Python says them while the call goes on.

Between two steps it is owed the next one. A step that fails is told to whoever asked for it, and ends nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.errors import Where
from simulator.jambonz.media import Playback
from simulator.journal import Journal
from simulator.scenario.acts import Act, Cancel, Cue, Curtain, Event, Played
from simulator.scenario.failure import StepFailed
from simulator.scenario.load import Scenario
from simulator.scenario.player import Player
from simulator.scenario.steps import Step
from simulator.script import Running, Script

NEXT_STEP = "the test: its next step"


class CuedPlayer(Player):
    """Plays what it is told with `Cue`, and answers `Played`; ends with `Curtain`. `scenario` has everything but steps."""

    def __init__(self, scenario: Scenario, journal: Journal, playback_of: Callable[[int], Playback]) -> None:
        super().__init__(scenario, journal, playback_of)
        self._cue: Cue | None = None
        self._last: Where = scenario.where
        self._curtain = False
        self._idle_since_s = 0.0

    @property
    def idle(self) -> bool:
        """Whether it waits for a cue."""
        return self._cue is None and not self._curtain

    @property
    def done(self) -> bool:
        """Whether the curtain has fallen, and all that belongs to it has happened."""
        return self._curtain and self._running.done

    @property
    def step(self) -> Step | None:
        """The step under way; None when there is none."""
        return None if self._cue is None else self._cue.step

    @property
    def place(self) -> Where:
        """Where the step under way was asked for, or else the last one."""
        return self._last

    @property
    def owed(self) -> dict[str, float]:
        """The next step, while it waits for one."""
        return {NEXT_STEP: self._idle_since_s} if self.idle else {}

    @property
    def waits_for(self) -> str:
        """For people: which step is being played."""
        return NEXT_STEP if self.idle else super().waits_for

    def _to_come(self) -> Sequence[Step]:
        return () if self._cue is None else (self._cue.step,)

    def _play(self) -> Script[Act, None]:
        return
        yield

    def receive(self, event: Event, now_s: float) -> list[Act]:
        """A step is to be played, or something has happened in the call."""
        match event:
            case Cue():
                self._cue, self._last = event, event.step.where
                script = self._play_cue(event)
            case Cancel(number):
                if self._cue is None or self._cue.number != number:
                    return []
                effects = self._running.kill(now_s)
                return [*effects, self._ended(Played(number), now_s)]
            case Curtain(judged):
                self._curtain = True
                script = self._close() if judged else self._hang_up()
            case _:
                return self._with_time(super().receive(event, now_s), now_s)
        for scene in self._scenes.values():
            scene.now_s = now_s
            scene.observe(event)
        self._running = Running(script)
        return self._with_time(self._running.start(now_s), now_s)

    def _play_cue(self, cue: Cue) -> Script[Act, None]:
        try:
            fitted = yield from self._play_one(cue.step)
        except StepFailed as stop:
            yield Played(cue.number, failure=self._told(stop.failure))
        else:
            yield Played(cue.number, fitted)

    def _close(self) -> Script[Act, None]:
        """As a scenario ends."""
        try:
            self._check_watched()
            yield from self._end()
            self._check_watched()
        except StepFailed as stop:
            self.failure = self._told(stop.failure)
            yield from self._hang_up()

    def _with_time(self, effects: list[Act], now_s: float) -> list[Act]:
        if effects and isinstance(effects[-1], Played):
            self._ended(effects[-1], now_s)
        return effects

    def _ended(self, played: Played, now_s: float) -> Played:
        self._cue, self._idle_since_s, self.minds_everything = None, now_s, False
        return played
