"""One thing that happened in a call and is worth a line of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ALWAYS = float("inf")


@dataclass(frozen=True, slots=True)
class Moment:
    """`step` is the line, at `at_s` of the call; `seq` is the frame it was seen in.

    Of what an actor does, `ready_s` is when it would happen by itself, were it alone, and `lasts_s` how long the line takes. Of an
    expectation (`expected`), `until_s` is how long it holds: for ever, unless it is about a state.
    """

    seq: int
    at_s: float
    step: dict[str, dict[str, Any]]
    expected: bool = False
    ready_s: float = 0.0
    lasts_s: float = 0.0
    until_s: float = ALWAYS
    comment: str = ""
