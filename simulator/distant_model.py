"""The model's leg to a real model: a websocket where `model_link` has memory.

What is said of a connection, what faults of the line and of the model do to it, and the names of what goes wrong are those of
`ModelLink`; what has a socket is its `DistantServer`.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never
from urllib.parse import urlsplit

from simulator.distant_server import DistantServer
from simulator.faults import Line
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel
from simulator.journal import hidden, redact
from simulator.model_link import ModelLink, Order, Outcome
from simulator.pump import Closed, Failed, Happened, Message, Opened
from simulator.scenario.acts import AnswerModel, ToModel
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.distant import VENDORS, DistantModel
from simulator.vendors.openai.faults import Server

PIECE_S = 0.02
"""How long the pieces are in which the caller's audio goes to a real model: nothing is noticed earlier than it is sent."""


@dataclass(frozen=True, slots=True)
class FromAfar:
    """Something has happened on the socket of a connection."""

    connection: DistantServer
    what: Happened
    leg: int


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
