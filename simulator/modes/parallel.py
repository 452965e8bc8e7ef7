"""Scenarios in several processes: each plays one at a time, and results come in the order of the scenarios.

The processes are ours alone to interrupt: at Ctrl-C they do not hear of it, so that nothing that was done is lost.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulator.errors import AppError, UsageError
from simulator.host import AppRef
from simulator.modes.bottom import is_painted, stand_beside
from simulator.modes.config import Config
from simulator.modes.run import deployed, not_played, play
from simulator.report.result import Result
from simulator.scenario.load import Scenario

if TYPE_CHECKING:
    from simulator.modes.progress import Listener

MOST = 64
STOP_LIMIT_S = 5.0
"""Wall time that a process has to end its application, before it is killed. Whatever ends it, a supervisor then ends the application."""


def check(app: AppRef, config: Config, count: int) -> None:
    """Whether this application can be played by so many processes at once. Raises `UsageError`."""
    if not 1 <= count <= MOST:
        raise UsageError(f"-n {count} is no number of processes", f"write 1 to {MOST}")
    if count == 1:
        return
    if app.command is not None and "${PORT}" not in urlsplit(app.command.url).netloc:
        raise UsageError(f"-n {count} starts {count} of the application, and its port is fixed: {app.command.url}", "write ${PORT} into its url")
    if config.stubs_port is not None:
        raise UsageError(f"-n {count} needs {count} ports for stubs, and stubs_port names one", "leave stubs_port out, or -n")


@dataclass(slots=True)
class _Worker:
    """A process, and which scenario it is playing."""

    process: BaseProcess
    line: Connection
    playing: int | None = None


class Crowd:
    """`count` processes that play `scenarios`; iterate over the results, in order. A context manager: leaving it ends them all.

    An application that is a command is started once by each process. A process that dies costs the scenario it was playing, and is
    replaced.
    """

    def __init__(self, scenarios: Sequence[Scenario], app: AppRef, config: Config, count: int, listener: Listener | None = None) -> None:
        self._scenarios, self._app, self._config, self._listener = scenarios, app, config, listener
        self._count = min(count, len(scenarios))
        self._workers: list[_Worker] = []
        self._next = 0
        self._done: dict[int, Result] = {}
        self._told = 0
        self.failed = False
        """Whether the application cannot be started: then nothing more is given out."""

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Result]:
        for _ in range(self._count):
            self._workers.append(worker := self._hired())
            self._give(worker)
        while self._told < len(self._scenarios):
            while self._told not in self._done:
                if all(worker.playing is None for worker in self._workers):
                    return
                self._listen()
            self._told += 1
            yield self._done[self._told - 1]

    def kept(self) -> list[Result]:
        """What was done and has not been told of: after an interruption, the rest of what there is."""
        return [self._done[number] for number in sorted(self._done) if number >= self._told]

    def last_words(self) -> list[str]:
        """What is to be said of the application, when all is over."""
        more = len(self._scenarios) - len(self._done)
        return [f"{more} more not played: the application does not start"] if self.failed and more else []

    def close(self) -> None:
        """End all processes; those that are playing do not get to the end of it."""
        for worker in self._workers:
            if worker.playing is not None and worker.line.poll():
                self._hear(worker)
            if worker.playing is not None:
                worker.process.terminate()
            worker.line.close()
        for worker in self._workers:
            worker.process.join(STOP_LIMIT_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers = []

    def _hired(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(theirs, self._app, self._config, is_painted()), daemon=False)
        with _deaf():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker) -> None:
        """The next scenario, when there is one."""
        worker.playing = None
        if self._next < len(self._scenarios) and not self.failed:
            worker.playing, self._next = self._next, self._next + 1
            if self._listener is not None:
                self._listener.begins(self._scenarios[worker.playing])
            with suppress(OSError):  # it has died: `_hear` will see that
                worker.line.send(self._scenarios[worker.playing])

    def _listen(self) -> None:
        busy = {worker.line: worker for worker in self._workers if worker.playing is not None}
        for line in wait(list(busy)):
            worker = busy[line]  # type: ignore[index]  # only connections were waited for
            if self._hear(worker):
                self._give(worker)
            else:
                self._workers[self._workers.index(worker)] = new = self._hired()
                self._give(new)

    def _hear(self, worker: _Worker) -> bool:
        """Take the result of what it played; False when it died over it."""
        assert worker.playing is not None
        number, worker.playing = worker.playing, None
        try:
            self._done[number], failed = worker.line.recv()
            self.failed = self.failed or failed
        except (EOFError, OSError):
            worker.line.close()
            worker.process.join(STOP_LIMIT_S)
            scenario = self._scenarios[number]
            error = AppError(
                f"the process that played it has ended: exit status {worker.process.exitcode}", "does the application end its process? Play it alone"
            )
            self._done[number] = not_played(scenario, error, self._config)
        if self._listener is not None:
            self._listener.ends(self._done[number])
        return not worker.line.closed


_SPAWN = multiprocessing.get_context("spawn")
"""A new interpreter each: what is forked shares locks and sockets with threads that are not there any more."""


def _work(line: Connection, app: AppRef, config: Config, painted: bool) -> None:
    """What a process does: play what comes, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if painted:
        stand_beside()
    with deployed(app, config) as there:
        while True:
            try:
                scenario = line.recv()
            except (EOFError, OSError):
                return
            result = play(scenario, app, config, there)
            result.journal.listener = None  # belongs to the stage, and cannot travel
            failed = there is not None and there.process is not None and there.process.failed is not None
            try:
                line.send((result, failed))
            except OSError:
                return


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C until it has decided what to do about it; we do, right afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
