"""One websocket to a real model, over TLS where its URL says so: told and asked as a simulated server is.

Here is what only a socket has: certificates, silence, a peer that does not read, or one that floods.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, assert_never

from simulator.errors import SimulatorError, UsageError
from simulator.jambonz.events import ConnectModel
from simulator.journal import hidden
from simulator.pump import Dial, Failed, Happened, Pump
from simulator.script import Timeout
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.distant import DistantDebts, DistantModel
from simulator.vendors.openai.errors import error
from simulator.vendors.openai.failures import expired, trouble
from simulator.vendors.openai.wire import from_wire, to_wire
from simulator.vendors.vendor import part

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
        self._ordered: list[openai.EmitRaw | openai.Trouble | openai.Expire | openai.Disconnect] = []
        """Trouble for a connection that is not made yet."""
        self._reads = 0
        self._looks_at_s: float | None = None
        self._asked = False
        self._began_s = 0.0
        self._heard_bytes = self._made_up = 0
        self._session_id = ""
        self._is_open = self._over = False
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
                self._began_s, self._looks_at_s, self._is_open = now_s, now_s + self._model.silence_s, True
                for order in self._ordered:
                    self._trouble(order)
            case openai.ClientEvent(said):
                self._say(said)
            case openai.ClientText(text):
                self._send(text)
            case openai.ClientClosed(code):
                self._leave(code)
            case Timeout():
                self._look(now_s)
            case openai.EmitRaw() | openai.Trouble() | openai.Expire() | openai.Disconnect():
                if self._is_open:
                    self._trouble(event)
                else:
                    self._ordered.append(event)
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
            self._tell(self, Failed(None, str(problem).partition(":")[0]))  # the rest of it is the URL, in which a key may stand
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

    def _trouble(self, order: openai.EmitRaw | openai.Trouble | openai.Expire | openai.Disconnect) -> None:
        match order:
            case openai.EmitRaw(raw):
                self._make_up(raw)
            case openai.Trouble():
                self._make_up(error(trouble(order, self._session_id)))
            case openai.Expire():
                fatal = expired(SESSION_LIMIT_S)
                self._make_up(error(fatal.problem))
                self._end(fatal.close_code, fatal.reason)
            case openai.Disconnect(code, reason):
                self._end(code, reason)
            case other:
                assert_never(other)

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
