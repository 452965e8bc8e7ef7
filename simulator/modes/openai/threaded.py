"""The server in a thread with a loop of its own, for tests of clients:

with openai_server(script="greeting.yaml", pace=0) as server:
    client = AsyncOpenAI(api_key=server.key, base_url=server.base_url)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from simulator.modes.openai.certificates import Certificate
from simulator.modes.openai.offer import offer
from simulator.modes.openai.server import LOOPBACK, Offer, OpenAIServer

T = TypeVar("T")
KEY = "sk-simulated-0000000000000000"


@dataclass
class Running:
    """A server that runs. `url` is that of the websocket; `notes` say which clients were dropped, and why."""

    url: str
    key: str = field(repr=False)
    notes: list[str]
    server: OpenAIServer
    loop: asyncio.AbstractEventLoop
    ca_file: Path | None = None
    """With `tls`: the certificate for clients to trust."""

    @property
    def base_url(self) -> str:
        """What the `openai` packages call `base_url`."""
        return self.url.removesuffix("/realtime").replace("ws", "http", 1)

    @property
    def websocket_base_url(self) -> str:
        return self.url.removesuffix("/realtime")

    @property
    def connections(self) -> int:
        return self.server.connections

    def tasks(self) -> int:
        """How many tasks the loop of the server has: none, when nobody is connected."""
        return self.ask(self._count())

    async def _count(self) -> int:
        return len(asyncio.all_tasks()) - 1

    def ask(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


@contextmanager
def openai_server(*, host: str = LOOPBACK, port: int = 0, tls: bool = False, **options: Any) -> Iterator[Running]:
    """A server while the block lasts; the options are those of `offer`: script, rules, echo, beta, pace, keys, seed, settings, limits, record."""
    what = offer(**options)
    if not tls:
        with serving(what, host, port) as running:
            yield running
        return
    certificate = Certificate(host)
    with TemporaryDirectory() as folder, serving(what, host, port, certificate.context) as running:
        running.ca_file = certificate.write(Path(folder) / "ca.pem")
        yield running


@contextmanager
def serving(what: Offer, host: str = LOOPBACK, port: int = 0, tls: SSLContext | None = None) -> Iterator[Running]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="openai-server", daemon=True)
    thread.start()
    notes: list[str] = []

    def ask(coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    async def start() -> tuple[OpenAIServer, str]:
        server = OpenAIServer(what, notes.append)
        return server, await server.start(host, port, tls)

    try:
        server, url = ask(start())
        try:
            yield Running(url, (what.settings.keys or (KEY,))[0], notes, server, loop)
        finally:
            ask(server.stop())
    finally:
        ask(loop.shutdown_asyncgens())
        ask(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
