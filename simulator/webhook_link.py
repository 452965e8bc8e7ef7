"""The application's leg over HTTP: requests go out and answers come in, noted as they pass and told to the feature server.

The bytes are aiohttp's. What Node's client would call a failure is named here, because the retry policy and the payload of an
`llm` hook speak of it: `ECONNREFUSED`, `UND_ERR_SOCKET`.
"""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    ServerTimeoutError,
    TCPConnector,
)
from yarl import URL

from simulator.faults import Passing, no_utf8, without_its_end
from simulator.faults.passing import Direction, Kind
from simulator.faults.verdict import Breaks
from simulator.jambonz.events import AskWebhook, WebhookAnswered, WebhookFailed, WebhookResponds
from simulator.jambonz.webhook import ACCEPTED, is_awaited
from simulator.jambonz.webhook_request import encoded
from simulator.link import OPEN, Gate

BODY_PAUSE_LIMIT_S = 300.0
"""How long the body of an answer may pause (undici's `bodyTimeout`); the limit for headers is the feature server's own."""
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of an answer; the real server has no limit."""
SHOWN_CHARACTERS = 500
CONNECTION_FAILURES = ("ECONNREFUSED", "ETIMEDOUT", "ECONNRESET", "ECONNABORTED")
"""What the retry policy calls `ct` (base-requestor.js:101-119)."""
OURS_ALONE = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add, and the real server does not send."""

Tell = Callable[[WebhookResponds | WebhookAnswered | WebhookFailed], None]
NoteFrame = Callable[[int, str, str, dict[str, Any]], None]


