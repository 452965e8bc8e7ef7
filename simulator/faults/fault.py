"""A fault judges, it does not act. One more is one more file: a dataclass marked with `@fault`."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Protocol, TypeVar

from simulator.faults.passing import Kind, Passing
from simulator.faults.verdict import Verdict


class Fault(Protocol):
    """What is wrong with a line, and how."""

    def judge(self, passing: Passing, dice: Random) -> Verdict:
        """What becomes of something that passes, and that the fault was aimed at."""


NAMES: dict[type[Any], str] = {}
"""What each is called in scenarios and journals."""
MEETS: dict[type[Any], tuple[Kind, ...]] = {}
"""What each has something to say about."""

F = TypeVar("F", bound=type[Any])


def fault(name: str, *meets: Kind) -> Callable[[F], F]:
    """Register a fault under its name, with what it is about."""

    def register(cls: F) -> F:
        NAMES[cls], MEETS[cls] = name, meets
        return cls

    return register
