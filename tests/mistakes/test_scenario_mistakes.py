"""Mistakes in scenarios (scenarios.yaml): the answer names file:line:column, the problem and a remedy, whoever is asked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.mistakes.table import MARK, Desk, Mistake, at_desk, check, table
from tests.playing import ROOT

MISTAKES = table("scenarios.yaml", command="run s.yaml", exit_code=2)
PLAYED = [mistake for mistake in MISTAKES if "clock" not in mistake.name]
"""Those that are seen before anything is played."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_in_a_scenario(mistake: Mistake, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mistake.environment.items():
        monkeypatch.setenv(name, value)
    with at_desk(mistake, desk) as command:
        answer = desk.call(command)
        check(mistake, answer)
        if mistake not in PLAYED:
            return
        assert desk.call(command.replace("run", "validate")) == answer
        examined = desk.call("doctor --no-call")
    assert examined.exit_code == 2
    told = [line.strip().removeprefix("jambonz-sim: ") for line in answer.lines]
    assert all(line in examined.text for line in told), examined.text


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 100
    assert all(mistake.place is not None for mistake in MISTAKES)


def test_a_file_that_is_too_large(desk: Desk) -> None:
    mistake = Mistake("", {"s.yaml": f"{MARK}name: x\n#" + "x" * 1_100_000}, "run s.yaml", 2, "the file is larger than 1024 KiB", "split it")
    with at_desk(mistake, desk) as command:
        check(mistake, desk.call(f"{command} --app good_app:create_app"))


def test_includes_that_go_too_deep(desk: Desk) -> None:
    files = {f"a/_{number}.yaml": f"- !include _{number + 1}.yaml\n" for number in range(60)}
    files["a/_48.yaml"] = f"- {MARK}!include _49.yaml\n"
    files |= {"a/s.yaml": "name: x\nsteps: !include _0.yaml\n", "a/_60.yaml": "- caller: {say: hello}\n"}
    mistake = Mistake("", files, "validate a/s.yaml", 2, "lists and mappings are nested more than 50 deep", "nest less")
    with at_desk(mistake, desk) as command:
        check(mistake, desk.call(command))


def test_the_same_slip_many_times_is_one_remedy_and_few_lines(desk: Desk) -> None:
    steps = "  - caller: {sya: hello}\n" * 500
    mistake = Mistake(
        "", {"s.yaml": f"name: x\nsteps:\n{steps}"}, "run s.yaml", 2, "s.yaml:3:14: the caller has no step 'sya'", "did you mean 'say'?"
    )
    with at_desk(mistake, desk) as command:
        answer = desk.call(f"{command} --app good_app:create_app")
    assert answer.text.count("did you mean") == 1
    assert len(answer.lines) <= 22
    assert answer.lines[-1] == "and 480 more"


@pytest.mark.parametrize("mistake", [MISTAKES[0], MISTAKES[-2]], ids=str)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_whole_process_says_the_same(command: str, mistake: Mistake, desk: Desk) -> None:
    with at_desk(mistake, desk) as called:
        inside = desk.call(called)
        words = [sys.executable, "-m", "simulator", *called.replace("run", command).split()]
        done = subprocess.run(words, cwd=desk.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (inside.exit_code, "", inside.text)
