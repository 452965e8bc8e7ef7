"""Applications for calls from Python, as functions that make them."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

Message = dict[str, Any]
Socket = web.WebSocketResponse
Answer = Callable[[Socket, Message], Awaitable[None]]

LISTENING = [
    {"verb": "answer"},
    {"verb": "gather", "input": ["speech", "digits"], "numDigits": 1, "actionHook": "/said", "timeout": 60},
    {"verb": "hangup"},
]
BYE = [{"verb": "say", "text": "Bye."}, {"verb": "hangup"}]


def serving(answer: Answer) -> web.Application:
    """Asks `answer` for whatever jambonz wants to be answered."""

    async def handle(request: web.Request) -> Socket:
        socket = Socket(protocols=("ws.jambonz.org",))
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT and (message := json.loads(frame.data))["type"] in ("session:new", "verb:hook"):
                await answer(socket, message)
        return socket

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    return app


async def reply(socket: Socket, message: Message, data: Any) -> None:
    await socket.send_str(json.dumps({"type": "ack", "msgid": message["msgid"], "data": data}))


def verbs_for(message: Message) -> list[dict[str, Any]]:
    return LISTENING if message["type"] == "session:new" else BYE


def listens() -> web.Application:
    """Listens to what is said or pressed, says goodbye and hangs up."""

    async def answer(socket: Socket, message: Message) -> None:
        await reply(socket, message, verbs_for(message))

    return serving(answer)


def thinks_in_a_thread(seconds: float) -> web.Application:
    """As `listens`, but asks a thread first."""
    return asks_a_thread(lambda: time.sleep(seconds))


def asks_a_thread(question: Callable[[], object]) -> web.Application:
    """As `listens`, but nothing is said before a thread has answered."""

    async def answer(socket: Socket, message: Message) -> None:
        await asyncio.to_thread(question)
        await reply(socket, message, verbs_for(message))

    return serving(answer)


def spins(until: threading.Event) -> web.Application:
    """When the caller has said something, it holds its loop."""

    async def answer(socket: Socket, message: Message) -> None:
        if message["type"] == "verb:hook":
            while not until.is_set():
                pass
        await reply(socket, message, verbs_for(message))

    return serving(answer)


def sleeps(until: threading.Event) -> web.Application:
    """When the caller has said something, it holds its loop in a way that nobody can interrupt."""

    async def answer(socket: Socket, message: Message) -> None:
        if message["type"] == "verb:hook":
            until.wait()
        await reply(socket, message, verbs_for(message))

    return serving(answer)


def exits() -> web.Application:
    """Ends the process when it is called."""

    async def answer(socket: Socket, message: Message) -> None:  # noqa: ARG001
        raise SystemExit(3)

    return serving(answer)


def warns() -> web.Application:
    """Says something about each call."""

    async def answer(socket: Socket, message: Message) -> None:
        logging.getLogger("app").warning("a call of mine")
        await reply(socket, message, verbs_for(message))

    return serving(answer)


async def takes_signals() -> web.Application:
    """Wants to hear when it is to end, as a server does."""
    import signal

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)
    return listens()
