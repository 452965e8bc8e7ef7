"""The libraries that the model server could stand on: `python -m tests.bench_choice`. What was chosen, and why, is in ARCHITECTURE.md.

- JSON: an event with text and one with audio written, a client event read;
- websocket and event loop: server processes that do nothing but answer the two frames of a turn with the 25 of the real answer.

Candidates that are not installed are left out; `pip install uvloop orjson picows` brings all of them.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import timeit
from base64 import b64encode
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import psutil

from tests import bench_model as model

DELTA = {
    "type": "response.output_text.delta", "event_id": "event_" + "e" * 21, "response_id": "resp_" + "r" * 21, "item_id": "item_" + "i" * 21,
    "output_index": 0, "content_index": 0, "delta": " table", "obfuscation": "o" * 10,
}  # fmt: skip
AUDIO = DELTA | {"delta": bytes(12_000)}
READ = json.dumps({"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": "input_text", "text": model.ASKED}]}})
DONE = {"type": "response.done", "response": {"output": [{"content": [{"type": "output_text", "text": model.REPLY}]}]}}
TEXTS = {
    "hello": ['{"type":"session.created"}'],
    "session.update": ['{"type":"session.updated"}'],
    "conversation.item.create": [json.dumps(DELTA)] * 2,
    "response.create": [json.dumps(DELTA)] * 21 + [json.dumps(DONE, separators=(",", ":")), '{"type":"rate_limits.updated"}'],
}
SERVERS = ("aiohttp", "aiohttp, one write", "websockets", "picows")
LOOPS = ("asyncio", "uvloop")


def main() -> None:
    """Print what each costs."""
    for name, codec in codecs().items():
        write, read = codec
        costs = [microseconds(lambda: write(DELTA)), microseconds(lambda: write(AUDIO)), microseconds(lambda: read(READ))]  # noqa: B023
        say(name, "us an event of text {:.2f}, of 12 kB audio {:.1f}, read {:.2f}".format(*costs))
    for server in SERVERS:
        for loop in LOOPS:
            if all(find_spec(package) for package in (server.partition(",")[0], loop)):
                say(f"{server} on {loop}", f"{served(server, loop) * 1e6:.0f} us CPU for the frames of a turn")


def say(name: str, text: str) -> None:
    sys.stdout.write(f"{name:32} {text}\n")


def microseconds(call: Callable[[], object], times: int = 5_000) -> float:
    return min(timeit.repeat(call, number=times, repeat=7)) / times * 1e6


def codecs() -> dict[str, tuple[Callable[[Any], object], Callable[[str], object]]]:
    """Writing and reading, by library."""

    def base64(audio: bytes) -> str:
        return b64encode(audio).decode()

    found: dict[str, tuple[Callable[[Any], object], Callable[[str], object]]] = {
        "json": (json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=base64).encode, json.loads)
    }
    if find_spec("orjson"):
        import orjson

        found["orjson"] = (lambda event: orjson.dumps(event, default=base64), orjson.loads)
    import msgspec

    found["msgspec"] = (msgspec.json.Encoder().encode, msgspec.json.Decoder().decode)
    return found


def served(server: str, loop: str) -> float:
    """CPU seconds of a turn."""
    with model.running([sys.executable, "-m", "tests.bench_choice", server, loop], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        return asyncio.run(model.measure(model.Server(url, psutil.Process(process.pid)))).cpu_s


# --- the servers ------------------------------------------------------------------------------------------------------------------


def answers(text: str) -> list[str]:
    return next(answer for name, answer in TEXTS.items() if name in text)


async def serve_aiohttp(port: int, at_once: bool) -> None:
    from aiohttp import web

    from simulator.modes.openai.connection import text_head

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)

        async def send(texts: list[str]) -> None:
            if at_once and request.transport is not None:
                request.transport.write(b"".join(part for text in texts for part in (text_head(len(text)), text.encode())))
                return
            for text in texts:
                await socket.send_str(text)

        await send(TEXTS["hello"])
        async for message in socket:
            await send(answers(message.data))
        return socket

    application = web.Application()
    application.router.add_get("/", talk)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def serve_websockets(port: int) -> None:
    from websockets.asyncio.server import ServerConnection, serve

    async def talk(socket: ServerConnection) -> None:
        for text in TEXTS["hello"]:
            await socket.send(text)
        async for message in socket:
            for text in answers(str(message)):
                await socket.send(text)

    await serve(talk, "127.0.0.1", port, compression=None)


async def serve_picows(port: int) -> None:
    import picows

    class Listener(picows.WSListener):  # type: ignore[misc]
        def on_ws_connected(self, transport: Any) -> None:
            self.send(transport, TEXTS["hello"])

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type == picows.WSMsgType.TEXT:
                self.send(transport, answers(frame.get_payload_as_utf8_text()))
            elif frame.msg_type == picows.WSMsgType.CLOSE:
                transport.send_close(1000)
                transport.disconnect()

        def send(self, transport: Any, texts: list[str]) -> None:
            for text in texts:
                transport.send(picows.WSMsgType.TEXT, text.encode())

    server = await picows.ws_create_server(lambda _request: Listener(), "127.0.0.1", port)
    await server.start_serving()


async def serve(name: str, port: int) -> None:
    if name == "picows":
        await serve_picows(port)
    elif name == "websockets":
        await serve_websockets(port)
    else:
        await serve_aiohttp(port, at_once="one write" in name)
    sys.stdout.write(f"ws://127.0.0.1:{port}/?\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[2] == "uvloop":
        import uvloop

        uvloop.run(serve(sys.argv[1], model.free_port()))
    else:
        asyncio.run(serve(sys.argv[1], model.free_port()))
