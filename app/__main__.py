"""`python -m app`: serves the application until SIGTERM, which lets the calls that are going on end first."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from aiohttp import web

from app import log as log_lines
from app.calls import Calls
from app.server import CALLS, PATH, create_app
from app.settings import Settings

log = logging.getLogger("app")

USAGE_ERROR = 2
CANNOT_LISTEN = 1


async def serve(app: web.Application, settings: Settings) -> int:
    """Serves until told to stop; returns the exit code. The first signal waits for the calls to end, a second one does not."""
    signals = _signals()
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.ws_port).start()
        host, port = runner.addresses[0][:2]
        log.info("event=listening url=ws://%s:%s%s", host, port, PATH)
        await signals.get()
        await _drain(app[CALLS], signals)
    except OSError as error:
        sys.stderr.write(f"app: cannot listen on {settings.host}:{settings.ws_port}: {error.strerror}\n")
        return CANNOT_LISTEN
    finally:
        await runner.cleanup()
    return 0


async def _drain(calls: Calls, signals: asyncio.Queue[signal.Signals]) -> None:
    log.info("event=draining calls=%s", len(calls))
    waiting = [asyncio.create_task(calls.drained()), asyncio.create_task(signals.get())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    log.info("event=stopping calls=%s", len(calls))


def _signals() -> asyncio.Queue[signal.Signals]:
    received: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, received.put_nowait, wanted)
    return received


def main() -> int:
    try:
        settings = Settings.from_environ(os.environ)
        app = create_app(settings)
    except ValueError as error:
        sys.stderr.write(f"app: {error}\n")
        return USAGE_ERROR
    log_lines.set_up(settings.log_level)
    return asyncio.run(serve(app, settings))


if __name__ == "__main__":
    sys.exit(main())
