"""Where a page is served, for which everybody needs the same options, and how it is opened."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.modes.dev.house import House


def add_listening(parser: argparse.ArgumentParser, port: int) -> None:
    """The options that say where a page is served."""
    shown = f"default: {port}" if port else "default: any that is free"
    parser.add_argument("--port", type=_port, default=port, metavar="N", help=f"where the page is served; 0 takes any port that is free ({shown})")
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (default: this machine only)")
    parser.add_argument(
        "--listen-anyway", action="store_true", help="listen on a --host that others can reach: whoever sees the address can use the page"
    )
    parser.add_argument("--no-open", action="store_true", help="print the address, and do not open it")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a whole number from 0 to 65535")
    return int(text)


def log(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stderr.write(f"jambonz-sim: {text}\n")
    sys.stderr.flush()


def check_host(options: argparse.Namespace) -> None:
    """Raises UsageError for a host that others can reach, unless that is meant; then it warns."""
    from simulator.errors import UsageError
    from simulator.modes.dev.door import is_loopback

    if is_loopback(options.host):
        return
    if not options.listen_anyway:
        raise UsageError(
            f"--host {options.host} can be reached from other machines, and what is said in a call would pass them unencrypted",
            "leave --host out, reach this machine by an SSH tunnel, or add --listen-anyway",
        )
    log(f"warning: listening on {options.host}: whoever can read the network can read the calls, and take the address below")


async def keep_open(house: House, options: argparse.Namespace) -> None:
    """Listen, say where, open it, and stay until the person has had enough."""
    import asyncio

    from simulator.modes.dev.house import until_stopped

    await house.start(options.host, options.port)
    try:
        url = house.url()
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        if not options.no_open:
            await asyncio.to_thread(_open, url)
        await until_stopped()
    finally:
        await house.stop()


def _open(url: str) -> None:
    """In a browser with windows: one that runs in the terminal would take it over."""
    import webbrowser
    from contextlib import suppress

    with suppress(webbrowser.Error, OSError):
        browser: Any = webbrowser.get()
        if isinstance(browser, webbrowser.GenericBrowser) and not isinstance(browser, webbrowser.BackgroundBrowser):
            return
        browser.open(url)
