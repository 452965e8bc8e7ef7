"""The small applications under `examples/` live through their scenarios."""

from __future__ import annotations

import pytest

from simulator.host import AppRef
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, collect, load
from tests.playing import ROOT, play

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/app.py"))
PLAYED = [
    pytest.param(scenario, f"examples.{example.name}.app:create_app", id=f"{example.name}: {scenario.id}")
    for example in EXAMPLES
    for path in collect([example / "scenarios"])
    for scenario in load(path, env={})
]


@pytest.mark.parametrize(("scenario", "app"), PLAYED)
def test_the_example_passes(scenario: Scenario, app: str) -> None:
    result = play(scenario, AppRef(app))
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_there_are_examples() -> None:
    assert EXAMPLES
