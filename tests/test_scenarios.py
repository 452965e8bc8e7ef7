"""Every scenario that ships holds for the application that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.report.text import explanation
from simulator.scenario.load import Scenario
from tests.playing import SCENARIOS, play, shipped


def path_of(scenario: Scenario) -> str:
    return str(Path(scenario.file).relative_to(SCENARIOS))


@pytest.mark.parametrize("scenario", shipped(), ids=lambda scenario: f"{path_of(scenario)}: {scenario.id}")
def test_the_application_passes(scenario: Scenario) -> None:
    result = play(scenario)
    assert result.outcome == "passed", "\n".join(explanation(result))


def test_a_scenario_names_the_schema_of_the_language_for_the_editor() -> None:
    for path in sorted(SCENARIOS.rglob("[!_]*.yaml")):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema="), path
        assert (path.parent / first.partition("=")[2]).resolve().is_file(), f"{path}: there is no {first.partition('=')[2]}"


def test_no_two_scenarios_have_the_same_name() -> None:
    names = [scenario.id for scenario in shipped()]
    assert len(names) == len(set(names))
