"""Where the calls of one server meet: what a call asks of it besides its own doing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from simulator.jambonz.events import Effect
from simulator.jambonz.hook import Written

if TYPE_CHECKING:
    from simulator.jambonz.call import Call


class Exchange(Protocol):
    """The feature server, seen by one of its calls. `calls` by leg; those that are over stay."""

    calls: dict[int, Call]

    def hand_over(self, call: Call, hook: Written) -> None:
        """From now on the session of `call` speaks with the application at `hook`: on a socket of its own, or over HTTP."""


class OfLeg(list[Effect]):
    """Where a further call puts its effects: into those of the server, marked with its leg."""

    def __init__(self, effects: list[Effect], leg: int) -> None:
        super().__init__()
        self._effects, self._leg = effects, leg

    def append(self, effect: Effect) -> None:
        """Put one in."""
        of_a_leg: Any = effect if hasattr(effect, "leg") else None
        self._effects.append(effect if of_a_leg is None else replace(of_a_leg, leg=self._leg))
