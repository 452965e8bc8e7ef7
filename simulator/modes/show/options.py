"""`jambonz-sim show`: its options, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from simulator.modes.dev.listening import add_listening


def add_show(commands: Any) -> None:
    """The subcommand."""
    show = commands.add_parser(
        "show",
        help="show finished calls: journals, as lanes in the browser",
        description="Show the calls in journal files (run --journal DIR, openai --record DIR) in the browser; of two files, what differs.",
    )
    show.add_argument("paths", nargs="+", type=Path, metavar="JOURNAL", help="a journal, a folder of them, or two journals to compare")
    show.add_argument("--html", type=Path, metavar="FILE", help="write one page that needs no server and no network, and end")
    add_listening(show, port=0)
    show.set_defaults(run=run_show)


def run_show(options: argparse.Namespace) -> int:
    """Until it is interrupted; with `--html` at once. Raises UsageError."""
    from simulator.modes.dev.listening import check_host, log
    from simulator.modes.show.showing import showing

    if options.html is None:
        check_host(options)
    shown = showing(options.paths)
    for note in shown.notes:
        log(note)
    if options.html is not None:
        return _write(shown.page(), options.html)
    import asyncio

    asyncio.run(_serve(shown.served(), options))
    return 0


async def _serve(page: str, options: argparse.Namespace) -> None:
    from simulator.modes.dev.house import House
    from simulator.modes.dev.listening import keep_open, log

    await keep_open(House(lambda: page, log), options)


def _write(text: str, path: Path) -> int:
    import sys

    from simulator.modes.reports import write_whole

    write_whole(path, text, "--html")
    sys.stdout.write(f"{path}\n")
    return 0
