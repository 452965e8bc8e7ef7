"""The last line of a terminal, which never disturbs what is written above it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from shutil import get_terminal_size
from threading import Event, RLock, Thread
from typing import Any, TextIO

from simulator.modes.progress import Progress
from simulator.network import wall_s

PAINT_EVERY_S = 0.1
LOOK_EVERY_S = 1.0
"""How often it is looked whether a heartbeat is due."""

ERASE = "\r\x1b[2K"
BARS = (("━", "─"), ("#", "."))


def is_terminal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a line there can be taken back."""
    return stream.isatty() and (sys.platform == "win32" or (environ.get("TERM") or "dumb") != "dumb")


class Bottom:
    """The last line on `stream`; `text(columns)` says what stands there. What others write goes above it, through `Above`.

    Any thread may use it. A terminal that is gone is no reason to stop.
    """

    def __init__(self, stream: TextIO, text: Callable[[int], str]) -> None:
        self.stream, self._text = stream, text
        self._lock = RLock()
        self._there = self._cut = self._closed = False

    def paint(self) -> None:
        """Write it again, as things stand and as wide as the terminal is now; but not into a line that somebody has begun."""
        with self._lock, suppress(OSError, ValueError):
            if self._cut or self._closed:
                return
            text = self._text(_columns(self.stream))
            self.stream.write(ERASE + text)
            self.stream.flush()
            self._there = bool(text)

    def above(self, stream: TextIO, text: str) -> int:
        """Write `text` to `stream`, which is the same terminal."""
        with self._lock:
            self._erase()
            written = stream.write(text)
            stream.flush()
            self._cut = not text.endswith("\n") if text else self._cut
            self.paint()
            return written

    def close(self) -> None:
        """Take it away for good."""
        with self._lock:
            self._erase()
            self._closed = True

    def _erase(self) -> None:
        if self._there:
            self._there = False
            with suppress(OSError, ValueError):
                self.stream.write(ERASE)
                self.stream.flush()


class Above:
    """A stream whose words go above the bottom line, whoever writes them: an application in this process prints, too."""

    def __init__(self, stream: TextIO, bottom: Bottom) -> None:
        self._stream, self._bottom = stream, bottom

    def write(self, text: str) -> int:
        """As the stream does, and at once."""
        return self._bottom.above(self._stream, text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Beside:
    """A stream of a process that does not have the bottom line, but writes to the same terminal: whole lines, each in the place of that line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._begun = stream, ""

    def write(self, text: str) -> int:
        """As the stream does, once the line is whole."""
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._stream.write(ERASE + whole + newline)
            self._stream.flush()
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def is_painted() -> bool:
    """Whether this process has a bottom line just now."""
    return isinstance(sys.stderr, Above)


def stand_beside() -> None:
    """In a process of ours: another one has the bottom line."""
    if sys.stdout.isatty():
        sys.stdout = Beside(sys.stdout)
    if sys.stderr.isatty():
        sys.stderr = Beside(sys.stderr)


@contextmanager
def bottom(text: Callable[[int], str]) -> Iterator[Bottom]:
    """Within this block there is a line at the bottom of the terminal (stderr), kept up to date; stdout and stderr go above it."""
    line = Bottom(sys.stderr, text)
    before = sys.stdout, sys.stderr
    if sys.stdout.isatty():
        sys.stdout = Above(sys.stdout, line)
    sys.stderr = Above(sys.stderr, line)
    try:
        with _every(PAINT_EVERY_S, line.paint):
            line.paint()
            yield line
    finally:
        sys.stdout, sys.stderr = before
        line.close()


@contextmanager
def shown(progress: Progress, environ: Mapping[str, str]) -> Iterator[None]:
    """Within this block `progress` is shown on stderr: at the bottom of a terminal, otherwise as heartbeats."""
    if is_terminal(sys.stderr, environ):
        bar = bar_of(sys.stderr)
        with bottom(lambda columns: progress.line(wall_s(), columns, bar)):
            yield
        return
    stream = sys.stderr

    def look() -> None:
        if text := progress.heartbeat(wall_s()):
            with suppress(OSError, ValueError):
                stream.write(f"jambonz-sim: {text}\n")
                stream.flush()

    with _every(LOOK_EVERY_S, look):
        yield


def bar_of(stream: TextIO) -> tuple[str, str]:
    """What a bar is drawn with there: done and to do."""
    try:
        "".join(BARS[0]).encode(stream.encoding or "ascii")
    except (UnicodeError, LookupError):
        return BARS[1]
    return BARS[0]


@contextmanager
def _every(seconds: float, look: Callable[[], None]) -> Iterator[None]:
    """Within this block `look` is called so often, on a thread: whatever is played holds the main one."""
    over = Event()

    def work() -> None:
        while not over.wait(seconds):
            look()

    thread = Thread(target=work, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return get_terminal_size().columns
