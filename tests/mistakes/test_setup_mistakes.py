"""Mistakes in configurations, on command lines and in what should be an application: the answer says where, what, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.mistakes.table import Desk, Mistake, at_desk, check, table
from tests.playing import ROOT

CONFIGURATIONS = table("configurations.yaml", command="run", exit_code=2)
COMMAND_LINES = table("command_lines.yaml", command="run", exit_code=2)
APPLICATIONS = table("applications.yaml", command="run s.yaml --app mine:create_app", exit_code=3)


@pytest.mark.parametrize("mistake", [*CONFIGURATIONS, *COMMAND_LINES, *APPLICATIONS], ids=str)
def test_a_mistake_of_somebody_who_sets_things_up(mistake: Mistake, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mistake.environment.items():
        monkeypatch.setenv(name, value)
    with at_desk(mistake, desk) as command:
        check(mistake, desk.call(command))


@pytest.mark.parametrize("mistake", CONFIGURATIONS, ids=str)
def test_the_doctor_says_the_same_of_a_configuration(mistake: Mistake, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mistake.environment.items():
        monkeypatch.setenv(name, value)
    with at_desk(mistake, desk):
        examined = desk.call("doctor --no-call")
    assert examined.exit_code == 2, examined.text
    assert mistake.says in examined.text
    if mistake.place is not None:
        assert mistake.place in examined.text
    if mistake.says != "no application is named":  # whom the doctor sends to `init`
        assert mistake.remedy in examined.text


def test_there_are_enough_of_them() -> None:
    assert len(CONFIGURATIONS) >= 30
    assert len(COMMAND_LINES) >= 30
    assert len(APPLICATIONS) >= 40


@pytest.mark.parametrize("mistake", [CONFIGURATIONS[0], COMMAND_LINES[0], APPLICATIONS[0]], ids=str)
def test_a_whole_process_says_the_same(mistake: Mistake, desk: Desk) -> None:
    with at_desk(mistake, desk) as command:
        inside = desk.call(command)
        words = [sys.executable, "-m", "simulator", *command.split()]
        done = subprocess.run(words, cwd=desk.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == inside.exit_code
    assert done.stdout + done.stderr.replace(f"{desk.folder}/", "").replace(str(desk.folder), ".") == inside.text
