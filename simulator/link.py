"""The application's leg: frames are noted here as they pass, and turned into events and messages.

Faults act here too: the link is where two parties are connected. What stands in between is a `Gate`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, Literal, Protocol, TypeVar, assert_never

import msgspec

from simulator.faults import Connection, Passing, no_utf8, without_its_end
from simulator.faults.passing import Direction, Kind
from simulator.faults.verdict import Breaks
from simulator.jambonz.environment import Environment
from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, AppUnreachable
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump

SUBPROTOCOL = "ws.jambonz.org"
MAX_REDIRECTS = 2
CUT = 1006
"""What is seen of a line that was cut: no close frame has this code."""
_encode = msgspec.json.Encoder().encode

Tell = Callable[[AppConnected | AppUnreachable | AppSaid | AppClosed], None]
NoteFrame = Callable[[str, str, dict[str, Any]], None]


class Gate(Protocol):
    """What stands between the two ends of connections: faults, perhaps. Whatever it does not let through at once comes by `arrives`."""

    @property
    def is_open(self) -> bool:
        """Whether nothing is in the way of anything."""

    def lets_through(self, passing: Passing) -> bool:
        """Whether nothing is in the way of this; else the gate keeps it."""

    def stands(self, connection: Connection, leg: int) -> None:
        """A connection is being made."""

    def ends(self, connection: Connection) -> None:
        """A connection is over, and what was under way on it is lost."""

    def is_stuck(self, connection: Connection) -> bool:
        """Whether nothing will move on it any more, as far as anybody knows."""


class OpenGate:
    """Nothing in the way."""

    is_open = True

    def lets_through(self, passing: Passing) -> bool:  # noqa: ARG002 - the shape of a gate
        return True

    def stands(self, connection: Connection, leg: int) -> None:
        """Nobody counts."""

    def ends(self, connection: Connection) -> None:
        """Nothing is lost."""

    def is_stuck(self, connection: Connection) -> bool:  # noqa: ARG002
        return False


OPEN = OpenGate()


class AppLink:
    """Connections of one call to its application, one at a time; `note(source, kind, frame)` writes down what passes.

    `socket` is the number its events carry, `leg()` tells whose call it is. What goes to the application is written down when it sets out,
    what comes from it when it arrives: the journal stands at the feature server's end.
    """

    def __init__(
        self,
        tell: Tell,
        note: NoteFrame,
        socket: int = 0,
        environment: Environment | None = None,
        gate: Gate = OPEN,
        leg: Callable[[], int] = int,
    ) -> None:
        self._tell, self._note, self._socket, self._gate, self._leg = tell, note, socket, gate, leg
        self._environment = environment or Environment()
        self._pump: Pump | None = None
        self._made = False
        self._left: list[Pump] = []
        self._dialling: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a connection is there or being made, on which anything can still happen."""
        return self._pump is not None and not self._gate.is_stuck(self._socket)

    # --- what the feature server orders

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
        self._made = False
        self._gate.stands(self._socket, self._leg())
        self._sets_out("to", "opening", {"type": "connect"}, url)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message of the feature server."""
        self._note("jambonz", message["type"], message)
        if self._pump is not None:
            data = written(message)
            self._sets_out("to", "frame", message, data, len(data))

    def close(self, code: int) -> None:
        """Close the connection."""
        self._note("jambonz", "close", {"code": code})
        pump = self._pump
        if pump is None:
            return
        if self._made:
            self._sets_out("to", "close", {"type": "close"}, code)
            return
        self._gone()  # one that is being made is given up, and nobody waits to hear of it
        self._left.append(pump)
        pump.close(code)
        self._over(Closed(CUT))

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        pump, self._pump = self._pump, None  # what it says from now on is our doing, and nobody's call
        for each in [*([] if pump is None else [pump]), *self._left]:
            each.abort()
        if self._dialling is not None:
            self._dialling.cancel()

    # --- what happens to the connection

    def _happened(self, pump: Pump, event: Happened, headers: dict[str, str], redirects: int) -> None:
        if pump is not self._pump:
            return  # an older connection says its last words
        match event:
            case Opened():
                self._sets_out("from", "opening", {"type": "open"})
            case Failed(kind, reason, location):
                self._gone()
                if location is not None and redirects < MAX_REDIRECTS:
                    self._note("app", "redirected", {"to": location})
                    target = "ws" + location.removeprefix("http") if location.startswith("http") else location
                    self.connect(target, headers, redirects + 1)
                    return
                self._unreachable(kind, reason)
            case Message(data, binary):
                said = read(data.decode("utf-8", "replace"))
                self._sets_out("from", "frame", {**said[1], "type": said[0]}, (data, binary, said), len(data))
            case Closed():
                self._sets_out("from", "close", {"type": "close"}, event)
            case other:
                assert_never(other)

    def _sets_out(self, direction: Direction, kind: Kind, frame: dict[str, Any], load: Any = None, size_bytes: int = 0) -> None:
        passing = Passing(direction, self._socket, kind, frame, load, size_bytes, self._leg())
        if self._gate.lets_through(passing):
            self.arrives(passing)

    def _gone(self) -> None:
        """There is no connection any more."""
        self._pump, self._made = None, False
        self._gate.ends(self._socket)

    # --- what comes through the gate

    def arrives(self, passing: Passing, breaks: Breaks | None = None) -> None:
        """Something comes out at the other end, perhaps broken."""
        pump = self._pump
        if pump is None:
            return
        match passing.direction, passing.kind:
            case "to", "opening":
                self._dialling = asyncio.get_running_loop().create_task(pump.open())
            case "to", "close":
                pump.close(passing.load)
            case "to", _:
                self._write(pump, passing.load, breaks)
            case "from", "opening":
                self._made = True
                self._note("app", "open", {})
                self._tell(AppConnected(self._socket))
            case "from", "close":
                self._gone()
                self._over(passing.load)
            case _:
                data, binary, said = passing.load
                self._said(pump, data, binary, said, breaks)

    def _over(self, closed: Closed) -> None:
        self._note("app", "closed", {"code": closed.code} | ({"reason": closed.reason} if closed.reason else {}))
        self._tell(AppClosed(closed.code, self._socket))

    def _write(self, pump: Pump, data: bytes, breaks: Breaks | None) -> None:
        match breaks:
            case None:
                pump.send(data)
            case "json":
                pump.send(without_its_end(data.decode()))
            case "utf8":
                pump.send_bytes(no_utf8(data.decode()))
            case "protocol":
                pump.send_bytes(data, reserved=True)
            case other:
                assert_never(other)

    def _said(self, pump: Pump, data: bytes, binary: bool, said: tuple[str, dict[str, Any]], breaks: Breaks | None) -> None:
        text = data.decode("utf-8", "replace")
        if breaks in ("utf8", "protocol"):
            pump.refuse_frame(1007 if breaks == "utf8" else 1002)
            return
        if breaks == "json":
            text = without_its_end(text)
            said = read(text)
        kind, frame = said
        self._note("app", kind, {"binary": True, **frame} if binary else frame)
        self._tell(AppSaid(text, self._socket, binary))

    # --- what faults do to a connection

    def severed(self, code: int) -> None:
        """It ends here and now, for both sides: 1006 cuts the line, any other code is a close frame of somebody in between."""
        pump, made = self._pump, self._made
        if pump is None:
            return
        self._gone()
        if code == CUT:
            pump.abort()
        else:
            self._left.append(pump)
            pump.close(code)
        if not made:
            self._unreachable("ct", "read ECONNRESET", by="scenario")
            return
        self._note("scenario", "closed", {"code": code})
        self._tell(AppClosed(code, self._socket))

    def refused(self, status: int | None) -> None:
        """It is not made: nobody listens there, or somebody in between answers with a status."""
        pump = self._pump
        self._gone()
        if pump is None:
            return
        pump.abort()
        if status is None:
            self._unreachable("ct", f"connect ECONNREFUSED {pump.authority}", by="scenario")
        else:
            self._unreachable("4xx" if status < 500 else "5xx", f"{status} {HTTPStatus(status).phrase}", by="scenario")

    def expired(self) -> None:
        """It was not made in time."""
        pump = self._pump
        self._gone()
        if pump is not None:
            pump.abort()
            self._unreachable(None, f"Opening handshake has timed out ({pump.dial.handshake_limit_s} s)", by="scenario")

    def _unreachable(self, kind: Literal["ct", "4xx", "5xx"] | None, reason: str, by: str = "app") -> None:
        self._note(by, "refuse", {"reason": reason, "class": kind})
        self._tell(AppUnreachable(kind, reason, self._socket))


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

    def __init__(
        self,
        tell: Tell,
        note: Callable[[int, str, str, dict[str, Any]], None],
        environment: Environment | None = None,
        gate: Gate = OPEN,
        leg_of: Callable[[int], int] = lambda _: 0,
    ) -> None:
        super().__init__()
        self._tell, self._note, self._environment, self._gate, self._leg_of = tell, note, environment, gate, leg_of

    def __getitem__(self, socket: int) -> AppLink:
        if socket not in self._links:
            note, leg = partial(self._note, socket), partial(self._leg_of, socket)
            self._links[socket] = AppLink(self._tell, note, socket, self._environment, self._gate, leg)
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
