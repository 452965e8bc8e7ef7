"""The websocket of one page: what it may send is bounded, and a page that does not read cannot make the server keep more and more."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from simulator.modes.dev.rates import Bucket

Json = dict[str, Any]


@dataclass(frozen=True)
class Bounds:
    """What one page may send and may leave unread."""

    frame_bytes: int = 256 * 1024
    """Of one message from the page; a scenario's step is a few hundred."""
    commands: int = 200
    commands_a_second: float = 40.0
    sound_bytes: int = 1_000_000
    sound_bytes_a_second: float = 2 * 48_000 * 1.5
    """Two microphones at 24 kHz and some more: clocks differ."""
    unread_bytes: int = 48_000_000
    unread_sound_bytes: int = 192_000
    """Two seconds of sound for two phones: what comes later than that is of no use."""
    send_s: float = 15.0
    """How long one message may take to leave."""
    alive_s: float = 20.0
    """How often a page is asked whether it is still there."""


class Line:
    """Sends in order, and reads until the page goes. `order` and `hear` are told what it sends."""

    def __init__(self, socket: web.WebSocketResponse, order: Callable[[Json], None], hear: Callable[[bytes], None], bounds: Bounds) -> None:
        self._socket, self._order, self._hear, self._bounds = socket, order, hear, bounds
        self._unread: deque[str | bytes] = deque()
        self._unread_bytes = self._unread_sound_bytes = 0
        self._more = asyncio.Event()
        self._end: tuple[int, str] | None = None

    def tell(self, message: str | bytes) -> None:
        """Queue a message. Sound is left out when there is too much of it already; anything else ends the line then."""
        size = len(message)
        if isinstance(message, bytes):
            if self._unread_sound_bytes + size > self._bounds.unread_sound_bytes:
                return
            self._unread_sound_bytes += size
        self._unread_bytes += size
        if self._unread_bytes > self._bounds.unread_bytes:
            self.end(WSCloseCode.TRY_AGAIN_LATER, "this page reads too slowly")
            return
        self._unread.append(message)
        self._more.set()

    def end(self, code: int, reason: str) -> None:
        """Close it; what is unread is dropped."""
        if self._end is None:
            self._end = (code, reason)
            self._unread.clear()
            self._more.set()

    async def run(self) -> None:
        """Until either side goes."""
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        try:
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            code, reason = self._end or (WSCloseCode.GOING_AWAY, "")
            with suppress(Exception):
                async with asyncio.timeout(1.0):
                    await self._socket.close(code=code, message=reason.encode())

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._unread:
                message = self._unread.popleft()
                self._unread_bytes -= len(message)
                try:
                    async with asyncio.timeout(self._bounds.send_s):
                        if isinstance(message, bytes):
                            self._unread_sound_bytes -= len(message)
                            await self._socket.send_bytes(message)
                        else:
                            await self._socket.send_str(message)
                except TimeoutError:
                    self.end(WSCloseCode.TRY_AGAIN_LATER, "this page reads too slowly")
                    return
                except (ConnectionError, RuntimeError):  # it has gone
                    return
            if self._end is not None:
                return

    async def _read(self) -> None:
        bounds, now_s = self._bounds, asyncio.get_running_loop().time
        commands = Bucket(bounds.commands, bounds.commands_a_second, now_s())
        sound = Bucket(bounds.sound_bytes, bounds.sound_bytes_a_second, now_s())
        async for message in self._socket:
            if message.type == WSMsgType.BINARY:
                if not sound.takes(len(message.data), now_s()):
                    self.end(WSCloseCode.POLICY_VIOLATION, "more sound than two microphones make")
                    return
                self._hear(message.data)
            elif message.type == WSMsgType.TEXT:
                if not commands.takes(1, now_s()):
                    self.end(WSCloseCode.POLICY_VIOLATION, "too many commands at once")
                    return
                self._command(message.data)

    def _command(self, text: str) -> None:
        try:
            command = json.loads(text)
        except (ValueError, RecursionError):
            command = None
        if isinstance(command, dict):
            self._order(command)
        else:
            refused = {"is": "refused", "id": None, "problem": "a command is a JSON object", "remedy": 'such as {"do": "call", "phone": "a"}'}
            self.tell(json.dumps(refused))
