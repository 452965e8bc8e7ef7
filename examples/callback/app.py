"""Calls back whoever calls: the first call only says so, the second is made with the REST API, and taken back when nobody answers.

Environment: `JAMBONZ_REST_API_BASE_URL`, `JAMBONZ_ACCOUNT_SID`, `JAMBONZ_API_KEY`, `JAMBONZ_APPLICATION_SID`; `RING_S`, for how long
it rings; `PORT`, when it is started by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from aiohttp import ClientResponseError, WSMsgType, web
from jambonz_sdk.client import JambonzClient

Json = dict[str, Any]

CLIENT = web.AppKey("client", JambonzClient)
WANTS_ACK = frozenset({"session:new", "session:reconnect", "session:redirect", "verb:hook"})
HANGUP: Json = {"verb": "hangup"}


def create_app() -> web.Application:
    """Served at any path."""
    environ = os.environ
    app = web.Application()
    app[CLIENT] = JambonzClient(
        base_url=environ["JAMBONZ_REST_API_BASE_URL"], account_sid=environ["JAMBONZ_ACCOUNT_SID"], api_key=environ["JAMBONZ_API_KEY"]
    )
    app.on_cleanup.append(lambda app: app[CLIENT].close())
    app.router.add_get("/{path:.*}", connection)
    return app


async def connection(request: web.Request) -> web.WebSocketResponse:
    """One socket of jambonz, and one call."""
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    client, patience = request.app[CLIENT], None
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            continue
        message = json.loads(frame.data)
        data = message["data"]
        if message["type"] in WANTS_ACK:
            verbs = verbs_for(data) if message["type"] == "session:new" else []
            await socket.send_json({"type": "ack", "msgid": message["msgid"]} | ({"data": verbs} if verbs else {}))
        elif message["type"] == "call:status" and data["direction"] == "inbound" and data["call_status"] == "completed":
            await call_back(client, data)
        elif message["type"] == "call:status" and data["call_status"] == "ringing":
            patience = asyncio.create_task(give_up(client, data["call_sid"]))
        elif patience is not None:
            patience.cancel()
    return socket


def verbs_for(data: Json) -> list[Json]:
    """What is said to who calls, and to who is called back."""
    text = "We will call you back." if data["direction"] == "inbound" else "Here we are again."
    return [{"verb": "say", "text": text}, HANGUP]


async def call_back(client: JambonzClient, data: Json) -> None:
    """The number of the caller, from ours."""
    application_sid = os.environ["JAMBONZ_APPLICATION_SID"]
    await client.calls.create({"from": data["to"], "to": {"type": "phone", "number": data["from"]}, "application_sid": application_sid})


async def give_up(client: JambonzClient, call_sid: str) -> None:
    """When it has rung for long enough, let it be; somebody may have answered in this very moment, which is as good."""
    await asyncio.sleep(float(os.environ.get("RING_S", "20")))
    try:
        await client.calls.update(call_sid, {"call_status": "no-answer"})
    except ClientResponseError as error:
        if error.status not in (404, 422):
            raise


if __name__ == "__main__":
    web.run_app(create_app(), host="127.0.0.1", port=int(os.environ.get("PORT", "3000")), access_log=None)
