"""Wall time for a loop whose own clock may jump: something is called on it every so often, as the wall has it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter


@contextmanager
def heartbeat(loop: asyncio.AbstractEventLoop, every_s: float, beat: Callable[[float], None]) -> Iterator[None]:
    """Within this block `beat(late_s)` is called on `loop` every `every_s` seconds of wall time; `late_s` is how long the loop let it wait.

    It does not wait for the last one to have come: a loop that is held for long is late for each.
    """
    over = threading.Event()

    def comes(due_s: float) -> None:
        beat(perf_counter() - due_s)

    def work() -> None:
        while not over.wait(every_s):
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(comes, perf_counter())

    threading.Thread(target=work, name="heartbeat", daemon=True).start()
    try:
        yield
    finally:
        over.set()
