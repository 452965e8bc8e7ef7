"""For tests of calls with a real model: the bundled application in a thread, a weather service beside it, and a call on the real clock."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import WSMsgType, web

from app.server import PATH, create_app
from app.settings import Settings
from simulator.clock import real
from simulator.host import AppRef
from simulator.journal import Frame
from simulator.network import ClockLoop, run
from simulator.scenario.load import loads
from simulator.stage import Stage, Staged
from simulator.vendors.openai.distant import DistantModel

APP_KEY = "sk-application-0000000000000000"


@contextmanager
def in_thread(*applications: web.Application) -> Iterator[list[str]]:
    """Serve them on this machine while the block lasts; their addresses."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runners = [web.AppRunner(application, access_log=None, shutdown_timeout=0.2) for application in applications]

    async def start() -> list[str]:
        for runner in runners:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        return [f"127.0.0.1:{runner.addresses[0][1]}" for runner in runners]

    async def stop() -> None:
        for runner in runners:
            await runner.cleanup()

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def weather() -> web.Application:
    """Knows Berlin, where it is mild."""

    async def search(_: web.Request) -> web.Response:
        return web.json_response({"results": [{"name": "Berlin", "latitude": 52.52, "longitude": 13.42}]})

    async def forecast(_: web.Request) -> web.Response:
        return web.json_response({"current": {"temperature_2m": 21.4, "wind_speed_10m": 9.7}})

    service = web.Application()
    service.router.add_get("/v1/search", search)
    service.router.add_get("/v1/forecast", forecast)
    return service


@contextmanager
def weather_assistant() -> Iterator[AppRef]:
    """The bundled application, with a service that it can ask."""
    with in_thread(weather()) as (service,):
        settings = Settings(openai_api_key=APP_KEY, geocoding_url=f"http://{service}", forecast_url=f"http://{service}")
        with in_thread(create_app(settings)) as (address,):
            yield AppRef(f"ws://{address}{PATH}")


LLM = {
    "verb": "llm",
    "vendor": "openai",
    "model": "gpt-realtime",
    "auth": {"apiKey": APP_KEY},
    "actionHook": "/final",
    "llmOptions": {"response_create": {}},
}


async def _talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            break
        message = json.loads(frame.data)
        if message["type"] == "session:new":
            await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": [{"verb": "answer"}, LLM, {"verb": "hangup"}]})
        elif message["type"] == "verb:hook":
            await socket.send_json({"type": "ack", "msgid": message["msgid"]})
    return socket


@contextmanager
def smallest_app() -> Iterator[AppRef]:
    """The smallest application with an llm verb, which comes at once; when that has ended, the call has."""
    served = web.Application()
    served.router.add_get("/app", _talk)
    with in_thread(served) as (address,):
        yield AppRef(f"ws://{address}/app")


class LiveCall:
    """A call on the real clock to an application elsewhere, with a model elsewhere. `when(kind, act)` acts on a frame as it is noted, once."""

    def __init__(self, app: AppRef, model: DistantModel, scenario: str, limit_s: float = 10.0) -> None:
        (found,) = loads(scenario)
        self.loop = ClockLoop(real())
        self.stage = Stage(found, app, 1, {}, self.loop, model=model)
        self._limit_s = limit_s
        self._acts: list[tuple[Callable[[Frame], bool], Callable[[], Any]]] = []
        note = self.stage.journal.note

        def listening(*what: Any, **when: Any) -> Frame:
            frame = note(*what, **when)
            for entry in [entry for entry in self._acts if entry[0](frame)]:
                self._acts.remove(entry)
                self.loop.call_soon(entry[1])
            return frame

        self.stage.journal.note = listening  # type: ignore[method-assign]

    def when(self, kind: str, act: Callable[[], Any], after_s: float = 0.0) -> LiveCall:
        """Do something once a frame of this kind has been noted."""
        self._acts.append((lambda frame: frame.kind == kind, (lambda: self.loop.call_later(after_s, act)) if after_s else act))
        return self

    def play(self) -> Staged:
        async def main() -> Staged:
            async with asyncio.timeout(self._limit_s):
                return await self.stage.live()

        return run(self.loop, main())

    def frames(self, link: str, source: str | None = None, kind: str | None = None) -> list[Frame]:
        return list(self.stage.journal.select(link, source, kind))

    def kinds(self, link: str, source: str) -> list[str]:
        return [frame.kind for frame in self.frames(link, source)]
