"""A connection that is not made."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Refuse


@fault("refuse", "request", "opening")
@dataclass(frozen=True, slots=True)
class Refusal:
    """New connections are refused; those that stand remain. Each request over HTTP counts as a new connection.

    Without a `status` nobody listens there (ECONNREFUSED); with one a load balancer answers in the far end's place.
    Stands for the network, and for a far end that is being restarted.
    """

    status: int | None = None

    def judge(self, passing: Passing, dice: Random) -> Refuse:  # noqa: ARG002 - the shape of a fault
        """Every one of them."""
        return Refuse(self.status)
