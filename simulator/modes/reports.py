"""Reports of a run besides the text: `--junit`, `--html`, `--github`. They are written whatever becomes of the run.

A report that cannot be written is found out before anything is played. The one of an earlier run is taken away then:
a run that is killed must not leave good news behind that is not its own.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from simulator.report.result import Result
    from simulator.report.run import Run, Trouble
    from simulator.scenario.load import Scenario


def add_reports(parser: argparse.ArgumentParser) -> None:
    """The options that name reports."""
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML, for CI servers")
    parser.add_argument("--html", type=Path, metavar="DIR", help="write a page with every frame of every call into this folder (index.html)")
    parser.add_argument(
        "--github",
        action=argparse.BooleanOptionalAction,
        help="annotate the lines of the scenarios, and write the step's summary (default: when GITHUB_ACTIONS or GITHUB_STEP_SUMMARY is set)",
    )


@dataclass(slots=True)
class Record:
    """A run while it is under way: what was asked for, what came of it so far, and with which code it ends."""

    scenarios: list[Scenario] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    exit_code: int = 0
    wall_s: float = 0.0

    def run(self) -> Run:
        """What reports are made of."""
        from simulator.report.run import NotPlayed, Run

        played = {(result.file, result.name) for result in self.results}
        others = [NotPlayed(one.id, one.file, one.where.line) for one in self.scenarios if (one.file, one.id) not in played]
        return Run(tuple(self.results), self.exit_code, self.wall_s, tuple(others), tuple(self.troubles))


class Reports:
    """Where a run is told of besides the terminal. `commands` is the stream on which GitHub reads what it should do."""

    def __init__(self, options: argparse.Namespace, environ: Mapping[str, str], folder: Path) -> None:
        self.journal: Path | None = options.journal
        self.junit: Path | None = options.junit
        self.page: Path | None = None if options.html is None else options.html / "index.html"
        self._folder = str(folder)
        on_github = environ.get("GITHUB_ACTIONS") == "true"
        self.annotates = on_github if options.github is None else bool(options.github)
        self.summary = Path(environ["GITHUB_STEP_SUMMARY"]) if environ.get("GITHUB_STEP_SUMMARY") and options.github is not False else None
        self._repository = environ.get("GITHUB_WORKSPACE") or self._folder
        self._commands: TextIO = sys.stderr if options.json else sys.stdout

    @contextmanager
    def told(self) -> Iterator[Record]:
        """A run to be recorded. Raises `UsageError` before it when a report cannot be written, and lets pass what the run raises."""
        from simulator.errors import SimError
        from simulator.report.run import Trouble

        if self.junit is not None:
            writable(self.junit, "--junit")
        if self.page is not None:
            writable(self.page, "--html")
        record = Record()
        try:
            if self.journal is not None:
                folder_for_journals(self.journal)
            with self._unheard():
                yield record
        except SimError as error:
            record.exit_code = error.exit_code
            record.troubles += Trouble.of(error)
            raise
        except KeyboardInterrupt:
            record.exit_code = 130
            record.troubles.append(Trouble("Interrupted", "the run was interrupted"))
            raise
        except BrokenPipeError:
            record.troubles.append(Trouble("Interrupted", "nobody read the output to its end, and the run ended with it"))
            raise
        except BaseException as error:
            record.exit_code = 70
            remedy = "this is our own fault, not your application's" if isinstance(error, Exception) else ""
            record.troubles.append(Trouble("SimulatorError" if remedy else "Interrupted", f"{type(error).__name__}: {error}", remedy))
            raise
        finally:
            self._write(record.run())

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Meanwhile GitHub obeys nothing that is printed: it may be the words of an application or of a caller."""
        if not self.annotates:
            yield
            return
        token = token_hex(16)
        self._say(f"::stop-commands::{token}\n")
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                self._say(f"::{token}::\n")

    def _say(self, text: str) -> None:
        self._commands.write(text)
        self._commands.flush()

    def _write(self, run: Run) -> None:
        if self.junit is not None:
            from simulator.report.junit import junit

            write_whole(self.junit, junit(run, self._folder), "--junit")
        if self.page is not None:
            from simulator.report.html import html

            write_whole(self.page, html(run), "--html")
        if self.annotates or self.summary is not None:
            self._tell_github(run)

    def _tell_github(self, run: Run) -> None:
        from simulator.report.github import summary, workflow_commands

        if self.annotates:
            with suppress(BrokenPipeError):
                self._say(workflow_commands(run, self._folder, self._repository))
        if self.summary is not None:
            try:
                with self.summary.open("a", encoding="utf-8") as file:
                    file.write(summary(run))
            except OSError as error:  # its place was chosen by GitHub, not by whoever wrote the command
                sys.stderr.write(f"jambonz-sim: the step's summary {self.summary} cannot be written: {error.strerror}\n")


def folder_for_journals(folder: Path) -> None:
    """See that files can be written there. Raises `UsageError`."""
    from simulator.errors import UsageError

    remedy = "name a folder that can be written to with --journal"
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"journals go into a folder, and {folder} is none", remedy)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"journals cannot be written into {folder}: {error.strerror}", remedy) from error


def writable(path: Path, option: str) -> None:
    """See that `path` can be written, and take away what is there. Raises `UsageError`."""
    from simulator.errors import UsageError

    remedy = _remedy(option)
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is no file", remedy)
        if path.exists() and not _is_report(path):
            raise UsageError(f"{path} is there already, and is no report of an earlier run", remedy)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", remedy) from error


def _is_report(path: Path) -> bool:
    """Only what looks like a report of ours is taken away: somebody may have named a scenario behind `--junit`."""
    with path.open("rb") as file:
        return file.read(1) in (b"", b"<")


def write_whole(path: Path, text: str, option: str) -> None:
    """Write a file that is there whole or not at all. Raises `UsageError`."""
    from simulator.errors import UsageError

    name = None
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".jambonz-sim-", delete=False) as file:
            name = file.name
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        if name is not None:
            Path(name).unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}", _remedy(option)) from error


def _remedy(option: str) -> str:
    return f"name a {'folder' if option == '--html' else 'file'} that can be written with {option}"


def _umask() -> int:
    """How files are made here; it can only be asked for by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


TELLING_NAME = re.compile(r"[\w ,\[\]-]{1,100}")


def write_journal(result: Result, folder: Path) -> Path:
    """The journal of a result, in a file named after its scenario; a name that cannot be a file's, or is long, gets a hash.

    Raises `UsageError` when it cannot be written.
    """
    from simulator.errors import UsageError
    from simulator.report.kept import header

    name = "-".join(re.findall(r"\w+", result.name))[:100]
    if not TELLING_NAME.fullmatch(result.name):
        name += f"-{sha256(result.name.encode()).hexdigest()[:6]}"
    path = folder / f"{Path(result.file).stem}--{name}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        result.journal.write(path, header(result))
    except OSError as error:
        raise UsageError(f"the journal {path} cannot be written: {error.strerror}", "name a folder that can be written to with --journal") from error
    return path
