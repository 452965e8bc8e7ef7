"""What pytest collects of a scenario file: the file and its calls; and what a session needs to play them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import AppError, SimError, UsageError
from simulator.modes.application import app_of
from simulator.modes.config import Config, find
from simulator.modes.pytest_plugin import INI, SETTINGS
from simulator.modes.reports import write_journal
from simulator.modes.run import deployed, play
from simulator.report.result import Result
from simulator.report.text import explanation, printable
from simulator.scenario.load import Scenario, load

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr, TracebackStyle

    from simulator.deployment import Deployment
    from simulator.host import AppRef

FITS_A_MARK = re.compile(r"[^\W_][\w+./-]*")
"""Which tags can be selected with `-m`; the others can with `-k`."""


class CallFailed(Exception):
    """A call that did not pass, for pytest's report. `journal` tells where its journal is, or why it is not."""

    def __init__(self, result: Result, journal: str | None) -> None:
        lines = explanation(result) + ([journal] if journal is not None else [])
        self.result = result
        super().__init__("\n".join(printable(line) for line in lines))


class Project:
    """The calls of one pytest session (with xdist: of one worker): their configuration, and the application, started once.

    `mistake` is what is wrong with the configuration, if anything is.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._pytest = config
        self._here = config.invocation_params.dir
        self._told = False
        self._tags: set[str] = set()
        self._app: AppRef | None = None
        self._unusable: SimError | None = None
        self._deployment: Deployment | None = None
        self._open = ExitStack()
        self.mistake: UsageError | None = None
        self.settings = Config()
        beside = {name: value for name in INI if (value := config.getini(name))}
        try:
            found = find(config.rootpath, os.environ, beside)
        except UsageError as error:
            self.mistake, self.folder = error, None
            return
        self.settings = found.changed(**{name: config.getoption(f"jambonz_sim_{name}") for name, *_ in SETTINGS})
        in_a_file = found.file != "default"
        elsewhere = "JAMBONZ_SIM_SCENARIOS" in os.environ or "jambonz_sim_scenarios" in beside
        self._home = Path(found.file).parent if in_a_file else config.rootpath
        self.folder = (config.rootpath if elsewhere else self._home) / found.scenarios if in_a_file or elsewhere else None

    def wants(self, path: Path, *, is_call: bool, named: bool) -> bool:
        """Whether this YAML file is a scenario of ours; the first one that is asked for carries the `mistake`."""
        if self.mistake is not None:
            told, self._told = self._told, True
            return not told
        inside = self.folder is not None and path.is_relative_to(self.folder)
        if not inside and not is_call:
            return False
        parts = path.relative_to(self.folder).parts if inside and self.folder is not None else (path.name,)
        return named or not any(part[0] in "_." for part in parts)

    def shown(self, path: Path) -> Path:
        """The path as a person would write it: relative to where pytest was started, if it lies below."""
        return path.relative_to(self._here) if path.is_relative_to(self._here) else path

    def register(self, tag: str) -> None:
        """So that `--strict-markers` knows it."""
        if tag not in self._tags:
            self._tags.add(tag)
            self._pytest.addinivalue_line("markers", f"{tag}: a tag of scenarios")

    def make_ready(self) -> SimError | None:
        """Load the application, or make what one elsewhere needs, if that is not done yet; what is wrong with it, told for every call."""
        if self._unusable is None and self._app is None:
            try:
                self._start()
            except SimError as error:
                self._unusable = error
        if self._unusable is not None:
            return self._unusable
        process = self._deployment.process if self._deployment is not None else None
        if process is not None and process.failed is not None:
            return AppError("not played: the application does not start", "the first failure says why")
        return None

    def _start(self) -> None:
        app = app_of(self.settings)
        if app.in_process:
            self.find_modules()
            app.load()
        try:
            self._deployment = self._open.enter_context(deployed(app, self.settings))
        except AppError as error:
            if not hasattr(self._pytest, "workerinput") or self.settings.stubs_port is None:
                raise
            raise AppError(error.problem, "workers of xdist cannot share a stubs_port: name none, or play without -n") from error
        self._app = app

    def find_modules(self) -> None:
        """So that `module:factory` is found beside the configuration, wherever pytest was started."""
        home = str(self._home)
        if home not in sys.path:
            sys.path.insert(0, home)

    @property
    def deployment(self) -> Deployment | None:
        """What an application in another process needs, once it is ready."""
        return self._deployment

    def play(self, scenario: Scenario) -> Result:
        """One call, when `make_ready` has found nothing wrong."""
        assert self._app is not None
        return play(scenario, self._app, self.settings, self._deployment)

    def journal_of(self, result: Result, path: Path) -> str | None:
        """Write down a call of the file `path`, if that is asked for; says where. Files of equal names get folders of their own."""
        folder: Path | None = self._pytest.getoption("jambonz_sim_journal")
        if folder is None:
            return None
        root = self._pytest.rootpath
        below = path.parent.relative_to(root) if path.is_relative_to(root) else Path()
        try:
            return f"its journal: {self.shown(write_journal(result, self._here / folder / below))}"
        except UsageError as error:
            return error.problem

    def close(self) -> list[str]:
        """End the application; names what it has left behind."""
        self._open.close()
        ended = self._deployment.exit if self._deployment is not None else None
        return list(ended.left) if ended is not None else []


class CallFile(pytest.File):
    """A scenario file."""

    def __init__(self, *, project: Project, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project = project

    def collect(self) -> Iterator[Call]:
        """A call for each scenario and case. Everything that is wrong with the file is one error, with its places."""
        for scenario in self._scenarios():
            yield Call.from_parent(self, name=_name_of(scenario), scenario=scenario)

    def _scenarios(self) -> list[Scenario]:
        try:
            if self.project.mistake is not None:
                raise self.project.mistake
            scenarios = load(self.project.shown(self.path), env=os.environ, seed=self.project.settings.seed)
        except SimError as error:
            raise self.CollectError(_in_lines(error)) from None
        return scenarios


def _in_lines(error: SimError) -> str:
    return "\n".join(printable(line) for line in str(error).splitlines())


def _name_of(scenario: Scenario) -> str:
    """As pytest names what has parameters: what stands before the bracket selects all cases."""
    return printable(scenario.name if scenario.case is None else f"{scenario.name}[{scenario.case}]")


class Call(pytest.Item):
    """One scenario, or one case of it. Its tags are marks (`-m`) and keywords (`-k`)."""

    parent: CallFile

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario, self.project = scenario, self.parent.project
        self.extra_keyword_matches.update(scenario.tags)
        for tag in scenario.tags:
            if FITS_A_MARK.fullmatch(tag):
                self.project.register(tag)
                self.add_marker(tag)

    def setup(self) -> None:
        """The application, when it is the first call. What is wrong with it is an error, not a failure of the call."""
        unusable = self.project.make_ready()
        if unusable is not None:
            pytest.fail(_in_lines(unusable), pytrace=False)

    def runtest(self) -> None:
        """Play it. Raises `CallFailed`."""
        result = self.project.play(self.scenario)
        self.user_properties += [("seed", result.seed), ("virtual_s", round(result.virtual_s, 3))]
        if result.findings:
            self.user_properties.append(("findings", " ".join(dict.fromkeys(finding.code for finding in result.findings))))
        if result.outcome != "passed":
            raise CallFailed(result, self.project.journal_of(result, self.path))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: TracebackStyle | None = None) -> str | TerminalRepr:
        """Our explanation; a traceback only for what we did not expect."""
        if not isinstance(excinfo.value, CallFailed):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:  # changed where it is: xdist sends the parts, and the summary and junit read this one
            failures = excinfo.value.result.failures
            shown.reprcrash.path = failures[0].where.file if failures else self.scenario.file
            shown.reprcrash.lineno = failures[0].where.line if failures else self.scenario.where.line
            shown.reprcrash.message = str(excinfo.value)
        return shown

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it begins in the file; pytest counts lines from 0."""
        return self.path, self.scenario.where.line - 1, self.name
