"""One websocket: what comes in is told to the attendant, what goes out waits in a bounded queue, the alarm is the loop's.

A client that keeps up gets everything of one pass of the loop in one write, which is what makes a turn cheap: what answers several
frames that came together leaves together. What it does not take waits in the queue for the writer, a task; so does whatever is to
be compressed.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from aiohttp import WSMsgType, web

from simulator.ids import EPOCH_S
from simulator.modes.openai.attendant import Attendant, Outgoing
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.wire import to_lines

MIB = 1024 * 1024
LARGEST_FRAME = 21 * MIB
"""What a client may send in one frame (1.7); more is close 1009."""
MOST_WAITING = 32 * MIB
"""What may wait for a client that does not read."""
MOST_BUFFERED = 64 * 1024
"""Bytes in the transport's own buffer from which on a client is behind."""
MOST_AT_ONCE = MIB
"""What is written in one piece at most."""
MOST_UNWRITTEN = 16
"""Events that wait for the end of a pass of the loop. More are written at once, or the answers to a crowd would all be in memory."""
PING_S = 20.26
PING_BYTES = 4
MOST_MISSED = 3
"""Pings without an answer; whoever steps through a client in a debugger needs some patience."""
CLOSE_S = 2.0
"""How long a client may take to answer our close."""
GONE = 1001
FAULT = 1011
LONGEST_REASON = 123
"""Bytes in a close frame."""
SENDABLE = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


@dataclass(frozen=True, slots=True)
class Control:
    """A ping or a pong."""

    opcode: WSMsgType
    payload: bytes


Frame = bytes | Control | openai.Close
"""The payload of a text frame, a control frame, or the close."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may cost."""

    waiting_bytes: int = MOST_WAITING
    frame_bytes: int = LARGEST_FRAME
    ping_s: float = PING_S


