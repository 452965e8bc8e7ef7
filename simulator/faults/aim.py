"""Whom a fault meets: which way, which frames, how many of them, and with what luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.faults.passing import Direction, Passing
from simulator.pattern import difference


def itself(name: str) -> str:
    """For links whose frames have one name each."""
    return name


def fits(pattern: Any, frame: Mapping[str, Any], known_as: Callable[[str], str] = itself) -> bool:
    """Whether a frame is meant by a pattern: by its type (`known_as` makes all its names one), or by all of it."""
    wanted = pattern if isinstance(pattern, Mapping) else {"type": pattern}
    if not difference(wanted, frame):
        return True
    kind, name = wanted.get("type"), frame.get("type")
    if not isinstance(kind, str) or not isinstance(name, str):
        return False
    return not difference({**wanted, "type": known_as(kind)}, {**frame, "type": known_as(name)})


@dataclass(slots=True)
class Aim:
    """The first `skip` of what fits pass, then `times` are met (None: all), each with this `probability`.

    `frame` is a type, a `/regular expression/` of one, `*`, or a pattern of a whole frame; None means everything. `direction` and `leg`
    (the number of a call) are None for any.
    """

    direction: Direction | None = None
    frame: Any = None
    leg: int | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0

    @property
    def is_everything(self) -> bool:
        """Whether it means a whole line, with the opening and closing of its connections, and not frames among others."""
        return self.frame is None and self.times is None and not self.skip and self.probability == 1.0

    @property
    def is_spent(self) -> bool:
        """Whether it has met all it was to meet."""
        return self.times == 0

    def means(self, passing: Passing, known_as: Callable[[str], str] = itself) -> bool:
        """Whether this is one of those it looks for, whatever was counted."""
        if self.direction not in (None, passing.direction) or self.leg not in (None, passing.leg):
            return False
        return self.frame is None or fits(self.frame, {**passing.frame, "type": passing.type}, known_as)

    def strikes(self, dice: Random) -> bool:
        """Count one that is meant; whether it is met."""
        if self.is_spent:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.probability < 1.0 and dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True
