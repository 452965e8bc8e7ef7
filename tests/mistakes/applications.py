"""A small application in front of a model, of which every part can be got wrong: what it answers, sends and asks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession, WSMsgType, web

Json = dict[str, Any]
Act = Callable[["Socket", Json], Awaitable[object]]

TOOL = {"type": "function", "name": "get_weather", "description": "The weather", "parameters": {"type": "object", "properties": {}}}
SESSION: Json = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "tools": [TOOL],
    "audio": {"input": {"turn_detection": {"type": "server_vad"}, "transcription": {"model": "whisper-1"}}},
}
WEATHER = "https://weather.example.com/now"


def llm(**changes: Any) -> Json:
    """The verb that puts a model on the line; `None` leaves a property out."""
    verb = {
        "verb": "llm",
        "vendor": "openai",
        "model": "gpt-realtime",
        "auth": {"apiKey": "sk-simulated-0000000000000000"},
        "actionHook": "/final",
        "eventHook": "/event",
        "toolHook": "/tool",
        "events": ["all"],
        "llmOptions": {"response_create": {"instructions": "Greet."}, "session_update": SESSION},
    }
    return {name: value for name, value in {**verb, **changes}.items() if value is not None}


class Socket:
    """The application's end of the websocket of a call."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket

    async def send(self, message: Any) -> None:
        await self.socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def ack(self, message: Json, verbs: Any = None, **changes: Any) -> None:
        data = {} if verbs is None else {"data": verbs}
        await self.send({"type": "ack", "msgid": message["msgid"], **data, **changes})

    async def command(self, name: str, data: Any, **more: Any) -> None:
        await self.send({"type": "command", "command": name, "data": data, **more})

    async def output(self, message: Json, output: Any = "sunny", **item: Any) -> None:
        call_id = message["data"]["tool_call_id"]
        made = {"type": "function_call_output", "call_id": call_id, "output": output, **item}
        await self.command("llm:tool-output", {"type": "conversation.item.create", "item": made}, tool_call_id=call_id)


def answering(*verbs: Json) -> Act:
    """Acknowledges with these verbs."""

    async def act(socket: Socket, message: Json) -> None:
        await socket.ack(message, list(verbs))

    return act


async def acknowledge(socket: Socket, message: Json) -> None:
    await socket.ack(message)


async def nothing(_: Socket, __: Json) -> None:
    """Does nothing at all."""


async def weather(socket: Socket, message: Json) -> None:
    """Waits for the response to be done, as the model wants it."""
    socket.__dict__.setdefault("asked", []).append(message)


async def after_the_response(socket: Socket, message: Json) -> None:
    if message["data"].get("type") == "response.done":
        for asked in socket.__dict__.pop("asked", []):
            await socket.output(asked)


async def asks_the_weather(socket: Socket, message: Json) -> None:
    async with ClientSession() as http, http.get(WEATHER, params={"place": "Berlin"}) as response:
        await socket.output(message, f"{response.status}")


GREETS = answering({"verb": "answer"}, {"verb": "say", "text": "Hello there."}, {"verb": "hangup"})
TALKS = answering({"verb": "answer"}, llm(), {"verb": "hangup"})


def application(new: Act = TALKS, hook: Act = acknowledge, tool: Act = weather, event: Act = after_the_response) -> Callable[[], web.Application]:
    """A factory of one that does as it is told when a call is new, a hook or a tool is called, or an event comes."""
    acts = {"session:new": new, "session:reconnect": acknowledge, "verb:hook": hook, "llm:tool-call": tool, "llm:event": event}

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
        await socket.prepare(request)
        ours = Socket(socket)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT and (act := acts.get((message := json.loads(frame.data))["type"])) is not None:
                await act(ours, message)
        return socket

    def factory() -> web.Application:
        app = web.Application()
        app.router.add_get("/", handle)
        return app

    return factory
