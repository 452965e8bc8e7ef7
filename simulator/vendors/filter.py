"""Which of a vendor's events an application receives (the same in every task; openai_s2s.js:40-54, 375-395; jambonz.md 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The server's own reading of `events`. An empty `include` lets everything through that is not excluded.

    `meant` is None, or where that comes of a list that names nothing to include: what its author meant.
    """

    include: frozenset[str]
    exclude: frozenset[str]
    meant: frozenset[str] | None = None

    @classmethod
    def parse(cls, events: Sequence[str] | None, known: Sequence[str]) -> EventFilter:
        """`events` as the application wrote it; None means every `known` name."""
        if events is None:
            return cls(frozenset(known), frozenset())
        minus = [name[1:] for name in events if name.startswith("-")]
        if "all" in events:
            return cls(frozenset(), _expand(minus, known)) if minus else cls(frozenset(known), frozenset())
        plus = [name for name in events if not name.startswith("-")]
        include = _expand(plus, known)
        meant = frozenset(known) - _expand(minus, known) if minus and not plus else frozenset()
        return cls(include, frozenset(), None if include else meant)

    def delivers(self, type_: str) -> bool:
        """Whether an event of this type reaches the application."""
        return type_ in self.include if self.include else type_ not in self.exclude

    def means(self, type_: str) -> bool:
        """Whether it would, if a list that names nothing to include did not mean everything."""
        return self.delivers(type_) if self.meant is None else type_ in self.meant


def _expand(names: Sequence[str], known: Sequence[str]) -> frozenset[str]:
    """`x.*` is every known name that starts with `x` (without the dot: `response.audio.*` takes `response.audio_transcript.*` too)."""
    found: set[str] = set()
    for name in names:
        if name.endswith(".*"):
            found |= {one for one in known if one.startswith(name[:-2])}
        else:
            found.add(name)
    return frozenset(found)
