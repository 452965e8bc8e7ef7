"""The command `talk`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from simulator.modes.options import add_app, configured


def add_talk(commands: argparse._SubParsersAction[Any]) -> None:
    """The command `talk`."""
    talk = commands.add_parser(
        "talk", help="talk to the application, in this terminal", description="Call the application and talk to it: a line is what the caller says."
    )
    add_app(talk)
    add_model(talk)
    talk.add_argument("--jsonl", action="store_true", help="for scripts: one JSON command a line in, one JSON message a line out")
    talk.set_defaults(run=_talk)


def add_model(parser: argparse.ArgumentParser) -> None:
    """The option that says who answers for the model."""
    parser.add_argument(
        "--model",
        nargs="+",
        default=["default"],
        metavar="MODEL",
        help="who answers for the model: default (an assistant), 'rules FILE', 'script FILE', echo; or a real one: openai, wss://HOST/PATH",
    )
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="with a real model: certificates to trust (PEM)")


def _talk(options: argparse.Namespace) -> int:
    from simulator.clock import real
    from simulator.modes.live import Live, Model
    from simulator.network import ClockLoop, run

    words = [word for text in options.model for word in text.split(None, 1)] if len(options.model) == 1 else options.model
    live = Live(configured(options), Model(words, ca_file=options.ca_file))
    if options.jsonl:
        from simulator.modes.talk.jsonl import Jsonl, to_stdout

        async def main() -> int:
            return await Jsonl(live, sys.stdin, to_stdout).run()
    else:
        from simulator.modes.talk.terminal import Terminal

        async def main() -> int:
            return await Terminal(live).run()

    return run(ClockLoop(real()), main())
