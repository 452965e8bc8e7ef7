"""Unmodified network libraries live on a loop whose sockets are memory and whose time jumps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import aiohttp
import httpx
import pytest
import websockets
from aiohttp import web

from simulator.clock import elastic
from simulator.errors import StuckError
from simulator.network import ClockLoop, Peer, VirtualLoop, run


def virtually(main: Coroutine[Any, Any, Any], loop: VirtualLoop | None = None) -> Any:
    return run(loop or VirtualLoop(), main)


def test_an_hour_of_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1800))
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert virtually(main()) == pytest.approx(3600)
    assert time.monotonic() - began < 5


def test_who_sleeps_less_wakes_first() -> None:
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await asyncio.sleep(seconds)
        woken.append(seconds)

    async def main() -> None:
        await asyncio.gather(*(sleeper(n) for n in (5, 3, 9, 1)))

    virtually(main())
    assert woken == [1, 3, 5, 9]


def test_a_thread_is_a_debt_time_stands_still_until_it_answers() -> None:
    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        work = asyncio.to_thread(lambda: time.sleep(0.05) or "done")
        answer, _ = await asyncio.wait_for(work, timeout=0.001), None
        return answer, loop.time()

    assert virtually(main()) == ("done", 0.0)


def test_threads_answer_in_the_order_they_were_asked() -> None:
    answers: list[str] = []

    async def ask(name: str, wall_s: float) -> None:
        answers.append(await asyncio.to_thread(lambda: time.sleep(wall_s) or name))

    async def main() -> None:
        await asyncio.gather(ask("slow", 0.05), ask("quick", 0.0))

    virtually(main())
    assert answers == ["slow", "quick"]


def test_when_nobody_can_move_the_error_says_who_waits_for_what() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StuckError, match="the model waits for the app"):
        virtually(main(), VirtualLoop(lambda: ["the model waits for the app"]))


def test_an_exception_in_a_thread_reaches_who_asked() -> None:
    async def main() -> None:
        await asyncio.to_thread(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        virtually(main())


async def echo(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


async def serve_echo() -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/echo", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 3000).start()
    return runner


def test_websockets_and_aiohttp_talk_to_each_other() -> None:
    async def main() -> list[str]:
        runner = await serve_echo()
        said = ["hello", "x" * 200_000, "bye"]
        async with websockets.connect("ws://localhost:3000/echo", subprotocols=[websockets.Subprotocol("ws.jambonz.org")]) as socket:
            assert socket.subprotocol == "ws.jambonz.org"
            heard = []
            for text in said:
                await socket.send(text)
                heard.append(await socket.recv())
        assert socket.close_code == 1000
        await runner.cleanup()
        return [text if isinstance(text, str) else "?" for text in heard]

    assert virtually(main()) == ["hello", "x" * 200_000, "bye"]


def test_a_websockets_server_serves_an_aiohttp_client() -> None:
    async def shout(socket: websockets.ServerConnection) -> None:
        async for message in socket:
            await socket.send(str(message).upper())

    async def main() -> str:
        async with websockets.serve(shout, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with aiohttp.ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{port}/") as socket:
                await socket.send_str("hello")
                return await socket.receive_str()

    assert virtually(main()) == "HELLO"


def test_a_connection_to_nobody_is_refused() -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get("http://127.0.0.1:9/")

    with pytest.raises(aiohttp.ClientConnectorError):
        virtually(main())


@pytest.fixture
def world() -> VirtualLoop:
    """A loop on which every host name leads to one server that says whom it was taken for."""
    loop = VirtualLoop()

    def stub(peer: Peer) -> asyncio.BaseProtocol:
        async def answer(request: web.BaseRequest) -> web.Response:
            return web.json_response({"peer": [peer.host, peer.port, peer.tls], "host": request.host, "path": request.path_qs})

        return web.Server(answer)()

    loop.network.world = stub
    return loop


def test_https_to_any_name_ends_at_the_stub_for_aiohttp(world: VirtualLoop) -> None:
    async def main() -> Any:
        async with aiohttp.ClientSession() as session, session.get("https://api.open-meteo.com/v1/forecast?latitude=1") as reply:
            return await reply.json()

    assert virtually(main(), world) == {"peer": ["api.open-meteo.com", 443, True], "host": "api.open-meteo.com", "path": "/v1/forecast?latitude=1"}


def test_https_to_any_name_ends_at_the_stub_for_httpx(world: VirtualLoop) -> None:
    async def main() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.get("https://api.open-meteo.com/v1/forecast", params={"latitude": 1})).json()

    assert virtually(main(), world) == {"peer": ["api.open-meteo.com", 443, True], "host": "api.open-meteo.com", "path": "/v1/forecast?latitude=1"}


def test_a_timeout_of_a_client_fires_in_virtual_time(world: VirtualLoop) -> None:
    async def never(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    world.network.world = lambda _: web.Server(never)()

    async def main() -> float:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            with pytest.raises(asyncio.TimeoutError):
                await session.get("https://slow.example/")
        return asyncio.get_running_loop().time()

    assert virtually(main(), world) == pytest.approx(2)


def test_a_peer_that_breaks_the_connection_is_seen_as_a_reset() -> None:
    async def main() -> int | None:
        async def handler(socket: websockets.ServerConnection) -> None:
            await socket.recv()
            socket.transport.abort()

        async with websockets.serve(handler, "127.0.0.1", 7000), websockets.connect("ws://127.0.0.1:7000/") as socket:
            await socket.send("break")
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
            return socket.close_code

    assert virtually(main()) == 1006


def test_elastic_time_jumps_over_waiting_but_not_over_a_debt() -> None:
    clock = elastic(jump_after_s=0.005)
    loop = ClockLoop(clock)

    async def main() -> tuple[float, float]:
        began = time.monotonic()
        await asyncio.sleep(600)
        jumped = time.monotonic() - began
        clock.owe("us", {"the app owes an ack": loop.time()})
        began = time.monotonic()
        await asyncio.sleep(0.1)
        return jumped, time.monotonic() - began

    jumped, waited = run(loop, main())
    assert jumped < 5
    assert waited > 0.09
