"""`jambonz-sim openai`: its options, and the process that serves until it is told to stop."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import Any

PORT = 8089


def add_openai(commands: Any) -> None:
    """The subcommand."""
    openai = commands.add_parser(
        "openai",
        help="serve the model server for any Realtime client",
        description="Serve the OpenAI Realtime API: speech in, speech out, no key and no model. The first line on stdout is JSON with the url.",
    )
    openai.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (default: this machine only)")
    openai.add_argument("--port", type=_port, default=PORT, metavar="PORT", help=f"0 takes any that is free (default: {PORT})")
    answers = openai.add_mutually_exclusive_group()
    answers.add_argument("--script", metavar="FILE", help="answer with the steps of this YAML file, one for each response")
    answers.add_argument("--rules", metavar="FILE", help="answer by the rules of this YAML file: when the user says this, do that")
    answers.add_argument("--echo", action="store_true", help="say back what was heard")
    openai.add_argument("--tls", action="store_true", help="wss:// with a certificate made for this run; how to trust it is said on stderr")
    openai.add_argument("--beta", choices=["serve", "refuse"], help="what happens to clients of the beta dialect (default: serve)")
    openai.add_argument("--pace", type=_pace, metavar="N", help="audio is sent N times as fast as speech; 0: everything at once (default: 4)")
    openai.add_argument(
        "--key", action="append", default=[], metavar="K", help="a good API key, several times for several (default: any key is good)"
    )
    openai.add_argument("--seed", metavar="N", help="seed of ids and made-up arguments (default: another one each time)")
    openai.add_argument("--record", metavar="DIR", help="leave a journal of every connection here, as JSON lines, without keys and sound")
    openai.set_defaults(run=serve)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0 <= pace <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a pace: a number from 0 to 1000")
    return pace


def serve(options: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT, which are the usual end: 0."""
    import asyncio

    from simulator.modes.openai.offer import offer

    given = {name: getattr(options, name) for name in ("script", "rules", "echo", "beta", "pace", "seed", "record")}
    what = offer(**given, keys=options.key)
    return asyncio.run(_serve(what, options.host, options.port, options.tls))


async def _serve(what: Any, host: str, port: int, tls: bool) -> int:
    import asyncio
    import json
    import signal
    import sys

    from simulator.modes.openai.certificates import Certificate, ca_file, how_to_trust
    from simulator.modes.openai.memory import give_back, settle
    from simulator.modes.openai.server import OpenAIServer

    def log(note: str) -> None:
        sys.stderr.write(f"jambonz-sim: {note}\n")
        sys.stderr.flush()

    certificate = Certificate(host) if tls else None
    server = OpenAIServer(what, log, when_empty=give_back)
    settle()
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    url = await server.start(host, port, certificate.context if certificate else None)
    trusted = ca_file(server.port) if certificate else None
    try:
        if certificate and trusted:
            log(how_to_trust(certificate.write(trusted)))
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        await over.wait()
    finally:
        await server.stop()
        if trusted:
            with suppress(OSError):
                trusted.unlink()
    return 0
