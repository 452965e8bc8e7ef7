"""The model's leg to a real model: a websocket over TLS where `model_link` has memory.

What is said of a connection, what faults of the line and of the model do to it, and the names of what goes wrong are those of
`ModelLink`; here are the socket and what only a socket has: certificates, silence, a peer that does not read, or floods.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, assert_never
from urllib.parse import urlsplit

from simulator.errors import UsageError
from simulator.faults import Line
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel
from simulator.journal import hidden
from simulator.model_link import ModelLink, Order, Outcome
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump
from simulator.scenario.acts import AnswerModel, ToModel
from simulator.script import Timeout, soonest
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.distant import VENDORS, DistantDebts, DistantModel
from simulator.vendors.openai.faults import Server
from simulator.vendors.openai.wire import from_wire, to_wire

PIECE_S = 0.02
"""How long the pieces are in which the caller's audio goes to a real model: nothing is noticed earlier than it is sent."""
MAX_FRAME_BYTES = 16 * 1024 * 1024
AUDIO_WAITING_BYTES = 256 * 1024
"""The caller's audio that waits for a model that does not read, some 4 s; what comes then is lost. Inferred: any media module has such a limit."""
MOST_WAITING_BYTES = 8 * 1024 * 1024
"""What else may wait for it."""
HEARD_AT_ONCE_BYTES, HEARD_BYTES_PER_S = 64 * 1024 * 1024, 1024 * 1024
"""What a model may say: its longest answers at once, and then no more than 16 times what can be played."""
TOO_MUCH, LOST = 1009, 1006
CLOSING = (1000, *range(3000, 5000))
"""Codes that a client may close with (RFC 6455, 7.4)."""


@dataclass(frozen=True, slots=True)
class FromAfar:
    """Something has happened on the socket of a connection."""

    connection: DistantServer
    what: Happened
    leg: int


