"""One direction of one connection: a queue in which nothing overtakes, unless it is told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from simulator.faults.effects import Lay
from simulator.faults.passing import Passing
from simulator.faults.verdict import Breaks

SLACK_S = 1e-9
"""Adding durations may lose the last digit."""


@dataclass(slots=True)
class Waiting:
    """Something that is under way. `due_s` is when it arrives, at the earliest; infinite as long as nobody can say."""

    passing: Passing
    due_s: float
    since_s: float
    breaks: Breaks | None = None
    copies: int = 0
    gives_way: Lay | None = None
    """The fault that lets the next one go first."""


@dataclass(slots=True)
class Way:
    """Things under way in one direction of one connection, first in first out."""

    waiting: list[Waiting] = field(default_factory=list)
    busy_until_s: dict[str, float] = field(default_factory=dict)
    """Of each narrow place, by the mark of its fault."""

    def through(self, mark: str, takes_s: float, now_s: float) -> float:
        """When something that occupies a narrow place for so long is through it."""
        self.busy_until_s[mark] = done_s = max(now_s, self.busy_until_s.get(mark, 0.0)) + takes_s
        return done_s

    def add(self, item: Waiting) -> tuple[Lay, Passing] | None:
        """Something sets out. What it has overtaken, and the fault that had made that one wait for it, if there is one."""
        last = self.waiting[-1] if self.waiting else None
        if last is None or last.gives_way is None:
            self._behind(item)
            return None
        fault, last.gives_way = last.gives_way, None
        del self.waiting[-1]
        if not item.passing.is_frame:  # nothing comes behind a close: it is the last word
            last.due_s = last.since_s
            self._behind(last)
            self._behind(item)
            return None
        self._behind(item)
        last.due_s = item.due_s
        self.waiting.append(last)
        return fault, last.passing

    def _behind(self, item: Waiting) -> None:
        if self.waiting:
            item.due_s = max(item.due_s, self.waiting[-1].due_s)
        self.waiting.append(item)

    def arrived(self, now_s: float) -> list[Waiting]:
        """Take out what has arrived by now, in order."""
        count = next((at for at, item in enumerate(self.waiting) if item.due_s > now_s + SLACK_S), len(self.waiting))
        arrived, self.waiting = self.waiting[:count], self.waiting[count:]
        return arrived

    def heal(self, now_s: float) -> None:
        """Nothing is in the way of what waits any more."""
        self.busy_until_s.clear()
        for item in self.waiting:
            item.due_s, item.gives_way = now_s, None

    @property
    def next_s(self) -> float | None:
        """When something arrives; None when nothing is under way, or nobody can say."""
        return self.waiting[0].due_s if self.waiting and self.waiting[0].due_s != inf else None

    @property
    def gives_way(self) -> bool:
        """Whether what came last waits for the next one to go first."""
        return bool(self.waiting) and self.waiting[-1].gives_way is not None

    @property
    def is_stuck(self) -> bool:
        """Whether something waits for ever, as far as anybody knows."""
        return bool(self.waiting) and self.waiting[-1].due_s == inf
