"""The fixture `simulate` of pytest: the same as `from simulator import simulate`, with what the test session knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.errors import UsageError
from simulator.host import AppRef
from simulator.modes import pytest_items
from simulator.modes.config import Config
from simulator.modes.pytest_plugin import PROJECT
from simulator.modes.simulate.simulation import Project, Simulate, Simulation
from simulator.report.result import Result

if TYPE_CHECKING:
    from simulator.deployment import Deployment


class SessionProject(Project):
    """The configuration of the test session; the application of the configuration is started once for all its tests and scenarios."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        stash = request.config.stash
        if PROJECT not in stash:
            stash[PROJECT] = pytest_items.Project(request.config)
        self._session, self._path, self._name = stash[PROJECT], request.path, request.node.name
        self._calls = 0

    def settings(self) -> Config:
        if self._session.mistake is not None:
            raise self._session.mistake
        self._session.find_modules()
        return self._session.settings

    def deployed(self, app: AppRef, config: Config, own: bool) -> AbstractContextManager[Deployment | None]:
        if not own:
            return super().deployed(app, config, own)
        if (unusable := self._session.make_ready()) is not None:
            raise unusable
        return nullcontext(self._session.deployment)

    def name_of(self, function: str) -> str:  # noqa: ARG002
        """The test has a name; its second call gets a number."""
        self._calls += 1
        return self._name if self._calls == 1 else f"{self._name} ({self._calls})"

    def ended(self, result: Result, raised: BaseException) -> str | None:
        if isinstance(raised, pytest.skip.Exception):
            return None
        return self._session.journal_of(result, Path(self._path))


class Fixture(Simulate):
    """Knows the calls that a test has made, and ends those that it has left behind."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(SessionProject(request))
        self._made_here: list[Simulation] = []

    def _made(self, simulation: Simulation) -> Simulation:
        self._made_here.append(simulation)
        return simulation

    def end(self) -> None:
        """Raises `UsageError` for a call that was never entered."""
        for simulation in self._made_here:
            simulation.close()
        for simulation in self._made_here:
            if not simulation.entered:
                raise UsageError("this call was never entered", "write `async with simulate(...) as call:`", simulation.where)


def fixture(request: pytest.FixtureRequest) -> Iterator[Simulate]:
    """What the fixture gives, and what it does afterwards."""
    made = Fixture(request)
    yield made
    made.end()
