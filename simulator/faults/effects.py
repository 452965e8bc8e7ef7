"""What a line is told, and what it tells: to whoever has the connections, and to the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.faults.aim import Aim
from simulator.faults.fault import NAMES, Fault
from simulator.faults.passing import Connection, Passing
from simulator.faults.verdict import Breaks
from simulator.script import Timeout


@dataclass(frozen=True, slots=True)
class Lay:
    """From `after_s` on, for `lasts_s` (None: until it is healed), what is aimed at meets this fault. `mark` is given back when it strikes."""

    fault: Fault
    aim: Aim
    mark: str
    after_s: float = 0.0
    lasts_s: float | None = None


@dataclass(frozen=True, slots=True)
class Heal:
    """All faults are over; what waits arrives now, in order."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Something sets out."""

    passing: Passing


Event = Lay | Heal | Enter | Timeout


@dataclass(frozen=True, slots=True)
class Arrives:
    """Something comes out at the other end, perhaps broken. `late_s` is how long it was under way."""

    passing: Passing
    breaks: Breaks | None = None
    late_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault has met something, or (without `passing`) a whole connection."""

    fault: Fault
    mark: str
    passing: Passing | None = None
    details: dict[str, Any] = field(default_factory=dict)
    leg: int = 0

    def noted(self, far_end: str) -> dict[str, Any]:
        """For a journal: which fault (`step`), whom it met and what it did."""
        met = {} if self.passing is None else about(self.passing, far_end)
        return {"what": NAMES[type(self.fault)], "step": self.mark, **met, **self.details}


@dataclass(frozen=True, slots=True)
class Lost:
    """Something was under way on a connection that has ended."""

    passing: Passing

    def noted(self, far_end: str) -> dict[str, Any]:
        """For a journal."""
        return {"what": "lost", **about(self.passing, far_end), **said(self.passing)}


@dataclass(frozen=True, slots=True)
class Severed:
    """A connection ends here and now, for both sides, with this code."""

    connection: Connection
    code: int
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A connection is not made."""

    passing: Passing
    status: int | None


@dataclass(frozen=True, slots=True)
class Expired:
    """A connection was not made in the time it had."""

    passing: Passing


Effect = Arrives | Struck | Lost | Severed | Refused | Expired


def about(passing: Passing, far_end: str) -> dict[str, Any]:
    """Which way something went, what it is, and its ids."""
    return {passing.direction: far_end, "type": passing.type, **passing.names}


def said(passing: Passing) -> dict[str, Any]:
    """What the far end has said, and nobody will hear; what went to it stands in the journal already."""
    return {"frame": passing.frame} if passing.direction == "from" and passing.is_frame else {}


def leg_of(effect: Effect) -> int:
    """Whose call it is about."""
    return effect.leg if isinstance(effect, Struck | Severed) else effect.passing.leg


def noted(order: Lay | Heal) -> tuple[str, dict[str, Any]]:
    """Kind and frame for a journal, of what a scenario has ordered."""
    if isinstance(order, Heal):
        return "healed", {}
    own = {name: getattr(order.fault, name) for name in getattr(type(order.fault), "__dataclass_fields__", {})}
    return "fault_laid", {"what": NAMES[type(order.fault)], "step": order.mark, **{name: value for name, value in own.items() if value is not None}}
