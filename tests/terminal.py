"""A terminal for tests: a program runs on a pseudo terminal, and what it writes is drawn on a screen of rows and columns."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

LIMIT_S = 30.0
PIECES = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Terminal:
    """A program on a terminal of its own. A context manager: leaving it ends the program, and everything it has started."""

    def __init__(self, words: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int = 80) -> None:
        import pty

        self._ours, theirs = pty.openpty()
        self.resize(columns)
        self.written = ""
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            env={**environ, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: _control(theirs),
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT_S)
        os.close(self._ours)

    def resize(self, columns: int) -> None:
        """As when somebody pulls at the corner of the window."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Somebody types; ^C and the like are what the terminal makes of them."""
        os.write(self._ours, keys.encode())

    def until(self, holds: Callable[[Terminal], object]) -> None:
        """Read on until that holds."""
        deadline_s = time.monotonic() + LIMIT_S
        while not holds(self):
            assert time.monotonic() < deadline_s, f"it never came to that; the screen is\n{self.screen}"
            self._read(0.05)

    def ends(self) -> int:
        """Read to the end; the exit status."""
        deadline_s = time.monotonic() + LIMIT_S
        while self._read(0.05) or self.process.poll() is None:
            assert time.monotonic() < deadline_s, f"it does not end; the screen is\n{self.screen}"
        return self.process.wait(LIMIT_S)

    def _read(self, limit_s: float) -> bool:
        if not select.select([self._ours], [], [], limit_s)[0]:
            return False
        try:
            self.written += os.read(self._ours, 65536).decode("utf-8", "replace")
        except OSError:  # Linux says so when nobody has the other end any more
            return False
        return True

    @property
    def lines(self) -> list[str]:
        """What can be seen, without colours."""
        rows, column = [""], 0
        for code, command, steering, text in (found.groups() for found in PIECES.finditer(self.written)):
            if steering == "\r":
                column = 0
            elif steering == "\n":
                rows.append("")
                column = 0
            elif command == "K":
                assert code == "2", "of erasing, only the whole line is known here"
                rows[-1] = ""
            elif command and command != "m":
                raise AssertionError(f"what does \\x1b[{code}{command} do?")
            elif text:
                rows[-1] = rows[-1].ljust(column)[:column] + text + rows[-1][column + len(text) :]
                column += len(text)
        return [row.rstrip() for row in rows]

    @property
    def screen(self) -> str:
        """All lines of it."""
        return "\n".join(self.lines)


def _control(terminal: int) -> None:
    """It is the controlling terminal of the new session, so that ^C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
