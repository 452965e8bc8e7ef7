"""Serves `module:factory` on the port of the environment's `PORT`, in a process of its own: `python -m simulator.modes.live.served REF`.

Live calls run on the real clock, and a saved source is read by a fresh process; so the application does not live in ours.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from simulator.errors import AppError, SimError
from simulator.factory import load


async def serve(factory: Callable[[], Any], port: int) -> None:
    """Until it is cancelled."""
    made = factory()
    if inspect.isawaitable(made):
        made = await made
    if not isinstance(made, web.Application):
        remedy = "a factory answers an aiohttp Application, or is an async function that serves on the port of the environment's PORT"
        raise AppError(f"the factory answered {'nothing' if made is None else type(made).__name__}", remedy)
    runner = web.AppRunner(made, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        factory = load(sys.argv[1])
        with suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(serve(factory, int(os.environ["PORT"])))
    except SimError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
