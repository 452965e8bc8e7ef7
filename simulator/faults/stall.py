"""A line on which nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Hold


@fault("stall", "frame", "request", "opening", "close")
@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing arrives until the fault is over or healed; then everything does, in order. Nobody notices but by waiting.

    Stands for the network: packets are lost and sent again and again, while both ends believe in their connection.
    """

    def judge(self, passing: Passing, dice: Random) -> Hold:  # noqa: ARG002 - the shape of a fault
        """Whatever it is."""
        return Hold()
