"""Breaking the application on purpose is caught: by the scenarios that ship, and for the right reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario
from tests.mistakes.manners import keeps_its_manners
from tests.planted.bugs import BUGS, Bug
from tests.playing import SCENARIOS, play, shipped

AT_LEAST = 18


@cache
def known() -> dict[str, Scenario]:
    """Every shipped scenario by its path below `scenarios/`, with its case when it has several."""
    return {f"{Path(one.file).relative_to(SCENARIOS)}{f' [{one.case}]' if one.case else ''}": one for one in shipped()}


def named(name: str) -> list[str]:
    """The scenarios a bug means: one, or all cases of a file."""
    return [each for each in known() if each == name or each.startswith(f"{name} [")]


CAUGHT = [pytest.param(bug, name, id=f"{bug.name}: {name}") for bug in BUGS for path in bug.caught for name in named(path)]


@pytest.mark.parametrize(("bug", "name"), CAUGHT)
def test_a_planted_bug_is_caught_for_the_right_reason(bug: Bug, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    result = play(known()[name])
    assert result.outcome == "failed", f"{name} passes although {bug.name}"
    reason = next(why for path, why in bug.caught.items() if name in named(path))
    assert reason in said(result)
    keeps_its_manners(explanation(result))


@pytest.mark.parametrize("name", sorted({str(one.values[1]) for one in CAUGHT}))
def test_without_a_bug_the_same_scenario_passes(name: str) -> None:
    result = play(known()[name])
    assert result.outcome == "passed", said(result)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_bug_names_scenarios_that_exist(bug: Bug) -> None:
    assert bug.caught
    assert all(named(path) for path in bug.caught), bug.caught


def test_there_are_enough_bugs() -> None:
    assert len(BUGS) >= AT_LEAST
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def said(result: Result) -> str:
    """What somebody reads who has run the scenario."""
    return "\n".join(explanation(result))
