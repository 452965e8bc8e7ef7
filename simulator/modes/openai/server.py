"""The edge: HTTP and websockets on aiohttp. Every connection is one attendant; what is decided is decided below."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any

from aiohttp import web

from simulator.errors import UsageError
from simulator.ids import Ids
from simulator.modes.openai.arrivals import Arrival, welcome
from simulator.modes.openai.attendant import Attendant
from simulator.modes.openai.connection import CLOSE_S, GONE, LARGEST_FRAME, Connection, Limits, epoch_offset_s
from simulator.modes.openai.door import OPENAI, PATHS, refusal, visit
from simulator.modes.openai.keys import Keys, Reply, rest_error
from simulator.modes.openai.minds import Mind
from simulator.modes.openai.recording import Recorder
from simulator.vendors.openai.admission import key_of, settings_at
from simulator.vendors.openai.errors import NOT_JSON, Problem
from simulator.vendors.openai.events import Opened, Refuse
from simulator.vendors.openai.forms import Kind
from simulator.vendors.openai.server import ModelServer
from simulator.vendors.openai.settings import Settings

LOOPBACK = "127.0.0.1"
STOP_S = 1.0
EMPTY_S = 0.5
"""How long nobody may be connected until the server calls itself empty."""
LOOK_S = 0.2
"""How often somebody looks whether a client that gets no answer is still there."""


class _KeepsKeys(logging.Filter):
    """aiohttp warns of subprotocols it does not know, and a browser's key is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "rotocols" not in str(record.msg)


logging.getLogger("aiohttp.websocket").addFilter(_KeepsKeys())


@dataclass(frozen=True)
class Offer:
    """What a server offers: how it behaves, and who answers."""

    settings: Settings
    mind: Callable[[Ids], Mind]
    refused_with: int | str | None = None
    """An HTTP status that every upgrade gets, or `no_answer`."""
    quota_gone: bool = False
    deployments: tuple[str, ...] = ()
    seed: int | str | None = None
    limits: Limits = field(default_factory=Limits)
    arrivals: tuple[Arrival, ...] = ()
    """What meets some of the connections as they come."""
    record: Path | None = None
    """The folder for recordings of all connections; None records nothing."""


