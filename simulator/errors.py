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


class UsageErrors(UsageError):
    """All that is wrong with one configuration."""

    def __init__(self, errors: Sequence[UsageError]) -> None:
        self.errors = tuple(errors)
        super().__init__(_together(self.errors))


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


MOST_TOLD = 20
"""How many errors of one file are told in words: who has made more has made one of them many times."""


class ScenarioErrors(ScenarioError):
    """All that is wrong with one file, so that its author mends it in one go."""

    def __init__(self, errors: Sequence[ScenarioError]) -> None:
        self.errors = tuple(errors)
        super().__init__(_together(self.errors))


def _together(errors: Sequence[SimError]) -> str:
    """All of them; a remedy that has just been told is not told again."""
    lines: list[str] = []
    told = ""
    for error in errors[:MOST_TOLD]:
        lines.append(str(error) if error.remedy != told else f"{error.where}: {error.problem}" if error.where else error.problem)
        told = error.remedy
    if len(errors) > MOST_TOLD:
        lines.append(f"and {len(errors) - MOST_TOLD} more")
    return "\n".join(lines)


def nearest(name: str, known: Sequence[str], cutoff: float = 0.6) -> str | None:
    """What was probably meant by `name`; capitals, `-` and `_` are no difference."""
    plain = {one.casefold().replace("-", "_"): one for one in reversed(known)}
    near = get_close_matches(name.casefold().replace("-", "_"), list(plain), n=1, cutoff=cutoff)
    return plain[near[0]] if near else None


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """`did you mean 'x'? ` when something is near, else an empty text; the list of what is known follows, unless it is empty."""
    near = nearest(name, known)
    listed = f"Known: {', '.join(known)}." if known else ""
    return (f"did you mean {near!r}? " if near is not None else "") + listed
