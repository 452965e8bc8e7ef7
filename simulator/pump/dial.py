"""What is asked for in the opening handshake, and what an answer to it means."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import urljoin

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from simulator.pump.events import Failed, Kind

HANDSHAKE_LIMIT_S = 1.5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Dial:
    """What to open: a websocket at `url`, offering `subprotocol`. `user_agent` and `headers` go into the request.

    `deflate` offers compression; `choosy` refuses a server that chooses no subprotocol. `trust` says whose certificates are good, where
    those of the system are not all.
    """

    url: str
    subprotocol: str | None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    user_agent: str = "jambonz"
    max_frame_bytes: int = 24 * 1024
    handshake_limit_s: float = HANDSHAKE_LIMIT_S
    deflate: bool = True
    choosy: bool = True
    trust: ssl.SSLContext | None = None

    def protocol(self) -> ClientProtocol:
        """The protocol of one connection. Raises `ValueError` for a URL that cannot be dialled."""
        deflate = [ClientPerMessageDeflateFactory(client_max_window_bits=True, compress_settings={"memLevel": 5})] if self.deflate else None
        offered = [Subprotocol(self.subprotocol)] if self.subprotocol is not None else None
        return ClientProtocol(_uri_of(self.url), extensions=deflate, subprotocols=offered, max_size=self.max_frame_bytes)

    def context(self) -> ssl.SSLContext | None:
        """What TLS is spoken with, if it is."""
        return (self.trust or ssl.create_default_context()) if _uri_of(self.url).secure else None

    def dress(self, request: Request) -> None:
        """Put its headers into the request."""
        if self.user_agent:
            request.headers["User-Agent"] = self.user_agent
        for name, value in self.headers.items():
            request.headers[name] = value

    def refusal(self, response: Response, problem: Exception | None, chosen: str | None) -> Failed | None:
        """Why `response`, in which the library found this problem and this subprotocol, opens no connection; None when it does.

        A server that selects another subprotocol than the one offered is refused as one that selects none is [I].
        """
        if problem is None:
            return Failed(None, "Server sent no subprotocol") if chosen is None and self.choosy else None
        if not isinstance(problem, InvalidStatus):
            odd = chosen is None and "Sec-WebSocket-Protocol" in response.headers
            return Failed(None, "Server sent an invalid subprotocol" if odd else str(problem))
        location = response.headers.get("Location") if response.status_code in REDIRECTS else None
        kind: Kind = "4xx" if response.status_code < 500 else "5xx"
        return Failed(kind, f"{response.status_code} {response.reason_phrase}", location and _joined(self.url, location), response.status_code)


def _uri_of(url: str) -> WebSocketURI:
    """`url`, taken apart. Raises `ValueError` for what cannot be dialled."""
    try:
        return parse_uri(url)
    except (InvalidURI, ValueError) as error:
        raise ValueError(f"Invalid URL: {url}") from error


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # whoever dials it will say that it is no URL
