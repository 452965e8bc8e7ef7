"""Whose fault it is decides the class: the scenario's author, the application's owner, nobody (stuck), or us.

Every error names the place, the problem and the remedy. What the *application* does wrong during a call is never
an exception but a frame in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file a person wrote; `line` and `column` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SimError(Exception):
    """Base of everything we raise on purpose; `exit_code` is what the command line ends with (design: command line)."""

    exit_code = 70

    def __init__(self, problem: str, remedy: str = "", where: Where | None = None) -> None:
        self.problem, self.remedy, self.where = problem, remedy, where
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.problem}" + (f"\n    {self.remedy}" if self.remedy else "")


class ScenarioError(SimError):
    """The scenario's author wrote something that cannot be played."""

    exit_code = 2


class UsageError(SimError):
    """The command line or the configuration asks for something that does not exist."""

    exit_code = 2


class AppError(SimError):
    """The application under test could not be loaded, started or reached."""

    exit_code = 3


class StuckError(SimError):
    """Nobody can move and nobody owes an answer: time would stand still for ever. `waiting` says who waits for what, a line each."""

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "", waiting: Sequence[str] = ()) -> None:
        self.waiting = tuple(waiting)
        super().__init__(problem, remedy)

    def __str__(self) -> str:
        return "\n    ".join([super().__str__(), *self.waiting])


class SimulatorError(SimError):
    """Our own fault."""


class ScenarioErrors(ScenarioError):
    """All that is wrong with one file, so that its author mends it in one go."""

    def __init__(self, errors: Sequence[ScenarioError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """`did you mean 'x'? ` when something is near, else an empty text; the list of what is known follows."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return (f"did you mean {near[0]!r}? " if near else "") + f"Known: {', '.join(known)}."
