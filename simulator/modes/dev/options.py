"""`jambonz-sim dev`: its options, and the page with the phone that it serves until it is interrupted."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.modes.dev.listening import add_listening
from simulator.modes.options import add_app, configured
from simulator.modes.talk.options import add_model

if TYPE_CHECKING:
    from simulator.modes.config import Config
    from simulator.modes.live import Live

PORT = 8088


def add_dev(commands: Any) -> None:
    """The subcommand."""
    dev = commands.add_parser(
        "dev",
        help="call the application from a page in the browser",
        description="Serve one page on this machine: a phone to call the application with, what passes meanwhile, and trouble to make.",
    )
    add_app(dev)
    add_model(dev)
    add_listening(dev, PORT)
    dev.set_defaults(run=run_dev)


def run_dev(options: argparse.Namespace) -> int:
    """Until it is interrupted. Raises UsageError."""
    from simulator.clock import real
    from simulator.modes.dev.listening import check_host
    from simulator.modes.live import Live, Model
    from simulator.network import ClockLoop, run

    check_host(options)
    config = configured(options)
    run(ClockLoop(real()), _serve(Live(config, Model(" ".join(options.model), ca_file=options.ca_file)), options, config))
    return 0


async def _serve(live: Live, options: argparse.Namespace, config: Config) -> None:
    from simulator.modes.dev.discretion import Discretion
    from simulator.modes.dev.house import House
    from simulator.modes.dev.listening import keep_open, log
    from simulator.modes.dev.pages import index

    own = config.app.get("env", {}) if isinstance(config.app, Mapping) else {}
    keys = {"password": config.password or "", "webhook_secret": config.webhook_secret}
    house = House(lambda: index(live=True), log, live, Discretion(os.environ, config.env, config.env_vars, own, keys))
    try:
        await live.start()
        await keep_open(house, options)
    finally:
        await live.close()
