"""An application that greets and hangs up: that of the examples in docs/python.md, where it is called `greeter`."""

from __future__ import annotations

import json

from aiohttp import WSMsgType, web

GREETED = web.AppKey("GREETED", list[str])
"""Who was greeted, if the application is to keep that."""

GREETING = [{"verb": "answer"}, {"verb": "say", "text": "Hello."}, {"verb": "hangup"}]


async def greet(request: web.Request) -> web.WebSocketResponse:
    """Every call is greeted, and that is it."""
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        if frame.type is WSMsgType.TEXT and (message := json.loads(frame.data))["type"] == "session:new":
            request.app.get(GREETED, []).append(message["data"]["from"])
            await socket.send_str(json.dumps({"type": "ack", "msgid": message["msgid"], "data": GREETING}))
    return socket


def create_app() -> web.Application:
    """Greets whoever calls, wherever."""
    app = web.Application()
    app.router.add_get("/{path:.*}", greet)
    return app
