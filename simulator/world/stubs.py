"""The HTTP server at the end of every host name: it asks the scenario's backends what to answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator.network import Peer
from simulator.world.backends import Answer, Backends, Request, Unstubbed

QUIET = logging.getLogger("simulator.world")
"""What our own server logs is nothing the application has said."""
QUIET.propagate = False
QUIET.addHandler(logging.NullHandler())

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
        asked = Request(
            method=request.method,
            scheme="https" if peer.tls else "http",
            host=request.host or peer.host,
            path=request.path,
            query={name: request.query.getall(name)[-1] for name in request.query},
            headers={name.lower(): value for name, value in request.headers.items()},
            body=(await request.content.read()).decode("utf-8", "replace"),
        )
        self._number += 1
        number = self._number
        self.busy[number] = f"{asked.method} {asked.url}"
        self._tell("request", {"number": number, **asked.frame()})
        try:
            return await self._reply(request, asked, number)
        finally:
            self.busy.pop(number, None)

    async def _reply(self, request: web.BaseRequest, asked: Request, number: int) -> web.StreamResponse:
        found = self._backends.answer(asked)
        if isinstance(found, Unstubbed):
            self._tell("unstubbed", {"number": number, "request": f"{asked.method} {asked.url}", "query": asked.query, "nearest": found.nearest})
            text = f"No stub of the scenario answers {asked.method} {asked.url}. {found.nearest}"
            return web.Response(status=501, text=text)
        if found.after_s:
            await asyncio.sleep(found.after_s)
        if found.drop:
            self._tell("reply", {"number": number, "dropped": True})
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # nobody is there any more to read it
        self._tell("reply", {"number": number, "status": found.status, "body": found.journal_body()})
        return web.Response(status=found.status, body=found.body, headers=found.headers)


def json_answer(value: Any, status: int = 200) -> Answer:
    """A JSON answer, for tests and tools."""
    return Answer(status=status, body=json.dumps(value).encode(), headers={"content-type": "application/json"})
