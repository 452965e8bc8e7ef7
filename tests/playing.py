"""Scenarios as the tests play them: the shipped ones against the bundled application, in this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from simulator.host import AppRef
from simulator.modes import run
from simulator.modes.application import app_of
from simulator.modes.config import Config, find
from simulator.report.result import Result
from simulator.scenario.load import Scenario, collect, load

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"


@cache
def project() -> Config:
    """The configuration in `pyproject.toml`, whatever the environment says."""
    return find(ROOT, {})


@cache
def shipped() -> tuple[Scenario, ...]:
    """Every scenario below `scenarios/`; files are named relative to it."""
    return tuple(scenario for path in collect([SCENARIOS]) for scenario in load(path, env={}))


def play(scenario: Scenario, app: AppRef | None = None) -> Result:
    """One scenario; against the bundled application unless another is named."""
    return run.play(scenario, app or app_of(project()), project())
