"""Where the processes of a crowd come from. Light to import, so that they can be on their way while the command line still imports the rest.

Never forks of ours, which would share locks and sockets with threads that are not there any more: those of a process that has nothing
but our modules, or (on Windows) new interpreters.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
PROCESSES: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
PRELOADED = ["simulator.modes.worker", "simulator.modes.watch.reading", "simulator.deployment", "simulator.stage", "simulator.rules", "aiohttp.web"]
"""What every process needs, sooner or later: imported once for all of them."""


def make_ready() -> None:
    """Begin to import what they need; without it the first of a crowd waits for that."""
    if not _FORKS:
        return
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(PRELOADED)
    with deaf():
        forkserver.ensure_running()


@contextmanager
def deaf() -> Iterator[None]:
    """What is started meanwhile does not hear Ctrl-C until it has decided what to do about it; we do, right afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which leaves SIGINT unblocked, so it must not be started below
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
