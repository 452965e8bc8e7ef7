"""The server behind every host name: real HTTP clients ask, the scenario's stubs answer."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import httpx
import pytest

from simulator.network import VirtualLoop, run
from simulator.world.backends import Answer, Backend, Backends
from simulator.world.stubs import StubServer, json_answer

URL = "https://api.example.com/v1/orders"


class World:
    """A loop on which every name leads to these stubs, and what was noted of it."""

    def __init__(self) -> None:
        self.backends = Backends()
        self.noted: list[tuple[str, dict[str, Any]]] = []
        self.server = StubServer(self.backends, lambda kind, frame: self.noted.append((kind, frame)))
        self.loop = VirtualLoop()
        self.loop.network.world = self.server.protocol

    def stub(self, answer: Answer, method: str = "GET", url: str = URL, **more: Any) -> None:
        self.backends.add(Backend(method, url, answer, **more))

    def visit(self, visit: Callable[[aiohttp.ClientSession], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with aiohttp.ClientSession() as session:
                return await visit(session)

        return run(self.loop, whole())

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.noted]


@pytest.fixture
def world() -> World:
    return World()


def test_a_stub_answers_with_status_headers_and_body(world: World) -> None:
    world.stub(Answer(201, b'{"id":7}', {"content-type": "application/json", "x-made-by": "us"}), query={"city": "Berlin"})

    async def visit(session: aiohttp.ClientSession) -> Any:
        async with session.get(URL, params={"city": "Berlin"}) as reply:
            return reply.status, reply.headers["x-made-by"], await reply.json()

    assert world.visit(visit) == (201, "us", {"id": 7})
    assert world.noted == [
        ("request", {"number": 1, "method": "GET", "url": URL, "query": {"city": "Berlin"}}),
        ("reply", {"number": 1, "status": 201, "body": {"id": 7}}),
    ]


def test_httpx_is_answered_too(world: World) -> None:
    world.stub(json_answer({"ok": True}), method="POST", json={"people": 2})

    async def whole() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.post(URL, json={"people": 2})).json()

    assert run(world.loop, whole()) == {"ok": True}
    assert world.noted[0][1]["body"] == {"people": 2}


def test_a_request_nobody_wants_gets_501_with_the_nearest_stub(world: World) -> None:
    world.stub(json_answer({}), method="POST")

    async def visit(session: aiohttp.ClientSession) -> Any:
        async with session.get(URL, params={"a": "1"}) as reply:
            return reply.status, await reply.text()

    nearest = f"The nearest stub is POST {URL}: method GET is not POST."
    assert world.visit(visit) == (501, f"No stub of the scenario answers GET {URL}. {nearest}")
    assert world.noted[1] == ("unstubbed", {"number": 1, "request": f"GET {URL}", "query": {"a": "1"}, "nearest": nearest})


def test_the_nearest_stub_may_have_a_name_of_any_language(world: World) -> None:
    world.stub(json_answer({}), url="https://bücher.example/größe")

    async def visit(session: aiohttp.ClientSession) -> Any:
        async with session.get(URL) as reply:
            return reply.status, await reply.text()

    status, text = world.visit(visit)
    assert status == 501
    assert "https://bücher.example/größe" in text


@pytest.mark.parametrize("after_s", [0.0, 0.3, 3600.0])
def test_a_stub_takes_its_time(world: World, after_s: float) -> None:
    world.stub(Answer(200, b"ok", after_s=after_s))

    async def visit(session: aiohttp.ClientSession) -> float:
        async with session.get(URL, timeout=aiohttp.ClientTimeout(total=None)) as reply:
            assert await reply.text() == "ok"
        return asyncio.get_running_loop().time()

    assert world.visit(visit) == pytest.approx(after_s, abs=0.01)


def test_a_request_that_waits_is_a_debt(world: World) -> None:
    world.stub(Answer(200, b"ok", after_s=2.0))

    async def visit(session: aiohttp.ClientSession) -> None:
        asking = asyncio.create_task(session.get(URL))
        await asyncio.sleep(1)
        assert list(world.server.busy.values()) == [f"GET {URL}"]
        (await asking).release()
        assert not world.server.busy

    world.visit(visit)


def test_who_gives_up_leaves_no_debt_behind(world: World) -> None:
    world.stub(Answer(200, b"ok", after_s=60.0))

    async def visit(session: aiohttp.ClientSession) -> float:
        with pytest.raises(asyncio.TimeoutError):
            await session.get(URL, timeout=aiohttp.ClientTimeout(total=1.5))
        gave_up_s = asyncio.get_running_loop().time()
        await asyncio.sleep(120)
        assert not world.server.busy
        return gave_up_s

    assert world.visit(visit) == pytest.approx(1.5)


@pytest.mark.parametrize("after_s", [0.0, 2.0])
def test_a_stub_may_break_the_connection(world: World, after_s: float) -> None:
    world.stub(Answer(drop=True, after_s=after_s), method="POST")

    async def visit(session: aiohttp.ClientSession) -> None:
        with pytest.raises(aiohttp.ClientError):
            await session.post(URL)
        assert asyncio.get_running_loop().time() == pytest.approx(after_s, abs=0.01)

    world.visit(visit)
    assert world.noted[-1] == ("reply", {"number": 1, "dropped": True})


def test_a_dropped_get_is_asked_again_by_aiohttp_and_then_answered(world: World) -> None:
    world.stub(json_answer({"ok": True}))
    world.stub(Answer(drop=True), times=1)

    async def visit(session: aiohttp.ClientSession) -> Any:
        async with session.get(URL) as reply:
            return await reply.json()

    assert world.visit(visit) == {"ok": True}
    assert world.kinds == ["request", "reply", "request", "reply"]


def test_requests_at_the_same_time_are_told_apart_by_their_numbers(world: World) -> None:
    world.stub(Answer(200, b"slow", after_s=2.0), url="https://slow.example/")
    world.stub(Answer(200, b"quick", after_s=1.0), url="https://quick.example/")

    async def ask(session: aiohttp.ClientSession, url: str) -> str:
        async with session.get(url) as reply:
            return await reply.text()

    async def visit(session: aiohttp.ClientSession) -> list[str]:
        return await asyncio.gather(ask(session, "https://slow.example/"), ask(session, "https://quick.example/"))

    assert world.visit(visit) == ["slow", "quick"]
    assert [(kind, frame["number"]) for kind, frame in world.noted] == [("request", 1), ("request", 2), ("reply", 2), ("reply", 1)]


@pytest.mark.parametrize("url", ["http://plain.example/x", "https://api.example.com:8443/x", "http://198.18.7.7/x"])
def test_scheme_and_port_belong_to_the_url(world: World, url: str) -> None:
    world.stub(json_answer({"ok": True}), url=url)

    async def visit(session: aiohttp.ClientSession) -> int:
        async with session.get(url) as reply:
            return reply.status

    assert world.visit(visit) == 200


def test_a_body_of_bytes_is_noted_with_what_can_be_read_of_it(world: World) -> None:
    world.stub(json_answer({"ok": True}), method="POST")

    async def visit(session: aiohttp.ClientSession) -> int:
        async with session.post(URL, data=b"\xff\x00RIFF") as reply:
            return reply.status

    assert world.visit(visit) == 200
    assert world.noted[0][1]["body"] == "\ufffd\x00RIFF"


def test_a_large_body_arrives(world: World) -> None:
    world.stub(json_answer({"ok": True}), method="POST")

    async def visit(session: aiohttp.ClientSession) -> int:
        async with session.post(URL, data=io.BytesIO(b"x" * 3_000_000)) as reply:
            return reply.status

    assert world.visit(visit) == 200
    assert world.kinds == ["request", "reply"]


def test_of_a_query_written_twice_the_last_counts(world: World) -> None:
    world.stub(json_answer({}), query={"city": "Bonn"})

    async def visit(session: aiohttp.ClientSession) -> int:
        async with session.get(URL + "?city=Berlin&city=Bonn") as reply:
            return reply.status

    assert world.visit(visit) == 200
