"""The application as a process of ours: started by a command, listened to, and ended with everything it has started.

Knows no event loop, because it outlives those of the calls: what it says and how it ends comes in on threads.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any
from urllib.parse import urlsplit

from simulator.errors import AppError
from simulator.journal import concealed

START_LIMIT_S = 15.0
STOP_LIMIT_S = 3.0
"""Wall time it has, unless its command says otherwise, to get ready; and to end after SIGTERM, before it gets SIGKILL."""

KEPT_LINES = 50
LINE_LIMIT_BYTES = 2_000
"""Of what it says, the last lines are kept, and of each its head: an application may say anything, at any length."""

SUPERVISOR = Path(__file__).parent / "supervisor.py"
JOINED = {"PYTHONPATH": os.pathsep, "NODE_OPTIONS": " "}
"""Environment that is a list: theirs comes behind ours, instead of in its place."""
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Ready:
    """How we see that it takes calls: something listens on `port` (None: that of its URL), or a line that it says matches `log`."""

    port: str | None = None
    log: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """How an application is started. `${PORT}`, and whatever else it is offered as environment, may stand in any text.

    `fresh` is a process for each scenario; otherwise it serves the whole run, and is started again only when it has ended by itself.
    """

    words: tuple[str, ...]
    url: str = "ws://127.0.0.1:${PORT}/"
    ready: Ready = field(default_factory=Ready)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    start_limit_s: float = START_LIMIT_S
    stop_limit_s: float = STOP_LIMIT_S
    fresh: bool = False

    def __str__(self) -> str:
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Exit:
    """How it ended: its exit status (negative: the signal that killed it), and which of its processes were still there."""

    status: int
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.status >= 0:
            return f"exit status {self.status}"
        try:
            return f"ended by {signal.Signals(-self.status).name}"
        except ValueError:
            return f"ended by signal {-self.status}"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=0.2):
        return True
    return False


class AppProcess:
    """One application by `command`, as often as it has to be started. `offered` is environment it finds, beside ours and `PORT`."""

    def __init__(self, command: Command, offered: Mapping[str, str]) -> None:
        fixed = re.search(r":(\d+)", urlsplit(command.url).netloc)
        self._port = int(fixed[1]) if fixed else free_port()
        self._offered = {**offered, "PORT": str(self._port)}
        self._port_is_fixed = fixed is not None
        self.command = command
        self.url = self._filled(command.url)
        self.exit: Exit | None = None
        self.failed: AppError | None = None
        """Why it could not be started; it is not tried a second time."""
        self._process: subprocess.Popen[bytes] | None = None
        self._answered, self._ended = Event(), Event()
        self._refused: str | None = None
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._visitors: tuple[tuple[list[str], Callable[[Exit], None]], ...] = ()
        """Replaced, never changed: other threads walk over it."""
        self._was_ready = False

    def _filled(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda found: self._offered.get(found[1], found[0]), text)

    # --- its life

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self._process is not None and not self._ended.is_set()

    def start(self) -> None:
        """Start it; it is not ready yet. Raises `AppError`."""
        if os.name != "posix":
            raise self._failure(
                "cannot be started here", "a command needs Linux, macOS or another POSIX system: start it yourself, and name its ws:// URL"
            )
        if self._port_is_fixed and answers(urlsplit(self.url).hostname or "127.0.0.1", self._port):
            raise self._failure(f"cannot be started: port {self._port} is taken already", "end what listens there, or write ${PORT} into its url")
        self.exit, self._refused, self._was_ready = None, None, False
        self._answered, self._ended = Event(), Event()
        self._said.clear()
        folder = self.command.cwd or None
        given = {name: self._filled(value) for name, value in self.command.env.items()}
        env = {**os.environ, **self._offered, **given}
        for name, separator in JOINED.items():
            if theirs := given.get(name) or os.environ.get(name):
                env[name] = separator.join((self._offered[name], theirs))
        words = [self._filled(word) for word in self.command.words]
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(SUPERVISOR), str(self.command.stop_limit_s), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=env,
                start_new_session=True,
            )
        except OSError as error:
            raise self._failure(f"cannot be started in {folder}: {error.strerror}", "is that its folder?") from error
        self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        ear = Thread(target=self._hear, args=(process.stderr, env), name="application's output", daemon=True)
        ear.start()
        Thread(target=self._follow, args=(process, process.stdout, ear, self._ended), name="application's life", daemon=True).start()
        self._answered.wait(10.0)
        if self._refused is not None:
            remedy = f"is {words[0]!r} installed, and on the PATH?" if words else "a command has at least one word"
            if "Permission denied" in self._refused:
                remedy = f"make it executable with chmod +x {words[0]}, or begin the command with what runs it, such as python3 or node"
            raise self._failure(f"cannot be started: {self._refused}", remedy)

    def _failure(self, problem: str, remedy: str) -> AppError:
        self.failed = AppError(f"the application `{self.command}` {problem}", remedy)
        return self.failed

    def is_ready(self) -> bool:
        """Whether it takes calls; once it did, that is not asked again. Raises `AppError` when it has ended instead."""
        if self._ended.is_set():
            raise self._failure(f"has ended instead of serving: {self.exit}", "see what it said last; it must stay in the foreground")
        ready = self.command.ready
        if self._was_ready:
            return True
        if ready.log is not None:
            wanted = re.compile(ready.log)
            self._was_ready = any(wanted.search(line) for line in tuple(self._said))
        else:
            self._was_ready = answers(urlsplit(self.url).hostname or "127.0.0.1", self._ready_port)
        return self._was_ready

    def serves(self) -> bool:
        """Whether somebody listens at its URL."""
        return answers(urlsplit(self.url).hostname or "127.0.0.1", self._port)

    def wait_for_end(self, limit_s: float) -> None:
        """Wait until it has ended, at most so long."""
        self._ended.wait(limit_s)

    def not_ready(self) -> AppError:
        """What to say when it has had its time to become ready."""
        ready = self.command.ready
        wanted = f"nothing listens on port {self._ready_port}" if ready.log is None else f"no line it said matches {ready.log!r}"
        remedy = "it finds its port in the environment as PORT; set `ready` to another port or a line of its log, or `start_limit` to a longer time"
        return self._failure(f"did not get ready within {self.command.start_limit_s:g} s: {wanted}", remedy)

    @property
    def _ready_port(self) -> int:
        return self._port if self.command.ready.port is None else int(self._filled(self.command.ready.port))

    def stop(self) -> Exit | None:
        """End it and everything it has started; how it ended. None when it was not there."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return None
        with suppress(OSError):
            process.stdin.close()
        self._ended.wait(self.command.stop_limit_s + 10.0)
        return self.exit

    # --- what it says

    def attach(self, log: list[str], mourner: Callable[[Exit], None]) -> None:
        """From now on its last lines are kept in `log`; `mourner` is told its end, on a thread of ours. Several calls may listen at once."""
        self._visitors = (*self._visitors, (log, mourner))

    def detach(self, log: list[str]) -> None:
        """The call with this log listens no more."""
        self._visitors = tuple(visitor for visitor in self._visitors if visitor[0] is not log)

    @property
    def is_visited(self) -> bool:
        """Whether a call goes on with it."""
        return bool(self._visitors)

    def _hear(self, output: IO[bytes], environ: Mapping[str, str]) -> None:
        with output:
            while line := output.readline(LINE_LIMIT_BYTES):
                text = concealed(line.decode("utf-8", "replace").rstrip(), environ)[:500]
                if text:
                    self._said.append(text)
                    for log, _ in self._visitors:
                        log.append(text)
                        del log[:-KEPT_LINES]

    def _follow(self, process: subprocess.Popen[bytes], reports: IO[bytes], ear: Thread, ended: Event) -> None:
        ending = Exit(-signal.SIGKILL)  # unless told otherwise: then somebody has killed the supervisor
        with reports:
            for line in reports:
                report: dict[str, Any] = json.loads(line)
                self._refused = report.get("refused")
                self._answered.set()
                if "exited" in report:
                    ending = Exit(report["exited"], tuple(report["left"]))
        process.wait()
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        ear.join(1.0)  # its last words come before its end
        self.exit = ending
        ended.set()
        self._answered.set()
        for _, mourner in self._visitors:
            with suppress(RuntimeError):  # the loop of the call has just been closed
                mourner(ending)
