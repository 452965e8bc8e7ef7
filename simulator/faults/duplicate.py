"""A frame that comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Duplicate


@fault("duplicate", "frame", "request")
@dataclass(frozen=True, slots=True)
class Duplication:
    """A frame arrives `copies` times more, at once.

    TCP never doubles one: stands for a proxy that tries again, or a bug of a peer.
    """

    copies: int = 1

    def judge(self, passing: Passing, dice: Random) -> Duplicate:  # noqa: ARG002 - the shape of a fault
        """Always as often."""
        return Duplicate(self.copies)
