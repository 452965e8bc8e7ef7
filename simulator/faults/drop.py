"""A frame that gets lost."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Drop


@fault("drop", "frame", "request")
@dataclass(frozen=True, slots=True)
class Loss:
    """A frame never arrives, and those around it do.

    TCP never loses one: stands for a broken proxy in between, or a bug of a peer that forgets to send.
    """

    def judge(self, passing: Passing, dice: Random) -> Drop:  # noqa: ARG002 - the shape of a fault
        """Whatever it is."""
        return Drop()
