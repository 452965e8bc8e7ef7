"""A scenario played live: as always, or each step when somebody says so; and stopped when they have seen enough. Pure."""

from __future__ import annotations

from collections.abc import Callable

from simulator.jambonz.media import Playback
from simulator.journal import Frame, Journal
from simulator.modes.live.player import sayings
from simulator.scenario.acts import Act, Curtain, Event, Next
from simulator.scenario.load import Scenario
from simulator.scenario.player import Player
from simulator.scenario.steps import Step
from simulator.script import Running, Script, until


class Rehearsal(Player):
    """`stepwise`: waits for `Next` before each step. `Curtain` ends it: everybody hangs up, and nothing is judged."""

    def __init__(self, scenario: Scenario, journal: Journal, playback_of: Callable[[int], Playback], stepwise: bool) -> None:
        super().__init__(scenario, journal, playback_of)
        self._stepwise = stepwise
        self.waiting: Step | None = None
        """The step that is played next, when it waits for that."""
        self.stopped = False
        self.saying: dict[int, str] = {}

    def receive(self, event: Event, now_s: float) -> list[Act]:
        if not isinstance(event, Curtain):
            effects = super().receive(event, now_s)
            self.saying |= sayings(effects)
            return effects
        if self.stopped or self._running.done:
            return []
        self.stopped, self.waiting = True, None
        for scene in self._scenes.values():
            scene.now_s = now_s
        self._running = Running(self._hang_up())
        return self._running.start(now_s)

    def _play_one(self, written: Step) -> Script[Act, Frame | None]:
        if self._stepwise:
            self.waiting = written
            yield from until(Next)
            self.waiting = None
        return (yield from super()._play_one(written))
