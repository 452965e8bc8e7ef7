"""Applications that do everything wrong that can be done: each function is one, to be named as `tests.rubbish:<function>`."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

Message = dict[str, Any]
Answer = Callable[[web.WebSocketResponse, Message], Awaitable[object]]

PROTOCOL = "ws.jambonz.org"
GREETING = [{"verb": "answer"}, {"verb": "say", "text": "Hello."}, {"verb": "hangup"}]
NOT_AN_APPLICATION = 42


def ack(message: Message, data: Any = None) -> str:
    return json.dumps({"type": "ack", "msgid": message["msgid"]} | ({} if data is None else {"data": data}))


def serving(answer: Answer, protocols: tuple[str, ...] = (PROTOCOL,)) -> web.Application:
    """An application that answers what wants an answer with `answer`."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=protocols)
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT and (message := json.loads(frame.data))["type"] in ("session:new", "session:reconnect", "verb:hook"):
                await answer(socket, message)
        return socket

    return at_any_path(handle)


def at_any_path(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.Application:
    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app


# --- what is right, to compare with


def good() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message, GREETING)))


def binary() -> web.Application:
    """The real server reads it all the same (jambonz.md 1.2)."""
    return serving(lambda socket, message: socket.send_bytes(ack(message, GREETING).encode()))


def thread() -> web.Application:
    async def answer(socket: web.WebSocketResponse, message: Message) -> None:
        await socket.send_str(await asyncio.to_thread(ack, message, GREETING))

    return serving(answer)


async def asynchronous() -> web.Application:
    await asyncio.sleep(0.1)
    return good()


async def serving_by_itself() -> None:
    runner = web.AppRunner(good())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 3000).start()
    await asyncio.Event().wait()


# --- frames


def not_json() -> web.Application:
    return serving(lambda socket, _: socket.send_str("Hello, who is calling?"))


def not_text() -> web.Application:
    return serving(lambda socket, _: socket.send_bytes(b"\xff\xfe\x00rubbish"))


def not_an_object() -> web.Application:
    return serving(lambda socket, message: socket.send_str(json.dumps(["ack", message["msgid"]])))


def deep() -> web.Application:
    return serving(lambda socket, _: socket.send_str("[" * 20_000))


def wrong_msgid() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message | {"msgid": "1"}, GREETING)))


def without_verbs() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message)))


def verbs_as_text() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message, "hangup")))


def huge() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message, [{"verb": "say", "text": "Hello. " * 10_000}])))


def strange_frame(text: str) -> web.Application:
    """Says `text` first, and then what is right."""

    async def answer(socket: web.WebSocketResponse, message: Message) -> None:
        await socket.send_str(text)
        await socket.send_str(ack(message, GREETING))

    return serving(answer)


def strange_verbs(text: str) -> web.Application:
    """Acknowledges with `text` where the verbs should stand."""
    return serving(lambda socket, message: socket.send_str(f'{{"type": "ack", "msgid": "{message["msgid"]}", "data": {text}}}'))


def flood() -> web.Application:
    async def answer(socket: web.WebSocketResponse, _: Message) -> None:
        while True:
            await socket.send_str(json.dumps({"type": "hello", "padding": "." * 4_000}))

    return serving(answer)


# --- sockets


def silent() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        """Says nothing at all."""

    return serving(answer)


def other_subprotocol() -> web.Application:
    return serving(lambda socket, message: socket.send_str(ack(message, GREETING)), protocols=("chat",))


def not_found() -> web.Application:
    return web.Application()


def server_error() -> web.Application:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500, text="Internal Server Error")

    return at_any_path(handle)


def only_http() -> web.Application:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text="Hello, I am a web page.")

    return at_any_path(handle)


def redirects_for_ever() -> web.Application:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": str(request.url)})

    return at_any_path(handle)


def closes_at_once() -> web.Application:
    return serving(lambda socket, _: socket.close(code=1000))


def closes_with_an_error() -> web.Application:
    return serving(lambda socket, _: socket.close(code=1011, message=b"database is down"))


async def no_websocket() -> None:
    """Something else listens where the application should."""

    class Mail(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"220 mail.example.com ESMTP\r\n")

    server = await asyncio.get_running_loop().create_server(Mail, "127.0.0.1", 3000)
    await server.serve_forever()


def never_answers_the_handshake() -> web.Application:
    async def handle(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    return at_any_path(handle)


async def nobody_listens() -> None:
    await asyncio.Event().wait()


# --- handlers


def raises() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        raise LookupError("there is no table for this caller")

    return serving(answer)


def raises_in_a_task() -> web.Application:
    async def work() -> None:
        raise LookupError("there is no table for this caller")

    async def answer(socket: web.WebSocketResponse, message: Message) -> None:
        socket.work = asyncio.get_running_loop().create_task(work())  # type: ignore[attr-defined]
        await socket.send_str(ack(message, GREETING))

    return serving(answer)


def waits_for_ever() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        await asyncio.Event().wait()

    return serving(answer)


async def restless() -> None:
    """Gives way all the time, and never waits."""
    while await asyncio.sleep(0, "still nothing"):
        pass


def never_rests() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        await restless()

    return serving(answer)


def refuses_to_be_cancelled() -> web.Application:
    async def stubborn() -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1)

    async def answer(socket: web.WebSocketResponse, message: Message) -> None:
        socket.stubborn = asyncio.get_running_loop().create_task(stubborn())  # type: ignore[attr-defined]
        await socket.send_str(ack(message, GREETING))

    return serving(answer)


def holds_the_loop() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        while True:
            pass

    return serving(answer)


def thread_that_never_ends() -> web.Application:
    async def answer(_: web.WebSocketResponse, __: Message) -> None:
        await asyncio.to_thread(released.wait)

    return serving(answer)


released = threading.Event()
"""Set by the test that has waited for the thread long enough."""


# --- starting and stopping


def startup_waits_for_ever() -> web.Application:
    async def startup(_: web.Application) -> None:
        await asyncio.Event().wait()

    app = good()
    app.on_startup.append(startup)
    return app


def startup_raises() -> web.Application:
    async def startup(_: web.Application) -> None:
        raise ConnectionError("no database at db.example.com")

    app = good()
    app.on_startup.append(startup)
    return app


def cleanup_waits_for_ever() -> web.Application:
    async def context(_: web.Application) -> AsyncIterator[None]:
        yield
        await asyncio.Event().wait()

    app = good()
    app.cleanup_ctx.append(context)
    return app


def cleanup_raises() -> web.Application:
    async def cleanup(_: web.Application) -> None:
        raise LookupError("the session is closed already")

    app = good()
    app.on_cleanup.append(cleanup)
    return app


def factory_raises() -> web.Application:
    raise RuntimeError("WS_PORT is not a number: three thousand")


def factory_exits() -> web.Application:
    raise SystemExit(1)


def factory_wants_an_argument(settings: dict[str, str]) -> web.Application:
    return good() if settings else silent()


def factory_answers_nothing() -> None:
    """Forgot to return the application."""


def factory_answers_text() -> str:
    return "app"


async def ends_at_once() -> None:
    """An async function that should have served."""


async def raises_while_it_serves() -> None:
    await asyncio.sleep(0.5)
    raise OSError(98, "address already in use")


def startup_never_rests() -> web.Application:
    async def startup(_: web.Application) -> None:
        await restless()

    app = good()
    app.on_startup.append(startup)
    return app
