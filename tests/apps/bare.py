"""As little as an application can do: at `/say` it says something and hangs up, at `/llm` a model talks. For benchmarks; knows only aiohttp."""

from __future__ import annotations

import asyncio
import json
import os

from aiohttp import web

from tests.apps.tool import LLM

THINKS_S = 0.02
"""A tool that answers at once is answered before the response is done, and then the model refuses to go on, as OpenAI's does."""

VERBS = {
    "/say": [{"verb": "answer"}, {"verb": "say", "text": "Hello, and good bye."}, {"verb": "hangup"}],
    "/llm": [{"verb": "answer"}, LLM, {"verb": "hangup"}],
}


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        message = json.loads(frame.data)
        match message["type"]:
            case "session:new":
                await socket.send_str(json.dumps({"type": "ack", "msgid": message["msgid"], "data": VERBS[request.path]}))
            case "verb:hook":
                await socket.send_str(json.dumps({"type": "ack", "msgid": message["msgid"]}))
            case "llm:tool-call":
                await asyncio.sleep(THINKS_S)
                call_id = message["data"]["tool_call_id"]
                data = {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": call_id, "output": "thought"}}
                await socket.send_str(json.dumps({"type": "command", "command": "llm:tool-output", "tool_call_id": call_id, "data": data}))
            case _:
                pass
    return socket


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.get(path, talk) for path in VERBS])
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None, print=lambda *_: None, backlog=1024)
