"""What a fault says of something that passes. It only judges: the line (or a model server's own faults) does what is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Breaks = Literal["json", "utf8", "protocol"]
"""What of a frame is broken: its JSON, the encoding of its text, or the websocket frame itself."""


@dataclass(frozen=True, slots=True)
class Drop:
    """It never arrives."""


@dataclass(frozen=True, slots=True)
class Delay:
    """It arrives so much later. Whether what follows may overtake it is for whoever applies this: on a line nothing may."""

    by_s: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It arrives again at once, so many times, the very same."""

    copies: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """It occupies the line so long, and begins when what came before is through."""

    takes_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits until the fault is over or healed, and whatever follows waits behind it."""


@dataclass(frozen=True, slots=True)
class GiveWay:
    """The next one goes first, if it comes in time; else this one is merely late."""

    within_s: float


@dataclass(frozen=True, slots=True)
class Corrupt:
    """It arrives broken."""

    breaks: Breaks


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends here, and this is lost with it. `code` is what both sides see; 1006 is no close frame at all."""

    code: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """The connection is not made: nobody listens there, or (with a `status`) somebody in between answers for the far end."""

    status: int | None


Verdict = Drop | Delay | Duplicate | Pace | Hold | GiveWay | Corrupt | Cut | Refuse
