"""When nobody has a deadline, only somebody outside can still move; and there is an end to waiting for that."""

from __future__ import annotations

import asyncio
import socket

import pytest

from simulator.clock import elastic
from simulator.errors import StuckError
from simulator.network import ClockLoop, run, wall_s


def test_a_loop_that_waits_for_an_application_which_says_nothing_is_stuck() -> None:
    loop = ClockLoop(elastic(), lambda: ["jambonz waits for the application"])
    loop.silence_limit_s = 0.05
    ours, theirs = socket.socketpair()

    async def listen() -> bytes:
        ours.setblocking(False)
        return await asyncio.get_running_loop().sock_recv(ours, 100)

    with ours, theirs, pytest.raises(StuckError, match="nobody can move and nobody owes an answer\n    jambonz waits for the application"):
        run(loop, listen())


def test_also_when_the_application_owes_an_answer() -> None:
    """The clock must not jump then, but nobody waits for ever either."""
    loop = ClockLoop(elastic())
    loop.silence_limit_s = 0.05
    loop.clock.owe("us", {"the app owes an ack": 0.0})
    begun_s = wall_s()
    with pytest.raises(StuckError, match=r"^nobody can move$"):
        run(loop, asyncio.Event().wait())
    assert 0.05 <= wall_s() - begun_s < 2


def test_jumps_are_hurried_when_nobody_has_been_told_anything() -> None:
    """After a few silent jumps an application gets a fraction of its time: it has had its chance to say something by itself."""

    async def naps() -> None:
        for _ in range(40):
            await asyncio.sleep(100)

    loop = ClockLoop(elastic(jump_after_s=0.02))
    begun_s = wall_s()
    run(loop, naps())
    assert 3 * 0.02 <= wall_s() - begun_s < 40 * 0.02 * 0.75
    assert loop.jumps_in_silence >= 40
