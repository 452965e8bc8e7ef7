"""The client side of the application's leg, against real websocket servers on virtual time: what it tells, and when."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets
from aiohttp import WSMsgType, web
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from simulator.clock import elastic, real
from simulator.network import ClockLoop, VirtualLoop, run
from simulator.pump import Closed, Dial, Failed, Happened, Message, Opened, Pump

JAMBONZ = Subprotocol("ws.jambonz.org")
PORT = 3000
URL = f"ws://127.0.0.1:{PORT}/call"


class Line:
    """A pump that has dialled, and everything it told: when, and what."""

    def __init__(self, url: str = URL, **dial: Any) -> None:
        self.told: list[tuple[float, Happened]] = []
        self._read = 0
        self._news = asyncio.Event()
        self.pump = Pump(Dial(url, JAMBONZ, **dial), self._tell)
        self.dialling = asyncio.get_running_loop().create_task(self.pump.open())

    def _tell(self, event: Happened) -> None:
        self.told.append((asyncio.get_running_loop().time(), event))
        self._news.set()

    @property
    def events(self) -> list[Happened]:
        return [event for _, event in self.told]

    async def next(self) -> Happened:
        """What happens next; an hour is long enough for anything."""
        async with asyncio.timeout(3600):
            while len(self.told) == self._read:
                self._news.clear()
                await self._news.wait()
        self._read += 1
        return self.told[self._read - 1][1]

    async def opened(self) -> Line:
        assert await self.next() == Opened()
        return self


def virtually(main: Callable[[], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        return await main()

    return run(VirtualLoop(), whole())


Handler = Callable[[websockets.ServerConnection], Awaitable[None]]


def serving(handler: Handler, **options: Any) -> Any:
    """A server of the websockets library."""
    return websockets.serve(handler, "127.0.0.1", PORT, **{"subprotocols": [JAMBONZ], **options})


async def until_closed(socket: websockets.ServerConnection) -> None:
    await socket.wait_closed()


class RawServer(asyncio.Protocol):
    """A server without manners: `greets` answers the request or does not, `does` is what it does with each frame."""

    def __init__(self, greets: bool = True, does: Callable[[RawServer, Frame], None] = lambda *_: None) -> None:
        self.greets, self.does = greets, does
        self.protocol = ServerProtocol(subprotocols=[JAMBONZ])
        self.requests: list[Request] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.protocol.receive_data(data)
        for event in self.protocol.events_received():
            if isinstance(event, Request):
                self.requests.append(event)
                if self.greets:
                    self.protocol.send_response(self.protocol.accept(event))
                    self.flush()
            elif isinstance(event, Frame):
                self.does(self, event)

    def flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.transport.write(data)

    def frame(self, frame: Frame) -> None:
        self.transport.write(frame.serialize(mask=False))

    def http(self, text: str) -> None:
        self.transport.write(text.replace("\n", "\r\n").encode())


async def listen(server: RawServer) -> None:
    await asyncio.get_running_loop().create_server(lambda: server, "127.0.0.1", PORT)


async def line_to(server: RawServer, **dial: Any) -> Line:
    """An open line to it."""
    await listen(server)
    return await Line(**dial).opened()


# --- opening


def test_a_handshake_opens_the_line_and_offers_what_was_ordered() -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server, headers={"Authorization": "Basic eA=="})
        request = server.requests[0]
        assert request.path == "/call"
        assert request.headers["Sec-WebSocket-Protocol"] == JAMBONZ
        assert request.headers["Authorization"] == "Basic eA=="
        assert request.headers["User-Agent"] == "jambonz"
        assert request.headers["Host"] == f"127.0.0.1:{PORT}"
        assert line.events == [Opened()]

    virtually(main)


def test_a_server_that_chooses_no_subprotocol_is_refused() -> None:
    async def main() -> None:
        async with serving(until_closed, subprotocols=None):
            assert await Line().next() == Failed(None, "Server sent no subprotocol")

    virtually(main)


def test_a_server_that_chooses_another_subprotocol_is_refused() -> None:
    def greet(server: RawServer) -> None:
        response = server.protocol.accept(server.requests[0])
        response.headers["Sec-WebSocket-Protocol"] = "other"
        server.protocol.send_response(response)
        server.flush()

    class Other(RawServer):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            greet(self)

    async def main() -> None:
        await listen(Other(greets=False))
        failed = await Line().next()
        assert isinstance(failed, Failed)
        assert failed.kind is None

    virtually(main)


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        (401, Failed("4xx", "401 Unauthorized")),
        (404, Failed("4xx", "404 Not Found")),
        (503, Failed("5xx", "503 Service Unavailable")),
        (200, Failed("4xx", "200 OK")),
    ],
)
def test_an_http_status_is_told_with_its_class(status: int, failed: Failed) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async def main() -> None:
        async with http_server(answer):
            line = Line()
            assert await line.next() == failed
            await asyncio.sleep(10)
            assert line.events == [failed]

    virtually(main)


class http_server:
    """An aiohttp server with one handler for every path."""

    def __init__(self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self.app = web.Application()
        self.app.router.add_get("/{path:.*}", handler)
        self.runner = web.AppRunner(self.app, shutdown_timeout=0.1)

    async def __aenter__(self) -> None:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", PORT).start()

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


@pytest.mark.parametrize(
    ("location", "target"),
    [("/other", "ws://127.0.0.1:3000/other"), ("ws://elsewhere/x", "ws://elsewhere/x"), ("https://elsewhere/x", "https://elsewhere/x")],
)
def test_a_redirect_is_told_with_where_it_leads(location: str, target: str) -> None:
    async def move(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async def main() -> None:
        async with http_server(move):
            assert await Line().next() == Failed("4xx", "302 Found", target)

    virtually(main)


def test_nobody_listens() -> None:
    async def main() -> None:
        failed = await Line().next()
        assert isinstance(failed, Failed)
        assert failed.kind == "ct"
        assert failed.reason.startswith("ConnectionRefusedError: ")

    virtually(main)


def test_a_reset_in_the_handshake() -> None:
    class Slams(RawServer):
        def data_received(self, _: bytes) -> None:
            self.transport.abort()

    async def main() -> None:
        await listen(Slams())
        assert await Line().next() == Failed("ct", "read ECONNRESET")

    virtually(main)


def test_an_end_in_the_handshake() -> None:
    class Leaves(RawServer):
        def data_received(self, _: bytes) -> None:
            self.transport.close()

    async def main() -> None:
        await listen(Leaves())
        failed = await Line().next()
        assert isinstance(failed, Failed)
        assert failed.kind == "ct"

    virtually(main)


@pytest.mark.parametrize(
    "answer", ["HTTP/1.1 101 Sure\n\n", "SSH-2.0-OpenSSH_9.6\n", "HTTP/1.1 101 Sure\nUpgrade: websocket\nConnection: Upgrade\n\n"]
)
def test_an_answer_that_is_none_is_a_failure_without_a_class(answer: str) -> None:
    class Talks(RawServer):
        def data_received(self, _: bytes) -> None:
            self.http(answer)

    async def main() -> None:
        await listen(Talks(greets=False))
        line = Line()
        failed = await line.next()
        assert isinstance(failed, Failed)
        assert failed.kind is None
        assert failed.reason
        await asyncio.sleep(5)
        assert len(line.events) == 1

    virtually(main)


def test_a_handshake_that_takes_too_long_is_given_up_after_a_second_and_a_half() -> None:
    async def main() -> None:
        server = RawServer(greets=False)
        await listen(server)
        line = Line()
        assert await line.next() == Failed(None, "Opening handshake has timed out (1.5 s)")
        assert line.told[0][0] == pytest.approx(1.5)
        await asyncio.sleep(5)
        assert server.transport.is_closing()
        assert len(line.events) == 1

    virtually(main)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ws:///path", "ws://host:99999/", "", "ws://[1/"])
def test_what_is_no_url_cannot_be_dialled(url: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"Invalid URL: {url}")):
        Pump(Dial(url, JAMBONZ), print)


def test_a_name_that_cannot_be_one_is_a_failure_like_any_other() -> None:
    async def main() -> None:
        failed = await Line("ws://a..b/").next()
        assert isinstance(failed, Failed)
        assert failed.kind is None

    run(ClockLoop(elastic()), main())


def test_closing_before_the_handshake_is_over_gives_the_connection_up() -> None:
    async def main() -> None:
        server = RawServer(greets=False)
        await listen(server)
        line = Line()
        await asyncio.sleep(0.5)
        line.pump.close()
        line.pump.close()
        await asyncio.sleep(5)
        assert line.told == [(0.5, Closed(1006))]
        assert server.transport.is_closing()

    virtually(main)


def test_closing_before_there_is_even_a_wire_gives_the_connection_up() -> None:
    async def main() -> None:
        server = RawServer()
        await listen(server)
        line = Line()
        line.pump.close()
        await asyncio.sleep(5)
        assert line.events == [Closed(1006)]
        assert server.requests == []

    virtually(main)


# --- messages


def test_messages_pass_both_ways() -> None:
    async def shout(socket: websockets.ServerConnection) -> None:
        async for message in socket:
            await socket.send(str(message).upper())

    async def main() -> None:
        async with serving(shout):
            line = await Line().opened()
            line.pump.send("grüß dich")
            assert await line.next() == Message("GRÜSS DICH".encode(), binary=False)

    virtually(main)


def test_messages_are_compressed_when_the_server_wants_it() -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[JAMBONZ], compress=True)
        await socket.prepare(request)
        assert socket.compress
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def main() -> None:
        async with http_server(echo):
            line = await Line().opened()
            line.pump.send("hello " * 1000)
            assert await line.next() == Message(b"hello " * 1000, binary=False)

    virtually(main)


def test_a_fragmented_message_is_one_message() -> None:
    async def pieces(socket: websockets.ServerConnection) -> None:
        async def parts() -> Any:
            for part in ('{"type":', '"ack"', "}"):
                await asyncio.sleep(0.1)
                yield part

        await socket.send(parts())
        await socket.send(b"\x00\x01")
        await socket.wait_closed()

    async def main() -> None:
        async with serving(pieces):
            line = await Line().opened()
            assert await line.next() == Message(b'{"type":"ack"}', binary=False)
            assert await line.next() == Message(b"\x00\x01", binary=True)

    virtually(main)


def test_a_ping_between_the_parts_of_a_message_is_answered() -> None:
    pongs: list[bytes] = []

    def does(_: RawServer, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            pongs.append(bytes(frame.data))

    async def main() -> None:
        server = RawServer(does=does)
        line = await line_to(server)
        server.frame(Frame(Opcode.TEXT, b"one, ", fin=False))
        server.frame(Frame(Opcode.PING, b"there?"))
        server.frame(Frame(Opcode.CONT, b"two"))
        assert await line.next() == Message(b"one, two", binary=False)
        await asyncio.sleep(1)
        assert pongs == [b"there?"]

    virtually(main)


LIMIT_BYTES = 24 * 1024


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
def test_a_message_of_24_kib_passes(deflated: bool) -> None:
    async def big(socket: websockets.ServerConnection) -> None:
        await socket.send("x" * LIMIT_BYTES)
        await socket.wait_closed()

    async def main() -> None:
        async with serving(big, compression="deflate" if deflated else None):
            line = await Line().opened()
            assert await line.next() == Message(b"x" * LIMIT_BYTES, binary=False)

    virtually(main)


@pytest.mark.parametrize("deflated", [False, True], ids=["plain", "deflated"])
@pytest.mark.parametrize("fragments", [1, 3])
def test_a_message_above_24_kib_closes_with_1009(deflated: bool, fragments: int) -> None:
    seen: list[int | None] = []

    async def big(socket: websockets.ServerConnection) -> None:
        size = LIMIT_BYTES // fragments
        await socket.send(["x" * size] * fragments + ["x"])
        await socket.wait_closed()
        seen.append(socket.protocol.close_rcvd and socket.protocol.close_rcvd.code)

    async def main() -> None:
        async with serving(big, compression="deflate" if deflated else None):
            line = await Line().opened()
            closed = await line.next()
            assert isinstance(closed, Closed)
            assert closed.code == 1009
        assert seen == [1009]

    virtually(main)


@pytest.mark.parametrize(
    ("frame", "code"),
    [(Frame(Opcode.TEXT, b"\xff\xfe"), 1007), (Frame(Opcode.CONT, b"of what?"), 1002)],
    ids=["text that is not UTF-8", "a frame that continues nothing"],
)
def test_what_cannot_be_read_closes_with_a_code_that_says_why(frame: Frame, code: int) -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server)
        server.frame(frame)
        closed = await line.next()
        assert isinstance(closed, Closed)
        assert closed.code == code

    virtually(main)


def test_what_is_sent_before_it_is_open_or_after_it_was_closed_is_lost() -> None:
    heard: list[Any] = []

    async def listens(socket: websockets.ServerConnection) -> None:
        heard.extend([message async for message in socket])

    async def main() -> None:
        async with serving(listens):
            line = Line()
            line.pump.send("too early")
            await line.opened()
            line.pump.send("in time")
            line.pump.close()
            line.pump.send("too late")
            await line.next()
        assert heard == ["in time"]

    virtually(main)


# --- the end


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "going away"), (1012, "restart"), (3000, ""), (4000, "mine"), (4999, "x" * 123)])
def test_the_server_closes_with_a_code(code: int, reason: str) -> None:
    async def leave(socket: websockets.ServerConnection) -> None:
        await socket.close(code, reason)

    async def main() -> None:
        async with serving(leave):
            line = await Line().opened()
            assert await line.next() == Closed(code, reason)

    virtually(main)


def test_an_aiohttp_server_closes_with_a_code() -> None:
    async def leave(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[JAMBONZ])
        await socket.prepare(request)
        await socket.close(code=1011, message=b"broken")
        return socket

    async def main() -> None:
        async with http_server(leave):
            line = await Line().opened()
            assert await line.next() == Closed(1011, "broken")

    virtually(main)


def test_the_server_closes_without_a_code() -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server)
        server.frame(Frame(Opcode.CLOSE, b""))
        await asyncio.sleep(0.1)
        server.transport.close()
        assert await line.next() == Closed(1005)

    virtually(main)


def test_time_in_which_our_own_loop_is_held_is_not_the_servers() -> None:
    """As long as the limit, and the server has not been asked yet."""

    async def main() -> list[Happened]:
        async with websockets.serve(until_closed, "127.0.0.1", 0, subprotocols=[JAMBONZ]) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            told: list[Happened] = []
            pump = Pump(Dial(f"ws://127.0.0.1:{port}/", JAMBONZ, handshake_limit_s=0.1), told.append)
            opening = asyncio.create_task(pump.open())
            await asyncio.sleep(0)
            time.sleep(0.3)  # noqa: ASYNC251 - as another call would, with much to do
            await opening
            await asyncio.sleep(0.2)
            pump.abort()
        return told

    assert run(ClockLoop(real()), main())[0] == Opened()


@pytest.mark.parametrize("how", ["abort", "close"])
def test_the_line_breaks_without_a_close_frame(how: str) -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server)
        getattr(server.transport, how)()
        assert await line.next() == Closed(1006)
        await asyncio.sleep(5)
        assert line.events == [Opened(), Closed(1006)]

    virtually(main)


def test_the_line_breaks_in_the_middle_of_a_frame() -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server)
        server.transport.write(Frame(Opcode.TEXT, b"hello there").serialize(mask=False)[:6])
        server.transport.close()
        assert await line.next() == Closed(1006)

    virtually(main)


@pytest.mark.parametrize("code", [1000, 1001, 4004])
def test_we_close_with_a_code_and_the_server_repeats_it(code: int) -> None:
    seen: list[Any] = []

    async def waits(socket: websockets.ServerConnection) -> None:
        await socket.wait_closed()
        seen.append(socket.close_code)

    async def main() -> None:
        async with serving(waits):
            line = await Line().opened()
            line.pump.close(code)
            assert await line.next() == Closed(code)
            assert line.told[-1][0] < 1.0
        assert seen == [code]

    virtually(main)


def test_an_aiohttp_server_answers_our_close_with_1000_whatever_we_said() -> None:
    async def waits(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[JAMBONZ])
        await socket.prepare(request)
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        return socket

    async def main() -> None:
        async with http_server(waits):
            line = await Line().opened()
            line.pump.close(1001)
            assert await line.next() == Closed(1000)

    virtually(main)


def test_both_close_at_once() -> None:
    def does(server: RawServer, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            server.frame(Frame(Opcode.CLOSE, Close(1001, "me too").serialize()))
            server.transport.close()

    async def main() -> None:
        server = RawServer(does=does)
        line = await line_to(server)
        line.pump.close(1000)
        line.pump.close(1000)
        assert await line.next() == Closed(1001, "me too")

    virtually(main)


def test_a_server_that_never_answers_the_close_frame_is_dropped_after_two_seconds() -> None:
    async def main() -> None:
        server = RawServer()
        line = await line_to(server)
        line.pump.close(1000)
        assert await line.next() == Closed(1006)
        assert line.told[-1][0] == pytest.approx(2.0)
        await asyncio.sleep(5)
        assert server.transport.is_closing()

    virtually(main)


def test_a_server_that_answers_the_close_frame_and_stays_is_dropped_after_two_seconds() -> None:
    def does(server: RawServer, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            server.frame(frame)

    async def main() -> None:
        server = RawServer(does=does)
        line = await line_to(server)
        line.pump.close(1000)
        assert await line.next() == Closed(1000)
        assert line.told[-1][0] == pytest.approx(2.0)

    virtually(main)


def test_messages_after_our_close_are_still_told_until_the_server_has_closed() -> None:
    def does(server: RawServer, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            server.frame(Frame(Opcode.TEXT, b"one more thing"))
            server.frame(frame)
            server.transport.close()

    async def main() -> None:
        server = RawServer(does=does)
        line = await line_to(server)
        line.pump.close(1000)
        assert await line.next() == Message(b"one more thing", binary=False)
        assert await line.next() == Closed(1000)

    virtually(main)


def test_dropping_the_line_is_seen_as_a_reset() -> None:
    lost: list[Exception | None] = []

    class Watches(RawServer):
        def connection_lost(self, exc: Exception | None) -> None:
            lost.append(exc)

    async def main() -> None:
        await listen(Watches())
        line = await Line().opened()
        line.pump.abort()
        assert await line.next() == Closed(1006)

    virtually(main)
    assert [type(error) for error in lost] == [ConnectionResetError]


def test_no_timer_is_left_when_the_line_is_closed() -> None:
    async def main() -> int:
        async with serving(until_closed):
            line = await Line().opened()
            line.pump.close(1000)
            await line.next()
        loop: Any = asyncio.get_running_loop()
        return sum(not timer.cancelled() for timer in loop._scheduled)

    assert virtually(main) == 0


# --- what a connection to a model needs


def test_a_dial_without_a_subprotocol_offers_none() -> None:
    async def main() -> None:
        offered: list[str | None] = []

        async def handler(socket: websockets.ServerConnection) -> None:
            assert socket.request is not None
            offered.append(socket.request.headers.get("Sec-WebSocket-Protocol"))
            await until_closed(socket)

        async with websockets.serve(handler, "127.0.0.1", PORT):
            told: list[Happened] = []
            pump = Pump(Dial(URL, None, choosy=False), told.append)
            await pump.open()
            await asyncio.sleep(1)
            assert told == [Opened()]
            assert offered == [None]
            pump.close()
            await asyncio.sleep(1)

    virtually(main)


def test_a_ping_brings_a_sign_of_life() -> None:
    async def main() -> None:
        async with serving(until_closed):
            line = await Line().opened()
            before = line.pump.reads
            line.pump.ping()
            await asyncio.sleep(1)
            assert line.pump.reads == before + 1
            line.pump.close()
            await asyncio.sleep(1)
            line.pump.ping()

    virtually(main)


def test_a_failure_knows_the_status_and_what_the_system_said() -> None:
    async def main() -> tuple[Failed, Failed]:
        nobody = await Line().next()
        async with websockets.serve(until_closed, "127.0.0.1", PORT, process_request=lambda socket, _: socket.respond(401, "no\n")):
            refused = await Line().next()
        assert isinstance(nobody, Failed)
        assert isinstance(refused, Failed)
        return nobody, refused

    nobody, refused = virtually(main)
    assert isinstance(nobody.error, ConnectionRefusedError)
    assert refused.status == 401
