"""The command line. Everything it does is a library call; whatever is slow to import is imported where it is used."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from simulator import __version__
from simulator.modes.codes import INTERRUPTED, NOTHING_COLLECTED, OUR_FAULT
from simulator.modes.completion import add_completion, answer_the_shell
from simulator.modes.dev.options import add_dev
from simulator.modes.openai.options import add_openai
from simulator.modes.options import add_run, configured
from simulator.modes.parser import Parser
from simulator.modes.show.options import add_show
from simulator.modes.talk.options import add_talk


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (design: 0 passed, 1 failed, 2 usage or scenario, 3 application, 5 nothing, 70 us, 130 interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is no reason to stop
    parser = _parser()
    answer_the_shell(parser)
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    from simulator.errors import SimError

    try:
        return int(options.run(options))
    except SimError as error:
        from simulator.journal import concealed
        from simulator.report.text import printable

        for line in concealed(f"jambonz-sim: {error}", os.environ).split("\n"):
            sys.stderr.write(f"{printable(line)}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("jambonz-sim: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        import traceback

        traceback.print_exc()
        sys.stderr.write(f"jambonz-sim: this is our own fault, not your application's: {type(error).__name__}: {error}\n")
        return OUR_FAULT


def _parser() -> Parser:
    parser = Parser(prog="jambonz-sim", description="Play phone calls written as YAML against a jambonz voice application.")
    parser.add_argument("--version", action="version", version=f"jambonz-sim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_run(commands)

    init = commands.add_parser(
        "init",
        help="set this folder up: configuration, a first scenario, a CI file",
        description="Find the application in this folder, call it once, and write a configuration, a first scenario and a CI file.",
    )
    init.add_argument("--app", metavar="REF", help="the application, when it is not found: module:factory, a URL, or 'command: node app.js'")
    init.add_argument("--path", help="the path of its websocket or webhook")
    init.add_argument("--transport", choices=["ws", "http"], help="what it speaks: websocket or webhooks")
    init.add_argument("--force", action="store_true", help="replace a first scenario and a CI file that are there already")
    init.set_defaults(run=_init)

    doctor = commands.add_parser("doctor", help="say what is wrong with this setup", description="Look at everything a run needs.")
    doctor.add_argument("--no-call", action="store_true", help="do not call the application")
    doctor.set_defaults(run=_doctor)

    validate = commands.add_parser("validate", help="check scenario files without playing them")
    validate.add_argument("paths", nargs="*", metavar="PATH")
    validate.set_defaults(run=_validate)

    rules = commands.add_parser("rules", help="list the rules asked of every call, or explain one")
    rules.add_argument("code", nargs="?", metavar="CODE")
    rules.set_defaults(run=_rules)

    add_dev(commands)
    add_show(commands)
    add_talk(commands)
    add_openai(commands)
    add_completion(commands)

    schema = commands.add_parser("schema", help="print the JSON Schema of the scenario language")
    schema.set_defaults(run=_schema)
    parser.commands = commands.choices
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from simulator.modes.doctor import examine, tell

    return tell(examine(Path.cwd(), os.environ, call=not options.no_call), sys.stdout)


def _init(options: argparse.Namespace) -> int:
    from simulator.modes.init import init

    return init(options)


def _validate(options: argparse.Namespace) -> int:
    from simulator.modes.selection import collected, none_found

    config = configured(options)
    scenarios = collected(options.paths, config, os.environ)
    if not scenarios:
        sys.stderr.write(f"jambonz-sim: {none_found(options.paths, config, scenarios, None)}\n")
        return NOTHING_COLLECTED
    sys.stdout.write("1 scenario is well formed\n" if len(scenarios) == 1 else f"{len(scenarios)} scenarios are well formed\n")
    return 0


def _rules(options: argparse.Namespace) -> int:
    from simulator.errors import UsageError, did_you_mean
    from simulator.rules import RULES

    if options.code is None:
        for one in RULES.values():
            sys.stdout.write(f"{one.code}  {one.title}{'  (warning)' if one.severity == 'warning' else ''}\n")
        return 0
    found = RULES.get(options.code.upper())
    if found is None:
        titled = [one.code for one in RULES.values() if options.code.casefold() in one.title.casefold()]
        remedy = f"its title has {', '.join(titled)}" if titled else did_you_mean(options.code.upper(), list(RULES))
        raise UsageError(f"there is no rule {options.code!r}", remedy)
    sys.stdout.write(f"{found.code}  {found.title}\n\nwhy:     {found.why}\nremedy:  {found.remedy}\nsource:  {found.source}\n")
    return 0


def _schema(options: argparse.Namespace) -> int:  # noqa: ARG001
    from importlib.resources import files

    sys.stdout.write((files("simulator.scenario") / "scenario.schema.json").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
