"""Real requests over real sockets, by whoever may sit in the same browser, on the same machine or on the same network."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from yarl import URL

from simulator.errors import UsageError
from simulator.modes.dev.discretion import Discretion
from simulator.modes.dev.house import House
from simulator.modes.dev.line import Bounds
from simulator.modes.dev.pages import assets, index
from tests.modes.dev.fake_live import FakeLive

KEY = "hunter2-the-key-of-somebody"


class Visitor:
    """One browser, as far as cookies go; it says what it likes."""

    def __init__(self, client: aiohttp.ClientSession, house: House) -> None:
        self.client, self.house = client, house
        self.here = f"127.0.0.1:{house.port}"
        self.cookie = ""

    async def get(self, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, str, Any]:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            told.setdefault("Cookie", self.cookie)
        url = URL(f"http://{self.here}{path}", encoded=True)
        async with self.client.request(method, url, headers=told, allow_redirects=False) as response:
            return response.status, await response.text(), response.headers

    async def open(self) -> tuple[int, str, Any]:
        """Open the printed address, and take the cookie."""
        answer = await self.get(self.house.url().partition(self.here)[2])
        if "Set-Cookie" in answer[2]:
            self.cookie = answer[2]["Set-Cookie"].partition(";")[0]
        return answer

    @asynccontextmanager
    async def connected(self, **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        told = {"Origin": f"http://{self.here}", "Cookie": self.cookie} | headers
        async with self.client.ws_connect(f"http://{self.here}/live", headers={name: value for name, value in told.items() if value}) as socket:
            yield socket

    async def refused(self, **headers: str) -> int:
        """The status with which a websocket is refused."""
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            async with self.connected(**headers):
                pass
        return refusal.value.status


Begin = Callable[..., Awaitable[tuple[House, FakeLive, Visitor]]]


@pytest.fixture
async def begin() -> AsyncIterator[Begin]:
    """A server with a live core that does nothing, and somebody in front of it who has opened the printed address."""
    houses, log = [], []
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:

        async def start(*, let_in: bool = True, **more: Any) -> tuple[House, FakeLive, Visitor]:
            live = FakeLive()
            house = House(lambda: index(live=True), log.append, live, Discretion({"SOME_API_KEY": KEY}), **more)
            houses.append(house)
            await house.start("127.0.0.1", 0)
            visitor = Visitor(client, house)
            if let_in:
                await visitor.open()
            house.printed = log  # type: ignore[attr-defined]
            return house, live, visitor

        yield start
        for house in houses:
            await house.stop()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 (what is waited for is on the other side of a socket)
            await asyncio.sleep(0.005)


async def next_message(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await socket.receive_str(timeout=5))


# --- the address, once


async def test_the_printed_address_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_gets(begin: Begin) -> None:
    house, _, visitor = await begin(let_in=False)
    status, text, headers = await visitor.open()
    assert status == 200
    assert 'content="0; url=/"' in text
    cookie = headers["Set-Cookie"]
    assert cookie.startswith(f"jambonz-sim-{house.port}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    status, text, _ = await visitor.get()
    assert status == 200
    assert 'id="page"' in text


async def test_the_second_use_is_refused_in_words_and_a_new_address_is_printed(begin: Begin) -> None:
    house, _, visitor = await begin(let_in=False)
    path = house.url().partition(visitor.here)[2]
    await visitor.get(path)
    status, text, headers = await visitor.get(path)
    assert status == 403
    assert "good only once" in text
    assert "in jambonz-sim&#x27;s terminal: open that one" in text
    assert "Set-Cookie" not in headers
    (line,) = house.printed  # type: ignore[attr-defined]
    fresh = re.search(r"http://127\.0\.0\.1:\d+(/\?token=\S+)", line)
    assert fresh is not None
    assert (await visitor.get(fresh[1]))[0] == 200


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=guess", "/page.js", "/page.css", "/nothing", "/?token=a&token=b"])
async def test_nothing_is_shown_without_the_address(begin: Begin, path: str) -> None:
    house, _, visitor = await begin(let_in=False)
    status, text, headers = await visitor.get(path)
    assert status == 403
    assert "Open the address that jambonz-sim has printed" in text
    assert house.url().partition("token=")[2] not in text
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("cookie", ["jambonz-sim-{port}=guess", "jambonz-sim-{port}=", "jambonz-sim-1={value}", "other={value}", "={value}"])
async def test_other_cookies_open_nothing(begin: Begin, cookie: str) -> None:
    house, _, visitor = await begin()
    other = cookie.format(port=house.port, value=visitor.cookie.partition("=")[2])
    assert (await visitor.get(Cookie=other))[0] == 403
    assert await visitor.refused(Cookie=other) == 403
    assert (await visitor.get())[0] == 200


# --- other pages in the same browser


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "[::1]:{port}", "0.0.0.0:{port}"]
)
async def test_a_name_that_was_pointed_at_this_machine_gets_nothing(begin: Begin, host: str) -> None:
    """DNS rebinding: the browser believes that the page is of evil.example, and would let it read the answer."""
    house, _, visitor = await begin()
    told = host.format(port=house.port)
    for path in ("/", "/page.js", house.url().partition(visitor.here)[2]):
        status, text, headers = await visitor.get(path, Host=told)
        assert (status, "page" in text and "<script" in text, "Set-Cookie" in headers) == (403, False, False)
    assert await visitor.refused(Host=told, Origin=f"http://{told}") == 403


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://127.0.0.1", "http://localhost:{port}", "https://127.0.0.1:{port}", "file://"]
)
async def test_a_websocket_of_another_page_is_refused_whatever_cookies_it_brings(begin: Begin, origin: str) -> None:
    house, live, visitor = await begin()
    assert await visitor.refused(Origin=origin.format(port=house.port)) == 403
    assert (house.pages, live.ordered) == (0, [])


async def test_nobody_is_told_that_others_may_read(begin: Begin) -> None:
    _, _, visitor = await begin()
    for path in ("/", "/page.js"):
        for method in ("GET", "OPTIONS"):
            _, _, headers = await visitor.get(path, method, Origin="http://evil.example", Access_Control_Request_Method="GET")
            assert not [name for name in headers if name.lower().startswith("access-control")]
    status, _, _ = await visitor.get("/page.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")
    assert status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
async def test_nothing_is_taken_but_questions(begin: Begin, method: str) -> None:
    _, _, visitor = await begin()
    assert (await visitor.get("/", method))[0] == 403


# --- what comes back


async def test_every_answer_is_under_a_policy_that_runs_nothing_but_our_script(begin: Begin) -> None:
    _, _, visitor = await begin()
    for path, status in (("/", 200), ("/page.js", 200), ("/page.css", 200), ("/nothing", 404), ("/?token=x", 200)):
        found, _, headers = await visitor.get(path)
        assert found == status
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        if path == "/":
            assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"], headers["Referrer-Policy"]) == ("nosniff", "no-store", "no-referrer")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_page_has_nothing_inline_but_data() -> None:
    text = index({"run": "{}"}, live=True)
    assert re.findall(r"<script(?![^>]*application/json)(?![^>]*src=)", text) == []
    assert not re.search(r"<style|\son\w+=|style=", text)
    assert set(re.findall(r'(?:src|href)="([^"]*)"', text)) <= set(assets())


WAYS_UP = (
    "/../page.js",
    "/%2e%2e/page.js",
    "/..%2fpage.js",
    "/static/../../etc/passwd",
    "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/..\\..\\pyproject.toml",
)
ODD_PATHS = ("/..\\..\\pyproject.toml", "//page.js", "/page.js/..", "/page.js%00", "/./page.js", "/__init__.py", "/view.py", "/page", "/PAGE.JS")


@pytest.mark.parametrize("path", [*WAYS_UP, *ODD_PATHS])
async def test_no_path_leads_to_a_file(begin: Begin, path: str) -> None:
    _, _, visitor = await begin()
    status, text, _ = await visitor.get(path)
    assert (status, text) == (404, "There is nothing here.\n")


async def test_a_request_that_is_too_large_is_not_read(begin: Begin) -> None:
    _, _, visitor = await begin()
    assert (await visitor.get(f"/?token={'x' * 20_000}"))[0] == 400
    assert (await visitor.get("/", Cookie="x" * 20_000))[0] == 400


async def test_strangers_who_ask_without_end_get_no_more_words_and_those_inside_notice_nothing(begin: Begin) -> None:
    _, _, visitor = await begin()
    stranger = Visitor(visitor.client, visitor.house)
    statuses = [(await stranger.get())[0] for _ in range(130)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert (await visitor.get())[0] == 200


# --- the websocket


async def test_a_page_is_greeted_told_and_obeyed(begin: Begin) -> None:
    _, live, visitor = await begin()
    async with visitor.connected() as socket:
        assert (await next_message(socket))["is"] == "hello"
        await socket.send_json({"do": "say", "phone": "a", "text": "hello", "id": 7})
        assert await next_message(socket) == {"is": "done", "id": 7}
        await socket.send_bytes(b"\x00\x01\x02")
        live.tell({"is": "now", "call": "c1", "at_s": 1.5})
        assert (await next_message(socket))["at_s"] == 1.5
        live.tell(b"\x01pcm")
        assert await socket.receive_bytes(timeout=5) == b"\x01pcm"
        await until(lambda: live.heard)
    assert (live.ordered, live.heard) == ([{"do": "say", "phone": "a", "text": "hello", "id": 7}], [b"\x00\x01\x02"])


async def test_answers_are_for_who_asked_and_what_happens_is_for_all(begin: Begin) -> None:
    _, live, visitor = await begin()
    async with visitor.connected() as one, visitor.connected() as other:
        await next_message(one)
        await next_message(other)
        await one.send_json({"do": "reload", "id": 1})
        assert (await next_message(one))["id"] == 1
        live.tell({"is": "app", "state": "ready"})
        assert (await next_message(other))["is"] == "app"


@pytest.mark.parametrize("text", ["", "[]", "7", "nope", "[" * 50_000, '"call"', "{"])
async def test_what_is_no_command_is_refused_in_words(begin: Begin, text: str) -> None:
    _, live, visitor = await begin()
    async with visitor.connected() as socket:
        await next_message(socket)
        await socket.send_str(text)
        answer = await next_message(socket)
        assert (answer["is"], answer["problem"]) == ("refused", "a command is a JSON object")
    assert live.ordered == []


async def test_no_key_reaches_a_page(begin: Begin) -> None:
    _, live, visitor = await begin()
    async with visitor.connected() as socket:
        await next_message(socket)
        live.tell({"is": "app", "state": "failed", "problem": f"401 for {KEY}", "env_vars": {"OPENAI_API_KEY": "abc"}, "x": "sk-live0123456789"})
        text = await socket.receive_str(timeout=5)
        assert KEY not in text
        assert "abc" not in text
        assert "sk-live" not in text


async def closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(10):
        async for _ in socket:
            pass
    return socket.close_code


async def test_a_frame_that_is_too_large_closes_the_line(begin: Begin) -> None:
    _, live, visitor = await begin(bounds=Bounds(frame_bytes=1000))
    async with visitor.connected() as socket:
        await socket.send_str(json.dumps({"do": "say", "text": "x" * 1000}))
        assert await closed(socket) == 1009
    assert live.ordered == []


async def test_a_flood_of_commands_closes_the_line(begin: Begin) -> None:
    _, live, visitor = await begin(bounds=Bounds(commands=10, commands_a_second=0.1))
    async with visitor.connected() as socket:
        for number in range(50):
            await socket.send_json({"do": "say", "id": number})
        assert await closed(socket) == 1008
    assert len(live.ordered) == 10


async def test_more_sound_than_two_microphones_make_closes_the_line(begin: Begin) -> None:
    _, live, visitor = await begin(bounds=Bounds(sound_bytes=5_000, sound_bytes_a_second=1))
    async with visitor.connected() as socket:
        for _ in range(20):
            await socket.send_bytes(b"\x00" * 1000)
        assert await closed(socket) == 1008
    assert len(live.heard) == 5


async def test_a_page_that_does_not_read_is_let_go_and_costs_no_memory(begin: Begin) -> None:
    house, live, visitor = await begin(bounds=Bounds(unread_bytes=2_000_000, send_s=0.2))
    async with visitor.connected() as slow, visitor.connected() as quick:
        for socket in (slow, quick):
            await next_message(socket)
        slow._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        for number in range(200):
            live.tell({"is": "frames", "call": "c1", "frames": [{"seq": number, "text": "x" * 100_000}]})
            assert (await next_message(quick))["frames"][0]["seq"] == number
        await until(lambda: house.pages == 1)
        slow._response.connection.transport.resume_reading()  # type: ignore[union-attr]


async def test_sound_that_comes_too_late_is_left_out_and_words_are_not(begin: Begin) -> None:
    _, live, visitor = await begin(bounds=Bounds(unread_sound_bytes=1_000))
    async with visitor.connected() as socket:
        await next_message(socket)
        for _ in range(50):
            live.tell(b"\x00" * 400)
        live.tell({"is": "now", "at_s": 1})
        heard = 0
        while (message := await socket.receive(timeout=5)).type == aiohttp.WSMsgType.BINARY:
            heard += 1
        assert heard == 2
        assert json.loads(message.data)["is"] == "now"


async def test_the_ninth_page_is_told_to_come_later(begin: Begin) -> None:
    house, _, visitor = await begin()
    async with AsyncExitStack() as open_pages:
        for _ in range(8):
            await open_pages.enter_async_context(visitor.connected())
        await until(lambda: house.pages == 8)
        async with visitor.connected() as ninth:
            assert await closed(ninth) == 1013
    await until(lambda: house.pages == 0)


# --- a page that goes, and one that comes back


async def test_a_page_that_comes_back_knows_everything(begin: Begin) -> None:
    house, live, visitor = await begin()
    async with visitor.connected() as socket:
        await next_message(socket)
    await until(lambda: house.pages == 0)
    live.tell({"is": "call", "call": "c1", "phone": "a", "state": "up"})
    live.tell({"is": "frames", "call": "c1", "frames": [{"seq": 0}]})
    async with visitor.connected() as socket:
        assert [(await next_message(socket))["is"] for _ in range(3)] == ["hello", "call", "frames"]


async def test_calls_outlive_their_page_for_a_while_and_are_hung_up_then(begin: Begin) -> None:
    house, live, visitor = await begin(patience_s=0.15)
    live.tell({"is": "call", "call": "c1", "phone": "a", "state": "up"})
    live.tell({"is": "call", "call": "c0", "phone": "b", "state": "over"})
    async with visitor.connected() as socket:
        await next_message(socket)
    await until(lambda: house.pages == 0)
    async with visitor.connected() as socket:  # back in time
        await next_message(socket)
        await asyncio.sleep(0.25)
        assert live.ordered == []
    await until(lambda: live.ordered)
    assert live.ordered == [{"do": "hang_up", "phone": "a"}]
    assert any("hanging up phone a" in line for line in house.printed)  # type: ignore[attr-defined]


async def test_the_microphone_of_a_page_that_goes_is_silent_at_once(begin: Begin) -> None:
    house, live, visitor = await begin()
    async with visitor.connected() as socket, visitor.connected() as other:
        await socket.send_json({"do": "mic", "phone": "a", "hz": 24000})
        await other.send_json({"do": "mic", "phone": "b", "hz": 24000})
        await until(lambda: len(live.ordered) == 2)
        await socket.close()
        await until(lambda: len(live.ordered) == 3)
        assert live.ordered[-1] == {"do": "mic", "phone": "a", "hz": None}
        assert house.pages == 1


async def test_a_server_that_ends_says_goodbye_and_leaves_nothing_behind(begin: Begin) -> None:
    before = asyncio.all_tasks()
    house, live, visitor = await begin()
    async with visitor.connected() as socket:
        await next_message(socket)
        await asyncio.gather(house.stop(), closed(socket))
        assert socket.close_code == 1001
    assert live.listeners == []
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def test_a_port_that_is_taken_is_said(begin: Begin) -> None:
    house, _, _ = await begin()
    with pytest.raises(UsageError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*\n.*choose another --port"):
        await House(index, print).start("127.0.0.1", house.port)
