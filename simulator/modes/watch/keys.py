"""Single keys from a terminal, without waiting for the end of a line."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any, TextIO


class Keys:
    """A context manager: leaving it gives the terminal back as it was. Where there is none, no key is ever pressed."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdin if stream is None else stream
        self._before: list[Any] | None = None
        self._continued: Any = None

    def __enter__(self) -> Keys:
        if self._is_ours():
            import termios

            self._before = termios.tcgetattr(self._stream.fileno())
            self._continued = signal.signal(signal.SIGCONT, self._again)
            self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            import termios

            signal.signal(signal.SIGCONT, self._continued)
            if self._is_ours():
                termios.tcsetattr(self._stream.fileno(), termios.TCSADRAIN, self._before)
            self._before = None

    @property
    def listening(self) -> bool:
        """Whether keys can come."""
        return self._before is not None

    def pressed(self, limit_s: float) -> str:
        """What was pressed, at once when something was; an empty text after `limit_s` seconds of wall time."""
        if self._before is None or not self._is_ours():  # in the background, reading would stop us
            time.sleep(limit_s)
            return ""
        if not select.select([self._stream.fileno()], [], [], limit_s)[0]:
            return ""
        try:
            typed = os.read(self._stream.fileno(), 100)
        except OSError:
            typed = b""
        if not typed:  # the terminal is gone
            self._before = None
        return typed.decode("ascii", "replace")

    def _is_ours(self) -> bool:
        try:
            return os.name == "posix" and self._stream.isatty() and os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except (OSError, ValueError):
            return False

    def _open(self) -> None:
        import tty

        tty.setcbreak(self._stream.fileno())

    def _again(self, _number: int, _frame: FrameType | None) -> None:
        """Back from Ctrl-Z: the shell has set the terminal as it likes it."""
        if self._is_ours():
            self._open()
