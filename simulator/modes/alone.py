"""Scenarios in this process, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import deployed, play_all
from simulator.report.result import Result
from simulator.scenario.load import Scenario

if TYPE_CHECKING:
    from simulator.deployment import Deployment
    from simulator.modes.progress import Listener


class Alone:
    """This process, playing `scenarios`; iterate over the results. A context manager: an application that is a command lives within it.

    Raises `AppError` when the port of the stubs is taken.
    """

    def __init__(self, scenarios: Sequence[Scenario], app: AppRef, config: Config, listener: Listener | None = None) -> None:
        self._scenarios, self._app, self._config, self._listener = scenarios, app, config, listener
        self._deployment: Deployment | None = None
        self._open = ExitStack()
        self._told = 0

    def __enter__(self) -> Alone:
        self._deployment = self._open.enter_context(deployed(self._app, self._config))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def __iter__(self) -> Iterator[Result]:
        for result in play_all(self._scenarios, self._app, self._config, deployment=self._deployment, listener=self._listener):
            self._told += 1
            yield result

    def kept(self) -> list[Result]:
        """What was done and has not been told of: nothing, in one process."""
        return []

    def last_words(self) -> list[str]:
        """What is to be said of an application that was started by us, when all is over."""
        if self._deployment is None or self._deployment.process is None:
            return []
        lines, more = [], len(self._scenarios) - self._told
        if self._deployment.process.failed is not None and more:
            lines.append(f"{more} more scenario{'s were' if more > 1 else ' was'} not played: the application does not start")
        left = self._deployment.exit.left if self._deployment.exit is not None else ()
        return lines + [f"the application has ended, but left a process behind, which was killed: {name}" for name in left]
