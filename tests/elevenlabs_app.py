"""A jambonz application that hands its caller to an ElevenLabs agent and answers the agent's tool: the app under test of `test_elevenlabs_call`."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

AGENT = {
    "verb": "llm",
    "vendor": "elevenlabs",
    "auth": {"agent_id": "agent_7"},
    "llmOptions": {"conversation_initiation_client_data": {"dynamic_variables": {"caller": "Ann"}}},
    "actionHook": "/done",
    "eventHook": "/event",
    "toolHook": "/tool",
    "events": ["all"],
}


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        message: dict[str, Any] = json.loads(frame.data)
        match message["type"]:
            case "session:new":
                await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": [{"verb": "answer"}, AGENT, {"verb": "hangup"}]})
            case "verb:hook":
                await socket.send_json({"type": "ack", "msgid": message["msgid"]})
            case "llm:tool-call":
                data = message["data"]
                result = {
                    "type": "client_tool_result",
                    "tool_call_id": data["tool_call_id"],
                    "result": f"{data['args']['city']}: 21",
                    "is_error": False,
                }
                command = {"type": "command", "command": "llm:tool-output", "tool_call_id": data["tool_call_id"], "data": {"data": result}}
                await socket.send_json(command)
    return socket


def create_app() -> web.Application:
    app = web.Application()
    app.router.add_get("/", talk)
    return app
