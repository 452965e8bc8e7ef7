"""Which frame serves which expectation, when their order is not known: every way that is still open, kept while frames come.

A frame may fit two expectations and can serve only one of them, and the one that is written first need not be the one that
needs it. So nothing is decided before it must be: a *way* says how far each thread has come by which frames, and a block of
expectations holds as soon as one way has come to the end of all threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.journal import Frame
from simulator.scenario.steps.any_order import Thread
from simulator.scenario.steps.expect import WITHIN_S, Expect
from simulator.scenario.steps.later import Later

MAX_WAYS = 64
"""How many are followed at once; of more, those that have come farthest."""
SLACK_S = 1e-9

Fits = Callable[[Expect, Frame], Mapping[str, Any] | None]
"""What is captured when the frame serves the expectation; None when it does not fit it."""
Holds = Callable[[Expect], Mapping[str, Any] | None]
"""The same of an expectation that asks for a state, whose frame may serve others too."""
Made = Callable[[Expect | Later, Mapping[str, Any]], Expect]
"""The line with what has been captured in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a way has come in one thread: the line that is waited for (None at the end), since when, and what served those before it."""

    line: Expect | None
    since_s: float
    served: tuple[Frame | None, ...] = ()

    @property
    def deadline_s(self) -> float:
        """When the line that is waited for comes too late."""
        assert self.line is not None
        return self.since_s + (WITHIN_S if self.line.within_s is None else self.line.within_s)

    @property
    def key(self) -> object:
        """Two ways that agree on this have the same future in the thread."""
        return None if self.line is None else tuple(None if frame is None else frame.seq for frame in self.served)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the frames so far may have served the expectations."""

    places: tuple[Place, ...]
    captured: Mapping[str, Any]

    @property
    def complete(self) -> bool:
        """Whether every thread has come to its end."""
        return all(place.line is None for place in self.places)

    @property
    def deadline_s(self) -> float:
        """When the first of the lines that are waited for comes too late."""
        return min(place.deadline_s for place in self.places if place.line is not None)

    @property
    def served(self) -> tuple[Frame, ...]:
        """The frames that have served, thread by thread."""
        return tuple(frame for place in self.places for frame in place.served if frame is not None)

    def leads(self, other: Way) -> bool:
        """Whether whatever can still complete the other one completes this one too."""
        return all(mine.line is None or mine.key == theirs.key for mine, theirs in zip(self.places, other.places, strict=True))


class Ways:
    """All ways of a block that began at `now_s`."""

    def __init__(self, threads: Sequence[Thread], made: Made, captured: Mapping[str, Any], now_s: float) -> None:
        self._threads, self._made = threads, made
        first = tuple(Place(made(thread[0], captured), now_s) for thread in threads)
        self.open: list[Way] = [Way(first, dict(captured))]
        self._lines: dict[tuple[int, ...], Expect] = {}
        self.best = self.open[0]
        """The way that has come farthest, also when it has come to nothing."""

    @property
    def complete(self) -> Way | None:
        """The way by which the block holds; None as long as there is none."""
        return next((way for way in self.open if way.complete), None)

    @property
    def deadline_s(self) -> float:
        """When no way is left, if nothing more comes; of no use once the block holds."""
        return max(way.deadline_s for way in self.open)

    def states(self, holds: Holds, now_s: float) -> None:
        """Expectations of states are looked at: they hold whenever they do, and take no frame from anybody."""
        settled = [self._settled(way, holds, now_s) for way in self.open]
        if any(new is not old for new, old in zip(settled, self.open, strict=True)):
            self._kept(settled)

    def frame(self, frame: Frame, fits: Fits, holds: Holds, now_s: float) -> None:
        """A frame has come: it may serve any one line that waits for it, or none."""
        known: dict[int, Mapping[str, Any] | None] = {}
        found: list[Way] = []
        for way in self.open:
            for number, place in enumerate(way.places):
                if place.line is None or frame.at_s > place.deadline_s + SLACK_S:
                    continue
                if id(place.line) not in known:
                    known[id(place.line)] = fits(place.line, frame)
                captured = known[id(place.line)]
                if captured is not None:
                    found.append(self._settled(self._served(way, number, frame, captured, now_s), holds, now_s))
            found.append(way)
        if len(found) > len(self.open):
            self._kept(found)

    def _settled(self, way: Way, holds: Holds, now_s: float) -> Way:
        """The way, past all states that hold now."""
        number = 0
        while number < len(way.places):
            line = way.places[number].line
            captured = holds(line) if line is not None and now_s <= way.places[number].deadline_s + SLACK_S else None
            if captured is None:
                number += 1
            else:
                way = self._served(way, number, None, captured, now_s)
        return way

    def _served(self, way: Way, number: int, frame: Frame | None, captured: Mapping[str, Any], now_s: float) -> Way:
        place, thread = way.places[number], self._threads[number]
        served, known = (*place.served, frame), {**way.captured, **captured}
        line = self._line(number, thread[len(served)], served, known) if len(served) < len(thread) else None
        places = (*way.places[:number], replace(place, line=line, since_s=now_s, served=served), *way.places[number + 1 :])
        return Way(places, known)

    def _line(self, number: int, written: Expect | Later, served: tuple[Frame | None, ...], captured: Mapping[str, Any]) -> Expect:
        """What a thread knows comes from the frames that have served it, so each line is made once for these."""
        if isinstance(written, Expect) or None in served:
            return self._made(written, captured)
        key = (number, *(frame.seq for frame in served if frame is not None))
        if key not in self._lines:
            self._lines[key] = self._made(written, captured)
        return self._lines[key]

    def _kept(self, found: Iterable[Way]) -> None:
        """Without those that another one leads: whatever helps them helps that one."""
        farthest = sorted(found, key=lambda way: -sum(len(place.served) for place in way.places))  # stable: the earliest frames first
        kept: list[Way] = []
        for way in farthest:
            if len(kept) < MAX_WAYS and not any(one.leads(way) for one in kept):
                kept.append(way)
        self.open = kept
        if kept:
            self.best = max(kept[0], self.best, key=lambda way: sum(len(place.served) for place in way.places))
