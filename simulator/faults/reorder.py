"""A frame that is overtaken."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import GiveWay


@fault("reorder", "frame")
@dataclass(frozen=True, slots=True)
class Reordering:
    """A frame waits for the next one of its direction and arrives right behind it; if none comes within `within_s`, it arrives alone.

    TCP keeps the order: stands for a bug of a peer, such as two threads that send. Requests over HTTP have no order to lose: for one that
    comes later than the next, delay it (`latency` with `frame`).
    """

    within_s: float = 1.0

    def judge(self, passing: Passing, dice: Random) -> GiveWay:  # noqa: ARG002 - the shape of a fault
        """To the next one."""
        return GiveWay(self.within_s)
