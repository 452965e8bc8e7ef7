"""Who speaks in a call, as far as the model's events tell: an output given while somebody does would end the call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 5.0
"""How long to wait for one's turn; the whole answer must not take more than 10 s."""


class Floor:
    """Free, or had by the model, by the caller, or by whoever has just been given it and is about to speak."""

    def __init__(self) -> None:
        self._responses: set[str] = set()
        self._done: set[str] = set()
        self._due = self._caller_speaks = self._over = False
        self._changed = asyncio.Event()
        self._working: list[asyncio.Future[Any]] = []

    def hear(self, event: Mapping[str, Any]) -> None:
        """An event of the model. Each is a request of its own, so that a later one may be here first."""
        response = event.get("response")
        response_id = str(response.get("id")) if isinstance(response, Mapping) else ""
        match event.get("type"):
            case "response.created":
                self._due = self._caller_speaks = False
                self._responses |= {response_id} - self._done
            case "response.done":
                self._done.add(response_id)
                self._responses.discard(response_id)
            case "input_audio_buffer.speech_started":
                self._caller_speaks = True  # and the model answers unasked
        self._changed.set()

    async def taken(self) -> None:
        """Waits until nobody speaks, and takes the floor for the response to come; not for ever, since an event may be lost."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (self._responses or self._due or self._caller_speaks) and not self._over:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        self._due = True

    async def unless_over(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Does the work; given up, with None for its result, when the call is over before it is done."""
        task = asyncio.ensure_future(work)
        self._working.append(task)
        await asyncio.wait([task])
        self._working.remove(task)
        return None if task.cancelled() else task.result()

    def close(self) -> None:
        """The call is over."""
        self._over = True
        self._changed.set()
        for task in self._working:
            task.cancel()
