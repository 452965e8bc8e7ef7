"""Joins a core to a websocket: the client side of the application's leg.

The protocol itself is the websockets library's (its sans-IO layer); here are only bytes, timers and the five things that can
happen to a connection.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

HANDSHAKE_LIMIT_S = 1.5
REDIRECTS = (301, 302, 303, 307, 308)
CLOSE_LIMIT_S = 2.0
HELD_S = 0.05
"""A loop that is later than this was held: what the peer has said meanwhile has not been read."""


@dataclass(frozen=True, slots=True)
class Dial:
    """What to open: a websocket at `url`, offering `subprotocol`. `user_agent` and `headers` go into the request.

    `deflate` offers compression; `choosy` refuses a server that chooses no subprotocol.
    """

    url: str
    subprotocol: str
    headers: dict[str, str] = field(default_factory=dict)
    user_agent: str = "jambonz"
    max_frame_bytes: int = 24 * 1024
    handshake_limit_s: float = HANDSHAKE_LIMIT_S
    deflate: bool = True
    choosy: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """The handshake succeeded."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no connection. `kind` is `ct` (nobody answers, or breaks it), `4xx`, `5xx`, or None for everything else.

    `location` is where a redirect points to.
    """

    kind: Literal["ct", "4xx", "5xx"] | None
    reason: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message; `binary` says which kind of frame carried it."""

    data: bytes
    binary: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is over, with the code the peer gave (1006 for none of the kind)."""

    code: int
    reason: str = ""


Happened = Opened | Failed | Message | Closed


def uri_of(url: str) -> WebSocketURI:
    """`url`, taken apart. Raises `ValueError` for what cannot be dialled."""
    try:
        return parse_uri(url)
    except (InvalidURI, ValueError) as error:
        raise ValueError(f"Invalid URL: {url}") from error


class Pump(asyncio.Protocol):
    """One connection. `tell` hears what happens to it; `send` and `close` may be called at any time.

    Raises `ValueError` when the URL is none.
    """

    def __init__(self, dial: Dial, tell: Callable[[Happened], None]) -> None:
        self.dial, self._tell = dial, tell
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._binary = False
        self._settled = False
        self._over = False
        self._leaving = False
        self._limit_at_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        deflate = [ClientPerMessageDeflateFactory(client_max_window_bits=True, compress_settings={"memLevel": 5})] if dial.deflate else None
        self._ws = ClientProtocol(uri_of(dial.url), extensions=deflate, subprotocols=[Subprotocol(dial.subprotocol)], max_size=dial.max_frame_bytes)

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
            self._fail("ct", f"{type(failure).__name__}: {failure}")
        except (OSError, UnicodeError) as failure:  # a name that cannot be one
            self._fail(None, f"{type(failure).__name__}: {failure}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._over:
            transport.abort()
            return
        request = self._ws.connect()
        if self.dial.user_agent:
            request.headers["User-Agent"] = self.dial.user_agent
        for name, value in self.dial.headers.items():
            request.headers[name] = value
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
        self._fail(None, f"Opening handshake has timed out ({self.dial.handshake_limit_s} s)")
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, kind: Literal["ct", "4xx", "5xx"] | None, reason: str, location: str | None = None) -> None:
        if not self._settled:
            self._settled = self._over = True
            self._stop_timer()
            self._tell(Failed(kind, reason, location))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- running

    def send(self, text: str) -> None:
        """Send a text message; after the close it is lost, as on any socket."""
        if self._ws.state is State.OPEN:
            self._ws.send_text(text.encode(errors="backslashreplace"))  # half a surrogate pair becomes its JSON escape, as in JavaScript
            self._flush()

    def send_binary(self, data: bytes) -> None:
        """Send a binary message; after the close it is lost, as on any socket."""
        if self._ws.state is State.OPEN:
            self._ws.send_binary(data)
            self._flush()

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
            self._fail(None, str(self._ws.handshake_exc))
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

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        for data in self._ws.data_to_send():
            if data:
                transport.write(data)
            else:
                transport.write_eof()
        if self._ws.close_expected() and self._timer is None and self._settled:
            self._timer = asyncio.get_running_loop().call_later(CLOSE_LIMIT_S, self.abort)

    def _answered(self, response: Response) -> None:
        problem = self._ws.handshake_exc
        if problem is None and self._ws.subprotocol is None and self.dial.choosy:
            self._fail(None, "Server sent no subprotocol")
            self.abort()
            return
        if problem is None:
            self._settled = True
            self._stop_timer()
            self._tell(Opened())
            return
        if isinstance(problem, InvalidStatus):
            kind: Literal["4xx", "5xx"] = "4xx" if response.status_code < 500 else "5xx"
            location = response.headers.get("Location") if response.status_code in REDIRECTS else None
            self._fail(kind, f"{response.status_code} {response.reason_phrase}", location and _joined(self.dial.url, location))
        else:
            self._fail(None, str(problem))
        self.abort()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._parts, self._binary = [bytes(frame.data)], frame.opcode is Opcode.BINARY
        elif frame.opcode is Opcode.CONT:
            self._parts.append(bytes(frame.data))
        else:
            return
        if frame.fin:
            data, self._parts = b"".join(self._parts), []
            if self._binary or _is_text(data):
                self._tell(Message(data, self._binary))
            else:
                self._ws.fail(CloseCode.INVALID_DATA, "invalid UTF-8 sequence")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ws.state is not State.CLOSED:
            self._ws.receive_eof()
        self._stop_timer()
        if not self._settled:
            self._fail("ct", str(exc or self._ws.handshake_exc or "the connection was closed during the handshake"))
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


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # whoever dials it will say that it is no URL


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
