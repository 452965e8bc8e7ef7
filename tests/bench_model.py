"""Benchmarks of the standalone model server, part of `make bench`: CPU for a turn beside aimock's, and what a session costs in memory.

Both servers are processes as a user starts them, sending as fast as they can (`--pace 0`; aimock does so by default), and quiet.
One client drives both: sockets and frames, nothing else. A turn is `conversation.item.create` and `response.create`, answered with
the same text, until `response.done`. Each server sends the events it always sends; how many is said.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.npm import NotInstalled, install

REPLY = "The blue door opens at eight, and a table for two is free."
ASKED = "When do you open?"
SESSIONS, TURNS, ROUNDS = 50, 20, 5
CROWD = 300
WORD = 5
"""Characters of a word and its space in `REPLY`, about: we send word by word, as the real server does; aimock sends 20 at a time."""
START_S = 20.0
SETTLE_S = 1.5
KEY = "sk-simulated-0000000000000000"
AIMOCK = "@copilotkit/aimock"


def main(say: Any) -> None:
    """Print every figure beside its limit."""
    with TemporaryDirectory() as folder:
        with ours(Path(folder)) as server:
            turn = asyncio.run(measure(server))
        note(
            "the model server",
            f"{turn}; {SESSIONS} sessions x {TURNS} turns, {ROUNDS} rounds{'' if optimized() else '; this Python was built without PGO'}",
        )
        try:
            with theirs(Path(folder)) as server:
                other = asyncio.run(measure(server))
            with theirs(Path(folder), "--chunk-size", str(WORD)) as server:
                wordwise = asyncio.run(measure(server))
        except NotInstalled as reason:
            note("  beside aimock", f"not compared: {reason}")
        else:
            say("CPU of a text turn", f"beside aimock as it is: {other}", turn.cpu_s / other.cpu_s, "x aimock", at_most=0.5)
            say("  word by word", f"aimock with pieces of {WORD} characters: {wordwise}", turn.cpu_s / wordwise.cpu_s, "x aimock", at_most=0.5)
        with ours(Path(folder)) as server:
            grown, left, again = asyncio.run(crowd(server))
    say("memory of a session", f"{CROWD} sessions hold, each with a turn behind it", grown, "KiB", at_most=60)
    say("  after they closed", "what stays resident, for each of them", left, "KiB", at_most=30)
    say("  a second crowd", "its peak above that of the first, for each session", again, "KiB", at_most=2)


def optimized() -> bool:
    """Whether this Python was compiled as released ones are: it makes a good sixth of the CPU."""
    return "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def note(name: str, text: str) -> None:
    sys.stdout.write(f"{name:24} {text}\n")


@dataclass(frozen=True)
class Turn:
    """What a turn cost the server, and how many events it sent."""

    cpu_s: float
    per_s: float
    events: float

    def __str__(self) -> str:
        return f"{self.cpu_s * 1e6:.0f} us CPU for a turn of {self.events:g} events, {self.per_s:.0f} turns/s"


# --- the servers ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    url: str
    process: psutil.Process

    @property
    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    @property
    def resident_kib(self) -> float:
        return float(self.process.memory_info().rss) / 1024


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    rules = folder / "rules.yaml"
    rules.write_text(json.dumps([{"when": ASKED, "model": {"say": REPLY}}]), "utf-8")
    command = [sys.executable, "-m", "simulator", "openai", "--port", "0", "--pace", "0", "--rules", str(rules)]
    with running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        yield Server(f"{url}?model=gpt-realtime", psutil.Process(process.pid))


@contextmanager
def theirs(folder: Path, *options: str) -> Iterator[Server]:
    """Raises NotInstalled without Node.js, or when npm has no network."""
    package = install(AIMOCK) / "node_modules" / AIMOCK
    fixtures = folder / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": [{"match": {"userMessage": ASKED}, "response": {"content": REPLY}}]}), "utf-8")
    port = free_port()
    node = shutil.which("node") or "node"
    command = [node, str(package / "dist" / "cli.js"), "--port", str(port), "--fixtures", str(fixtures), "--log-level", "silent", *options]
    with running(command, stdout=subprocess.DEVNULL) as process:
        until_s = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > until_s or process.poll() is not None:
                    raise NotInstalled(f"{AIMOCK} did not start") from None
                time.sleep(0.05)
        yield Server(f"ws://127.0.0.1:{port}/v1/realtime?model=gpt-realtime", psutil.Process(process.pid))


@contextmanager
def running(command: list[str], stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=stdout, env={name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- measuring --------------------------------------------------------------------------------------------------------------------


async def measure(server: Server) -> Turn:
    """Rounds of 50 sessions x 20 turns, after one that does not count: Node.js compiles while it runs."""
    rounds = [await one_round(server) for _ in range(1 + ROUNDS)][1:]
    return Turn(*(statistics.fmean(figures) for figures in zip(*rounds, strict=True)))


async def one_round(server: Server) -> tuple[float, float, float]:
    """CPU seconds of a turn, turns a second, events of a turn; sessions are opened before and closed afterwards."""
    callers = await connected(server, SESSIONS)
    cpu_s, began_s = server.cpu_s, time.perf_counter()
    await asyncio.gather(*(caller.talk(TURNS) for caller in callers))
    took_s, cpu_s = time.perf_counter() - began_s, server.cpu_s - cpu_s
    for caller in callers:
        await caller.close()
    count = SESSIONS * TURNS
    return cpu_s / count, count / took_s, sum(caller.events for caller in callers) / count


async def crowd(server: Server) -> tuple[float, float, float]:
    """KiB a session: grown by the crowd, left when it has gone, and what a second crowd takes above the first.

    A few sessions come first: what the server loads once is no session's.
    """
    await one_round(server)
    await asyncio.sleep(SETTLE_S)
    before = server.resident_kib
    peaks, lefts = [], []
    for _ in range(2):
        callers = await connected(server, CROWD)
        await asyncio.gather(*(caller.talk(1) for caller in callers))
        await asyncio.sleep(SETTLE_S)
        peaks.append(server.resident_kib)
        for caller in callers:
            await caller.close()
        await asyncio.sleep(SETTLE_S)
        lefts.append(server.resident_kib)
    return (peaks[0] - before) / CROWD, (lefts[0] - before) / CROWD, (peaks[1] - peaks[0]) / CROWD


# --- the client -------------------------------------------------------------------------------------------------------------------

PATIENCE_S = 30.0
MASK = b"\x37\xfa\x21\x3d"
DONE = b'{"type":"response.done"'


def frame(event: dict[str, Any]) -> bytes:
    """A client's text frame."""
    payload = json.dumps(event).encode()
    length = bytes((0x80 | len(payload),)) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    return b"\x81" + length + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


