"""A whole run: what was played, what was not, and what kept it from being whole. Reports for machines are made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

from simulator.errors import ScenarioErrors, SimError, UsageErrors, Where
from simulator.report.result import Result


@dataclass(frozen=True, slots=True)
class NotPlayed:
    """A scenario that was asked for, and whose turn never came."""

    name: str
    file: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Trouble:
    """What ended a run, or kept it from beginning: no scenario's failure. `kind` says whose fault it is."""

    kind: str
    problem: str
    remedy: str = ""
    where: Where | None = None

    @classmethod
    def of(cls, error: SimError) -> tuple[Trouble, ...]:
        """One for each thing that is wrong."""
        several = error.errors if isinstance(error, (ScenarioErrors, UsageErrors)) else (error,)
        return tuple(cls(type(one).__name__, one.problem, one.remedy, one.where) for one in several)

    def lines(self) -> list[str]:
        """For people: the problem, and the remedy below."""
        return [*self.problem.splitlines(), *(f"    {line}" for line in self.remedy.splitlines())]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to. `exit_code` is what the command line ends with; 0 means that everything was played and held."""

    results: tuple[Result, ...]
    exit_code: int
    wall_s: float = 0.0
    not_played: tuple[NotPlayed, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def bad(self) -> tuple[Result, ...]:
        """What did not pass, in the order in which it was played."""
        return tuple(result for result in self.results if result.outcome != "passed")

    @property
    def unexplained(self) -> tuple[Trouble, ...]:
        """What must be told beside the scenarios: all troubles, or, when nothing else accounts for the exit code, that code itself."""
        if self.troubles or self.exit_code == 0 or self.bad:
            return self.troubles
        return (Trouble("ExitCode", f"the run ended with exit code {self.exit_code}"),)

    @property
    def headline(self) -> str:
        """The run in one line."""
        counted = Counter(result.outcome for result in self.results)
        parts = [f"{counted['passed']} passed", *(f"{counted[name]} {name}" for name in ("failed", "error") if counted[name])]
        if self.not_played:
            parts.append(f"{len(self.not_played)} not played")
        return f"{', '.join(parts)}: {sum(result.virtual_s for result in self.results):.1f} s of calls in {self.wall_s:.2f} s"


def below(folder: str, file: str) -> str:
    """`file` as it is named from `folder`, with slashes; as it is when it lies elsewhere."""
    path = PurePath(file)
    return (path.relative_to(folder) if folder and path.is_relative_to(folder) else path).as_posix()
