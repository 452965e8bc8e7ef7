"""The same call twice writes the same journal, byte for byte: in one process, and in another with other hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest

from simulator.scenario.load import Scenario
from tests.playing import ROOT, play, shipped

OTHER_HASHES = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}

PLAY_ALL = """
import sys
from tests.playing import shipped
from tests.test_repeatable import digest
for scenario in shipped():
    sys.stdout.write(f"{digest(scenario)} {scenario.id}\\n")
"""


def journal(scenario: Scenario) -> str:
    """Everything that was noted, wall times aside."""
    return play(scenario).journal.text(wall=False)


def digest(scenario: Scenario) -> str:
    return sha256(journal(scenario).encode()).hexdigest()


@cache
def elsewhere() -> dict[str, str]:
    """Digests of all journals, from another process."""
    environ = {**os.environ, **OTHER_HASHES, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PLAY_ALL], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: found for found, _, name in (line.partition(" ") for line in done.stdout.splitlines())}


@pytest.mark.parametrize("scenario", shipped(), ids=lambda scenario: scenario.id)
def test_two_calls_write_the_same_journal(scenario: Scenario) -> None:
    first, second = journal(scenario), journal(scenario)
    assert first.count("\n") > 3
    assert first == second


@pytest.mark.parametrize("scenario", shipped(), ids=lambda scenario: scenario.id)
def test_another_process_with_other_hashes_writes_the_same_journal(scenario: Scenario) -> None:
    assert elsewhere()[scenario.id] == digest(scenario)


def test_another_seed_makes_other_ids() -> None:
    scenario = next(one for one in shipped() if "smoke" in one.tags)
    assert digest(scenario) != digest(replace(scenario, seed=scenario.seed + 1))


def test_one_more_scenario_before_it_changes_nothing() -> None:
    greeting, *_, other = shipped()
    alone = digest(other)
    play(greeting)
    assert digest(other) == alone
