"""The websocket server: one connection for each socket that jambonz opens.

Source: protocol/jambonz.md 1 (transport), 2.1 (what wants an acknowledgement), 7.2 (OPTIONS).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector, WSCloseCode, WSMsgType, web

from app import messages
from app.answer import check_size
from app.assistant import ASSISTANT, Assistant
from app.calls import Calls
from app.messages import Message, Verb
from app.session import Session
from app.settings import Settings, app_env_vars
from app.tools import Context

log = logging.getLogger(__name__)

PATH = "/openai-s2s"
SUBPROTOCOL = "ws.jambonz.org"
MAX_MESSAGE_BYTES = 1024 * 1024
"""Of what jambonz sends, which has no limit of its own. A new call carries its whole INVITE, some 10 KB."""

SETTINGS = web.AppKey("settings", Settings)
CALLS = web.AppKey("calls", Calls)
ASSISTED = web.AppKey("assistant", Assistant)


def create_app(settings: Settings | None = None, assistant: Assistant = ASSISTANT) -> web.Application:
    """The application, ready to be served. Without settings they come from the environment; raises SettingsError."""
    check_size(assistant)
    app = web.Application()
    app[SETTINGS] = Settings.from_environ(os.environ) if settings is None else settings
    app[ASSISTED] = assistant
    app.cleanup_ctx.append(_calls)
    app.on_shutdown.append(_close_connections)
    app.router.add_get("/health", _health)
    # A leg that gets a session of its own comes to the same address with /adulting behind it, once for each time.
    path = f"{PATH}{{adulting:(/adulting)*}}"
    app.router.add_get(path, _websocket)
    app.router.add_route("OPTIONS", path, _options)
    return app


async def _calls(app: web.Application) -> AsyncIterator[None]:
    # As many connections to the weather as there are callers who ask: waiting for one counts into the tool's time.
    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None)) as http:
        app[CALLS] = calls = Calls(app[ASSISTED], Context(http, app[SETTINGS]))
        yield
        await calls.end()


async def _close_connections(app: web.Application) -> None:
    """Only reached with calls going on when the process is told to stop at once.

    Never with 1000: that tells jambonz to go on without us, and a caller would sit in silence. After 1012 it dials
    again and finds the next process.
    """
    await asyncio.gather(*(socket.close(WSCloseCode.SERVICE_RESTART, b"service restart") for socket in app[CALLS].sockets))


async def _health(request: web.Request) -> web.Response:
    calls = request.app[CALLS]
    status = "draining" if calls.draining else "ok"
    return web.json_response({"status": status, "calls": len(calls)}, status=503 if calls.draining else 200)


async def _options(request: web.Request) -> web.Response:
    return web.json_response(app_env_vars(request.app[SETTINGS]), headers={"Allow": "GET, OPTIONS"})


async def _websocket(request: web.Request) -> web.StreamResponse:
    calls = request.app[CALLS]
    # Small frames: compressing them costs time, and a thread for the larger ones, and saves nothing.
    socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False, max_msg_size=MAX_MESSAGE_BYTES)
    if not socket.can_prepare(request):
        return web.Response(status=426, text=f"This is a websocket for jambonz, subprotocol {SUBPROTOCOL}.\n", headers={"Upgrade": "websocket"})
    offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if SUBPROTOCOL not in offered:
        return web.Response(status=400, text=f"The subprotocol {SUBPROTOCOL} must be offered, as jambonz does.\n")
    if calls.draining and not calls.expecting:
        # A call that lost its socket may still come back; new ones are then declined one by one.
        return web.Response(status=503, text="Shutting down: no new calls.\n")
    await socket.prepare(request)
    await Connection(socket, calls).serve()
    return socket


class Connection:
    """One socket, and the call it turns out to belong to."""

    def __init__(self, socket: web.WebSocketResponse, calls: Calls) -> None:
        self._socket = socket
        self._calls = calls
        self._session: Session | None = None

    async def serve(self) -> None:
        """Reads until the socket closes. Nothing here waits for anything but the socket itself."""
        self._calls.sockets[self] = None
        try:
            async for frame in self._socket:
                # jambonz itself takes binary frames for text; so do we.
                if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY) and (message := self._parsed(frame.data)) is not None:
                    await self._receive(message)
        except ConnectionError:
            log.warning("socket broke while it was written to")
        finally:
            del self._calls.sockets[self]
            if self._session is not None:
                await self._calls.left(self._session, self, self._socket.close_code)
            self._calls.settle()

    async def send(self, message: Message) -> None:
        await self._socket.send_str(json.dumps(message))

    async def close(self, code: int, reason: bytes) -> None:
        await self._socket.close(code=code, message=reason)

    def _parsed(self, frame: str | bytes) -> Message | None:
        # Never logged itself: a frame may hold the key.
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError) as error:
            log.warning("malformed frame ignored: %s", type(error).__name__)
            return None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            log.warning("malformed frame ignored: not an object with a type")
            return None
        return message

    async def _receive(self, message: Message) -> None:
        session = self._session_of(message)
        if session is not self._session:
            if self._session is not None:
                await self._calls.left(self._session, self, None)
            self._session = session
            self._calls.attached(session, self)
        verbs = self._handled(session, message)
        if message["type"] in messages.WANTS_ACK:
            if isinstance(msgid := message.get("msgid"), str):
                await self.send(messages.ack(msgid, verbs))
                session.acked = session.acked or message["type"].startswith("session:")
            else:
                session.log.error("no acknowledgement possible", fields={"type": message["type"], "reason": "no msgid"})
        # Only now: until jambonz has the acknowledgement for a reconnect, it wants nothing else.
        session.flush()

    def _handled(self, session: Session, message: Message) -> list[Verb] | None:
        """The verbs for the acknowledgement, which is sent whatever happens here."""
        try:
            return session.receive(message)
        except Exception:
            session.log.exception("message could not be handled", fields={"type": message["type"]})
        if message["type"] != "session:new":
            return None
        data = message.get("data")
        return session.refusal(data if isinstance(data, dict) else {}, 500, "Server Internal Error")

    def _session_of(self, message: Message) -> Session:
        """A socket belongs to the first call that is named on it; legs that call dials are named in `data` only.

        Some sockets never see the sid in the envelope, only in the data (protocol/jambonz.md 1.5, 5.5).
        """
        if self._session is not None and self._session.call_sid is not None:
            return self._session
        data: Any = message.get("data")
        for sid in (message.get("call_sid"), data.get("call_sid") if isinstance(data, dict) else None):
            if isinstance(sid, str) and sid:
                return self._calls.session(sid)
        return self._session or self._calls.session(None)
