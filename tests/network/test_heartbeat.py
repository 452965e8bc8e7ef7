"""A heartbeat comes by the wall, whatever the clock of the loop does, and says how late the loop was."""

from __future__ import annotations

import asyncio
import time

from simulator.clock import elastic, real
from simulator.network import ClockLoop, heartbeat, run


def test_it_beats_by_the_wall_while_the_clock_jumps() -> None:
    loop = ClockLoop(elastic())
    beats: list[float] = []

    async def main() -> None:
        while len(beats) < 3:  # noqa: ASYNC110 - time shall jump
            await asyncio.sleep(3600)

    with heartbeat(loop, 0.02, beats.append):
        begun_s = time.monotonic()
        run(loop, main())
    assert time.monotonic() - begun_s >= 3 * 0.02
    assert loop.time() > 3600


def test_it_says_how_long_the_loop_let_it_wait() -> None:
    loop = ClockLoop(real())
    beats: list[float] = []

    async def main() -> None:
        time.sleep(0.1)  # noqa: ASYNC251 - the loop is held: that is the subject
        await asyncio.sleep(0.05)

    with heartbeat(loop, 0.01, beats.append):
        run(loop, main())
    assert max(beats) > 0.05


def test_it_ends_with_its_block() -> None:
    loop = ClockLoop(real())
    beats: list[float] = []
    with heartbeat(loop, 0.01, beats.append):
        pass
    run(loop, asyncio.sleep(0.05))
    assert beats == []
