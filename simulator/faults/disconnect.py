"""A connection that breaks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Cut


@fault("disconnect", "frame", "request")
@dataclass(frozen=True, slots=True)
class Disconnection:
    """Connections break, and what is under way on them is lost: all that stand, at its instant, or the one on which a certain frame passes.

    Both sides see the same `code`: 1006 is a cut line; any other is a close frame, as a proxy sends it when it is restarted. Stands for
    the network. (A request over HTTP is reset whatever the code.)
    """

    code: int = 1006

    def judge(self, passing: Passing, dice: Random) -> Cut:  # noqa: ARG002 - the shape of a fault
        """Here."""
        return Cut(self.code)
