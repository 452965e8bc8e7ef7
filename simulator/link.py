"""The application's leg: frames are noted here as they pass, and turned into events and messages.

Faults of the network act here too: the link is where two parties are connected.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, Literal, Protocol, TypeVar, assert_never

import msgspec

from simulator.jambonz.environment import Environment
from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, AppUnreachable
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump

SUBPROTOCOL = "ws.jambonz.org"
MAX_REDIRECTS = 2
_encode = msgspec.json.Encoder().encode

Tell = Callable[[AppConnected | AppUnreachable | AppSaid | AppClosed], None]
NoteFrame = Callable[[str, str, dict[str, Any]], None]


class AppLink:
    """Connections of one call to its application, one at a time; `note(source, kind, frame)` writes down what passes.

    `socket` is the number its events carry.
    """

    def __init__(self, tell: Tell, note: NoteFrame, socket: int = 0, environment: Environment | None = None) -> None:
        self._tell, self._note, self._socket = tell, note, socket
        self._environment = environment or Environment()
        self._pump: Pump | None = None
        self._dialling: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a connection is there or being made."""
        return self._pump is not None

    def connect(self, url: str, headers: dict[str, str], redirects: int = 0) -> None:
        """Dial the application."""
        shown = {"url": url, "subprotocol": SUBPROTOCOL} | ({"headers": headers} if headers else {})
        self._note("jambonz", "connect", shown)
        own = self._environment
        dial = Dial(url, SUBPROTOCOL, headers, own.user_agent, own.max_frame_bytes, own.handshake_limit_s)

        def happened(event: Happened) -> None:
            self._happened(pump, event, headers, redirects)

        try:
            pump = self._pump = Pump(dial, happened)
        except ValueError as error:
            self._unreachable(None, str(error))
            return
        self._dialling = asyncio.get_running_loop().create_task(pump.open())

    def send(self, message: dict[str, Any]) -> None:
        """Send a message of the feature server."""
        self._note("jambonz", message["type"], message)
        if self._pump is not None:
            self._pump.send(written(message))

    def close(self, code: int) -> None:
        """Close the connection."""
        self._note("jambonz", "close", {"code": code})
        if self._pump is not None:
            self._pump.close(code)

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        pump, self._pump = self._pump, None  # what it says from now on is our doing, and nobody's call
        if pump is not None:
            pump.abort()
        if self._dialling is not None:
            self._dialling.cancel()

    def _happened(self, pump: Pump, event: Happened, headers: dict[str, str], redirects: int) -> None:
        if pump is not self._pump:
            return  # an older connection says its last words
        match event:
            case Opened():
                self._note("app", "open", {})
                self._tell(AppConnected(self._socket))
            case Failed(kind, reason, location):
                self._pump = None
                if location is not None and redirects < MAX_REDIRECTS:
                    self._note("app", "redirected", {"to": location})
                    target = "ws" + location.removeprefix("http") if location.startswith("http") else location
                    self.connect(target, headers, redirects + 1)
                    return
                self._unreachable(kind, reason)
            case Message(data, binary):
                self._said(data, binary)
            case Closed(code, reason):
                self._pump = None
                self._note("app", "closed", {"code": code} | ({"reason": reason} if reason else {}))
                self._tell(AppClosed(code, self._socket))
            case other:
                assert_never(other)

    def _unreachable(self, kind: Literal["ct", "4xx", "5xx"] | None, reason: str) -> None:
        self._note("app", "refuse", {"reason": reason, "class": kind})
        self._tell(AppUnreachable(kind, reason, self._socket))

    def _said(self, data: bytes, binary: bool) -> None:
        text = data.decode("utf-8", "replace")
        kind, frame = read(text)
        if binary:
            frame = {"binary": True, **frame}
        self._note("app", kind, frame)
        self._tell(AppSaid(text, self._socket, binary))


class Link(Protocol):
    """What all links have."""

    @property
    def is_open(self) -> bool: ...

    def abort(self) -> None: ...


L = TypeVar("L", bound=Link)


class Links(Generic[L]):
    """Some links, by number."""

    def __init__(self) -> None:
        self._links: dict[int, L] = {}

    @property
    def is_open(self) -> bool:
        """Whether any connection is there or being made."""
        return any(link.is_open for link in self._links.values())

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        for link in self._links.values():
            link.abort()


class AppLinks(Links[AppLink]):
    """All connections to applications: `note(socket, source, kind, frame)` writes down what passes on them."""

    def __init__(self, tell: Tell, note: Callable[[int, str, str, dict[str, Any]], None], environment: Environment | None = None) -> None:
        super().__init__()
        self._tell, self._note, self._environment = tell, note, environment

    def __getitem__(self, socket: int) -> AppLink:
        if socket not in self._links:
            self._links[socket] = AppLink(self._tell, partial(self._note, socket), socket, self._environment)
        return self._links[socket]


def written(message: dict[str, Any]) -> bytes:
    """A message as JSON, without spaces as `JSON.stringify` leaves it; half a surrogate pair becomes its escape, as there."""
    try:
        return _encode(message)
    except (TypeError, ValueError, OverflowError):
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Kind and content of an application's frame for the journal; what is not a JSON object is kept as text (its head)."""
    try:
        frame = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        return "malformed", {"text": text[:500], "bytes": len(text.encode())}
    kind = frame.get("type")
    return (kind if isinstance(kind, str) and kind else "malformed"), frame


def _no_constant(name: str) -> None:
    """Python reads NaN and Infinity, JSON does not."""
    raise ValueError(name)
