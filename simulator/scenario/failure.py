"""Why a scenario failed, for people: place, problem, what was seen, remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.errors import Where

MAX_LINES = 25


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `where` points into the scenario file; `details` are lines; `kind` says which sort of thing failed."""

    where: Where
    problem: str
    details: tuple[str, ...] = ()
    remedy: str = ""
    kind: str = "step"

    def lines(self) -> list[str]:
        """At most 25 lines: the place and the problem first, the remedy last."""
        head = f"{self.where}: {self.problem}"
        tail = [f"    remedy: {self.remedy}"] if self.remedy else []
        room = MAX_LINES - 1 - len(tail)
        body = [f"    {line}" for line in self.details]
        if len(body) > room:
            body = [*body[: room - 1], f"    … {len(body) - room + 1} more lines"]
        return [head, *body, *tail]

    def json(self) -> dict[str, Any]:
        """For `--json`."""
        place = {"file": self.where.file, "line": self.where.line, "column": self.where.column}
        return {"where": place, "kind": self.kind, "problem": self.problem, "details": list(self.details), "remedy": self.remedy}


class StepFailed(Exception):
    """Raised by a step while it is played; the player turns it into the scenario's failure."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.problem)
