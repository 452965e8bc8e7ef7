"""A server that speaks as `jambonz-sim dev` does, and plays real journals with their timing: what the page is told is what a real call was.

A recorded call waits where the caller did something, until the page orders that (say, interrupt, press, hang_up); everything else comes by
the clock, `speed` times as fast. What it is sent is kept for tests to look at.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from aiohttp import WSMsgType, web

Json = dict[str, Any]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
INDEX = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<title>jambonz-sim</title>\n<link rel="stylesheet" href="/page.css">\n<script src="/live.js" defer></script>\n</head>\n<body>\n'
    '<div id="page" data-live="/live"></div>\n</body>\n</html>\n'
)
TYPES = {"js": "text/javascript", "css": "text/css"}
BY_CALLER = {"speaks": ("say", "interrupt"), "presses": ("press",), "hangs_up": ("hang_up",)}
BATCH_S = 0.05


def read(path: Path) -> list[Json]:
    """The frames of a journal file; its first line is about the call."""
    return [entry for line in path.read_text(encoding="utf-8").splitlines() if "seq" in (entry := json.loads(line))]


@dataclass
class Call:
    """A call that is played: `ordered` is what the page has ordered and no frame has met yet."""

    name: str
    phone: str
    frames: list[Json]
    speed: float
    ordered: list[str] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False


class FakeLive:
    """Told which journals stand for which call: `""` for a call that is placed, else the id of a scenario."""

    def __init__(self, journals: Mapping[str, list[Json]], speed: float = 1.0, app: Json | None = None, findings: Iterable[Json] = ()) -> None:
        self.journals, self.speed, self.findings = dict(journals), speed, list(findings)
        self.app = app or {"ref": "app.server:create_app", "state": "ready"}
        self.commands: list[Json] = []
        self.sound: dict[int, bytearray] = {}
        self.refuses: dict[str, Json] = {}
        self.port = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._calls: dict[str, Call] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake live server", daemon=True)
        self._runner: web.AppRunner | None = None

    # --- from the test's thread

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Listen; on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(5)

    def stop(self) -> None:
        """Go away in the midst of everything."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)

    def tell(self, *messages: Json | bytes) -> None:
        """Tell the page something."""
        asyncio.run_coroutine_threadsafe(self._tell(*messages), self._loop).result(5)

    def did(self, do: str) -> list[Json]:
        """What the page has ordered of that kind, without the ids."""
        return [{name: value for name, value in one.items() if name not in ("id", "do")} for one in self.commands if one.get("do") == do]

    # --- in its own

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_get("/", self._page)
        application.router.add_get("/live", self._socket)
        application.router.add_get("/favicon.ico", self._nothing)
        application.router.add_get("/{name:live.js|page.css|sound.js}", self._file)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._calls.clear()
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=INDEX, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        body = (files("simulator.report") / "page" / name).read_bytes()
        return web.Response(
            body=body, content_type=TYPES[name.rpartition(".")[2]], headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        )

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        scenarios = [{"id": name, "name": name.partition("::")[2], "file": name.partition("::")[0]} for name in self.journals if name]
        hello = {"is": "hello", "version": 1, "app": self.app, "model": {"kind": "default", "name": "the built-in assistant"}}
        await socket.send_json(hello | {"scenarios": scenarios, "phones": ["a", "b"]})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._order(json.loads(message.data), socket)
            elif message.type is WSMsgType.BINARY:
                self.sound.setdefault(message.data[0], bytearray()).extend(message.data[1:])
        self._sockets.discard(socket)
        return socket

    async def _tell(self, *messages: Json | bytes) -> None:
        for message in messages:
            for socket in list(self._sockets):
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_json(message)

    async def _order(self, command: Json, socket: web.WebSocketResponse) -> None:
        self.commands.append(command)
        do, phone = command.get("do"), command.get("phone", "a")
        refusal = self.refuses.get(str(do))
        if refusal is not None:
            await socket.send_json({"is": "refused", "id": command.get("id")} | refusal)
            return
        call = self._calls.get(phone)
        if do == "call":
            self._begin(phone, self.journals[""], self.speed, command["from"], command["to"], "")
        elif do == "play":
            steps = command["speed"] == "step"
            self._begin(
                "a", self.journals[command["scenario"]], 20.0, "+15083084809", "+15083728363", command["scenario"].partition("::")[2], steps=steps
            )
        elif do == "save":
            await self._tell({"is": "saved", "file": command["file"], "yaml": "name: kept\nsteps:\n  - caller: {hang_up: true}\n", "passes": True})
        elif call is not None and isinstance(do, str):
            call.ordered.append(do)
            call.moved.set()
        await socket.send_json({"is": "done", "id": command.get("id")})

    def _begin(self, phone: str, frames: list[Json], speed: float, from_: str, to: str, title: str, steps: bool = False) -> None:
        self._count += 1
        call = Call(f"c{self._count}", phone, frames, speed)
        self._calls[phone] = call
        task = asyncio.ensure_future(self._play(call, {"from": from_, "to": to, "title": title}, waits=not title or steps, steps=steps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, call: Call, about: Json, waits: bool, steps: bool) -> None:
        told = {"is": "call", "call": call.name, "phone": call.phone} | about
        await self._tell(told | {"state": "ringing"})
        await asyncio.sleep(BATCH_S)
        await self._tell(told | {"state": "up"})
        now_s, batch = 0.0, list[Json]()
        for place, frame in enumerate(call.frames):
            late_s = (frame["at_s"] - now_s) / call.speed
            if late_s > BATCH_S or (waits and frame["from"] == "caller"):
                await self._tell({"is": "frames", "call": call.name, "frames": batch}, {"is": "now", "call": call.name, "at_s": now_s})
                batch = []
                await self._sleep(call, now_s, frame["at_s"])
                now_s = frame["at_s"]
            if waits and frame["from"] == "caller" and frame["kind"] in BY_CALLER:
                await self._wait(call, ("next",) if steps else BY_CALLER[frame["kind"]])
            batch.append(frame)
            await self._aloud(call, frame, place)
        await self._tell(
            {"is": "frames", "call": call.name, "frames": batch}, *({"is": "finding", "call": call.name, "finding": one} for one in self.findings)
        )
        await self._tell(
            told | {"state": "over"},
            {"is": "result", "call": call.name, "outcome": "failed" if self.findings else "passed" if about["title"] else "ended", "text": []},
        )
        call.over = True

    async def _sleep(self, call: Call, from_s: float, to_s: float) -> None:
        """Until then, telling the time four times a second."""
        at_s = from_s
        while at_s < to_s:
            step_s = min(0.25 * call.speed, to_s - at_s)
            await asyncio.sleep(step_s / call.speed)
            at_s += step_s
            await self._tell({"is": "now", "call": call.name, "at_s": round(at_s, 3)})

    async def _wait(self, call: Call, orders: tuple[str, ...]) -> None:
        while not any(one in orders for one in call.ordered):
            await self._tell({"is": "owed", "call": call.name, "owed": [{"who": "caller", "what": f"{orders[0]}", "since_s": 0.0}]})
            call.moved.clear()
            await call.moved.wait()
        call.ordered.remove(next(one for one in call.ordered if one in orders))
        await self._tell({"is": "owed", "call": call.name, "owed": []})

    async def _aloud(self, call: Call, frame: Json, place: int) -> None:
        match frame["link"], frame["from"], frame["kind"]:
            case "media", "jambonz", "playing":
                heard = next((one["frame"] for one in call.frames[place:] if one["kind"] == "heard"), {})
                words = [
                    str(one["frame"].get("transcript") or one["frame"].get("text") or "")
                    for one in call.frames
                    if one["kind"].endswith(("transcript.done", "said"))
                ]
                text = next((one for one in words if one.startswith(heard.get("text", ""))), heard.get("text", ""))
                await self._tell({"is": "speaks", "phone": call.phone, "text": text, "item_id": "item", "lasts_s": 3.0})
            case "media", "jambonz", "heard" if frame["frame"].get("cut_s"):
                await self._tell({"is": "silenced", "phone": call.phone, "heard": frame["frame"]["text"]})
            case _:
                pass