class Connection:
    """Runs one client from its greeting to its end. `log` is told why a client was dropped, never what it said."""

    def __init__(
        self, socket: web.WebSocketResponse, request: web.Request, attendant: Attendant, limits: Limits, dice: Callable[[int], bytes],
        log: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._socket, self._request, self._attendant, self._limits, self._dice, self._log = socket, request, attendant, limits, dice, log
        self._loop = asyncio.get_running_loop()
        self._offset_s = epoch_offset_s(self._loop)
        self._unwritten: list[openai.Json] = []  # events of this pass of the loop
        self._flushing: asyncio.Handle | None = None
        self._outgoing: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._plain = "Sec-WebSocket-Extensions" not in socket.headers
        self._more = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._ping: asyncio.TimerHandle | None = None
        self._missed = 0  # pings since something came
        self._sent = self._sent_before = 0
        self._ending = False

    async def run(self, opened: openai.Opened, *first: openai.ServerHappening) -> None:
        """Until one of the two has gone; leaves no task and no timer."""
        writer = asyncio.create_task(self._write())
        self._ping = self._loop.call_later(self._limits.ping_s, self._send_ping)
        try:
            for happening in (*first, opened):
                self._tell(happening)
            code = await self._read()
            self._tell(openai.ClientClosed(code))
            self._flush()
            if self._ending:
                await writer
            else:
                await self._socket.close(code=code if code in SENDABLE or 3000 <= code <= 4999 else 1000)
        finally:
            for timer in (self._alarm, self._ping, self._flushing):
                if timer is not None:
                    timer.cancel()
            writer.cancel()
            self._outgoing.clear()
            await asyncio.gather(writer, return_exceptions=True)

    def end(self, code: int, reason: str) -> None:
        """The server ends the connection, for reasons of its own."""
        self._do([openai.Close(code, reason)])

    # --- in ---------------------------------------------------------------------------------------------------------------------

    async def _read(self) -> int:
        """Tell everything that comes; answers the code with which the client closed (1006: it did not)."""
        while True:
            message = await self._socket.receive()
            self._missed = 0
            match message.type:
                case WSMsgType.TEXT:
                    self._tell(openai.ClientText(message.data))
                case WSMsgType.BINARY:
                    self._tell(openai.ClientBinary())
                case WSMsgType.PING:
                    self._put(Control(WSMsgType.PONG, bytes(message.data)))
                case WSMsgType.PONG:
                    pass
                case WSMsgType.CLOSE:
                    return int(message.data or 1005)
                case _:
                    return self._socket.close_code or 1006

    def _tell(self, happening: openai.ServerHappening) -> None:
        if self._ending and not isinstance(happening, openai.ClientClosed):
            return
        try:
            outgoing = self._attendant.receive(happening, self._now_s())
        except Exception:
            self._log(f"a fault of our own, the connection is closed:\n{traceback.format_exc()}")
            outgoing = [openai.Close(FAULT, "internal error")]
        self._do(outgoing)
        self._set_alarm()

    def _now_s(self) -> float:
        return self._loop.time() + self._offset_s

    def _set_alarm(self) -> None:
        wake_at_s = None if self._ending else self._attendant.wake_at_s
        due_s = None if wake_at_s is None else wake_at_s - self._offset_s
        if self._alarm is not None:
            if due_s is not None and self._alarm.when() == due_s and not self._alarm.cancelled():
                return
            self._alarm.cancel()
        self._alarm = None if due_s is None else self._loop.call_at(due_s, self._rings)

    def _rings(self) -> None:
        self._alarm = None
        self._tell(Timeout())

    # --- out --------------------------------------------------------------------------------------------------------------------

    def _do(self, outgoing: list[Outgoing]) -> None:
        if self._ending or not outgoing:
            return
        close = outgoing[-1]
        self._unwritten += [effect.event for effect in outgoing if isinstance(effect, openai.Emit)]
        if isinstance(close, openai.Close):  # nothing follows a close
            self._put(close)
            self._ending = True
        elif len(self._unwritten) > MOST_UNWRITTEN:
            self._flush()
        elif self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write what was said in this pass of the loop."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        events, self._unwritten = self._unwritten, []
        if not events or self._ending:
            return
        payloads = to_lines(events)
        if not self._write_now(payloads):
            for payload in payloads:
                self._queue(payload)
                if self._ending:  # dropped
                    return

    def _write_now(self, payloads: list[bytes]) -> bool:
        """One write for all of them; False when they have to wait, for the client or to be compressed."""
        transport = self._request.transport
        if self._outgoing or not self._plain or transport is None or transport.is_closing() or transport.get_write_buffer_size() > MOST_BUFFERED:
            return False
        if sum(map(len, payloads)) > MOST_AT_ONCE:
            return False
        transport.write(b"".join([part for payload in payloads for part in (text_head(len(payload)), payload)]))
        return True

    def _put(self, frame: Control | openai.Close) -> None:
        """Send a frame behind everything that was said."""
        self._flush()
        if not self._ending:
            self._queue(frame)

    def _queue(self, frame: Frame) -> None:
        if isinstance(frame, bytes):
            self._waiting_bytes += len(frame)
            if self._waiting_bytes > self._limits.waiting_bytes and self._outgoing:
                self._drop(f"it does not read: {self._waiting_bytes / MIB:.0f} MiB are waiting for it")
                return
        self._outgoing.append(frame)
        self._more.set()

    def _drop(self, why: str) -> None:
        """Cut the line; a close frame would only wait behind everything else."""
        self._log(f"a client was dropped: {why}")
        self._ending = True
        self._unwritten.clear()
        self._outgoing.clear()
        self._more.set()
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _write(self) -> None:
        outgoing, socket = self._outgoing, self._socket
        try:
            while True:
                while outgoing:
                    frame = outgoing.popleft()
                    self._sent += 1
                    match frame:
                        case bytes():
                            await socket.send_frame(frame, WSMsgType.TEXT)
                            self._waiting_bytes -= len(frame)
                        case Control(opcode, payload):
                            await socket.send_frame(payload, opcode)
                        case openai.Close():
                            await self._close(frame)
                            return
                        case other:
                            assert_never(other)
                if self._ending:
                    return
                self._more.clear()
                await self._more.wait()
        except (ConnectionError, RuntimeError):  # the client has gone; whoever reads has noticed
            return

    async def _close(self, close: openai.Close) -> None:
        if close.code is None:
            if self._request.transport is not None:
                self._request.transport.abort()
            return
        reason = close.reason.encode()[:LONGEST_REASON].decode(errors="ignore").encode()
        await self._socket.close(code=close.code, message=reason)

    def _send_ping(self) -> None:
        """A ping at every tick; who takes nothing between two, or leaves three without an answer, is gone (a half-open socket)."""
        if self._outgoing and self._sent == self._sent_before:
            self._drop(f"it has read nothing for {self._limits.ping_s:.0f} s")
            return
        if self._missed == MOST_MISSED:
            self._drop(f"nothing came from it for {self._missed * self._limits.ping_s:.0f} s, not even an answer to a ping")
            return
        self._missed, self._sent_before = self._missed + 1, self._sent
        self._put(Control(WSMsgType.PING, self._dice(PING_BYTES)))
        self._ping = self._loop.call_later(self._limits.ping_s, self._send_ping)


@lru_cache(maxsize=4096)
def text_head(length: int) -> bytes:
    """What stands before the payload of a whole, unmasked text frame (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((0x81, length))
    return b"\x81\x7e" + length.to_bytes(2) if length < 65536 else b"\x81\x7f" + length.to_bytes(8)


def epoch_offset_s(loop: asyncio.AbstractEventLoop) -> float:
    """What to add to the loop's time for the time of the core, which counts from `EPOCH_S`: ids and expiries are of today."""
    return time.time() - EPOCH_S - loop.time()
