"""Benchmarks of many calls at once to an application in a process of its own, part of `make bench`.

200 calls are always going on, on one loop, until 600 have been; the application is as bare as one can be. Two kinds of call: one is
answered, spoken to and hung up on; in the other a model talks, listens, and uses a tool. CPU is that of a call in our process (playing
apart from judging), and beside it that of the application. How late the loop was is what calls had to wait for each other. Memory is
what a call leaves, journal included, until it is judged; each crowd has a fresh process, because memory that was used once is not given back.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import deployed
from simulator.modes.together import Together
from simulator.network import pause
from simulator.process import Command
from simulator.report.result import Result
from simulator.scenario.load import Scenario, loads

ROOT = Path(__file__).parent.parent
CALLS, AT_ONCE = 600, 200
WARM_UP = 20
BUSY = 0.85
"""Part of the wall time a process has to be at work to be called the limit."""

SAY = """
name: is spoken to
steps:
  - expect: {heard: "Hello, and good bye."}
  - expect: {call: completed, by: app}
"""
LLM = """
name: talks to a model
steps:
  - model:  {say: "Hello, what may I do for you?"}
  - caller: {say: "Think of something, please."}
  - model:  {call: think, with: {}}
  - expect: {tool_output: "thought"}
  - model:  {say: "I have thought of something."}
  - expect: {heard: "I have thought of something."}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


@dataclass(frozen=True)
class Figures:
    """Of one crowd of calls: seconds of wall and CPU for all of them, KiB for each, milliseconds of lateness."""

    wall_s: float
    virtual_s: float
    playing_s: float
    judging_s: float
    application_s: float
    kib: float
    late_ms: float
    latest_ms: float
    failures: tuple[str, ...]

    @property
    def per_s(self) -> float:
        return CALLS / self.wall_s

    def limit(self) -> str:
        """What kept it from being faster."""
        if self.playing_s / self.wall_s > BUSY:
            return "our one thread, which was always busy"
        if self.application_s / self.wall_s > BUSY:
            return "the application, which was always busy"
        return f"waiting: we were at work {self.playing_s / self.wall_s:.0%} of the time, and the application {self.application_s / self.wall_s:.0%}"

    def __str__(self) -> str:
        ours, judging, theirs = (total_s / CALLS * 1000 for total_s in (self.playing_s, self.judging_s, self.application_s))
        return (
            f"a call: {ours:.1f} ms CPU and {judging:.1f} ms to judge it, {theirs:.1f} ms of the application, {self.kib:.0f} KiB; "
            f"loop late {self.late_ms:.0f} ms (median), {self.latest_ms:.0f} ms (worst); limited by {self.limit()}"
            + (f"; {len(self.failures)} did not pass, such as: {self.failures[0]}" if self.failures else "")
        )


def main(say: Any) -> None:
    """Print every figure."""
    for name, text in (("/say", SAY), ("/llm", LLM)):
        for clock in ("elastic", "real"):
            with ProcessPoolExecutor(1, get_context("spawn")) as alone:
                figures = alone.submit(measure, text, name, clock).result()
            how = f"{CALLS} calls, {AT_ONCE} at once, {figures.per_s:.0f} calls/s; {figures}"
            at_least = 20 if clock == "elastic" else 0
            say(f"at once {name} {clock}", how, figures.virtual_s / figures.wall_s, "x real time", at_least=at_least)


def measure(text: str, path: str, clock: str) -> Figures:
    """One crowd, after a few calls that do not count."""
    (scenario,) = loads(text)
    command = Command((sys.executable, "-m", "tests.apps.bare"), url=f"ws://127.0.0.1:${{PORT}}{path}", cwd=str(ROOT))
    app, config = AppRef(command.url, command=replace(command, env={"PYTHONPATH": str(ROOT)})), Config(clock=clock)
    with deployed(app, config) as deployment:
        warm = Together(app, config, deployment)
        assert warm.run(crowd(warm, scenario, WARM_UP, WARM_UP))
        together = Together(app, config, deployment)
        gc.collect()
        us, before, theirs_s = psutil.Process(), psutil.Process().memory_info().rss, cpu_s_of_application()
        cpu_s, began_s = time.process_time(), time.perf_counter()
        judges = together.run(crowd(together, scenario, CALLS, AT_ONCE))
        wall_s, playing_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        theirs_s, kib = cpu_s_of_application() - theirs_s, (us.memory_info().rss - before) / 1024 / CALLS
        cpu_s = time.process_time()
        results = [judge() for judge in judges]
        judging_s = time.process_time() - cpu_s
    failures = tuple(result.error or result.failures[0].problem for result in results if result.outcome != "passed")
    late_ms = [1000 * late_s for late_s in together.late_s] or [0.0]
    virtual_s = sum(result.virtual_s for result in results)
    return Figures(wall_s, virtual_s, playing_s, judging_s, theirs_s, kib, statistics.median(late_ms), max(late_ms), failures)


async def crowd(together: Together, scenario: Scenario, calls: int, at_once: int) -> list[Callable[[], Result]]:
    """So many calls, each begun when another is over; the first ones a few at a time, as callers come."""
    left = iter(range(calls))

    async def caller(number: int) -> list[Callable[[], Result]]:
        await pause(number * 0.002)
        return [await together.live(scenario) for _ in left]

    return [judge for judges in await asyncio.gather(*(caller(number) for number in range(at_once))) for judge in judges]


def cpu_s_of_application() -> float:
    """CPU of the application so far: it is the child of the program that supervises it."""
    (supervisor,) = psutil.Process().children()
    return sum(times.user + times.system for times in (child.cpu_times() for child in supervisor.children(recursive=True)))


if __name__ == "__main__":
    from tests.bench import say

    main(say)
