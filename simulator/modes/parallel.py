"""Scenarios in several processes: each plays one at a time, and results come in the order of the scenarios.

The processes are ours alone to interrupt: at Ctrl-C they do not hear of it, so that nothing that was done is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulator.errors import AppError, UsageError
from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import not_played
from simulator.modes.worker import STOP_LIMIT_S, Broken, Played, Worker, end, hired
from simulator.report.result import Result
from simulator.scenario.load import Scenario

if TYPE_CHECKING:
    from simulator.modes.progress import Listener
    from simulator.modes.watch.sight import Stamp

MOST = 64


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


class Crowd:
    """`count` processes that play `scenarios`; iterate over the results, in order. A context manager: leaving it ends them all.

    An application that is a command is started once by each process. A process that dies costs the scenario it was playing, and is
    replaced. Results come with `journals` (without their sound), or only those of calls that did not pass: nearly all that there is to
    send is in them.

    With `watched`, the folder of the project, the processes tell which of its files the application has `read`; they come from one that
    has everything imported but the application, so that they are there at once, and never know an older state of it.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        app: AppRef,
        config: Config,
        count: int,
        listener: Listener | None = None,
        *,
        watched: str | None = None,
        journals: bool = True,
    ) -> None:
        self._scenarios, self._app, self._config, self._listener = scenarios, app, config, listener
        self._count, self._watched, self._journals = count, watched, journals
        self._workers: list[Worker] = []
        self._next = 0
        self._done: dict[int, Result] = {}
        self._told = 0
        self.failed = False
        """Whether the application cannot be started: then nothing more is given out."""
        self.broken: str | None = None
        """Watched: why the application cannot be loaded."""
        self.read: dict[str, Stamp | None] = {}
        """Watched: what the application has read, and the stamps these files had then."""

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Result]:
        for result in self.results(None):
            if result is not None:
                yield result

    def results(self, patience_s: float | None) -> Iterator[Result | None]:
        """The results in order; None whenever none has come for so long (wall time)."""
        self._workers = [worker for worker in self._workers if worker.process.is_alive()]
        for worker in self._workers:
            self._give(worker)
        while len(self._workers) < min(self._count, len(self._scenarios)):
            self._workers.append(worker := self._hired())
            self._give(worker)
        while self._told < len(self._scenarios):
            while self._told not in self._done:
                if all(worker.playing is None for worker in self._workers):
                    return
                if not self._listen(patience_s):
                    yield None
            self._told += 1
            yield self._done.pop(self._told - 1)

    def again(self, scenarios: Sequence[Scenario], listener: Listener) -> None:
        """Play these next, with the processes and the application that are there. Who plays yet is ended."""
        busy = [worker for worker in self._workers if worker.playing is not None]
        for worker in busy:
            self._workers.remove(worker)
        end(busy)
        self._scenarios, self._listener = scenarios, listener
        self._next, self._told, self._done = 0, 0, {}

    def kept(self) -> list[Result]:
        """What was done and has not been told of: after an interruption, the rest of what there is."""
        return [self._done[number] for number in sorted(self._done)]

    def last_words(self) -> list[str]:
        """What is to be said of the application, when all is over."""
        more = len(self._scenarios) - len(self._done)
        return [f"{more} more not played: the application does not start"] if self.failed and more else []

    def close(self) -> None:
        """End all processes; those that are playing do not get to the end of it."""
        for worker in self._workers:
            if worker.playing is not None and worker.line.poll():
                self._hear(worker)
        end(self._workers, at_once=self._watched is not None and self._app.in_process)
        self._workers = []

    def _hired(self) -> Worker:
        return hired(self._app, self._config, self._watched, journals=self._journals)

    def _give(self, worker: Worker) -> None:
        """The next scenario, when there is one."""
        worker.playing = None
        if self._next < len(self._scenarios) and not self.failed:
            worker.playing, self._next = self._next, self._next + 1
            if self._listener is not None:
                self._listener.begins(self._scenarios[worker.playing])
            with suppress(OSError):  # it has died: `_hear` will see that
                worker.line.send(self._scenarios[worker.playing])

    def _listen(self, patience_s: float | None) -> bool:
        """Take what comes; False when nothing does."""
        busy = {worker.line: worker for worker in self._workers if worker.playing is not None}
        heard = wait(list(busy), patience_s)
        for line in heard:
            worker = busy[line]  # type: ignore[index]  # only connections were waited for
            if self._hear(worker):
                self._give(worker)
            else:
                self._workers.remove(worker)
                if self.broken is None:
                    self._workers.append(new := self._hired())
                    self._give(new)
        return bool(heard)

    def _hear(self, worker: Worker) -> bool:
        """Take what it has to say of what it was given; False when it has ended over it."""
        assert worker.playing is not None
        number, worker.playing = worker.playing, None
        try:
            heard: Played | Broken = worker.line.recv()
        except (EOFError, OSError):
            heard = Played(not_played(self._scenarios[number], self._itsend(worker), self._config))
        self.read |= heard.read
        if isinstance(heard, Broken):
            self.broken, self.failed = heard.problem, True
            end([worker])
            return False
        self._done[number] = heard.result
        self.failed = self.failed or heard.failed
        if self._listener is not None:
            self._listener.ends(heard.result)
        return not worker.line.closed

    def _itsend(self, worker: Worker) -> AppError:
        worker.line.close()
        worker.process.join(STOP_LIMIT_S)
        problem = f"the process that played it has ended: exit status {worker.process.exitcode}"
        return AppError(problem, "does the application end its process? Play it alone")
