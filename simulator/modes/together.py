"""Many calls at once to one application in another process: all on one loop, and so on one clock.

On the real clock a call takes its time; the elastic one jumps when no call has anything to do and none is owed an answer, so that calls
that wait together wait once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from simulator.clock import CLOCKS
from simulator.deployment import Deployment
from simulator.errors import ScenarioError, UsageError
from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import not_played, result_of, staged, unfit_clock
from simulator.network import ClockLoop, heartbeat, run, wall_s
from simulator.report.result import Result
from simulator.scenario.load import Scenario
from simulator.stage import Stage, Staged

T = TypeVar("T")

LOOK_EVERY_S = 0.25
"""Wall time after which is looked whether a call is stuck; not more often, because each time is a turn of the loop."""


class Together:
    """Calls on one loop. `await together.play(scenario)`, within `together.run(…)`, is one of them.

    Raises `UsageError` for an application in this process: virtual time, and sockets in memory, are those of one call.
    """

    def __init__(self, app: AppRef, config: Config, deployment: Deployment | None) -> None:
        if deployment is None:
            raise UsageError(f"{app} lives in this process, where there is one call at a time", "name the URL or the command of the application")
        self.app, self.config, self._deployment = app, config, deployment
        self.loop = ClockLoop(CLOCKS[config.clock](), self._who_waits)
        self.late_s: list[float] = []
        """How late the loop was whenever it was looked at: how long calls have to wait for each other."""
        self._on: dict[int, Stage] = {}

    @property
    def calls(self) -> int:
        """How many calls are going on."""
        return len(self._on)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Play what `main` plays, and close the loop."""
        with heartbeat(self.loop, LOOK_EVERY_S, self._look):
            return run(self.loop, main)

    async def play(self, scenario: Scenario) -> Result:
        """One call, and its judgement. Raises nothing for what the application does."""
        return (await self.live(scenario))()

    async def live(self, scenario: Scenario) -> Callable[[], Result]:
        """One call; what is answered judges it, when there is time: that holds the loop, and with it the other calls."""
        if (unfit := unfit_clock(scenario, self.app) or self._other_clock(scenario)) is not None:
            refused = not_played(scenario, unfit, self.config)
            return lambda: refused
        began_s = wall_s()
        stage = staged(scenario, self.app, self.config, self.loop, self._deployment)
        self._on[id(stage)] = stage
        try:
            ending: Staged | Exception = await stage.live()
        except Exception as stopped:
            ending = stopped
        finally:
            del self._on[id(stage)]
        return lambda: result_of(stage, ending, self.config, began_s)

    def _other_clock(self, scenario: Scenario) -> ScenarioError | None:
        if scenario.clock in (None, self.config.clock):
            return None
        problem = f"the clock {scenario.clock!r} is another than that of the calls beside it, {self.config.clock!r}"
        return ScenarioError(problem, "leave `clock` out, or play the scenario by itself", scenario.where)

    def _look(self, late_s: float) -> None:
        self.late_s.append(late_s)
        for stage in self._on.values():
            stage.look_for_silence()

    def _who_waits(self) -> list[str]:
        return [line for stage in self._on.values() for line in stage.who_waits()]


def play_together(scenarios: Sequence[Scenario], app: AppRef, config: Config, deployment: Deployment | None) -> list[Result]:
    """All of them at once, judged when all are over. Raises `UsageError` for an application in this process."""
    together = Together(app, config, deployment)

    async def main() -> list[Callable[[], Result]]:
        return await asyncio.gather(*(together.live(scenario) for scenario in scenarios))

    return [judge() for judge in together.run(main())]
