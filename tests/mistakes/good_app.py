"""An application without a mistake: it says hello and hangs up."""

from __future__ import annotations

import json

from aiohttp import web


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=["ws.jambonz.org"])
    await socket.prepare(request)
    async for message in socket:
        said = json.loads(message.data)
        if said["type"] == "session:new":
            await socket.send_json({"type": "ack", "msgid": said["msgid"], "data": [{"verb": "say", "text": "Hello."}, {"verb": "hangup"}]})
    return socket


def create_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/", talk)
    return app
