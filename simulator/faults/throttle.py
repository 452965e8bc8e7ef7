"""A narrow line."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Pace


@fault("throttle", "frame", "request")
@dataclass(frozen=True, slots=True)
class Throttle:
    """Each direction of a connection carries `rate` bytes a second; what is sent faster waits its turn.

    Stands for the network: a narrow or busy line. Only payloads count, not the few bytes around them.
    """

    rate: int

    def judge(self, passing: Passing, dice: Random) -> Pace:  # noqa: ARG002 - the shape of a fault
        """As long as its bytes take."""
        return Pace(passing.size_bytes / self.rate)
