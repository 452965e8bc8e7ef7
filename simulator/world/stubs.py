"""The HTTP server at the end of every host name: it asks the scenario's backends what to answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web
from yarl import URL

from simulator.network import Peer
from simulator.world.backends import Answer, Backends, Request, Unstubbed

QUIET = logging.getLogger("simulator.world")
"""What our own server logs is nothing the application has said."""
QUIET.propagate = False
QUIET.addHandler(logging.NullHandler())

BODY_LIMIT_BYTES = 16 * 1024 * 1024

Tell = Callable[[str, dict[str, Any]], None]


class StubServer:
    """Answers any request out of `backends`; `tell(kind, frame)` writes requests and replies down.

    Requests that still wait for their answer are in `busy`: their answer is owed.
    """

    def __init__(self, backends: Backends, tell: Tell) -> None:
        self._backends, self._tell = backends, tell
        self.busy: dict[int, str] = {}
        self._number = 0

    def protocol(self, peer: Peer) -> asyncio.BaseProtocol:
        """What answers a connection that was meant for `peer`."""

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            return await self._answer(request, peer)

        return web.Server(answer, access_log=None, logger=QUIET)()

    async def _answer(self, request: web.BaseRequest, peer: Peer) -> web.StreamResponse:
        body = b""
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > BODY_LIMIT_BYTES:
                raise web.HTTPRequestEntityTooLarge(BODY_LIMIT_BYTES, len(body))
        url, scheme, host = _target(request, peer)
        asked = Request(
            method=request.method,
            scheme=scheme,
            host=host,
            path=url.path,
            query={name: url.query.getall(name)[-1] for name in url.query},
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body.decode("utf-8", "replace"),
        )
        self._number += 1
        number = self._number
        self.busy[number] = f"{asked.method} {asked.url}"
        self._tell("request", {"number": number, **asked.frame()})
        try:
            found = self._backends.answer(asked)
            if isinstance(found, Answer) and found.after_s:
                await asyncio.sleep(found.after_s)
        finally:
            self.busy.pop(number, None)  # before the reply is noted, or the debt would last until the next event
        return self._reply(request, asked, found, number)

    def _reply(self, request: web.BaseRequest, asked: Request, found: Answer | Unstubbed, number: int) -> web.StreamResponse:
        if isinstance(found, Unstubbed):
            self._tell("unstubbed", {"number": number, "request": f"{asked.method} {asked.url}", "query": asked.query, "nearest": found.nearest})
            text = f"No stub of the scenario answers {asked.method} {asked.url}. {found.nearest}"
            return web.Response(status=501, text=text)
        if found.drop:
            self._tell("reply", {"number": number, "dropped": True})
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody is there any more to read it
        self._tell("reply", {"number": number, "status": found.status, "body": found.journal_body()})
        return web.Response(status=found.status, body=found.body, headers=found.headers)


def _target(request: web.BaseRequest, peer: Peer) -> tuple[URL, str, str]:
    """What is wanted, with scheme and host; `/https://host/path`, the form for clients that know no proxy, means what follows the slash."""
    if request.raw_path.startswith(("/http://", "/https://")):
        with suppress(ValueError):
            url = URL(request.raw_path[1:], encoded=True)
            return url, url.scheme, (url.host_subcomponent if url.is_default_port() else url.host_port_subcomponent) or ""
    return request.rel_url, "https" if peer.tls else "http", request.host or peer.host


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer, for tests and tools."""
    return Answer(status=status, body=json.dumps(value).encode(), headers={"content-type": "application/json"})
