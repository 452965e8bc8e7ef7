"""Scenarios in several processes: each plays one at a time, and results come in the order of the scenarios.

The processes are ours alone to interrupt: at Ctrl-C they do not hear of it, so that nothing that was done is lost.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from urllib.parse import urlsplit

from simulator.errors import AppError, SimError, UsageError
from simulator.host import AppRef
from simulator.journal import Journal
from simulator.modes.births import PROCESSES, deaf
from simulator.modes.config import Config
from simulator.modes.run import deployed, play
from simulator.report.result import Result
from simulator.scenario.load import Scenario

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
    replaced. Results come with `journals` (without their sound) or with none: nearly all that there is to send is in them.
    """

    def __init__(self, scenarios: Sequence[Scenario], app: AppRef, config: Config, count: int, *, journals: bool = True) -> None:
        self._scenarios, self._app, self._config, self._journals = scenarios, app, config, journals
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
            yield self._done.pop(self._told - 1)

    def kept(self) -> list[Result]:
        """What was done and has not been told of: after an interruption, the rest of what there is."""
        return [self._done[number] for number in sorted(self._done)]

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
        ours, theirs = PROCESSES.Pipe()
        process = PROCESSES.Process(target=_work, args=(theirs, self._app, self._config, self._journals), daemon=False)
        with deaf():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker) -> None:
        """The next scenario, when there is one."""
        worker.playing = None
        if self._next < len(self._scenarios) and not self.failed:
            worker.playing, self._next = self._next, self._next + 1
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
            self._done[number] = _not_played(scenario, self._config, error)
            return False
        return True


def _not_played(scenario: Scenario, config: Config, error: SimError) -> Result:
    seed = scenario.seed if config.seed is None else config.seed
    return Result(scenario.id, scenario.file, "error", Journal(), error=str(error), exit_code=error.exit_code, seed=seed)


def _work(line: Connection, app: AppRef, config: Config, journals: bool) -> None:
    """What a process does: play what comes, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with deployed(app, config) as there:
        while True:
            try:
                scenario = line.recv()
            except (EOFError, OSError):
                return
            result = play(scenario, app, config, there)
            failed = there is not None and there.process is not None and there.process.failed is not None
            try:
                line.send((result.light(journal=journals), failed))
            except OSError:
                return
