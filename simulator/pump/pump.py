"""Bytes and timers of one connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from websockets.frames import CloseCode, Frame
from websockets.http11 import Response
from websockets.protocol import State

from simulator.pump.dial import Dial
from simulator.pump.events import Closed, Failed, Happened, Opened
from simulator.pump.fragments import Fragments

RSV2 = 0x20
"""A bit in the first byte of a frame that is always 0 (RFC 6455, 5.2)."""
CLOSE_LIMIT_S = 2.0
HELD_S = 0.05
"""A loop that is later than this was held: what the peer has said meanwhile has not been read."""


class Pump(asyncio.Protocol):
    """One connection. `tell` hears what happens to it; `send` and `close` may be called at any time.

    Raises `ValueError` when the URL is none.
    """

    def __init__(self, dial: Dial, tell: Callable[[Happened], None]) -> None:
        self.dial, self._tell = dial, tell
        self._transport: asyncio.Transport | None = None
        self._fragments = Fragments()
        self._settled = False
        self._over = False
        self._leaving = False
        self._limit_at_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._ws = dial.protocol()

    # --- opening

    async def open(self) -> None:
        """Dial; the outcome is told, never raised."""
        loop = asyncio.get_running_loop()
        uri = self._ws.uri
        self._allow(self.dial.handshake_limit_s)
        context = ssl.create_default_context() if uri.secure else None
        try:
            await loop.create_connection(lambda: self, uri.host, uri.port, ssl=context)
        except ConnectionError as failure:
            self._fail(Failed("ct", f"{type(failure).__name__}: {failure}"))
        except (OSError, UnicodeError) as failure:  # a name that cannot be one
            self._fail(Failed(None, f"{type(failure).__name__}: {failure}"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._over:
            transport.abort()
            return
        request = self._ws.connect()
        self.dial.dress(request)
        self._ws.send_request(request)
        self._flush()

    def _allow(self, limit_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._limit_at_s = loop.time() + limit_s
        self._timer = loop.call_at(self._limit_at_s, self._too_late)

    def _too_late(self) -> None:
        held_s = asyncio.get_running_loop().time() - self._limit_at_s
        if held_s > HELD_S:
            self._allow(held_s)  # our loop was held, by another call perhaps: that was none of the peer's time
            return
        self._fail(Failed(None, f"Opening handshake has timed out ({self.dial.handshake_limit_s} s)"))
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, failure: Failed) -> None:
        if not self._settled:
            self._settled = self._over = True
            self._stop_timer()
            self._tell(failure)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- running

    def send(self, text: str | bytes) -> None:
        """Send a text message, as bytes in UTF-8 already; after the close it is lost, as on any socket."""
        if self._ws.state is State.OPEN:
            self._ws.send_text(text if isinstance(text, bytes) else text.encode(errors="backslashreplace"))
            self._flush()

    def send_binary(self, data: bytes) -> None:
        """Send a binary message; after the close it is lost, as on any socket."""
        if self._ws.state is State.OPEN:
            self._ws.send_binary(data)
            self._flush()

    def send_bytes(self, data: bytes, reserved: bool = False) -> None:
        """Send a text message of these bytes, UTF-8 or not; with `reserved` in a frame that no websocket may send (RFC 6455, 5.2)."""
        if self._ws.state is State.OPEN:
            self._ws.send_text(data)
            self._flush(spoil=reserved)

    def refuse_frame(self, code: int) -> None:
        """What came cannot be read (1002, 1007): say so, and close."""
        if self._ws.state is State.OPEN:
            self._ws.fail(code)
            self._flush()

    @property
    def authority(self) -> str:
        """Host and port that are dialled."""
        return f"{self._ws.uri.host}:{self._ws.uri.port}"

    @property
    def backlog_bytes(self) -> int:
        """What was sent and the peer has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the closing handshake; the transport is dropped if the peer does not finish it in 2 s.

        A connection that is still being made is given up, which counts as closed without a code.
        """
        if self._ws.state is State.OPEN:
            self._leaving = True
            self._ws.send_close(code, reason)
            self._flush()
        elif not self._settled:
            self._settled = self._over = True
            self._stop_timer()
            self.abort()
            self._tell(Closed(1006))

    def abort(self) -> None:
        """Drop the connection without a word; one that is still being made is dropped as soon as it is."""
        if self._transport is not None:
            self._transport.abort()
        elif not self._settled:
            self._settled = self._over = True
            self._stop_timer()

    def data_received(self, data: bytes) -> None:
        self._ws.receive_data(data)
        self._advance()
        if not self._settled and self._ws.handshake_exc is not None:  # what came is no HTTP
            self._fail(Failed(None, str(self._ws.handshake_exc)))
            self.abort()

    def eof_received(self) -> None:
        self._ws.receive_eof()
        self._advance()

    def _advance(self) -> None:
        for event in self._ws.events_received():
            if isinstance(event, Response):
                self._answered(event)
            elif isinstance(event, Frame):
                self._frame(event)
        self._flush()

    def _flush(self, spoil: bool = False) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        for data in self._ws.data_to_send():
            if data:
                transport.write(bytes([data[0] | RSV2]) + data[1:] if spoil else data)
            else:
                transport.write_eof()
        if self._ws.close_expected() and self._timer is None and self._settled:
            self._timer = asyncio.get_running_loop().call_later(CLOSE_LIMIT_S, self.abort)

    def _answered(self, response: Response) -> None:
        refusal = self.dial.refusal(response, self._ws.handshake_exc, self._ws.subprotocol)
        if refusal is not None:
            self._fail(refusal)
            self.abort()
            return
        self._settled = True
        self._stop_timer()
        self._tell(Opened())

    def _frame(self, frame: Frame) -> None:
        try:
            message = self._fragments.add(frame)
        except UnicodeDecodeError:
            self._ws.fail(CloseCode.INVALID_DATA, "invalid UTF-8 sequence")
            return
        if message is not None:
            self._tell(message)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ws.state is not State.CLOSED:
            self._ws.receive_eof()
        self._stop_timer()
        if not self._settled:
            self._fail(Failed("ct", "read ECONNRESET" if exc is not None else "socket hang up"))
        elif not self._over:
            self._over = True
            received = self._ws.close_rcvd
            sent = self._ws.close_sent
            if received is not None:
                self._tell(Closed(received.code, received.reason))
            elif sent is not None and not self._leaving:  # we could not read on, and said why
                self._tell(Closed(sent.code, sent.reason))
            else:
                self._tell(Closed(1006))
