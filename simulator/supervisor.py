"""Runs one command and outlives nobody: `python supervisor.py STOP_LIMIT_S COMMAND…`, a program of its own between us and an application.

As a parent of its own it can do what we cannot from afar: notice that we are gone, however we went (its standard input ends), and
adopt processes whose parents have died (Linux), so that whatever the command left behind is found and ended with it.

Standard input: nothing; its end means "end it". Standard output: one JSON object a line: `{"pid"}` or `{"refused": text}`, and at last
`{"exited": status, "left": [..]}` (negative: a signal). Standard error is the output of the command. Imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
SETTLE_S = 0.3
"""How long processes of the command may outlive it before they count as left behind: signals need their time."""
KILL_LIMIT_S = 2.0


class Supervised:
    """The command and everything it has started."""

    def __init__(self, command: list[str]) -> None:
        self.pid = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, stderr=2, start_new_session=True).pid
        self.status: int | None = None

    def reap(self) -> bool:
        """Collect whoever has died; whether anybody is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)

    def ask(self) -> None:
        """SIGTERM to the command's process group, as a terminal or a service would send it."""
        with suppress(ProcessLookupError, PermissionError):  # has ended meanwhile
            os.killpg(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the group, and to whoever of its descendants has left it."""
        for send, target in [(os.killpg, self.pid), *((os.kill, pid) for pid in descendants())]:
            with suppress(ProcessLookupError, PermissionError):
                send(target, signal.SIGKILL)

    def wait(self, limit_s: float, until: Callable[[], bool]) -> None:
        """Reap until it holds, at most so long."""
        end_s = time.monotonic() + limit_s
        while not until() and time.monotonic() < end_s:
            time.sleep(0.005)

    def end(self, stop_limit_s: float) -> list[str]:
        """Ask the command to end, then make it; answers who was still there when it had ended."""
        if self.status is None:
            self.ask()
            self.wait(stop_limit_s, lambda: not self.reap() or self.status is not None)
        if self.status is None:
            self.kill()
            self.wait(KILL_LIMIT_S, lambda: not self.reap() or self.status is not None)
        self.wait(SETTLE_S, lambda: not self.reap())
        left = [name_of(pid) for pid in descendants()]
        self.wait(KILL_LIMIT_S, self._killed)
        return left

    def _killed(self) -> bool:
        self.kill()  # every time: one that is being killed may just have started another
        return not self.reap()


def adopt_orphans() -> None:
    """Become the parent of orphans below us. Only Linux can; elsewhere the process group has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants() -> list[int]:
    """All living processes below this one, where the system has /proc."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue  # has ended meanwhile
        if state != "Z":
            children.setdefault(int(parent), []).append(int(folder.name))
    found, next_ones = [], children.get(os.getpid(), [])
    while next_ones:
        found += next_ones
        next_ones = [child for pid in next_ones for child in children.get(pid, [])]
    return found


def name_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    return f"{' '.join(words).strip()[:80] or 'a process'} (pid {pid})"


def say(**content: object) -> None:
    with suppress(BrokenPipeError):  # nobody is there any more; the command is ended all the same
        os.write(1, json.dumps(content).encode() + b"\n")


def main(stop_limit_s: float, command: list[str]) -> None:
    waking, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    told_to_end = False

    def told(*_: object) -> None:
        nonlocal told_to_end
        told_to_end = True

    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, told)
    adopt_orphans()
    try:
        app = Supervised(command)
    except OSError as error:
        say(refused=error.strerror or str(error))
        return
    say(pid=app.pid)
    while not told_to_end and app.status is None:
        ready, _, _ = select.select([0, waking], [], [])
        told_to_end = told_to_end or 0 in ready
        if waking in ready:
            os.read(waking, 4096)
        app.reap()
    left = app.end(stop_limit_s)
    say(exited=app.status, left=left)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
