"""Why a scenario failed, for people: place, problem, what was seen, remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.errors import Where

MAX_LINES = 25


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `where` points into the scenario file; `details` are lines; `kind` says which sort of thing failed.

    `about` is the word of the expectation that was not met, empty for other steps. `seq` says how many frames the journal had by
    then, and `leg` of which call this is about, so that others can tell how things stood; `nearest` is the number of the frame that
    was taken for what was expected. `certain` means that the remedy is the whole answer, whatever else went wrong; `because` is what
    the rules have found that led to it; `afterwards` is what became of the call when nobody could move any more.
    """

    where: Where
    problem: str
    details: tuple[str, ...] = ()
    remedy: str = ""
    kind: str = "step"
    about: str = ""
    seq: int | None = None
    leg: int = 0
    nearest: int | None = None
    certain: bool = False
    because: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()

    def lines(self, most: int = MAX_LINES) -> list[str]:
        """At most `most` lines: the place and the problem first, then the cause, and the remedy last."""
        head = f"{self.where}: {self.problem}"
        tail = [f"    remedy: {self.remedy}"] if self.remedy else []
        room = most - 1 - len(tail)
        body = [*(f"    because: {line}" for line in self.because), *(f"    {line}" for line in self.details)]
        if len(body) > room:
            body = [*body[: room - 1], f"    … {len(body) - room + 1} more lines"]
        return [head, *body, *tail]

    def json(self) -> dict[str, Any]:
        """For `--json`."""
        place = {"file": self.where.file, "line": self.where.line, "column": self.where.column}
        told = {"where": place, "kind": self.kind, "problem": self.problem, "details": list(self.details), "remedy": self.remedy}
        return told | ({"because": list(self.because)} if self.because else {})


class StepFailed(Exception):
    """Raised by a step while it is played; the player turns it into the scenario's failure."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.problem)
