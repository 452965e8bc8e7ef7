"""`jambonz-sim dev` as a process: the printed address, a call from the page's socket, and an end that leaves nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.playing import ROOT

KEY = "hunter2-the-key-of-somebody"


@asynccontextmanager
async def dev(*arguments: str) -> AsyncIterator[str]:
    """The command, running; its printed address."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "SOME_API_KEY": KEY}
    command = (sys.executable, "-m", "simulator", "dev", "--port", "0", "--no-open", *arguments)
    server = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    try:
        async with asyncio.timeout(20):
            yield (await server.stdout.readline()).decode().strip()
            server.send_signal(signal.SIGINT)
            _, errors = await server.communicate()
            assert server.returncode == 0, errors.decode()
            assert [line for line in errors.decode().splitlines() if "that address was used already" not in line] == []
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def test_a_call_from_the_page_to_the_bundled_application() -> None:
    told: list[Any] = []

    async def until(socket: aiohttp.ClientWebSocketResponse, what: str, **members: Any) -> Any:
        while True:
            message = await socket.receive(timeout=15)
            if message.type is aiohttp.WSMsgType.BINARY:
                continue
            assert message.type is aiohttp.WSMsgType.TEXT, message
            assert KEY not in message.data
            told.append(json.loads(message.data))
            if told[-1]["is"] == what and all(told[-1].get(name) == value for name, value in members.items()):
                return told[-1]

    async with dev() as address, aiohttp.ClientSession() as client:
        origin = address.partition("/?")[0]
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            assert (await browser.get(address)).status == 200
            page = await (await browser.get(origin)).text()
            assert 'data-live="/live"' in page
            async with browser.ws_connect(f"{origin}/live", origin=origin) as socket:
                hello = await until(socket, "hello")
                assert hello["phones"] == ["a", "b"]
                assert hello["scenarios"]
                await socket.send_json({"do": "call", "phone": "a", "id": 1})
                await until(socket, "call", state="up")
                await until(socket, "speaks", phone="a")
                await socket.send_json({"do": "hang_up", "phone": "a", "id": 2})
                await until(socket, "call", state="over")
                await until(socket, "result")
        async with client.get(address) as refused:
            assert refused.status == 403
    frames = [frame for message in told if message["is"] == "frames" for frame in message["frames"]]
    assert frames[0]["kind"] == "connect"
