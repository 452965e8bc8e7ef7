"""The application, served on loopback sockets, and what a test needs to talk to it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web

from app.server import create_app
from app.settings import Settings
from tests.app.acting import KEY, Serve, Served, Weather


@pytest.fixture
async def weather() -> AsyncIterator[Weather]:
    weather = Weather()
    weather.open.set()
    app = web.Application()
    app.router.add_get("/v1/search", weather.answer)
    app.router.add_get("/v1/forecast", weather.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    weather.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield weather
    weather.open.set()
    await runner.cleanup()


@pytest.fixture
async def serve(weather: Weather) -> AsyncIterator[Serve]:
    """Serves the application with other settings, or another assistant, than usual."""
    runners: list[tuple[web.AppRunner, Served]] = []

    async def serving(*assistant: Any, **settings: Any) -> Served:
        usual = {"openai_api_key": KEY, "geocoding_url": weather.url, "forecast_url": weather.url}
        runner = web.AppRunner(create_app(Settings(**usual | settings), *assistant), access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append((runner, Served(runner)))
        return runners[-1][1]

    yield serving
    for runner, served in runners:
        await served.hang_up_all()
        await runner.cleanup()


@pytest.fixture
async def app(serve: Serve) -> Served:
    served: Served = await serve()
    return served


@pytest.fixture(autouse=True)
def no_key_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens in a test, the key is not logged."""
    caplog.set_level(logging.DEBUG, logger="app")
    yield
    assert KEY not in caplog.text
