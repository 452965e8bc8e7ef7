"""What runs beside the messages of a call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

from app.log import CallLog


class Tasks:
    """The tasks of one call that are still running; one that fails says so in the log."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._running: dict[asyncio.Task[None], None] = {}

    def __iter__(self) -> Iterator[asyncio.Task[None]]:
        return iter(self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work`; nobody needs to wait for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[task] = None
        task.add_done_callback(self._done)
        return task

    def cancel(self) -> None:
        """Ask all of them to end; `ended` waits until they have."""
        for task in self:
            task.cancel()

    async def ended(self) -> None:
        """Wait until none is left."""
        await asyncio.gather(*self, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("task failed", exc_info=error)
