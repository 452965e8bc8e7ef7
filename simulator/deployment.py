"""An application outside this process, for a whole run: its process, if it is started by a command of ours, and the port of the stubs.

Each call visits it with a `Host`; what stays between calls stays here.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from types import TracebackType

from simulator.host import AppRef
from simulator.process import AppProcess, Exit
from simulator.world.proxy import StubPort


class Deployment:
    """A context manager; leaving it ends what was started. Raises `AppError` when `stubs_port` is taken.

    An application that was started by somebody else gets stubs only where their port is named, so that it can know it.
    """

    def __init__(self, app: AppRef, stubs_port: int | None = None) -> None:
        wanted = app.command is not None or stubs_port is not None
        self.stubs = StubPort(stubs_port or 0) if wanted and not app.in_process else None
        self.process = (
            AppProcess(app.command, self.stubs.env | replace(app.account, base_url=self.stubs.url).env)
            if app.command is not None and self.stubs is not None
            else None
        )
        self.app = app if self.process is None else replace(app, ref=self.process.url)
        self._played: Counter[str] = Counter()
        self._run = "" if app.command is not None else os.urandom(8).hex()
        self.exit: Exit | None = None
        """How the process ended, once the deployment is over."""

    def seed(self, scenario: str, seed: int, *, asked_for: bool = False) -> int:
        """From which a call of this scenario draws its ids: an application that has seen a call sid must not see it again.

        So another one for each scenario, and for each time it is played; for a process that may outlive this run also for each run,
        unless the seed was asked for.
        """
        self._played[scenario] += 1
        run = "" if asked_for else self._run
        return int.from_bytes(sha256(f"{run} {seed} {self._played[scenario]} {scenario}".encode()).digest()[:6])

    def __enter__(self) -> Deployment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process and everything it has started; free the port."""
        if self.process is not None:
            self.exit = self.process.stop()
        if self.stubs is not None:
            self.stubs.close()
