"""What somebody wants, by a key or by a save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.modes.watch.keys import Keys
from simulator.modes.watch.sight import Settling, Sight
from simulator.network import wall_s

LOOK_EVERY_S = 0.04
MOST_OF_OUR_TIME = 0.05
"""Looking at many files takes its time; more than this part of all time is not spent on it."""

CIRCLE = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """These files have changed."""

    files: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants a round: of everything, or of what failed only."""

    failed_only: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody has had enough."""


Wish = Saved | Asked | Left
KEYS: dict[str, Wish] = {"\n": Asked(), "\r": Asked(), "f": Asked(failed_only=True), "q": Left()}


class Lookout:
    """Keys and files. `aim` says what is looked at, each time; `relevant` takes away of what has changed what is no matter of ours."""

    def __init__(self, keys: Keys, aim: Callable[[Sight], None], relevant: Callable[[set[str]], set[str]]) -> None:
        self._keys, self._aim, self._relevant = keys, aim, relevant
        self.sight, self._settling = Sight(), Settling()
        self._looked_s = self._took_s = 0.0

    def look(self, limit_s: float) -> Wish | None:
        """What is wanted; waits for it at most so long, and looks at files not more often than is good."""
        for key in self._keys.pressed(limit_s):
            if key in KEYS:
                return KEYS[key]
        began_s = wall_s()
        if began_s - self._looked_s < max(LOOK_EVERY_S / 2, min(1.0, self._took_s / MOST_OF_OUR_TIME)):
            return None
        self._aim(self.sight)
        changed = self._relevant(self.sight.look())
        self._looked_s = wall_s()
        self._took_s = self._looked_s - began_s
        settled = self._settling.receive(changed, self._looked_s)
        return Saved(settled) if settled else None


class Circle:
    """Notices files that are changed by what their change sets off, which would never end."""

    def __init__(self) -> None:
        self._files: frozenset[str] = frozenset()
        self._times = 0

    def receive(self, files: frozenset[str], *, meanwhile: bool) -> bool:
        """These have changed, `meanwhile` or in peace; whether it is the same again for the third time."""
        self._times = self._times + 1 if meanwhile and files == self._files else 0
        self._files = files
        return self._times >= CIRCLE
