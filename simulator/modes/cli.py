"""The command line. Everything it does is a library call; whatever is slow to import is imported where it is used."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.modes.openai.options import add_openai
from simulator.modes.reports import Record, Reports, add_reports

if TYPE_CHECKING:
    from simulator.deployment import Deployment
    from simulator.host import AppRef
    from simulator.modes.config import Config
    from simulator.modes.parallel import Crowd
    from simulator.modes.selection import LastFailed, Shard
    from simulator.report.result import Result
    from simulator.scenario.load import Scenario

NOTHING_COLLECTED = 5
OUR_FAULT = 70
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (design: 0 passed, 1 failed, 2 usage or scenario, 3 application, 5 nothing, 70 us, 130 interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is no reason to stop
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    from simulator.errors import SimError

    try:
        return int(options.run(options))
    except SimError as error:
        sys.stderr.write(f"jambonz-sim: {error}\n")
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jambonz-sim", description="Play phone calls written as YAML against a jambonz voice application.")
    parser.add_argument("--version", action="version", version=f"jambonz-sim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    run = commands.add_parser("run", help="play scenarios", description="Play scenarios against an application and say what did not hold.")
    run.add_argument("paths", nargs="*", metavar="PATH", help="scenario files or folders (default: the configured folder)")
    run.add_argument(
        "--app", metavar="REF", help="the application: module:factory, the ws:// or http:// URL of one that runs, or 'command: node app.js'"
    )
    run.add_argument("--transport", choices=["ws", "http"], help="what module:factory or a command speaks: websocket (default) or webhooks")
    run.add_argument(
        "--url", metavar="URL", help="of a command: its websocket or webhook, such as 'ws://127.0.0.1:${PORT}/path' (it is offered the port as PORT)"
    )
    run.add_argument("--path", help="the path of the application's websocket or webhook")
    run.add_argument("--ready", metavar="WHEN", help="of a command, when it takes calls: port (default), port:N, or /what it logs then/")
    run.add_argument("--stubs-port", type=int, metavar="N", help="where an application in another process reaches the stubs (default: a free port)")
    run.add_argument("-k", dest="select", metavar="EXPR", help="only scenarios whose name, file or tag matches this regular expression")
    run.add_argument("--last-failed", action="store_true", help="only scenarios that failed when they were last played; all, when none did")
    run.add_argument("--shard", type=_shard, metavar="I/N", help="only part I of N, for several machines: each scenario is in one part")
    run.add_argument("-n", dest="processes", type=int, default=1, metavar="N", help="play in N processes; results come in the same order")
    run.add_argument("-x", dest="until_failure", action="store_true", help="stop at the first failure")
    run.add_argument("--clock", choices=["virtual", "elastic", "real"], help="how time passes: virtual inside this process, elastic or real outside")
    run.add_argument("--seed", type=int, metavar="N", help="seed of ids and dice")
    run.add_argument("--json", action="store_true", help="one JSON document on stdout instead of text")
    run.add_argument("--journal", type=Path, metavar="DIR", help="write the journal of every call into this folder")
    add_reports(run)
    run.set_defaults(run=_run)

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

    add_openai(commands)

    schema = commands.add_parser("schema", help="print the JSON Schema of the scenario language")
    schema.set_defaults(run=_schema)
    return parser


def _shard(text: str) -> Shard:
    from simulator.modes.selection import shard_of

    try:
        return shard_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _configured(options: argparse.Namespace) -> Config:
    from simulator.modes.config import find

    config = find(Path.cwd(), os.environ)
    names = ("app", "transport", "url", "path", "ready", "stubs_port", "clock", "seed")
    return config.changed(**{name: getattr(options, name, None) for name in names})


def _collected(options: argparse.Namespace, config: Config) -> list[Scenario]:
    """All scenarios asked for. Raises `ScenarioErrors` with everything that is wrong in any of the files."""
    from simulator.errors import ScenarioError, ScenarioErrors
    from simulator.rules import unknown_codes
    from simulator.scenario.load import collect, load

    errors: list[ScenarioError] = []
    scenarios: list[Scenario] = []
    for path in collect([Path(one) for one in options.paths or [config.scenarios]]):
        try:
            scenarios += load(path, env=os.environ, seed=config.seed)
        except ScenarioErrors as several:
            errors += several.errors
        except ScenarioError as one:
            errors.append(one)
    errors += [error for scenario in scenarios for error in unknown_codes(scenario)]
    if errors:
        raise ScenarioErrors(errors)
    return scenarios


def _selected(scenarios: list[Scenario], expression: str | None) -> list[Scenario]:
    from simulator.errors import UsageError

    if expression is None:
        return scenarios
    try:
        wanted = re.compile(expression, re.IGNORECASE)
    except re.error as error:
        raise UsageError(f"-k {expression!r} is no regular expression: {error}", "for example -k 'tool|limit'") from error
    return [one for one in scenarios if any(wanted.search(text) for text in (one.id, one.file, *one.tags))]


def _part(scenarios: list[Scenario], last: LastFailed, options: argparse.Namespace) -> list[Scenario]:
    """What is left by --last-failed and --shard."""
    if options.last_failed:
        failed = last.of(scenarios)
        if not failed:
            sys.stderr.write("jambonz-sim: none of them failed last time: all are played\n")
        scenarios = failed or scenarios
    return scenarios if options.shard is None else options.shard.part(scenarios)


def _remember(last: LastFailed, results: list[Result], collected: list[Scenario]) -> None:
    """For the next --last-failed."""
    try:
        last.learn(results, collected)
    except OSError as error:
        sys.stderr.write(f"jambonz-sim: what failed cannot be written down for --last-failed: {error.strerror}\n")


def _run(options: argparse.Namespace) -> int:
    with Reports(options, os.environ, Path.cwd()).told() as record:
        _play(options, record)
    return record.exit_code


def _play(options: argparse.Namespace, record: Record) -> None:
    if options.processes > 1:
        from simulator.modes.births import make_ready

        make_ready()
    from simulator.modes.run import app_of, deployed, play_all, write_journal
    from simulator.modes.selection import LastFailed
    from simulator.network import wall_s
    from simulator.report.run import Trouble
    from simulator.report.text import TextReport, wants_colour

    config = _configured(options)
    collected = _collected(options, config)
    last = LastFailed(Path.cwd() if config.file == "default" else Path(config.file).parent)
    selected = _selected(collected, options.select)
    record.scenarios = scenarios = _part(selected, last, options)
    if selected and not scenarios:
        sys.stderr.write("jambonz-sim: there are fewer scenarios than parts: this part has none\n")
        return
    if not scenarios:
        sys.stderr.write("jambonz-sim: no scenario was found\n")
        record.exit_code = NOTHING_COLLECTED
        record.troubles.append(Trouble("NothingCollected", "no scenario was found"))
        return
    app = app_of(config)
    if app.in_process:
        app.load()
    report = None if options.json else TextReport(sys.stdout, colour=wants_colour(sys.stdout, os.environ))
    began_s, results = wall_s(), record.results
    interrupted = False
    deployment = None
    paged, written = options.html is not None, options.journal is not None
    crowd = _crowd(scenarios, app, config, options.processes, journals=paged or written)

    def tell(result: Result) -> None:
        results.append(result.light(journal=paged))
        if report is not None:
            report.line(result)
        if written:
            write_journal(result, options.journal)

    try:
        if crowd is not None:
            with crowd:
                for result in crowd:
                    tell(result)
                    if options.until_failure and result.outcome != "passed":
                        break
        else:
            with deployed(app, config) as deployment:
                for result in play_all(scenarios, app, config, until_failure=options.until_failure, deployment=deployment):
                    tell(result)
    except KeyboardInterrupt:
        interrupted = True
        record.troubles.append(Trouble("Interrupted", "the run was interrupted"))
        for result in crowd.kept() if crowd is not None else ():
            tell(result)
    record.wall_s = wall_s() - began_s
    record.exit_code = INTERRUPTED if interrupted else max((result.exit_code for result in results), default=0)
    _tell_of(deployment, len(scenarios) - len(results))
    if crowd is not None and crowd.failed and len(results) < len(scenarios):
        sys.stderr.write(f"jambonz-sim: {len(scenarios) - len(results)} more not played: the application does not start\n")
    _remember(last, results, collected)
    if report is not None:
        report.end(results, record.wall_s)
    else:
        summary = {"passed": sum(result.outcome == "passed" for result in results), "total": len(results), "wall_ms": round(record.wall_s * 1000, 1)}
        json.dump(
            {"schema_version": 1, "summary": summary, "scenarios": [result.json() for result in results]}, sys.stdout, indent=2, ensure_ascii=False
        )
        sys.stdout.write("\n")


def _crowd(scenarios: list[Scenario], app: AppRef, config: Config, count: int, *, journals: bool) -> Crowd | None:
    """Several processes, when they are asked for."""
    if count == 1:
        return None
    from simulator.modes.parallel import Crowd, check

    check(app, config, count)
    return Crowd(scenarios, app, config, count, journals=journals)


def _tell_of(deployment: Deployment | None, not_played: int) -> None:
    """What an application started by us has left to be said, when all is over."""
    if deployment is None or deployment.process is None:
        return
    if deployment.process.failed is not None and not_played:
        sys.stderr.write(
            f"jambonz-sim: {not_played} more scenario{'s were' if not_played > 1 else ' was'} not played: the application does not start\n"
        )
    for name in deployment.exit.left if deployment.exit is not None else ():
        sys.stderr.write(f"jambonz-sim: the application has ended, but left a process behind, which was killed: {name}\n")


def _doctor(options: argparse.Namespace) -> int:
    from simulator.modes.doctor import examine, tell

    return tell(examine(Path.cwd(), os.environ, call=not options.no_call), sys.stdout)


def _init(options: argparse.Namespace) -> int:
    from simulator.modes.init import init

    return init(options)


def _validate(options: argparse.Namespace) -> int:
    config = _configured(options)
    scenarios = _collected(options, config)
    if not scenarios:
        sys.stderr.write("jambonz-sim: no scenario was found\n")
        return NOTHING_COLLECTED
    sys.stdout.write(f"{len(scenarios)} scenarios are well formed\n")
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
        raise UsageError(f"there is no rule {options.code!r}", did_you_mean(options.code.upper(), list(RULES)))
    sys.stdout.write(f"{found.code}  {found.title}\n\nwhy:     {found.why}\nremedy:  {found.remedy}\nsource:  {found.source}\n")
    return 0


def _schema(options: argparse.Namespace) -> int:  # noqa: ARG001
    from importlib.resources import files

    sys.stdout.write((files("simulator.scenario") / "scenario.schema.json").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
