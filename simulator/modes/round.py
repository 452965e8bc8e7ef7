"""One round: the scenarios that were asked for, played once, told as results come, and remembered."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.host import AppRef
from simulator.modes.alone import Alone
from simulator.modes.application import app_of
from simulator.modes.births import make_ready
from simulator.modes.bottom import shown
from simulator.modes.codes import INTERRUPTED, NOTHING_COLLECTED
from simulator.modes.config import Config
from simulator.modes.options import configured
from simulator.modes.progress import Listener, Progress
from simulator.modes.reports import Record, Reports, write_journal
from simulator.modes.selection import LastFailed, collected, matching, none_found
from simulator.network import wall_s
from simulator.report.result import Result
from simulator.report.run import Trouble
from simulator.report.text import TextReport, wants_colour
from simulator.scenario.load import Scenario

if TYPE_CHECKING:
    from simulator.modes.parallel import Crowd


def run(options: argparse.Namespace) -> int:
    """`jambonz-sim run`; the exit code."""
    with Reports(options, os.environ, Path.cwd()).told() as record:
        _play(options, record)
    return record.exit_code


def _play(options: argparse.Namespace, record: Record) -> None:
    if options.processes > 1:
        make_ready()
    config = configured(options)
    every = collected(options.paths, config, os.environ)
    last = LastFailed.beside(config)
    selected = matching(every, options.select)
    record.scenarios = scenarios = part(selected, last, options)
    if selected and not scenarios:
        sys.stderr.write("jambonz-sim: there are fewer scenarios than parts: this part has none\n")
        return
    if not scenarios:
        nothing = none_found(options.paths, config, every, options.select)
        sys.stderr.write(f"jambonz-sim: {nothing}\n")
        record.exit_code = NOTHING_COLLECTED
        record.troubles.append(Trouble("NothingCollected", nothing.problem, nothing.remedy))
        return
    app = app_of(config)
    if app.in_process:
        app.load()
    began_s = wall_s()
    progress = Progress(len(scenarios), began_s)
    paged, written = options.html is not None, options.journal is not None
    players = _players(scenarios, app, config, options.processes, progress, journals=paged or written)
    interrupted = False
    with shown(progress, os.environ):
        report = None if options.json else TextReport(sys.stdout, colour=wants_colour(sys.stdout, os.environ))

        def tell(result: Result) -> None:
            record.results.append(result.light(journal=paged or result.outcome != "passed"))
            if report is not None:
                report.line(result)
                progress.said(wall_s())
            if written:
                write_journal(result, options.journal)

        try:
            with players:
                for result in players:
                    tell(result)
                    if options.until_failure and result.outcome != "passed":
                        break
        except KeyboardInterrupt:
            interrupted = True
            record.troubles.append(Trouble("Interrupted", "the run was interrupted"))
            for result in players.kept():
                tell(result)
    record.wall_s = wall_s() - began_s
    record.exit_code = INTERRUPTED if interrupted else max((result.exit_code for result in record.results), default=0)
    for line in players.last_words():
        sys.stderr.write(f"jambonz-sim: {line}\n")
    remember(last, record.results, every)
    if options.json:
        _write_json(record)
    else:
        TextReport(sys.stdout, colour=wants_colour(sys.stdout, os.environ)).end(record.results, record.wall_s)


def _players(scenarios: list[Scenario], app: AppRef, config: Config, count: int, listener: Listener, *, journals: bool) -> Alone | Crowd:
    if count == 1:
        return Alone(scenarios, app, config, listener)
    from simulator.modes.parallel import Crowd, check

    check(app, config, count)
    return Crowd(scenarios, app, config, count, listener, journals=journals)


def _write_json(record: Record) -> None:
    passed = sum(result.outcome == "passed" for result in record.results)
    summary = {"passed": passed, "total": len(record.results), "wall_ms": round(record.wall_s * 1000, 1)}
    document = {"schema_version": 1, "summary": summary, "scenarios": [result.json() for result in record.results]}
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def part(scenarios: list[Scenario], last: LastFailed, options: argparse.Namespace) -> list[Scenario]:
    """What is left by --last-failed and --shard."""
    if options.last_failed:
        failed = last.of(scenarios)
        if not failed:
            sys.stderr.write("jambonz-sim: none of them failed last time: all are played\n")
        scenarios = failed or scenarios
    return scenarios if options.shard is None else options.shard.part(scenarios)


def remember(last: LastFailed, results: list[Result], every: list[Scenario]) -> None:
    """For the next --last-failed."""
    try:
        last.learn(results, every)
    except OSError as error:
        sys.stderr.write(f"jambonz-sim: what failed cannot be written down for --last-failed: {error.strerror}\n")
