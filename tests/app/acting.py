"""A feature server and a weather service that a test plays, on real loopback sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.server import CALLS

BERLIN = {"name": "Berlin", "country": "Germany", "latitude": 52.52, "longitude": 13.42}
KEY = "sk-secret-0123456789"
PATIENCE_S = 5.0  # Only a test that fails waits for it.


@dataclass
class Weather:
    """A fake open-meteo. What it answers can be changed; while `open` is not set it keeps its callers waiting."""

    url: str = ""
    places: dict[str, Any] = field(default_factory=lambda: {"Berlin": BERLIN})
    current: Any = field(default_factory=lambda: {"temperature_2m": 21.4, "wind_speed_10m": 9.7})
    status: int = 200
    body: str | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        await self.open.wait()
        if self.body is not None or self.status != 200:
            return web.Response(status=self.status, text=self.body or "")
        if request.path == "/v1/search":
            place = self.places.get(request.query["name"])
            return web.json_response({"generationtime_ms": 0.5} if place is None else {"results": [place]})
        return web.json_response({"current": self.current, "current_units": {"wind_speed_10m": "km/h"}})


@dataclass
class Jambonz:
    """The feature server's end of one socket."""

    socket: ClientConnection
    call_sid: str | None
    sent: int = 0

    async def send(self, type_: str, data: Any = None, **more: Any) -> str:
        """Sends a message and returns its msgid."""
        self.sent += 1
        msgid = f"{self.call_sid}-{id(self)}-{self.sent}"
        envelope = {"type": type_, "msgid": msgid, "data": {} if data is None else data}
        await self.socket.send(json.dumps(envelope | ({"call_sid": self.call_sid} if self.call_sid else {}) | more))
        return msgid

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
            return frame

    async def ask(self, type_: str, data: Any = None, **more: Any) -> Any:
        """Sends a message that wants an acknowledgement, which must be the next thing said; returns its data."""
        msgid = await self.send(type_, data, **more)
        answer = await self.receive()
        assert answer == {"type": "ack", "msgid": msgid} | ({"data": answer["data"]} if "data" in answer else {})
        return answer.get("data")

    async def hook(self, hook: str, data: Any = None) -> Any:
        return await self.ask("verb:hook", data, hook=hook)

    async def event(self, type_: str, **more: Any) -> None:
        await self.send("llm:event", {"type": type_, **more}, hook="/event")

    async def call_tool(self, call_id: str = "call_1", name: Any = "get_weather", args: Any = None) -> None:
        args = {"location": "Berlin", "scale": "celsius"} if args is None else args
        await self.send("llm:tool-call", {"tool_call_id": call_id, "name": name, "args": args}, hook="/toolCall")

    async def tool_turn(self, **call: Any) -> Any:
        """The model calls one tool; returns the output it is given, read."""
        await self.event("response.created")
        await self.call_tool(**call)
        await self.event("response.done")
        command = await self.receive()
        assert command["command"] == "llm:tool-output"
        return json.loads(command["data"]["item"]["output"])

    async def hang_up(self) -> None:
        """The caller hangs up while the assistant is there."""
        await self.send("call:status", {"call_sid": self.call_sid, "call_status": "completed", "call_termination_by": "caller", "duration": 3})
        assert await self.hook("/final", {"call_status": "completed", "completion_reason": "normal conversation end"}) is None
        await self.socket.close(1000)


class Served:
    """The application, listening."""

    def __init__(self, runner: web.AppRunner) -> None:
        self.stop = runner.cleanup
        self.calls = runner.app[CALLS]
        self.authority = "{}:{}".format(*runner.addresses[0][:2])
        self._sockets: list[ClientConnection] = []

    async def dial(self, call_sid: str | None = "call-a") -> Jambonz:
        """A socket as jambonz opens it, before its first message."""
        socket = await connect(f"ws://{self.authority}/openai-s2s", subprotocols=[Subprotocol("ws.jambonz.org")], user_agent_header="jambonz")
        self._sockets.append(socket)
        return Jambonz(socket, call_sid)

    async def answered(self, call_sid: str = "call-a") -> Jambonz:
        """A call that the application has answered."""
        jambonz = await self.dial(call_sid)
        assert [verb["verb"] for verb in await jambonz.ask("session:new", new_call())] == ["answer", "pause", "llm", "hangup"]
        return jambonz

    def tools_running(self) -> list[asyncio.Task[Any]]:
        return [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "").startswith("Session.")]

    async def until_no_tool(self) -> None:
        await self._until(lambda: not self.tools_running())

    async def until_no_call(self) -> None:
        await self._until(lambda: not self.calls)

    async def until_no_socket(self) -> None:
        await self._until(lambda: not self.calls.sockets)

    async def _until(self, so: Callable[[], bool]) -> None:
        """Gives way until something is so; nothing tells a test when the other end has noticed."""
        async with asyncio.timeout(PATIENCE_S):
            while not so():  # noqa: ASYNC110
                await asyncio.sleep(0)

    async def hang_up_all(self) -> None:
        await asyncio.gather(*(socket.close() for socket in self._sockets))


Serve = Callable[..., Awaitable[Served]]
"""Serves the application with an assistant and settings of one's own."""


def new_call(**more: Any) -> dict[str, Any]:
    """The interesting part of what a new call brings along."""
    return {"direction": "inbound", "call_status": "trying", "from": "+15083084809", "to": "+15083728363", "sip": {"raw": "INVITE"}} | more