class TooLongError(Exception):
    """An answer larger than this simulator reads."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    order: AskWebhook
    status: int
    content_type: str
    text: str
    told: bool
    """Whether the feature server knows already that it is coming."""


class WebhookLink:
    """Requests to the webhooks of all calls; `note(leg, source, kind, frame)` writes down what passes."""

    def __init__(self, tell: Tell, note: NoteFrame, gate: Gate = OPEN) -> None:
        self._tell, self._note, self._gate = tell, note, gate
        self._session: ClientSession | None = None
        self._orders: dict[int, AskWebhook] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._repeated: set[asyncio.Task[None]] = set()
        """Requests that a fault has doubled: nobody waits for their answers."""

    def ask(self, order: AskWebhook) -> None:
        """Make a request."""
        shown = {**order.headers, "Jambonz-Signature": "t=..,v1=.."}  # which differs from run to run
        self._note(order.leg, "jambonz", order.message["type"], {**order.message, "headers": shown})
        self._orders[order.request] = order
        self._gate.stands(connection_of(order.request), order.leg)
        self._sets_out("to", "request", order.message, order, 0 if order.body is None else len(order.body))

    def abandon(self, request: int) -> None:
        """Wait for the answer no longer."""
        if (task := self._tasks.pop(request, None)) is not None:
            task.cancel()
        self._over(request)

    async def close(self) -> None:
        """Drop what is under way, at the end of a stage."""
        tasks = [*self._tasks.values(), *self._repeated]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._session is not None:
            await self._session.close()

    def _done(self, request: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(request) is task:
            del self._tasks[request]

    def _over(self, request: int) -> bool:
        """Nobody waits for its answer any more; whether anybody did."""
        if self._orders.pop(request, None) is None:
            return False
        self._gate.ends(connection_of(request))
        return True

    # --- what comes through the gate

    def _sets_out(self, direction: Direction, kind: Kind, frame: dict[str, Any], load: Any, size_bytes: int) -> None:
        order = load if isinstance(load, AskWebhook) else load.order
        passing = Passing(direction, connection_of(order.request), kind, frame, load, size_bytes, order.leg)
        if self._gate.lets_through(passing):
            self.arrives(passing)

    def arrives(self, passing: Passing, breaks: Breaks | None = None) -> None:
        """A request or an answer comes out at the other end, perhaps broken."""
        if isinstance(passing.load, AskWebhook):
            self._goes(passing.load, breaks)
        else:
            self._comes(passing.load, breaks)

    def _goes(self, order: AskWebhook, breaks: Breaks | None) -> None:
        loop = asyncio.get_running_loop()
        if breaks == "protocol":
            what = {"what": "a request that is no HTTP", "instead": "it counts as answered with 400, as HTTP servers do"}
            self._note(order.leg, "jambonz", "not_simulated", what)
            self._answered_for(order, 400)
        elif order.request in self._tasks:
            again = loop.create_task(self._exchange_in_vain(order))
            self._repeated.add(again)
            again.add_done_callback(self._repeated.discard)
        else:
            task = self._tasks[order.request] = loop.create_task(self._request(order, breaks))
            task.add_done_callback(lambda done: self._done(order.request, done))

    def _comes(self, answer: Answer, breaks: Breaks | None) -> None:
        order, text = answer.order, answer.text
        if not self._over(order.request):
            return  # it has come before, or nobody waits for it any more
        if not answer.told:
            self._tell(WebhookResponds(order.request))
        match breaks:
            case None:
                pass
            case "json":
                text = without_its_end(text)
            case "utf8":
                text = no_utf8(text).decode("utf-8", "replace")
            case "protocol":
                error = {"name": "HTTPParserError", "code": "HPE_INVALID_CONSTANT"}
                self._breaks_off(order, None, "Parse Error: Expected HTTP/", error)
                return
            case other:
                assert_never(other)
        kind, frame = _shown(order, answer.status, answer.content_type, text)
        self._note(order.leg, "app", kind, frame)
        self._tell(WebhookAnswered(order.request, answer.status, answer.content_type, text))

    # --- what faults do to a request

    def severed(self, request: int) -> None:
        """The connection is reset before the answer has come."""
        if (order := self._withdrawn(request)) is not None:
            self._breaks_off(order, "ct", "read ECONNRESET", {"errno": -errno.ECONNRESET, "code": "ECONNRESET", "syscall": "read"})

    def refused(self, request: int, status: int | None) -> None:
        """Nobody listens there, or somebody in between answers with a status."""
        order = self._withdrawn(request)
        if order is None:
            return
        if status is not None:
            self._answered_for(order, status)
            return
        target = _target(order.url)
        own = {"errno": -errno.ECONNREFUSED, "code": "ECONNREFUSED", "syscall": "connect", "address": target.host, "port": target.port}
        self._breaks_off(order, "ct", f"connect ECONNREFUSED {target.host}:{target.port}", own)

    def _withdrawn(self, request: int) -> AskWebhook | None:
        order = self._orders.get(request)
        self.abandon(request)
        return order

    def _breaks_off(self, order: AskWebhook, kind: Literal["ct"] | None, reason: str, own: dict[str, Any]) -> None:
        self._note(order.leg, "scenario", "refuse", {"webhook": order.request, "reason": reason, "class": kind})
        self._tell(WebhookFailed(order.request, kind, reason, own))

    def _answered_for(self, order: AskWebhook, status: int) -> None:
        self._note(order.leg, "scenario", "answer", {"webhook": order.request, "to": order.message["type"], "status": status})
        self._tell(WebhookResponds(order.request))
        self._tell(WebhookAnswered(order.request, status, "", ""))

    # --- one request

    async def _request(self, order: AskWebhook, breaks: Breaks | None = None) -> None:
        try:
            answer = await self._exchange(order, breaks)
        except (ClientError, OSError, ValueError, TooLongError) as error:
            self._tasks.pop(order.request, None)
            self._over(order.request)
            self._tell(self._failure(order, error))
            return
        self._tasks.pop(order.request, None)
        kind, frame = _shown(order, answer.status, answer.content_type, answer.text)
        self._sets_out("from", "frame", {"type": kind, **frame}, answer, len(answer.text))

    async def _exchange(self, order: AskWebhook, breaks: Breaks | None = None) -> Answer:
        body = None if order.body is None else _broken(order.body, breaks)
        async with self._client().request(order.method, _target(order.url), data=body, headers=order.headers, allow_redirects=False) as response:
            if told := self._gate.is_open:
                self._tell(WebhookResponds(order.request))
            text = (await _read(response)).decode("utf-8", "replace")
        return Answer(order, response.status, response.headers.get("Content-Type", ""), text, told)

    async def _exchange_in_vain(self, order: AskWebhook) -> None:
        with suppress(ClientError, OSError, ValueError, TooLongError):
            await self._exchange(order)

    def _client(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=0),
                timeout=ClientTimeout(total=None, sock_read=BODY_PAUSE_LIMIT_S),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=OURS_ALONE,
            )
        return self._session

    def _failure(self, order: AskWebhook, error: Exception) -> WebhookFailed:
        if isinstance(error, TooLongError):
            what = f"an answer of more than {MAX_BODY_BYTES} bytes to {order.message['type']}"
            self._note(order.leg, "jambonz", "not_simulated", {"what": what, "instead": "it counts as not answered"})
        kind, reason, own = _described(error, order.url)
        self._note(order.leg, "app", "refuse", {"webhook": order.request, "reason": reason, "class": kind})
        return WebhookFailed(order.request, kind, reason, own)


def connection_of(request: int) -> str:
    """How a line knows the connection that a request has."""
    return f"request {request}"


def request_of(connection: str) -> int:
    """Whose connection it is."""
    return int(connection.removeprefix("request "))


def _broken(body: str, breaks: Breaks | None) -> bytes:
    match breaks:
        case "json":
            return encoded(without_its_end(body))
        case "utf8":
            return no_utf8(body)
    return encoded(body)


def _shown(order: AskWebhook, status: int, content_type: str, text: str) -> tuple[str, dict[str, Any]]:
    """Kind and frame of an answer for the journal; one that somebody waits for is written down as the `ack` it stands for."""
    type_ = order.message["type"]
    frame: dict[str, Any] = {"webhook": order.request, "to": type_, "status": status}
    if "tool_call_id" in order.message["data"]:
        frame["tool_call_id"] = order.message["data"]["tool_call_id"]
    kind = "ack" if status in ACCEPTED and is_awaited(type_) else "answer"
    if "application/json" in content_type:
        try:
            frame["data"] = json.loads(text)
        except (ValueError, RecursionError):
            kind = "malformed"
            frame["text"] = text[:SHOWN_CHARACTERS]
    elif text:
        frame |= {"content_type": content_type, "text": text[:SHOWN_CHARACTERS]}
    return kind, frame


def _target(url: str) -> URL:
    """Path and query as they are written, unless they could not stand in a request so. Raises `ValueError`."""
    return URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)


async def _read(response: ClientResponse) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise TooLongError
    return bytes(body)


CERTIFICATE_CODES = {
    10: "CERT_HAS_EXPIRED",
    18: "DEPTH_ZERO_SELF_SIGNED_CERT",
    19: "SELF_SIGNED_CERT_IN_CHAIN",
    20: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    62: "ERR_TLS_CERT_ALTNAME_INVALID",
}
"""How Node calls what OpenSSL found wrong with a certificate."""


def _described(error: Exception, url: str) -> tuple[Literal["ct"] | None, str, dict[str, Any]]:
    """Class, text and own fields of the error that Node's HTTP client has for this (undici; inferred where it is no plain error of a socket)."""
    target = _target(url) if not isinstance(error, (InvalidURL, ValueError)) else None
    match error:
        case ClientConnectorCertificateError():
            own_code = getattr(error.certificate_error, "verify_code", None)
            text = getattr(error.certificate_error, "verify_message", None) or str(error.certificate_error)
            return None, text, {"code": CERTIFICATE_CODES.get(own_code or 0, "UNABLE_TO_VERIFY_LEAF_SIGNATURE")}
        case ClientConnectorDNSError():
            name = target.host if target is not None else url
            return None, f"getaddrinfo ENOTFOUND {name}", {"errno": -3008, "code": "ENOTFOUND", "syscall": "getaddrinfo", "hostname": name}
        case ServerTimeoutError():
            text = "Body Timeout Error"
            return None, text, {"name": "BodyTimeoutError", "code": "UND_ERR_BODY_TIMEOUT", "message": text}
        case ServerDisconnectedError() | ClientPayloadError():
            return None, "other side closed", {"name": "SocketError", "code": "UND_ERR_SOCKET"}
        case ClientOSError() | OSError() if (code := errno.errorcode.get(error.errno or 0)) is not None and target is not None:
            syscall = "connect" if isinstance(error, ClientConnectorError) else "read"
            own: dict[str, Any] = {"errno": -(error.errno or 0), "code": code, "syscall": syscall}
            where = ""
            if syscall == "connect":
                own |= {"address": target.host, "port": target.port}
                where = f" {target.host}:{target.port}"
            return ("ct" if code in CONNECTION_FAILURES else None), f"{syscall} {code}{where}", own
        case InvalidURL() | ValueError():
            return None, f"Invalid URL: {url}", {"code": "ERR_INVALID_URL", "input": url}
        case TooLongError():
            return None, "the answer is too long", {}
        case _:
            return None, f"{type(error).__name__}: {error}"[:SHOWN_CHARACTERS], {}
