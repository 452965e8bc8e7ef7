"""The result of one scenario."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from simulator.journal import Journal
from simulator.rules import Finding
from simulator.scenario.failure import Failure

Outcome = Literal["passed", "failed", "error"]


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario, played. `failures` come first to last; `error` is a fault of tool, scenario or application start, not of the call."""

    name: str
    file: str
    outcome: Outcome
    journal: Journal
    failures: tuple[Failure, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    exit_code: int = 0
    seed: int = 0
    virtual_s: float = 0.0
    wall_ms: float = 0.0
    log: tuple[str, ...] = field(default=())
    line: int = 1
    """Where the scenario begins in its file."""

    def light(self, *, journal: bool) -> Result:
        """The same to be kept or sent: without the sound in its journal, or with no frames at all."""
        return replace(self, journal=self.journal.silent() if journal else Journal())

    def json(self) -> dict[str, Any]:
        """One entry of the document that `--json` prints."""
        return {
            "name": self.name,
            "file": self.file,
            "outcome": self.outcome,
            "failure": self.failures[0].json() if self.failures else None,
            "failures": [failure.json() for failure in self.failures],
            "error": self.error,
            "findings": [finding.json() for finding in self.findings],
            "virtual_s": round(self.virtual_s, 3),
            "wall_ms": round(self.wall_ms, 1),
        }
