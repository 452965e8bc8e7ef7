"""The application's leg over HTTP: requests go out and answers come in, noted as they pass and told to the feature server.

The bytes are aiohttp's. What Node's client would call a failure is named here, because the retry policy and the payload of an
`llm` hook speak of it: `ECONNREFUSED`, `UND_ERR_SOCKET`.
"""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Callable
from typing import Any, Literal

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

from simulator.jambonz.events import AskWebhook, WebhookAnswered, WebhookFailed, WebhookResponds
from simulator.jambonz.webhook import ACCEPTED, is_awaited
from simulator.jambonz.webhook_request import encoded

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


class WebhookLink:
    """Requests to the webhooks of all calls; `note(leg, source, kind, frame)` writes down what passes."""

    def __init__(self, tell: Tell, note: NoteFrame) -> None:
        self._tell, self._note = tell, note
        self._session: ClientSession | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def ask(self, order: AskWebhook) -> None:
        """Make a request."""
        shown = {**order.headers, "Jambonz-Signature": "t=..,v1=.."}  # which differs from run to run
        self._note(order.leg, "jambonz", order.message["type"], {**order.message, "headers": shown})
        task = self._tasks[order.request] = asyncio.get_running_loop().create_task(self._request(order))
        task.add_done_callback(lambda done: self._done(order.request, done))

    def abandon(self, request: int) -> None:
        """Wait for the answer no longer."""
        if (task := self._tasks.pop(request, None)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Drop what is under way, at the end of a stage."""
        tasks = list(self._tasks.values())
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

    # --- one request

    async def _request(self, order: AskWebhook) -> None:
        told: WebhookAnswered | WebhookFailed
        try:
            told = await self._exchange(order)
        except (ClientError, OSError, ValueError, TooLongError) as error:
            told = self._failure(order, error)
        self._tasks.pop(order.request, None)
        self._tell(told)

    async def _exchange(self, order: AskWebhook) -> WebhookAnswered:
        body = None if order.body is None else encoded(order.body)
        async with self._client().request(order.method, _target(order.url), data=body, headers=order.headers, allow_redirects=False) as response:
            self._tell(WebhookResponds(order.request))
            text = (await _read(response)).decode("utf-8", "replace")
        content_type = response.headers.get("Content-Type", "")
        self._answered(order, response.status, content_type, text)
        return WebhookAnswered(order.request, response.status, content_type, text)

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

    def _answered(self, order: AskWebhook, status: int, content_type: str, text: str) -> None:
        """An answer that somebody waits for is written down as the `ack` it stands for."""
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
        self._note(order.leg, "app", kind, frame)

    def _failure(self, order: AskWebhook, error: Exception) -> WebhookFailed:
        if isinstance(error, TooLongError):
            what = f"an answer of more than {MAX_BODY_BYTES} bytes to {order.message['type']}"
            self._note(order.leg, "jambonz", "not_simulated", {"what": what, "instead": "it counts as not answered"})
        kind, reason, own = _described(error, order.url)
        self._note(order.leg, "app", "refuse", {"webhook": order.request, "reason": reason, "class": kind})
        return WebhookFailed(order.request, kind, reason, own)


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
