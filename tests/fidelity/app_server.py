"""The scripted application: a websocket server that accepts, refuses or drops handshakes as its script says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, ProtocolError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tests.fidelity.recording import Recording, shown
from tests.fidelity.script import ScriptError

Json = dict[str, Any]

SUBPROTOCOL = Subprotocol("ws.jambonz.org")
HOST, PORT = "127.0.0.1", 3000
REASONS = {413: "Payload Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Entity"}
"""Where the names of statuses in Node differ from those of some Python."""

Happened = Callable[[str, Any, int], None]


@dataclass
class Socket:
    """One connection of the application."""

    number: int
    connection: ServerConnection
    closed_by_app: bool = False
    over: bool = False

    async def send(self, text: str | bytes) -> None:
        """Send, as long as there is somebody to send to."""
        try:
            await self.connection.send(text)
        except ConnectionClosed:
            return


class ScriptedApp:
    """Every frame and every connection goes into the recording; `happened(on, frame, conn)` lets rules fire."""

    def __init__(self, settings: Json, recording: Recording, happened: Happened) -> None:
        self._handshakes: list[Json] = list(settings.get("handshakes") or [])
        self._subprotocol = settings.get("subprotocol", SUBPROTOCOL)
        self._recording, self._happened = recording, happened
        self.sockets: list[Socket] = []
        self._attempts = 0
        self._attempt_of: dict[ServerConnection, int] = {}

    async def start(self) -> None:
        """Listen, until the loop ends."""
        self._server = await serve(
            self._serve,
            HOST,
            PORT,
            process_request=self._handshake,
            process_response=self._choose,
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=None,
            close_timeout=1.0,
        )

    def _handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        self._attempts += 1
        self._attempt_of[connection] = self._attempts
        plan = self._handshakes.pop(0) if self._handshakes else {"accept": True}
        if plan.get("drop"):
            self._recording.note("app_handshake_dropped", attempt=self._attempts, **asked(request))
            connection.transport.close()
            return connection.respond(HTTPStatus.BAD_REQUEST, "")
        if status := plan.get("status"):
            self._recording.note("app_handshake_refused", attempt=self._attempts, **asked(request), status=status)
            response = connection.respond(HTTPStatus.BAD_REQUEST, "")
            response.status_code, response.reason_phrase = status, REASONS.get(status) or phrase(status)
            return response
        return None

    def _choose(self, connection: ServerConnection, request: Request, response: Response) -> None:  # noqa: ARG002
        """A server may choose what nobody has offered; the library's own choice would not."""
        if self._subprotocol is not None and response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            response.headers["Sec-WebSocket-Protocol"] = self._subprotocol

    async def _serve(self, connection: ServerConnection) -> None:
        socket = Socket(len(self.sockets) + 1, connection)
        self.sockets.append(socket)
        number, attempt = socket.number, self._attempt_of[connection]
        assert connection.request is not None
        note = {"conn": number, "attempt": attempt, **asked(connection.request), "chosen_subprotocol": self._subprotocol}
        self._recording.note("app_connected", **note)
        self._happened("app_connected", note, number)
        try:
            async for text in connection:
                assert isinstance(text, str)
                frame = json.loads(text)
                self._recording.add("to_app", frame, number)
                self._happened("to_app", frame, number)
        except ConnectionClosed:
            pass
        await connection.wait_closed()
        socket.over = True
        code = 1006 if connection.close_code is None else int(connection.close_code)
        by = "app" if socket.closed_by_app else "feature_server"
        self._recording.note("app_closed", conn=number, code=code, by=by)
        self._happened("app_closed", {"event": "app_closed", "conn": number, "code": code, "by": by}, number)

    def open_socket(self, preferred: int | None) -> Socket | None:
        """The connection of that number while it is open, else the newest one."""
        living = [socket for socket in self.sockets if not socket.over]
        return next((socket for socket in living if socket.number == preferred), living[-1] if living else None)

    async def say(self, preferred: int | None, text: str, *, binary: bool = False) -> None:
        """Send a frame of the script."""
        socket = self.open_socket(preferred)
        if socket is not None:
            self._recording.add("from_app", shown(text), socket.number, binary=binary)
            await socket.send(text.encode() if binary else text)

    async def close(self, preferred: int | None, code: int | None) -> None:
        """Begin to close with this code, or with a close frame that has none."""
        socket = self.open_socket(preferred)
        if socket is not None:
            socket.closed_by_app = True
            try:
                async with socket.connection.send_context():
                    socket.connection.protocol.send_close(code)
            except ProtocolError as error:
                raise ScriptError(f"no server can close with {code}: {error}") from None

    def terminate(self, preferred: int | None) -> None:
        """Break the connection without a close frame."""
        socket = self.open_socket(preferred)
        if socket is not None:
            socket.closed_by_app = True
            socket.connection.transport.abort()


def phrase(status: int) -> str:
    """What Node's HTTP server writes behind a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown"


def asked(request: Request) -> Json:
    """What a handshake asked for."""
    headers = request.headers
    return {
        "path": request.path,
        "subprotocols": headers.get("Sec-WebSocket-Protocol"),
        "authorization": headers.get("Authorization"),
        "user_agent": headers.get("User-Agent"),
        "extensions": headers.get("Sec-WebSocket-Extensions"),
    }
