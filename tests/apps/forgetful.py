"""An application with an ordinary mistake: it answers the model's tool under a name that jambonz does not know, and never notices."""

from __future__ import annotations

import json

from aiohttp import web

from tests.apps.tool import LLM

HELLO = [{"verb": "answer"}, {"verb": "say", "text": "One moment please, I connect you to the assistant."}, LLM, {"verb": "hangup"}]


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        message = json.loads(frame.data)
        match message["type"]:
            case "session:new":
                await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": HELLO})
            case "verb:hook":
                await socket.send_json({"type": "ack", "msgid": message["msgid"]})
            case "llm:tool-call":
                call_id = message["data"]["tool_call_id"]
                output = {"type": "function_call_output", "call_id": call_id, "output": json.dumps({"asked": message["data"]["args"]})}
                data = {"type": "conversation.item.create", "item": output}
                await socket.send_json({"type": "command", "command": "tool:output", "tool_call_id": call_id, "data": data})
            case _:
                pass
    return socket


def create_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/", talk)
    return app
