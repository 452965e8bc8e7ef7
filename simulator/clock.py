"""The clock of a call: how fast it runs by itself, when it jumps, and who owes an answer.

One `Clock` has two numbers. `rate` is how many seconds of clock pass in a second of wall time; `jump_after_s` is how long
(wall) everybody must have been idle before the clock jumps to the next deadline. While somebody outside owes an answer,
it does not jump.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf


@dataclass(slots=True)
class Clock:
    """Pure arithmetic: the caller says what the wall clock shows.

    virtual: rate 0, jump at once. elastic: rate 1, jump after 10 ms of silence. real: rate 1, never jump.
    """

    name: str
    rate: float
    jump_after_s: float
    debts: dict[object, dict[str, float]] = field(default_factory=dict)
    """Of each who is owed something, by those who live on this clock: what, since when (clock seconds). Nobody is in it with nothing."""
    at_s: float = 0.0
    """What it showed when it was last read or moved; all there is to know of a clock that stands still."""
    _wall_s: float | None = None

    def now_s(self, wall_s: float) -> float:
        """What this clock shows when the wall shows `wall_s`."""
        if self.rate == 0 or self._wall_s is None:
            self._wall_s = wall_s if self._wall_s is None else self._wall_s
            return self.at_s
        return self.at_s + (wall_s - self._wall_s) * self.rate

    def jump_to(self, at_s: float, wall_s: float) -> None:
        """Go forward to `at_s`; going back is refused by staying."""
        self.at_s, self._wall_s = max(at_s, self.now_s(wall_s)), wall_s

    def run_at(self, rate: float, wall_s: float) -> None:
        """Run so fast from now on; it stays a clock that runs (`rate` above 0)."""
        self.at_s, self._wall_s, self.rate = self.now_s(wall_s), wall_s, rate

    def owe(self, to: object, debts: dict[str, float]) -> None:
        """From now on this is all that is owed to one of those who live on this clock; several calls may."""
        if debts:
            self.debts[to] = debts
        else:
            self.debts.pop(to, None)

    def may_jump(self) -> bool:
        """Whether waiting may be skipped at all right now."""
        return self.jump_after_s != inf and not self.debts


def virtual() -> Clock:
    """For an application in our process: time passes only by jumping."""
    return Clock("virtual", rate=0.0, jump_after_s=0.0)


def elastic(jump_after_s: float = 0.01) -> Clock:
    """For an application in its own process: real time while it thinks, jumps over waiting."""
    return Clock("elastic", rate=1.0, jump_after_s=jump_after_s)


def real() -> Clock:
    """The wall clock."""
    return Clock("real", rate=1.0, jump_after_s=inf)


CLOCKS = {"virtual": virtual, "elastic": elastic, "real": real}
