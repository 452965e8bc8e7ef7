"""What stands beside a type in `Annotated`, and the types that the language adds with it."""

from __future__ import annotations

from typing import Annotated, Any

from simulator.scenario.shapes import CapturingMapping, CapturingPattern, Digits, PlainPattern, Seconds, Shape
from simulator.scenario.value import value


@value()
class Doc:
    """What a key means: shown by editors, and when the key is missing."""

    text: str


class Unwritten:
    """Marks a field that is no key of the language."""


class OrOne:
    """Marks a tuple whose single item may be written without brackets."""


class Shaped:
    """Marks a type that reads itself: `shape()` says how."""

    def shape(self) -> Shape:
        raise NotImplementedError


@value()
class As(Shaped):
    """Read with this shape."""

    kind: type[Shape]

    def shape(self) -> Shape:
        return self.kind()


Duration = Annotated[float, As(Seconds)]
"""Seconds; written with a unit."""
Pattern = Annotated[Any, As(PlainPattern)]
"""Asked of a value by `simulator.pattern.difference`; MISSING or None where nothing is asked."""
Asked = Annotated[Any, As(CapturingPattern)]
"""The same of something a step waits for: it may capture."""
AskedMapping = Annotated[Any, As(CapturingMapping)]
"""The same, and a mapping."""
Written = Annotated[str, As(Digits)]
"""Text that may be written without quotes even if it looks like a number: digits, phone numbers, header values."""