class OpenAIServer:
    """Listens until it is stopped. Ids are drawn from the seed of the offer, else from the system's dice.

    `when_empty` is called when nobody has been connected for a moment.
    """

    def __init__(self, offer: Offer, log: Callable[[str], None], when_empty: Callable[[], None] | None = None) -> None:
        self._offer, self._log, self._when_empty = offer, log, when_empty
        self._seed = secrets.token_hex(8) if offer.seed is None else offer.seed
        self._keys = Keys(offer.settings.keys, Ids(f"{self._seed}/keys"), offer.settings.session_limit_s)
        self._recorder = Recorder(offer.record, log) if offer.record is not None else None
        self._connections: set[Connection] = set()
        self._number = 0  # of websockets
        self._asked = 0  # for one, those that were refused included
        self._stopping = asyncio.Event()
        self._offset_s = epoch_offset_s(asyncio.get_running_loop())
        application = web.Application(client_max_size=LARGEST_FRAME)
        application.router.add_get("/health", self._health)
        application.router.add_post(f"{OPENAI}/client_secrets", self._client_secret)
        application.router.add_post(f"{OPENAI}/sessions", self._beta_session)
        application.router.add_post(f"{OPENAI}/transcription_sessions", self._beta_session)
        for path in PATHS:
            application.router.add_get(path, self._realtime)
        self._runner = web.AppRunner(application, handle_signals=False, access_log=None, shutdown_timeout=STOP_S)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._runner.addresses[0][1])

    async def start(self, host: str, port: int, tls: SSLContext | None = None) -> str:
        """Listen; answers the URL for clients. Raises UsageError when that is not possible."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, ssl_context=tls).start()
        except OSError as error:
            await self._runner.cleanup()
            raise UsageError(
                f"cannot listen on {host}:{port}: {error.strerror or error}", "choose another --port; 0 takes any that is free"
            ) from error
        return f"{'wss' if tls else 'ws'}://{f'[{host}]' if ':' in host else host}:{self.port}{OPENAI}"

    async def stop(self) -> None:
        """Say goodbye to everybody and go."""
        self._stopping.set()
        for connection in list(self._connections):
            connection.end(GONE, "the server is shutting down")
        await self._runner.cleanup()

    # --- HTTP -------------------------------------------------------------------------------------------------------------------

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() + self._offset_s

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "connections": self.connections})

    async def _client_secret(self, request: web.Request) -> web.Response:
        return await self._rest(request, lambda key, body: self._keys.client_secret(key, body, self._now_s()))

    async def _beta_session(self, request: web.Request) -> web.Response:
        kind: Kind = "transcription" if request.path.endswith("transcription_sessions") else "realtime"
        return await self._rest(request, lambda key, body: self._keys.beta_session(key, body, kind, self._now_s()))

    async def _rest(self, request: web.Request, answer: Callable[[str | None, Any], Reply]) -> web.Response:
        try:
            body = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError) as error:
            return _response(rest_error(400, Problem("invalid_json", f"{NOT_JSON}{error}")))
        return _response(answer(key_of(Opened(dict(request.query), _headers(request))), body))

    # --- websockets -------------------------------------------------------------------------------------------------------------

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        offer = self._offer
        self._asked += 1
        number, met = self._asked, welcome(offer.arrivals, self._asked)
        refused_with = offer.refused_with if met.refused_with is None else met.refused_with
        if refused_with == "no_answer":
            return await self._no_answer(request)
        if isinstance(refused_with, int):
            return _response(refusal(request.path, refused_with))
        found = visit(request.path, dict(request.query), _headers(request), self._keys, offer.deployments, self._now_s())
        if isinstance(found, Reply):
            return _response(found)
        socket = web.WebSocketResponse(
            protocols=(found.protocol,) if found.protocol else (),
            autoping=False,
            autoclose=False,
            max_msg_size=offer.limits.frame_bytes,
            timeout=CLOSE_S,
        )
        if not socket.can_prepare(request).ok:
            return _response(rest_error(400, Problem(None, "This endpoint speaks WebSocket: connect with an Upgrade request.")))
        await socket.prepare(request)
        self._number += 1
        ids = Ids(f"{self._seed}/{number}")
        model = ModelServer(dialect=found.dialect, ids=ids, now_s=self._now_s(), settings=settings_at(request.path, offer.settings))
        recording = self._recorder.begin(number, found.dialect, self._now_s()) if self._recorder is not None else None
        attendant = Attendant(model, offer.mind(ids), met.plan, recording)
        connection = Connection(socket, request, attendant, offer.limits, os.urandom, self._log)
        refuse = Refuse("insufficient_quota") if offer.quota_gone else found.refuse
        self._connections.add(connection)
        try:
            await connection.run(found.opened, *([refuse] if refuse else []))
        finally:
            self._connections.discard(connection)
            if recording is not None:
                recording.end()
            if self._when_empty is not None and not self._connections:
                asyncio.get_running_loop().call_later(EMPTY_S, self._empty, self._number)
        return socket

    def _empty(self, number: int) -> None:
        """Some time ago the last client left, and `number` had come until then."""
        if self._when_empty is not None and number == self._number and not self._connections:
            self._when_empty()

    async def _no_answer(self, request: web.Request) -> web.Response:
        """Hold the line until the client gives up."""
        while not self._stopping.is_set() and request.transport is not None and not request.transport.is_closing():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_S)
        return web.Response(status=503)


def _headers(request: web.Request) -> dict[str, str]:
    """By name in lower case; what is sent in several lines is one list."""
    headers: dict[str, str] = {}
    for name, text in request.headers.items():
        headers[name.lower()] = f"{headers[name.lower()]}, {text}" if name.lower() in headers else text
    return headers


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status) if reply.body is None else web.json_response(reply.body, status=reply.status)
