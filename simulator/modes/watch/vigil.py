"""`run --watch`: rounds, one after the other, of what a save has affected, until somebody has had enough."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType

from simulator.errors import SimError, UsageError
from simulator.modes.application import app_of
from simulator.modes.bottom import bar_of, bottom, is_terminal, shown
from simulator.modes.codes import INTERRUPTED
from simulator.modes.options import configured
from simulator.modes.parallel import Crowd, check
from simulator.modes.progress import Progress, fitting
from simulator.modes.reports import write_journal
from simulator.modes.round import part, remember
from simulator.modes.selection import LastFailed, matching
from simulator.modes.watch.keys import Keys
from simulator.modes.watch.library import Key, Library, key_of
from simulator.modes.watch.lookout import LOOK_EVERY_S, Asked, Circle, Left, Lookout, Saved, Wish
from simulator.modes.watch.project import Project
from simulator.modes.watch.reading import Reading
from simulator.modes.watch.sight import Sight, Stamp
from simulator.modes.watch.telling import name_of, report, say, say_changed, sum_up
from simulator.network import wall_s
from simulator.report.result import Result
from simulator.scenario.load import Scenario

ONES_OWN_S = 0.3
"""What changes during a round, or so soon after it, may have been changed by its calls."""


def watch(options: argparse.Namespace) -> int:
    """`jambonz-sim run --watch`; the exit code: 130 after Ctrl-C, else as the scenarios were when they were last played."""
    for name in ("json", "junit", "html", "github"):
        if getattr(options, name):
            raise UsageError(f"--watch goes on until you end it, and --{name} is the report of one run", "leave one of them out")
    vigil = Vigil(options)
    ended = signal.signal(signal.SIGTERM, _end)
    try:
        return vigil.keep()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, ended)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that the terminal is given back, and the application ended


class Vigil:
    """What is known between rounds: scenarios, how they were when they were last played, and which are `due`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._config = configured(options)
        self._project = Project(self._config)
        self._library = Library(Reading(self._project.folder), os.environ)
        self._last = LastFailed.beside(self._config)
        self._app = app_of(self._config)
        check(self._app, self._config, options.processes)
        self._crowd: Crowd | None = None
        self._keys = Keys()
        self._terminal = is_terminal(sys.stderr, os.environ)
        self._lookout = Lookout(self._keys, self._aim, self._relevant)
        self._circle = Circle()
        self._read_before: dict[str, Stamp | None] = {}
        self._misconfigured = False
        self._ended_s = 0.0
        self._codes: dict[Key, int] = {}
        self._due: dict[Key, Scenario] = {}
        self._progress: Progress | None = None
        self._waits = False
        self._trouble = ""
        """Why nothing can be played until something is saved; empty when it can."""

    def keep(self) -> int:
        """Rounds until somebody leaves; the exit code."""
        with ExitStack() as open_:
            open_.callback(self._dismiss)
            open_.enter_context(self._keys)
            if self._terminal:
                bar = bar_of(sys.stderr)
                open_.enter_context(bottom(lambda columns: self._line(columns, bar)))
            self._library.refresh(self._paths, self._config.seed, None)
            say(*self._library.errors)
            self._all_due()
            if not self._terminal:
                sys.stderr.write("jambonz-sim: watching; what a save affects is played again, and Ctrl-C ends it\n")
            while True:
                wish = self._round() if self._due and not self._trouble else None
                wish = wish or self._wait()
                if isinstance(wish, Left):
                    return max(self._codes.values(), default=0)
                self._obey(wish)

    # --- what is due

    @property
    def _paths(self) -> Sequence[str]:
        return self._options.paths or [self._config.scenarios]

    def _selected(self) -> list[Scenario]:
        found = matching(self._library.scenarios, self._options.select)
        return found if self._options.shard is None else self._options.shard.part(found)

    def _all_due(self) -> None:
        if self._options.last_failed:
            selected = part(matching(self._library.scenarios, self._options.select), self._last, self._options)
        else:
            selected = self._selected()
        self._due = {key_of(one): one for one in selected}
        if not self._due and not self._library.errors:
            sys.stderr.write("jambonz-sim: no scenario was found\n")

    def _obey(self, wish: Saved | Asked) -> None:
        match wish:
            case Asked(failed_only=True):
                self._due |= {key_of(one): one for one in self._selected() if self._codes.get(key_of(one))}
                if not self._due:
                    say("nothing has failed")
            case Asked():
                say("\n> everything again")
                if self._misconfigured and not self._configure():
                    return
                if self._trouble:
                    self._renew()
                self._all_due()
            case Saved(files):
                self._take(files)

    def _take(self, files: frozenset[str]) -> None:
        """Work out what these changes mean."""
        say_changed(files)
        configuration = self._misconfigured or self._project.is_configuration(files)
        if configuration and not self._configure():
            return
        errors = self._library.errors
        loaded = self._library.refresh(self._paths, self._config.seed, None if configuration else files)
        if self._library.errors != errors:
            say(*self._library.errors)
        there = {key_of(one): one for one in self._library.scenarios}
        self._codes = {key: code for key, code in self._codes.items() if key in there}
        self._due = {key: there[key] for key in self._due if key in there}
        if configuration or any(map(self._is_applications, files - self._library.read.keys())):
            self._renew()
            self._all_due()
        elif not self._trouble:
            fresh = {key_of(one) for one in loaded}
            self._due |= {key_of(one): one for one in self._selected() if key_of(one) in fresh}

    def _configure(self) -> bool:
        """Take the configuration as it is now; False when that cannot be done."""
        try:
            config = configured(self._options)
            app = app_of(config)
            check(app, config, self._options.processes)
        except SimError as error:
            self._misconfigured = True
            self._stop(str(error))
            return False
        self._renew()  # the one that runs is still that of before
        self._misconfigured = False
        self._config, self._app, self._project = config, app, Project(config)
        return True

    @property
    def _read(self) -> dict[str, Stamp | None]:
        """What the application has read: the one that runs, and, until that has been played once, the one before."""
        return self._read_before | ({} if self._crowd is None else self._crowd.read)

    @property
    def _anything(self) -> bool:
        """Whether any source may be one of the application's: nobody could see which it needs."""
        return bool(self._trouble) or not self._read

    def _is_applications(self, file: str) -> bool:
        return self._project.is_applications(file, self._app, self._paths, self._read, broken=self._anything)

    def _renew(self) -> None:
        """The application that runs is not the one that is there any more."""
        self._trouble = ""
        self._dismiss()

    def _dismiss(self) -> None:
        self._read_before = self._read
        crowd, self._crowd = self._crowd, None
        if crowd is not None:
            crowd.close()
            self._project.wait_for_port(self._app)

    def _stop(self, trouble: str) -> None:
        self._trouble = trouble
        say(f"jambonz-sim: {trouble}")

    # --- a round

    def _round(self) -> Wish | None:
        """Play what is due, what failed last first; a wish that came meanwhile ends it, and what is still due stays so."""
        order = {key_of(one): number for number, one in enumerate(self._library.scenarios)}
        due = [self._due[key] for key in sorted(self._due, key=lambda key: (not self._codes.get(key), order[key]))]
        began_s = wall_s()
        self._progress = progress = Progress(len(due), began_s)
        if self._crowd is None:
            self._crowd = Crowd(due, self._app, self._config, self._options.processes, progress, watched=self._project.folder)
        else:
            self._crowd.again(due, progress)
        self._aim(self._lookout.sight)  # before the application begins to write
        results: list[Result] = []
        try:
            with ExitStack() as open_:
                if not self._terminal:
                    open_.enter_context(shown(progress, os.environ))
                return self._results(self._crowd, results)
        except KeyboardInterrupt:
            crowd, self._crowd = self._crowd, None
            crowd.close()
            for result in crowd.kept():
                self._tell(result, results)
            raise
        finally:
            self._progress = None
            self._ended_s = wall_s()
            if results:
                remember(self._last, results, self._library.scenarios)
                sum_up(results, self._ended_s - began_s, self._failing)

    def _results(self, crowd: Crowd, results: list[Result]) -> Wish | None:
        for result in crowd.results(LOOK_EVERY_S):
            if result is not None:
                self._tell(result, results)
                if self._options.until_failure and result.outcome != "passed":
                    self._due = {}
                    break
            wish = self._look(0.0)
            if wish is not None:
                return wish
        self._read_before = {}
        if crowd.broken is not None:
            self._stop(crowd.broken)
        elif crowd.failed:
            self._stop("the application does not start")
        if crowd.failed:
            self._due = {}
        return None

    def _tell(self, result: Result, results: list[Result]) -> None:
        results.append(result)
        key = result.file, result.name
        self._codes[key] = result.exit_code
        self._due.pop(key, None)
        report().line(result)
        if self._progress is not None:
            self._progress.said(wall_s())
        if self._options.journal is not None:
            write_journal(result, self._options.journal)

    @property
    def _failing(self) -> int:
        return sum(code != 0 for code in self._codes.values())

    # --- waiting

    def _aim(self, sight: Sight) -> None:
        read = self._library.read | self._project.configuration() | self._read
        sight.aim(read, self._project.trees(self._app, self._paths, broken=self._anything, errors=bool(self._library.errors)))

    def _relevant(self, changed: set[str]) -> set[str]:
        return self._project.relevant(changed, self._app, self._library.read)

    def _wait(self) -> Wish:
        self._waits = True
        try:
            while True:
                wish = self._look(LOOK_EVERY_S)
                if wish is not None:
                    return wish
        finally:
            self._waits = False

    def _look(self, limit_s: float) -> Wish | None:
        wish = self._lookout.look(limit_s)
        return None if isinstance(wish, Saved) and self._is_ones_own(wish.files) else wish

    def _is_ones_own(self, files: frozenset[str]) -> bool:
        """Whether the calls themselves change these files: then they would be played for ever."""
        sources = self._app.in_process and all(file.endswith(".py") for file in files)
        meanwhile = self._progress is not None or wall_s() - self._ended_s < ONES_OWN_S
        if not self._circle.receive(files, meanwhile=meanwhile and not sources):
            return False
        self._project.ignore(files)
        say(f"{name_of(min(files))} changes whenever calls are played: it is not watched any more (let git ignore it, and it never is)")
        return True

    def _line(self, columns: int, bar: tuple[str, str]) -> str:
        """What stands at the bottom of the terminal."""
        progress = self._progress
        if progress is not None:
            return progress.line(wall_s(), columns, bar)
        if not self._waits:
            return ""
        state = "waiting for a save" if self._trouble else f"watching, {self._failing} failed" if self._failing else "watching, all passed"
        state += f", {len(self._library.errors)} scenario files cannot be read" if self._library.errors else ""
        keys = "  Enter: all again, f: failed only, q: quit" if self._keys.listening else "  Ctrl-C: quit"
        return fitting(state + keys, columns - 1)
