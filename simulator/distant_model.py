"""The model's leg to a real model: a websocket over TLS where `model_link` has memory.

What is said of a connection, what faults of the line and of the model do to it, and the names of what goes wrong are those of
`ModelLink`; here are the socket and what only a socket has: certificates, silence, a peer that does not read, or floods.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import urlsplit

from simulator.errors import SimulatorError, UsageError
from simulator.faults import Line
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel
from simulator.journal import hidden, redact
from simulator.model_link import ModelLink, Order, Outcome
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump
from simulator.scenario.acts import AnswerModel, ToModel
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.distant import VENDORS, DistantDebts, DistantModel
from simulator.vendors.openai.errors import error
from simulator.vendors.openai.failures import expired, trouble
from simulator.vendors.openai.faults import Server
from simulator.vendors.openai.wire import from_wire, to_wire
from simulator.vendors.vendor import part

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
SESSION_LIMIT_S = 3600.0
"""How long a session of OpenAI's may last, for one that is made to expire."""
SHORTEST_KEY = 8
"""A shorter one may be any word, and is not looked for in what the model says."""
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
        self._heard_bytes = self._made_up = 0
        self._session_id = ""
        self._over = False
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
        """Something happened on our side. Trouble that a scenario orders is put into the model's mouth, in the words of a real one."""
        match event:
            case openai.Opened():
                self._began_s, self._looks_at_s = now_s, now_s + self._model.silence_s
            case openai.ClientEvent(said):
                self._say(said)
            case openai.ClientText(text):
                self._send(text)
            case openai.ClientClosed(code):
                self._leave(code)
            case Timeout():
                self._look(now_s)
            case openai.EmitRaw(raw):
                self._make_up(raw)
            case openai.Trouble():
                self._make_up(error(trouble(event, self._session_id)))
            case openai.Expire():
                fatal = expired(SESSION_LIMIT_S)
                self._make_up(error(fatal.problem))
                self._end(fatal.close_code, fatal.reason)
            case openai.Disconnect(code, reason):
                self._end(code, reason)
            case openai.Stall():  # what stands in front of it holds back what it says
                pass
            case openai.ClientBinary() | openai.Answered() | openai.Refuse() | openai.Mishear():
                raise SimulatorError(f"{type(event).__name__} is not for a real model")
            case other:
                assert_never(other)
        came, self._came = self._came, []
        return list(came)

    # --- the socket

    def dial(self) -> None:
        """Open the connection; what becomes of it is told."""
        dial = Dial(
            self.dialled.url,
            None,
            self.dialled.headers,
            "",
            MAX_FRAME_BYTES,
            self._model.connect_limit_s,
            deflate=False,
            choosy=False,
            trust=trusted(self._model.ca_file),
        )
        try:
            self._pump = Pump(dial, lambda happened: self._tell(self, happened))
        except ValueError as problem:
            self._tell(self, Failed(None, str(problem)))
            return
        self._dialling = asyncio.get_running_loop().create_task(self._pump.open())

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._looks_at_s, self._over = None, True
        if self._pump is not None:
            self._pump.abort()
        if self._dialling is not None:
            self._dialling.cancel()

    def let_go(self) -> None:
        """Nobody speaks on it any more; one that nobody has closed is dropped."""
        if not self._over:
            self.abort()

    def _make_up(self, event: dict[str, Any]) -> None:
        self._made_up += 1
        self._came.append(openai.Emit({**event, "event_id": event.get("event_id") or f"event_simulated_{self._made_up}"}))

    def _end(self, code: int | None, reason: str) -> None:
        """Both sides are told that it is over."""
        self._came.append(openai.Close(code, reason))
        self._leave(LOST if code is None else code)

    def _leave(self, code: int) -> None:
        self._looks_at_s, self._over = None, True
        if self._pump is None:
            return
        if code == LOST:
            self.abort()
        else:
            self._pump.close(code if code in CLOSING else 1000)

    def _say(self, event: dict[str, Any]) -> None:
        self._debts.said(event)
        audio = event.get("type") == "input_audio_buffer.append"
        if audio and self._pump is not None and self._pump.backlog_bytes > AUDIO_WAITING_BYTES:
            self.lost += 1
            return
        self._send(to_wire(event))

    def _send(self, text: str) -> None:
        if self._pump is None:
            return
        if self._pump.backlog_bytes > MOST_WAITING_BYTES:
            self._end(None, "")
            return
        self._pump.send(text)

    def _look(self, now_s: float) -> None:
        if self._looks_at_s is None or now_s < self._looks_at_s or self._pump is None:
            return
        reads, self._reads = self._reads, self._pump.reads
        if reads == self._pump.reads and self._asked:
            self._end(None, "")
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
            self._end(TOO_MUCH, "the model says more than anybody can hear")
            return True
        text = data.decode()
        key = self.dialled.key
        if key is not None and len(key) >= SHORTEST_KEY and key in text:
            text = text.replace(key, hidden(key))
        try:
            event = from_wire(text)
        except ValueError:
            return False
        if event.get("type") == "session.created":
            self._session_id = str(part(event, "session").get("id", ""))
        self._debts.heard(event, now_s)
        self._came.append(openai.Emit(event))
        return True

    def gone(self, code: int, reason: str) -> None:
        """The connection is over, which the next `receive` tells."""
        self._looks_at_s, self._over = None, True
        self._came.append(openai.Close(None if code == LOST else code, reason))


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
        def without_secrets(source: str, kind: str, frame: dict[str, Any]) -> None:
            note(source, kind, redact(frame) if source == "model" else frame)  # a journal trusts some events of models, which are ours elsewhere

        super().__init__(dialect, ids, without_secrets, leg, line)
        self._model, self._tell_afar = model, tell
        self._socket: DistantServer | None = None
        self._sockets: list[DistantServer] = []
        """The one in use and the last ones before it, which may be closing."""
        self._opened = openai.Opened()
        self._told_lost = False

    def receive(self, event: Order | FromAfar, now_s: float) -> list[Outcome]:
        """Something was ordered, time has come, or something happened on a socket."""
        if isinstance(event, FromAfar):
            if event.connection is self._socket:
                self._afar(event.what, now_s)
            outcomes, self._outcomes = self._outcomes, []
            return outcomes
        if isinstance(event, AnswerModel):
            self._no_script("an answer of the scenario")
            return []
        if isinstance(event, CloseModel) and self._socket is not None and self._socket.lost:
            self._note("jambonz", "frames_lost", {"count": self._socket.lost})
        return super().receive(event, now_s)

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        for server in self._sockets:
            server.abort()
        self._socket, self._sockets = None, []

    # --- what is different from a model in memory

    def _server_for(self, order: ConnectModel, now_s: float) -> Server:
        if order.vendor not in VENDORS:
            what = f"{self._model.name} does not speak as {order.vendor} does"
            self._note("scenario", "not_simulated", {"what": what, "instead": "the simulated server of that vendor answers"})
            self._socket = None
            return super()._server_for(order, now_s)
        server = DistantServer(self._model, order, self._dialect, lambda server, what: self._tell_afar(FromAfar(server, what, self._leg)))
        self._socket = server
        self._sockets = [*self._sockets[-3:], server]
        dialled = server.dialled
        asked = f"wss://{order.host}{urlsplit(order.path).path}"
        frame: dict[str, Any] = {"url": self._model.name, "instead_of": asked, "key_of": dialled.whose, "headers": dialled.headers}
        if dialled.key is not None:
            frame["headers"] = dialled.headers | {"authorization": hidden(dialled.key)}
        self._note("jambonz", "dialled", frame)
        return server

    def _knocks(self, opened: openai.Opened, now_s: float) -> None:
        if self._socket is None:
            super()._knocks(opened, now_s)
            return
        self._opened = opened
        self._socket.dial()

    def _gone(self) -> None:
        if self._socket is not None:
            self._socket.let_go()
        self._socket = None
        super()._gone()

    def _afar(self, what: Happened, now_s: float) -> None:
        server = self._socket
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
        server = self._socket
        if server is not None and server.lost and not self._told_lost:
            self._told_lost = True
            self._note("jambonz", "buffer_overrun", {"why": "the model does not read: the caller's audio is lost"})

    def _happens(self, happening: ToModel, now_s: float) -> None:
        if isinstance(happening, (openai.Refuse, openai.Mishear)):
            self._no_script(f"the order to {type(happening).__name__.lower()}")
            return
        super()._happens(happening, now_s)

    def _no_script(self, what: str) -> None:
        self._note("scenario", "not_simulated", {"what": f"{what}: the model is a real one", "instead": "it does as it will"})


@lru_cache(maxsize=4)
def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are good: those the system trusts, and those in the file. Raises `UsageError`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as problem:
            raise UsageError(f"the certificates in {ca_file} cannot be read: {problem}", "name a PEM file") from problem
    return context


def reason_of(failed: Failed, url: str) -> str:
    """Why there is no connection, in the words of Node's `ws`, which the in-memory link uses too."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'wss' else 80)}"
    problem = failed.error
    if failed.status is not None:
        return f"Unexpected server response: {failed.status}"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return problem.verify_message
    if isinstance(problem, ssl.SSLError):
        return f"TLS: {problem.reason or problem}"
    if isinstance(problem, socket.gaierror):
        return f"getaddrinfo {'EAI_AGAIN' if problem.errno == socket.EAI_AGAIN else 'ENOTFOUND'} {parts.hostname}"
    if problem is not None and problem.errno is None and f"Errno {errno.ECONNREFUSED}]" in str(problem):  # nobody at any of several addresses
        return f"connect ECONNREFUSED {where}"
    if problem is not None and (code := errno.errorcode.get(problem.errno or 0)) is not None:
        return f"connect {code} {where}"
    if failed.reason.startswith("Opening handshake has timed out"):
        return "no answer"
    return failed.reason
