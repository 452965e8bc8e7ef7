"""An expectation that was not met, and what its author may have meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulator.journal import Frame, Journal
from simulator.scenario.expectations import READERS, Expectation
from simulator.scenario.near import nearest

LLM_VERBS = ("llm", "s2s", "openai_s2s", "microsoft_s2s", "agent")
"""Verbs with a model behind them."""


class Hint(NamedTuple):
    """`said` is what the call shows, `remedy` what to do; `certain` when it is the whole answer, whatever else went wrong."""

    said: str
    remedy: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """An expectation that was not met: the journal by then, and from which frame on it looked."""

    expectation: Expectation
    journal: Journal
    since: int

    @property
    def frames(self) -> list[Frame]:
        """Of the call that is looked at, from its beginning."""
        return list(self.journal.of_leg(self.expectation.leg))

    def fitting(self, word: str, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Those of `frames` that this pattern fits when it is read as another `word`."""
        other = Expectation(word, self.expectation.pattern, self.expectation.leg)
        return (frame for frame in frames if other.fits(frame, self.journal))

    def values(self, word: str) -> Iterator[tuple[Frame, Any]]:
        """Everything in this call that the `word` speaks about."""
        return ((frame, value) for frame in self.frames for value in READERS[word](frame, self.journal))

    def names(self, word: str, member: str) -> list[str]:
        """What stood under `member` of these, each once, the latest first."""
        found = [value[member] for _, value in self.values(word) if isinstance(value, Mapping) and isinstance(value.get(member), str)]
        return list(dict.fromkeys(reversed(found)))

    def verbs(self) -> list[dict[str, Any]]:
        """All verbs that the application has sent in this call, the first first."""
        return [verb for _, verbs in self.values("verbs") for verb in verbs if isinstance(verb, dict)]

    def llm(self) -> dict[str, Any] | None:
        """The last verb with a model behind it."""
        return next((verb for verb in reversed(self.verbs()) if verb.get("verb") in LLM_VERBS), None)


Guess = Callable[[Missed], Hint | None]


def meant(name: str, came: Iterable[str], known: Iterable[str], what: str) -> Hint | None:
    """A name that neither came nor exists, and resembles one that did."""
    there, known = list(came), list(known)
    if name in there or name in known or (near := nearest(name, [*there, *known])) is None:
        return None
    return Hint(f"there is no {what} {name!r}" + (f", but there was {near!r}" if near in there else ""), f"did you mean {near!r}?", certain=True)
