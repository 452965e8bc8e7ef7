"""Commands on their way to jambonz."""

from __future__ import annotations

import asyncio
from typing import Protocol

from app.log import CallLog
from app.messages import Message
from app.tasks import Tasks


class Socket(Protocol):
    """What a call needs of its websocket; `send` raises ConnectionError once it is closed."""

    async def send(self, message: Message) -> None: ...

    async def close(self, code: int, reason: bytes) -> None: ...


class Outbox:
    """The commands of one call, in order. It outlives a socket: what could not be sent on one goes out on the next."""

    def __init__(self, tasks: Tasks, log: CallLog) -> None:
        self._tasks, self._log = tasks, log
        self._waiting: list[Message] = []
        self._socket: Socket | None = None
        self._sender: asyncio.Task[None] | None = None

    def attach(self, socket: Socket) -> None:
        """From now on commands go here, once `flush` says that they may."""
        self._socket = socket

    def detach(self, socket: Socket) -> bool:
        """Whether this was the call's socket; one that has been replaced does not matter any more."""
        if self._socket is not socket:
            return False
        self._socket = None
        return True

    def put(self, message: Message) -> None:
        """Send it as soon as all before it are gone."""
        self._waiting.append(message)
        self.flush()

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting and (self._sender is None or self._sender.done()):
            self._sender = self._tasks.start(self._empty())

    def clear(self) -> None:
        """Nobody wants what waits."""
        self._waiting.clear()

    async def _empty(self) -> None:
        while self._waiting and self._socket is not None:
            try:
                await self._socket.send(self._waiting[0])
            except ConnectionError:
                self._log.warning("command waits for the next socket")
                return
            del self._waiting[0]
