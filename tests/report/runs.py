"""Runs as reports are given them."""

from __future__ import annotations

from typing import Any

from simulator.errors import Where
from simulator.journal import Journal
from simulator.report.result import Result
from simulator.report.run import Run
from simulator.rules import RULES, Finding
from simulator.scenario.failure import Failure

FILE = "calls/greeting.yaml"
HERE = Where(FILE, 4, 5)


def passed(name: str = "the caller is greeted", **more: Any) -> Result:
    return Result(**{"name": name, "file": FILE, "outcome": "passed", "journal": Journal(), "line": 2, **more})


def failed(name: str = "the caller is greeted", problem: str = 'expected heard: "hello"', *details: str, **more: Any) -> Result:
    failures = (Failure(more.pop("where", HERE), problem, details, kind=more.pop("kind", "step")),)
    return passed(name, **{"outcome": "failed", "exit_code": 1, "failures": failures, **more})


def broken(name: str = "the caller is greeted", error: str = "the application did not start\n    mend it", code: int = 3, **more: Any) -> Result:
    return passed(name, outcome="error", error=error, exit_code=code, **more)


def finding(code: str, text: str = "here") -> Finding:
    return Finding(RULES[code], text, None)


def run(*results: Result, **more: Any) -> Run:
    return Run(results, more.pop("exit_code", max((one.exit_code for one in results), default=0)), **more)


NASTY = "</script><img src=x onerror=alert(1)>\x1b[2J\x00\r\n::error::forged\u202e\ud800\uffff ]]> & sk-live0123456789"
"""What a frame may hold: markup, what steers a terminal, a command to GitHub, characters that XML forbids, and a key."""
