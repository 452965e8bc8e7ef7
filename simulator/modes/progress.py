"""How far a round is: a line at the bottom of a terminal, or, where there is none, a word every so often when nothing else was said."""

from __future__ import annotations

from typing import Protocol
from unicodedata import combining, east_asian_width

from simulator.report.result import Result
from simulator.report.text import printable
from simulator.scenario.load import Scenario

HEARTBEAT_S = 10.0
"""After so much silence, whoever reads a log is told that there is still something going on."""

BAR_CELLS = 20
FEWEST_COLUMNS = 20
"""On a narrower terminal nothing is painted."""


class Listener(Protocol):
    """Who wants to know which scenario is being played."""

    def begins(self, scenario: Scenario) -> None:
        """It is played from now on."""

    def ends(self, result: Result) -> None:
        """It has been played."""


class Progress:
    """A round of `total` scenarios, counted. Knows no clock: it is told the time, in seconds that only have to be of one clock."""

    def __init__(self, total: int, now_s: float) -> None:
        self.total, self._began_s, self._said_s = total, now_s, now_s
        self.done = self.failed = 0
        self._running: dict[str, None] = {}

    def begins(self, scenario: Scenario) -> None:
        """It is played from now on."""
        self._running[scenario.id] = None

    def ends(self, result: Result) -> None:
        """It has been played."""
        self._running.pop(result.name, None)
        self.done += 1
        self.failed += result.outcome != "passed"

    def said(self, now_s: float) -> None:
        """Something else was written, so that nobody wonders."""
        self._said_s = now_s

    def line(self, now_s: float, columns: int, bar: tuple[str, str] = ("━", "─")) -> str:
        """The state in less than `columns` cells: bar, done of total, how many failed, wall time, what is being played; empty where it is narrow."""
        if columns < FEWEST_COLUMNS:
            return ""
        filled = BAR_CELLS * self.done // self.total if self.total else 0
        parts = [f"{self.done}/{self.total}", *([f"{self.failed} failed"] if self.failed else []), f"{now_s - self._began_s:.1f} s", *self._names()]
        drawn = bar[0] * filled + bar[1] * (BAR_CELLS - filled) + " " if columns >= 3 * BAR_CELLS else ""
        return fitting(drawn + "  ".join(parts), columns - 1)

    def heartbeat(self, now_s: float) -> str | None:
        """What to say after silence; None while there is no need."""
        if now_s - self._said_s < HEARTBEAT_S:
            return None
        self._said_s = now_s
        failed = f", {self.failed} failed" if self.failed else ""
        names = "; ".join(self._names())
        return f"{self.done} of {self.total} played{failed} after {now_s - self._began_s:.0f} s" + (f", now: {names}" if names else "")

    def _names(self) -> list[str]:
        """What is being played: the one that began first, and how many others."""
        first, *others = tuple(self._running) or ("",)  # a copy: another thread may be painting
        more = f" (and {len(others)} more)" if others else ""
        return [printable(first)[:200] + more] if first else []


def fitting(text: str, cells: int) -> str:
    """As much of it as fits into so many cells of a terminal: wide characters take two, accents none."""
    used = 0
    for place, character in enumerate(text):
        used += 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        if used > cells:
            return text[:place]
    return text
