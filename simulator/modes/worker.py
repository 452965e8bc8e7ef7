"""A process that plays one scenario after the other: hired, told what to play, heard, and ended.

It is ours alone to interrupt: at Ctrl-C it does not hear of it, so that nothing that was done is lost.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from simulator.errors import AppError
from simulator.host import AppRef
from simulator.modes.births import PROCESSES, deaf, make_ready
from simulator.modes.bottom import is_painted, stand_beside
from simulator.modes.config import Config
from simulator.modes.run import deployed, play
from simulator.report.result import Result

if TYPE_CHECKING:
    from simulator.modes.watch.sight import Stamp

STOP_LIMIT_S = 5.0
"""Wall time that a process has to end its application, before it is killed. Whatever ends it, a supervisor then ends the application."""


@dataclass(slots=True)
class Worker:
    """A process, and which scenario it is playing."""

    process: BaseProcess
    line: Connection
    playing: int | None = None


def hired(app: AppRef, config: Config, watched: str | None, *, journals: bool = True) -> Worker:
    """A new one, for this application. With `watched`, a folder, it tells which of the files there are read (see `Crowd`)."""
    make_ready()
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_work, args=(theirs, app, config, is_painted(), watched, journals), daemon=False)
    with deaf():
        process.start()
    theirs.close()
    return Worker(process, ours)


def end(workers: Sequence[Worker], *, at_once: bool = False) -> None:
    """End these processes: those that are playing, or all, without asking them."""
    for worker in workers:
        if worker.playing is not None or at_once:
            worker.process.terminate()
        worker.line.close()
    for worker in workers:
        worker.process.join(STOP_LIMIT_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


@dataclass(frozen=True, slots=True)
class Played:
    """What a process says: `failed` is whether the application cannot be started, `read` what was read since it last said something."""

    result: Result
    failed: bool = False
    read: Mapping[str, Stamp | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """The application cannot be loaded."""

    problem: str
    read: Mapping[str, Stamp | None]


def _work(line: Connection, app: AppRef, config: Config, painted: bool, watched: str | None, journals: bool) -> None:
    """What a process does: play what comes, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if painted:
        stand_beside()
    reading = None
    if watched is not None:
        from simulator.modes.watch.reading import Reading, import_from_source

        reading = Reading(watched)
        reading.begin()
        import_from_source(watched)
        if app.in_process:
            try:
                app.load()
            except AppError as error:
                with suppress(OSError):
                    line.send(Broken(str(error), reading.taken()))
                return
    with deployed(app, config) as there:
        while True:
            try:
                scenario = line.recv()
            except (EOFError, OSError):
                return
            result = play(scenario, app, config, there)
            failed = there is not None and there.process is not None and there.process.failed is not None
            sent = result.light(journal=journals or result.outcome != "passed")
            try:
                line.send(Played(sent, failed, reading.taken() if reading is not None else {}))
            except OSError:
                return