class DistantServer:
    """One connection, told and asked like a simulated server: what the client says goes over the wire, what came is given out when it is asked."""

    def __init__(self, model: DistantModel, order: ConnectModel, dialect: openai.Dialect, tell: Callable[[DistantServer, Happened], None]) -> None:
        self._model = model
        self.dialled = model.dialled(order, dialect)
        self._tell = tell
        self._pump: Pump | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._debts = DistantDebts()
        self._came: list[openai.Emit | openai.Close] = []
        self._reads = 0
        self._looks_at_s: float | None = None
        self._asked = False
        self._began_s = 0.0
        self._heard_bytes = 0
        self.lost = 0
        """Pieces of the caller's audio that the model has not taken."""

    # --- as a server

    @property
    def wake_at_s(self) -> float | None:
        """When it looks whether there is still somebody."""
        return self._looks_at_s

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe."""
        return self._debts.owed

    def receive(self, event: openai.ServerHappening, now_s: float) -> list[openai.ServerEffect]:
        """Something happened on our side. What a real model will not be told is left out, and `unsaid` knows what that is."""
        match event:
            case openai.Opened():
                self._began_s, self._looks_at_s = now_s, now_s + self._model.silence_s
            case openai.ClientEvent(said):
                self._say(said, now_s)
            case openai.ClientText(text):
                self._send(text)
            case openai.ClientClosed(code):
                self._leave(code)
            case Timeout():
                self._look(now_s)
            case openai.EmitRaw(raw):
                self._came.append(openai.Emit(raw))
            case openai.Disconnect(code, reason):
                self._came.append(openai.Close(code, reason))
                self._leave(LOST if code is None else code)
            case _:
                pass
        came, self._came = self._came, []
        return list(came)

    # --- the socket

    def dial(self) -> None:
        """Open the connection; what becomes of it is told."""
        url, headers = self.dialled.url, self.dialled.headers
        try:
            self._pump = Pump(
                Dial(url, None, headers, "", MAX_FRAME_BYTES, self._model.connect_limit_s, deflate=False, choosy=False, trust=self._trust()),
                lambda happened: self._tell(self, happened),
            )
        except ValueError as error:
            self._tell(self, Failed(None, str(error)))
            return
        self._dialling = asyncio.get_running_loop().create_task(self._pump.open())

    def _trust(self) -> ssl.SSLContext | None:
        if self._model.ca_file is None:
            return None
        context = ssl.create_default_context()
        try:
            context.load_verify_locations(self._model.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the certificates in {self._model.ca_file} cannot be read: {error}", "name a PEM file") from error
        return context

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._looks_at_s = None
        if self._pump is not None:
            self._pump.abort()
        if self._dialling is not None:
            self._dialling.cancel()

    def _leave(self, code: int) -> None:
        self._looks_at_s = None
        if self._pump is None:
            return
        if code == LOST:
            self.abort()
        else:
            self._pump.close(code if code in CLOSING else 1000)

    def _say(self, event: dict[str, Any], now_s: float) -> None:
        self._debts.said(event, now_s)
        audio = event.get("type") == "input_audio_buffer.append"
        if audio and self._pump is not None and self._pump.backlog_bytes > AUDIO_WAITING_BYTES:
            self.lost += 1
            return
        self._send(to_wire(event))

    def _send(self, text: str) -> None:
        if self._pump is None:
            return
        if self._pump.backlog_bytes > MOST_WAITING_BYTES:
            self._came.append(openai.Close(None, ""))
            self._leave(LOST)
            return
        self._pump.send(text)

    def _look(self, now_s: float) -> None:
        if self._looks_at_s is None or now_s < self._looks_at_s or self._pump is None:
            return
        reads, self._reads = self._reads, self._pump.reads
        if reads == self._pump.reads and self._asked:
            self._came.append(openai.Close(None, ""))
            self._leave(LOST)
            return
        self._asked = reads == self._pump.reads
        if self._asked:
            self._pump.ping()
        self._looks_at_s = now_s + self._model.silence_s

    # --- what came

    def heard(self, data: bytes, now_s: float) -> bool:
        """A text frame has come, to be given out by the next `receive`; whether it could be read.

        A key of ours that a server sends back is hidden before anybody else sees it.
        """
        self._heard_bytes += len(data)
        if self._heard_bytes > HEARD_AT_ONCE_BYTES + HEARD_BYTES_PER_S * (now_s - self._began_s):
            self._came.append(openai.Close(TOO_MUCH, "the model says more than anybody can hear"))
            self._leave(TOO_MUCH)
            return True
        text = data.decode()
        if self.dialled.key is not None and self.dialled.key in text:
            text = text.replace(self.dialled.key, hidden(self.dialled.key))
        try:
            event = from_wire(text)
        except ValueError:
            return False
        self._debts.heard(event, now_s)
        self._came.append(openai.Emit(event))
        return True

    def gone(self, code: int, reason: str) -> None:
        """The connection is over, which the next `receive` tells."""
        self._looks_at_s = None
        self._came.append(openai.Close(None if code == LOST else code, reason))


@dataclass(slots=True)
class _Sockets:
    """Those of a link: the one in use, and those that are closing."""

    now: DistantServer | None = None
    all: list[DistantServer] = field(default_factory=list)


class DistantLink(ModelLink):
    """Connections of one call to a real model. `tell` hears what happens on their sockets, and hands it back to `receive`."""

    def __init__(
        self,
        model: DistantModel,
        tell: Callable[[FromAfar], None],
        dialect: openai.Dialect,
        ids: Ids,
        note: Callable[[str, str, dict[str, Any]], None],
        leg: int = 0,
        line: Line | None = None,
    ) -> None:
        super().__init__(dialect, ids, note, leg, line)
        self._model, self._tell_afar = model, tell
        self._sockets = _Sockets()
        self._told_lost = False

    def receive(self, event: Order | FromAfar, now_s: float) -> list[Outcome]:
        """Something was ordered, time has come, or something happened on a socket."""
        if isinstance(event, FromAfar):
            if event.connection is self._sockets.now:
                self._afar(event.what, now_s)
            outcomes, self._outcomes = self._outcomes, []
            return outcomes
        if isinstance(event, AnswerModel):
            self._no_script("an answer of the scenario")
        if isinstance(event, CloseModel) and self._sockets.now is not None and self._sockets.now.lost:
            self._note("jambonz", "frames_lost", {"count": self._sockets.now.lost})
        return super().receive(event, now_s)

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        for server in self._sockets.all:
            server.abort()
        self._sockets = _Sockets()

    # --- what is different from a model in memory

    def _server_for(self, order: ConnectModel, now_s: float) -> Server:
        if order.vendor not in VENDORS:
            what = f"{self._model.name} does not speak as {order.vendor} does"
            self._note("scenario", "not_simulated", {"what": what, "instead": "the simulated server of that vendor answers"})
            self._sockets.now = None
            return super()._server_for(order, now_s)
        server = DistantServer(self._model, order, self._dialect, lambda server, what: self._tell_afar(FromAfar(server, what, self._leg)))
        self._sockets.now = server
        self._sockets.all = [*self._sockets.all[-3:], server]
        dialled = server.dialled
        asked = f"wss://{order.host}{urlsplit(order.path).path}"
        frame: dict[str, Any] = {"url": self._model.name, "instead_of": asked, "key_of": dialled.whose, "headers": dialled.headers}
        if dialled.key is not None:
            frame["headers"] = dialled.headers | {"authorization": hidden(dialled.key)}
        self._note("jambonz", "dialled", frame)
        return server

    def _knocks(self, opened: openai.Opened, now_s: float) -> None:
        if self._sockets.now is None:
            super()._knocks(opened, now_s)
            return
        self._opened = opened
        self._sockets.now.dial()

    def _gone(self) -> None:
        self._sockets.now = None
        super()._gone()

    def _afar(self, what: Happened, now_s: float) -> None:
        server = self._sockets.now
        assert server is not None
        match what:
            case Opened():
                self._sets_out("from", "opening", {"type": "open"}, self._opened, now_s)
            case Failed():
                self._gone()
                self._unreachable(reason_of(what, self._model.url), by="model")
            case Message(data, binary):
                if binary or not server.heard(data, now_s):
                    kind = "binary frame" if binary else "text frame"
                    what_came = f"what jambonz does with a {kind} of the model that is no JSON"
                    self._note("scenario", "not_simulated", {"what": what_came, "instead": "it is thrown away"})
                self._tell(Timeout(), now_s)
            case Closed(code, reason):
                server.gone(code, reason)
                self._tell(Timeout(), now_s)
            case other:
                assert_never(other)

    def _says(self, said: dict[str, Any], now_s: float) -> None:
        super()._says(said, now_s)
        server = self._sockets.now
        if server is not None and server.lost and not self._told_lost:
            self._told_lost = True
            self._note("jambonz", "buffer_overrun", {"why": "the model does not read: the caller's audio is lost"})

    def _happens(self, happening: ToModel, now_s: float) -> None:
        if self._sockets.now is not None and isinstance(happening, (openai.Trouble, openai.Expire, openai.Mishear)):
            self._no_script(f"{type(happening).__name__.lower()}, an order of the scenario")
            return
        if isinstance(happening, (openai.Refuse, openai.Mishear)):
            self._no_script(f"{type(happening).__name__.lower()}, an order of the scenario")
            return
        super()._happens(happening, now_s)

    def _no_script(self, what: str) -> None:
        self._note("scenario", "not_simulated", {"what": f"{what}: the model is a real one", "instead": "it does as it will"})


def reason_of(failed: Failed, url: str) -> str:
    """Why there is no connection, in the words of Node's `ws`, which the in-memory link uses too."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'wss' else 80)}"
    error = failed.error
    if failed.status is not None:
        return f"Unexpected server response: {failed.status}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    if error is not None and type(error).__name__ == "gaierror":
        return f"getaddrinfo ENOTFOUND {parts.hostname}"
    if error is not None and error.errno is None and f"Errno {errno.ECONNREFUSED}]" in str(error):  # several addresses, and nobody at any of them
        return f"connect ECONNREFUSED {where}"
    if error is not None and (code := errno.errorcode.get(error.errno or 0)) is not None:
        return f"connect {code} {where}"
    if failed.reason.startswith("Opening handshake has timed out"):
        return "no answer"
    return failed.reason
