"""Where rules are found by their code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from simulator.errors import SimulatorError
from simulator.journal import Frame, Journal

Severity = Literal["error", "warning"]
Broken = Iterator[tuple[str, Frame | None]]
"""What a rule yields: a sentence about each place where it did not hold, and the frame."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A question to a whole call."""

    code: str
    title: str
    why: str
    remedy: str
    source: str
    severity: Severity
    ask: Callable[[Journal], Broken]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that did not hold, and where."""

    rule: Rule
    text: str
    frame: Frame | None

    @property
    def code(self) -> str:
        return self.rule.code

    def lines(self) -> list[str]:
        """For people."""
        at = f" (#{self.frame.seq} at {self.frame.at_s:.3f} s)" if self.frame is not None else ""
        return [f"{self.rule.code} {self.rule.title}: {self.text}{at}", f"  remedy: {self.rule.remedy}"]

    def json(self) -> dict[str, Any]:
        """For `--json`."""
        found = {"code": self.rule.code, "severity": self.rule.severity, "title": self.rule.title, "text": self.text, "remedy": self.rule.remedy}
        return found if self.frame is None else found | {"seq": self.frame.seq, "at_s": round(self.frame.at_s, 6)}


RULES: dict[str, Rule] = {}


def rule(
    code: str, title: str, *, why: str, remedy: str, source: str, severity: Severity = "error"
) -> Callable[[Callable[[Journal], Broken]], Callable[[Journal], Broken]]:
    """Register a rule under its code."""

    def register(ask: Callable[[Journal], Broken]) -> Callable[[Journal], Broken]:
        if code in RULES:
            raise SimulatorError(f"two rules have the code {code!r}")
        RULES[code] = Rule(code, title, why, remedy, source, severity, ask)
        return ask

    return register


def ask_all(journal: Journal) -> list[Finding]:
    """Every rule, in the order of their codes."""
    return [Finding(one, text, frame) for one in sorted(RULES.values(), key=lambda known: known.code) for text, frame in one.ask(journal)]
