"""What all actors of a call in Python have in common: a method is a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.errors import Where
from simulator.modes.simulate.failed import said_in_full
from simulator.modes.simulate.writing import here

__tracebackhide__ = said_in_full

Ask = Callable[[str, Mapping[str, Any], Where], Any]
"""Plays the step `actor: {…}` that was asked for at this place, or gives what can be awaited for it."""


class Steps:
    """The steps of one actor; `always` stands in each of them."""

    actor: str

    def __init__(self, ask: Ask, always: Mapping[str, Any] | None = None) -> None:
        self._ask, self._always = ask, always or {}

    def _step(self, word: str, said: Any, options: Mapping[str, Any]) -> Any:
        given = {key: value for key, value in options.items() if value is not None}
        return self._ask(self.actor, {word: said, **given, **self._always}, here(2))
