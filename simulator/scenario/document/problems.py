"""All that is wrong with a file, collected while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.errors import ScenarioError, ScenarioErrors, Where


@dataclass(slots=True, eq=False)
class Problems:
    """Everything that is wrong with one file, so that its author mends it in one go."""

    errors: list[ScenarioError] = field(default_factory=list)

    def add(self, where: Where, problem: str, remedy: str = "") -> None:
        self.errors.append(ScenarioError(problem, remedy, where))

    def raise_if_any(self) -> None:
        """All of them as `ScenarioErrors`: each once, file by file, from top to bottom."""
        if not self.errors:
            return
        files = list(dict.fromkeys(error.where.file for error in self.errors if error.where))
        each = {str(error): error for error in self.errors}
        raise ScenarioErrors(sorted(each.values(), key=lambda error: _order(error, files)))


def _order(error: ScenarioError, files: list[str]) -> tuple[int, int, int]:
    where = error.where
    return (files.index(where.file), where.line, where.column) if where else (-1, 0, 0)