UPDATE = frame({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}})
ITEM = frame(
    {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASKED}]}},
)  # fmt: skip
RESPONSE = frame({"type": "response.create"})
CLOSE = b"\x88\x82" + MASK + bytes(byte ^ MASK[at] for at, byte in enumerate((1000).to_bytes(2)))


class Caller(asyncio.Protocol):
    """One session, as cheap as a client can be: it walks over frames and looks into none but the last of a turn."""

    def __init__(self) -> None:
        self.events = 0
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._upgraded = False
        self._last = b""
        self._waiting: asyncio.Future[bytes] | None = None
        self._gone = asyncio.get_running_loop().create_future()

    async def open(self, url: str) -> None:
        """Connect, and have the session answer in text."""
        loop, parts = asyncio.get_running_loop(), urlsplit(url)
        await loop.create_connection(lambda: self, parts.hostname, parts.port)
        upgrade = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        upgrade += f"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer {KEY}\r\n\r\n"
        await self._said(b'{"type":"session.created"', upgrade.encode())
        await self._said(b'{"type":"session.updated"', UPDATE)

    async def talk(self, turns: int) -> None:
        """So many turns, each of which is answered with `REPLY`."""
        self.events = 0
        for _ in range(turns):
            done = json.loads(await self._said(DONE, ITEM, RESPONSE))["response"]
            assert done["output"][0]["content"][0] == {"type": "output_text", "text": REPLY}, done

    async def close(self) -> None:
        assert self._transport is not None
        self._transport.write(CLOSE)
        await asyncio.wait_for(self._gone, PATIENCE_S)

    async def _said(self, last: bytes, *frames: bytes) -> bytes:
        """Send, and wait for a frame that begins like that."""
        assert self._transport is not None
        self._last, self._waiting = last, asyncio.get_running_loop().create_future()
        for out in frames:
            self._transport.write(out)
        return await asyncio.wait_for(self._waiting, PATIENCE_S)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set_result(None)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("the server has gone"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        buffer, at = self._buffer, 0
        if not self._upgraded:
            at = buffer.find(b"\r\n\r\n") + 4
            if at < 4:
                return
            assert buffer.startswith(b"HTTP/1.1 101"), bytes(buffer)
            self._upgraded = True
        while len(buffer) - at >= 2:
            start, length = at + 2, buffer[at + 1]
            if length == 126:
                start, length = at + 4, int.from_bytes(buffer[at + 2 : at + 4])
            elif length == 127:
                start, length = at + 10, int.from_bytes(buffer[at + 2 : at + 10])
            if len(buffer) < start + length:
                break
            self.events += buffer[at] == 0x81
            if buffer.startswith(self._last, start) and self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(bytes(buffer[start : start + length]))
            at = start + length
        del buffer[:at]


async def connected(server: Server, count: int) -> list[Caller]:
    """So many sessions, a few at a time: a listener's backlog is short."""
    callers = [Caller() for _ in range(count)]
    for first in range(0, count, 25):
        await asyncio.gather(*(caller.open(server.url) for caller in callers[first : first + 25]))
    return callers


if __name__ == "__main__":
    from tests.bench import say

    main(say)
