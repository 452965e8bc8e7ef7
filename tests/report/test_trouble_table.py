"""What the buttons of the live page order is language: every step of its table can stand in a scenario."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.scenario.load import loads
from tests.playing import ROOT

GROUPS = json.loads((ROOT / "web/src/live/trouble.json").read_text(encoding="utf-8"))
ALL = [(f"{group['where']}: {one['name']}", one) for group in GROUPS for one in group["troubles"]]


@pytest.mark.parametrize("trouble", [one for _, one in ALL if "step" in one], ids=[name for name, one in ALL if "step" in one])
def test_every_trouble_is_a_step_of_the_language(trouble: dict[str, Any]) -> None:
    document = {"name": trouble["does"], "steps": [trouble["step"], {"caller": {"hang_up": True}}]}
    (scenario,) = loads(json.dumps(document))
    assert len(scenario.steps) == 2


def test_what_is_no_step_is_a_command_of_its_own() -> None:
    assert [one["do"] for _, one in ALL if "step" not in one] == ["cough", "bad_line"]


def test_a_trouble_says_what_it_does_and_has_a_name_of_its_own() -> None:
    assert all(one["does"].strip() and one["name"].strip() for _, one in ALL)
    assert len({name for name, _ in ALL}) == len(ALL)
