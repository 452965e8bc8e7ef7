"""An application in front of a model, whose tool takes `TOOL_MS` milliseconds of thinking, without asking anybody."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

LLM = {
    "verb": "llm",
    "vendor": "openai",
    "model": "gpt-realtime",
    "auth": {"apiKey": "sk-simulated-0000000000000000"},
    "actionHook": "/final",
    "toolHook": "/tool",
    "llmOptions": {
        "response_create": {"instructions": "Greet."},
        "session_update": {
            "type": "realtime",
            "tools": [{"type": "function", "name": "think", "description": "Thinks", "parameters": {"type": "object", "properties": {}}}],
        },
    },
}


async def talk(socket: Any) -> None:
    async for text in socket:
        message = json.loads(text)
        match message["type"]:
            case "session:new":
                await socket.send(json.dumps({"type": "ack", "msgid": message["msgid"], "data": [{"verb": "answer"}, LLM, {"verb": "hangup"}]}))
            case "verb:hook" | "session:reconnect":
                await socket.send(json.dumps({"type": "ack", "msgid": message["msgid"]}))
            case "llm:tool-call":
                await asyncio.sleep(int(os.environ["TOOL_MS"]) / 1000)
                call_id = message["data"]["tool_call_id"]
                item = {"type": "function_call_output", "call_id": call_id, "output": "thought"}
                data = {"type": "conversation.item.create", "item": item}
                await socket.send(json.dumps({"type": "command", "command": "llm:tool-output", "tool_call_id": call_id, "data": data}))
            case _:
                pass


async def main() -> None:
    from websockets.asyncio.server import serve

    async with serve(talk, "127.0.0.1", int(os.environ["PORT"]), subprotocols=["ws.jambonz.org"]):  # type: ignore[list-item]
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
