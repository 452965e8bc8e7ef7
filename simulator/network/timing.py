"""An alarm and a signal: what a stage needs of an event loop, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls `ring(due_s)` at the time it is set to; setting it again moves it."""

    def __init__(self, ring: Callable[[float], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._due_s: float | None = None

    def set(self, due_s: float | None) -> None:
        """Ring at `due_s`, or not at all. An alarm already set earlier is left to ring (once too often costs little)."""
        if due_s is None or (self._handle is not None and self._due_s is not None and self._due_s <= due_s):
            return
        if self._handle is not None:
            self._handle.cancel()
        self._due_s = due_s
        self._handle = self._loop.call_at(due_s, self._rings)

    def _rings(self) -> None:
        due_s, self._handle, self._due_s = self._due_s, None, None
        self._ring(max(due_s or 0.0, self._loop.time()))

    def stop(self) -> None:
        """Never ring again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class Signal:
    """Given once; somebody waits for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def give(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        await self._event.wait()


async def pause(seconds: float) -> None:
    """Let clock time pass."""
    await asyncio.sleep(seconds)
