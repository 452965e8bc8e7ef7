"""TLS ends at the loop of a virtual call, and at no other loop of the process."""

from __future__ import annotations

import asyncio
import ssl
import threading
from typing import Any

from simulator.network import VirtualLoop, run
from simulator.network.tls import PlainTls


def layer() -> Any:
    return ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="example.com")


def test_on_the_loop_of_the_call_it_is_plain_and_elsewhere_it_is_not() -> None:
    found: dict[str, Any] = {}

    async def other() -> None:
        found["on another loop"] = layer()

    async def call() -> None:
        found["in the call"] = layer()
        thread = threading.Thread(target=asyncio.run, args=(other(),))
        thread.start()
        await asyncio.to_thread(thread.join)
        found["without a loop"] = await asyncio.to_thread(layer)

    run(VirtualLoop(), call())
    assert {where: type(made) for where, made in found.items()} == {
        "in the call": PlainTls,
        "on another loop": ssl.SSLObject,
        "without a loop": ssl.SSLObject,
    }
