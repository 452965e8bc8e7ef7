"""The options of `jambonz-sim run`, and the configuration they change."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.modes.reports import add_reports

if TYPE_CHECKING:
    from simulator.modes.config import Config
    from simulator.modes.selection import Shard


def add_run(commands: argparse._SubParsersAction[Any]) -> None:
    """The command `run`."""
    run = commands.add_parser("run", help="play scenarios", description="Play scenarios against an application and say what did not hold.")
    run.add_argument("paths", nargs="*", metavar="PATH", help="scenario files or folders (default: the configured folder)")
    add_app(run)
    run.add_argument("-k", dest="select", metavar="EXPR", help="only scenarios whose name, file or tag matches this regular expression")
    run.add_argument("--last-failed", action="store_true", help="only scenarios that failed when they were last played; all, when none did")
    run.add_argument("--shard", type=_shard, metavar="I/N", help="only part I of N, for several machines: each scenario is in one part")
    run.add_argument("-n", dest="processes", type=int, default=1, metavar="N", help="play in N processes; results come in the same order")
    run.add_argument("-x", dest="until_failure", action="store_true", help="stop at the first failure")
    run.add_argument("--watch", action="store_true", help="stay, and play what a saved file affects: a scenario, or the application")
    run.add_argument("--clock", choices=["virtual", "elastic", "real"], help="how time passes: virtual inside this process, elastic or real outside")
    run.add_argument("--seed", type=int, metavar="N", help="seed of ids and dice")
    run.add_argument("--json", action="store_true", help="one JSON document on stdout instead of text")
    run.add_argument("--journal", type=Path, metavar="DIR", help="write the journal of every call into this folder")
    add_reports(run)
    run.set_defaults(run=_run)


def add_app(parser: argparse.ArgumentParser) -> None:
    """The options that say which application, and how it is reached."""
    parser.add_argument(
        "--app", metavar="REF", help="the application: module:factory, the ws:// or http:// URL of one that runs, or 'command: node app.js'"
    )
    parser.add_argument("--transport", choices=["ws", "http"], help="what module:factory or a command speaks: websocket (default) or webhooks")
    parser.add_argument(
        "--url", metavar="URL", help="of a command: its websocket or webhook, such as 'ws://127.0.0.1:${PORT}/path' (it is offered the port as PORT)"
    )
    parser.add_argument("--path", help="the path of the application's websocket or webhook")
    parser.add_argument("--ready", metavar="WHEN", help="of a command, when it takes calls: port (default), port:N, or /what it logs then/")
    parser.add_argument(
        "--stubs-port", type=_port, metavar="N", help="where an application in another process reaches the stubs (default: a free port)"
    )


def configured(options: argparse.Namespace) -> Config:
    """The configuration of the working directory, changed by what the command line says."""
    from simulator.modes.config import find

    config = find(Path.cwd(), os.environ)
    names = ("app", "transport", "url", "path", "ready", "stubs_port", "clock", "seed")
    return config.changed(**{name: getattr(options, name, None) for name in names})


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a whole number from 1 to 65535")
    return int(text)


def _shard(text: str) -> Shard:
    from simulator.modes.selection import shard_of

    try:
        return shard_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _run(options: argparse.Namespace) -> int:
    if options.watch:
        from simulator.modes.watch.vigil import watch

        return watch(options)
    from simulator.modes.round import run

    return run(options)
