"""One end of a connection in memory: an asyncio transport whose wire is a list of bytes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

Address = tuple[str, int]

HIGH_WATER_BYTES = 64 * 1024


class MemorySocket:
    """What libraries ask of `transport.get_extra_info("socket")`: its addresses, and to swallow options."""

    family, type, proto = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP

    def __init__(self, name: Address, peer: Address | None = None) -> None:
        self._name, self._peer = name, peer

    def getsockname(self) -> Address:
        return self._name

    def getpeername(self) -> Address:
        if self._peer is None:
            raise OSError(107, "Transport endpoint is not connected")
        return self._peer

    def setsockopt(self, *_: Any) -> None:
        """No option changes anything about memory."""

    def getsockopt(self, *_: Any) -> int:
        return 0

    def fileno(self) -> int:
        return -1


class MemoryTransport(asyncio.Transport):
    """Writes appear at the peer in the next turn of the loop, in order; closing says goodbye after what was written."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, name: Address, peer: Address, extra: dict[str, Any]) -> None:
        super().__init__({"sockname": name, "peername": peer, "socket": MemorySocket(name, peer), **extra})
        self._loop, self._protocol = loop, protocol
        self.other: MemoryTransport | None = None
        self._inbox: list[bytes] = []
        self._inbox_bytes = 0
        self._scheduled = self._paused = self._closing = self._lost = self._eof_sent = self._eof_coming = self._eof_seen = self._writer_paused = False
        self._high = HIGH_WATER_BYTES

    # --- writing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        other = self.other
        if self._closing or self._eof_sent or other is None or not data:
            return
        other._take(bytes(data))
        if other._inbox_bytes > self._high and not self._writer_paused:
            self._writer_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._eof_sent:
            self._eof_sent = True
            if self.other is not None:
                self.other._take_eof()

    def get_write_buffer_size(self) -> int:
        return self.other._inbox_bytes if self.other is not None else 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return (0, self._high)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = high if high is not None else (4 * low if low is not None else HIGH_WATER_BYTES)

    # --- reading

    def is_reading(self) -> bool:
        return not self._paused and not self._closing

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self._schedule()

    def _take(self, data: bytes) -> None:
        if self._closing:
            return
        self._inbox.append(data)
        self._inbox_bytes += len(data)
        self._schedule()

    def _take_eof(self) -> None:
        self._eof_coming = True
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled and not self._lost and (self._inbox or self._eof_coming):
            self._scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        if self._closing or self._paused:
            return
        if self._inbox:
            data = self._inbox[0] if len(self._inbox) == 1 else b"".join(self._inbox)
            self._inbox.clear()
            self._inbox_bytes = 0
            try:
                self._hand_over(data)
            except Exception as error:  # as asyncio does: the loop is told, and the connection is over
                context = {"message": "data_received() failed", "exception": error, "transport": self, "protocol": self._protocol}
                self._loop.call_exception_handler(context)
                self.abort()
                return
            if self.other is not None:
                self.other._drained()
        if self._eof_coming and not self._inbox and not self._eof_seen and not self._closing and not self._paused:
            self._eof_seen = True
            keep_open = self._protocol.eof_received() if isinstance(self._protocol, (asyncio.Protocol, asyncio.BufferedProtocol)) else None
            if not keep_open:
                self.close()

    def _hand_over(self, data: bytes) -> None:
        protocol = self._protocol
        if not isinstance(protocol, asyncio.BufferedProtocol):
            protocol.data_received(data)  # type: ignore[attr-defined]  # any Protocol, also duck-typed ones
            return
        while data:
            buffer = memoryview(protocol.get_buffer(len(data)))
            size = min(len(buffer), len(data))
            if size == 0:
                raise RuntimeError("get_buffer() returned an empty buffer")
            buffer[:size] = data[:size]
            protocol.buffer_updated(size)
            data = data[size:]

    def _drained(self) -> None:
        if self._writer_paused and not self._lost:
            self._writer_paused = False
            self._protocol.resume_writing()

    # --- the end

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self.write_eof()
        self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        """Break the connection: the peer sees a reset, and what was under way to it is lost."""
        if self._lost:
            return
        self._closing = True
        other = self.other
        if other is not None and not other._closing and not self._eof_sent:
            other._closing = True
            other._inbox.clear()
            self._loop.call_soon(other._lose, ConnectionResetError(104, "Connection reset by peer"))
        self._eof_sent = True
        self._loop.call_soon(self._lose, None)

    def _lose(self, why: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._inbox.clear()
        self._protocol.connection_lost(why)
        self.other = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol
