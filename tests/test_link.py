"""The application's leg: what passes is noted, and what happens to the connection becomes an event of the feature server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from websockets.typing import Subprotocol

from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, AppUnreachable
from simulator.link import AppLink, read
from simulator.network import VirtualLoop, run

JAMBONZ = Subprotocol("ws.jambonz.org")
URL = "ws://127.0.0.1:3000/call"


class Leg:
    """An `AppLink`, what it noted and what it told."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, dict[str, Any]]] = []
        self.told: list[Any] = []
        self.link = AppLink(self.told.append, lambda *frame: self.noted.append(frame))

    @property
    def kinds(self) -> list[str]:
        return [f"{source} {kind}" for source, kind, _ in self.noted]


def virtually(main: Callable[[Leg], Awaitable[Any]]) -> Leg:
    async def whole() -> Leg:
        leg = Leg()
        await main(leg)
        return leg

    return run(VirtualLoop(), whole())


async def application(handler: Callable[[websockets.ServerConnection], Awaitable[None]]) -> websockets.Server:
    return await websockets.serve(handler, "127.0.0.1", 3000, subprotocols=[JAMBONZ])


async def settle() -> None:
    await asyncio.sleep(5)


async def listens(socket: websockets.ServerConnection) -> None:
    await socket.wait_closed()


# --- one connection


def test_a_conversation_is_noted_as_it_passes() -> None:
    async def acknowledges(socket: websockets.ServerConnection) -> None:
        async for message in socket:
            await socket.send(json.dumps({"type": "ack", "msgid": json.loads(message)["msgid"]}))

    async def main(leg: Leg) -> None:
        await application(acknowledges)
        leg.link.connect(URL, {"Authorization": "Basic eA=="})
        await settle()
        leg.link.send({"type": "session:new", "msgid": "m1", "data": {"from": "grün"}})
        await settle()
        leg.link.close(1000)
        await settle()

    leg = virtually(main)
    assert leg.noted == [
        ("jambonz", "connect", {"url": URL, "subprotocol": "ws.jambonz.org", "headers": {"Authorization": "Basic eA=="}}),
        ("app", "open", {}),
        ("jambonz", "session:new", {"type": "session:new", "msgid": "m1", "data": {"from": "grün"}}),
        ("app", "ack", {"type": "ack", "msgid": "m1"}),
        ("jambonz", "close", {"code": 1000}),
        ("app", "closed", {"code": 1000}),
    ]
    assert leg.told == [AppConnected(), AppSaid('{"type": "ack", "msgid": "m1"}'), AppClosed(1000)]
    assert not leg.link.is_open


def test_a_binary_frame_is_read_as_text_and_noted_as_binary() -> None:
    async def main(leg: Leg) -> None:
        async def sends(socket: websockets.ServerConnection) -> None:
            await socket.send(b'{"type":"ack"}')
            await socket.send(b"\xff\xfe")

        await application(sends)
        leg.link.connect(URL, {})
        await settle()

    leg = virtually(main)
    assert leg.noted[2:4] == [
        ("app", "ack", {"binary": True, "type": "ack"}),
        ("app", "malformed", {"binary": True, "text": "\ufffd\ufffd", "bytes": 6}),
    ]
    assert leg.told[1:3] == [AppSaid('{"type":"ack"}', binary=True), AppSaid("\ufffd\ufffd", binary=True)]


@pytest.mark.parametrize(("code", "reason", "noted"), [(1012, "restart", {"code": 1012, "reason": "restart"}), (1000, "", {"code": 1000})])
def test_a_close_of_the_application_is_told_with_its_code(code: int, reason: str, noted: dict[str, Any]) -> None:
    async def main(leg: Leg) -> None:
        await application(lambda socket: socket.close(code, reason))
        leg.link.connect(URL, {})
        await settle()
        assert not leg.link.is_open

    leg = virtually(main)
    assert leg.noted[-1] == ("app", "closed", noted)
    assert leg.told == [AppConnected(), AppClosed(code)]


def test_what_is_sent_without_a_connection_is_noted_and_goes_nowhere() -> None:
    async def main(leg: Leg) -> None:
        leg.link.send({"type": "call:status"})
        leg.link.close(1000)
        leg.link.abort()

    leg = virtually(main)
    assert leg.kinds == ["jambonz call:status", "jambonz close"]
    assert leg.told == []


def test_at_the_end_of_a_stage_the_connection_is_dropped_without_a_word() -> None:
    async def main(leg: Leg) -> None:
        await application(listens)
        leg.link.connect(URL, {})
        await settle()
        leg.link.abort()
        await settle()
        assert not leg.link.is_open

    assert virtually(main).told == [AppConnected()]


@pytest.mark.parametrize("turns", range(4))
def test_a_connection_that_is_still_being_made_at_the_end_of_a_stage_is_not_made(turns: int) -> None:
    """The loop may go on with other calls: nothing of this one may stay on it."""
    served: list[websockets.ServerConnection] = []

    async def main(leg: Leg) -> None:
        async def listens_too(socket: websockets.ServerConnection) -> None:
            served.append(socket)
            await socket.wait_closed()

        await application(listens_too)
        before = asyncio.all_tasks()
        leg.link.connect(URL, {})
        for _ in range(turns):
            await asyncio.sleep(0)
        leg.link.abort()
        await settle()
        assert all(socket.close_code is not None for socket in served)
        assert asyncio.all_tasks() <= before

    assert virtually(main).told == []


def test_closing_while_it_is_dialled_leaves_no_connection() -> None:
    async def main(leg: Leg) -> None:
        await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 3000)
        leg.link.connect(URL, {})
        await asyncio.sleep(0.5)
        assert leg.link.is_open
        leg.link.close(1001)
        assert not leg.link.is_open
        await settle()

    leg = virtually(main)
    assert leg.kinds == ["jambonz connect", "jambonz close", "app closed"]
    assert leg.told == [AppClosed(1006)]


def test_the_last_words_of_an_older_connection_are_not_heard() -> None:
    async def main(leg: Leg) -> None:
        await application(listens)
        leg.link.connect(URL, {})
        await settle()
        leg.link.close(1000)
        leg.link.connect(URL, {})
        await settle()
        assert leg.link.is_open
        leg.link.abort()

    assert virtually(main).told == [AppConnected(), AppConnected()]


# --- no connection


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ws://127.0.0.1:9/", AppUnreachable("ct", "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 9)")),
        ("wss:///nowhere", AppUnreachable(None, "Invalid URL: wss:///nowhere")),
        ("ws://host:99999/", AppUnreachable(None, "Invalid URL: ws://host:99999/")),
    ],
)
def test_what_cannot_be_reached_is_told_with_its_class(url: str, told: AppUnreachable) -> None:
    async def main(leg: Leg) -> None:
        leg.link.connect(url, {})
        await settle()
        assert not leg.link.is_open

    leg = virtually(main)
    assert leg.told == [told]
    assert leg.noted[1:] == [("app", "refuse", {"reason": told.reason, "class": told.kind})]


async def http_application(answers: dict[str, web.Response | None]) -> None:
    """An HTTP server that answers by path; where the answer is None it is a websocket that stays open."""

    async def answer(request: web.Request) -> web.StreamResponse:
        found = answers[request.path]
        if found is not None:
            return found
        socket = web.WebSocketResponse(protocols=[JAMBONZ])
        await socket.prepare(request)
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 3000).start()


def moved(to: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": to})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/b", "ws://127.0.0.1:3000/b", "http://127.0.0.1:3000/b"])
def test_a_redirect_is_followed(status: int, target: str) -> None:
    async def main(leg: Leg) -> None:
        await http_application({"/call": moved(target, status), "/b": None})
        leg.link.connect(URL, {"X-Kept": "yes"})
        await settle()
        leg.link.abort()

    leg = virtually(main)
    assert leg.kinds == ["jambonz connect", "app redirected", "jambonz connect", "app open"]
    assert leg.noted[2][2] == {"url": "ws://127.0.0.1:3000/b", "subprotocol": "ws.jambonz.org", "headers": {"X-Kept": "yes"}}
    assert leg.told == [AppConnected()]


def test_two_redirects_are_followed_and_the_third_is_a_failure() -> None:
    async def main(leg: Leg) -> None:
        await http_application({"/call": moved("/b"), "/b": moved("/c"), "/c": moved("/d"), "/d": None})
        leg.link.connect(URL, {})
        await settle()

    leg = virtually(main)
    assert leg.kinds == [*["jambonz connect", "app redirected"] * 2, "jambonz connect", "app refuse"]
    assert leg.told == [AppUnreachable("4xx", "302 Found")]


@pytest.mark.parametrize("target", ["ftp://elsewhere/", "mailto:somebody", "http://", "ws://host:99999/", "http://[1/"])
def test_a_redirect_to_what_cannot_be_dialled_is_a_failure(target: str) -> None:
    async def main(leg: Leg) -> None:
        await http_application({"/call": moved(target)})
        leg.link.connect(URL, {})
        await settle()
        assert not leg.link.is_open

    leg = virtually(main)
    (told,) = leg.told
    assert isinstance(told, AppUnreachable)
    assert told.kind is None
    assert told.reason.startswith("Invalid URL: ")


# --- reading frames for the journal


@pytest.mark.parametrize(
    ("text", "kind", "frame"),
    [
        ('{"type": "ack", "msgid": "1"}', "ack", {"type": "ack", "msgid": "1"}),
        ('{"msgid": "1"}', "malformed", {"msgid": "1"}),
        ('{"type": ""}', "malformed", {"type": ""}),
        ('{"type": 1}', "malformed", {"type": 1}),
        ("[1]", "malformed", {"text": "[1]", "bytes": 3}),
        ("", "malformed", {"text": "", "bytes": 0}),
        ('{"type": "ack"', "malformed", {"text": '{"type": "ack"', "bytes": 14}),
        ('{"type": "ack", "n": NaN}', "malformed", {"text": '{"type": "ack", "n": NaN}', "bytes": 25}),
        ("ü" * 600, "malformed", {"text": "ü" * 500, "bytes": 1200}),
    ],
)
def test_a_frame_is_noted_by_its_type_and_what_is_none_by_its_text(text: str, kind: str, frame: dict[str, Any]) -> None:
    assert read(text) == (kind, frame)


def test_a_frame_nested_without_end_is_malformed() -> None:
    assert read('{"a":' * 100_000)[0] == "malformed"


@given(st.text(max_size=60))
def test_whatever_is_sent_can_be_noted_as_json(text: str) -> None:
    kind, frame = read(text)
    assert kind
    json.dumps(frame, allow_nan=False)
