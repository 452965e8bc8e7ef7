"""The network of a call: an event loop on a clock of ours, whose sockets are memory when the clock is virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import nullcontext
from time import perf_counter as wall_s
from time import time as unix_s
from typing import Any, TypeVar

from simulator.network.heartbeat import heartbeat
from simulator.network.loop import ClockLoop, nobody_can_move
from simulator.network.memory import MemoryNetwork, Peer, VirtualLoop
from simulator.network.timing import Alarm, Signal, pause
from simulator.network.tls import tls_ends_here
from simulator.network.watch import LIMIT_S, interrupt, watched

__all__ = [
    "LIMIT_S",
    "Alarm",
    "ClockLoop",
    "MemoryNetwork",
    "Peer",
    "Signal",
    "VirtualLoop",
    "heartbeat",
    "interrupt",
    "nobody_can_move",
    "pause",
    "run",
    "unix_s",
    "wall_s",
]

T = TypeVar("T")

END_LIMIT_S = 10.0
"""How long, on the clock of the loop, a task may take to end once it is cancelled; then it is left where it is."""


def run(loop: ClockLoop, main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on `loop` to its end, then end every task that is left and close the loop."""
    plain = tls_ends_here(loop) if isinstance(loop, VirtualLoop) else nullcontext()
    alert = watched(lambda: loop.turns) if isinstance(loop, VirtualLoop) else nullcontext()
    try:
        with plain, alert:
            asyncio.set_event_loop(loop)
            try:
                return loop.run_until_complete(main)
            finally:
                end_tasks(loop)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def end_tasks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Cancel what still runs on `loop` and wait for it; answers the names of what was left."""
    left = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=END_LIMIT_S))
    for task in left:
        if not task.done():
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio's own way to forget one without a word
        elif not task.cancelled():
            task.exception()  # has been looked at
    loop.run_until_complete(loop.shutdown_asyncgens())
    return [task.get_coro().__qualname__ for task in left if task.get_coro() is not None]  # type: ignore[union-attr]
