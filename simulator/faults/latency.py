"""Distance: everything arrives late."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Kind, Passing
from simulator.faults.verdict import Delay

TRIPS: dict[Kind, int] = {"opening": 2}
"""A websocket is opened by two round trips: one of TCP, one of HTTP (a third, of TLS, is left out)."""


@fault("latency", "frame", "request", "opening", "close")
@dataclass(frozen=True, slots=True)
class Latency:
    """Everything arrives `by_s` late, plus up to `jitter_s`. TCP keeps the order: what was lucky waits for what was not.

    Stands for the network: distance, mobile phones, a VPN.
    """

    by_s: float
    jitter_s: float = 0.0

    def judge(self, passing: Passing, dice: Random) -> Delay:
        """So late this time."""
        return Delay(sum(self.by_s + dice.uniform(0.0, self.jitter_s) for _ in range(TRIPS.get(passing.kind, 1))))
