"""Completion, as the shells themselves see it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.modes.cli import main
from simulator.modes.completion import SHELLS
from simulator.rules import RULES
from tests.playing import ROOT

Complete = Callable[[str], list[str]]


def absent(shell: str) -> bool:
    return shutil.which(shell) is None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with scenarios, and `jambonz-sim` as a program on the path."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/jambonz-sim"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m simulator "$@"\n')
    program.chmod(0o755)
    (tmp_path / "scenarios").mkdir()
    for name in ("scenarios/one.yaml", "scenarios/two.yml", "scenarios/notes.txt", "scenario.yaml", ".hidden.yaml"):
        (tmp_path / name).touch()
    return tmp_path


def environ(project: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def complete(project: Path) -> Complete:
    """What bash offers when Tab is pressed at the end of a line."""
    if absent("bash"):
        pytest.skip("there is no bash")

    def pressed(line: str) -> list[str]:
        words = line.split(" ")
        script = f"""
            set -u
            eval "$(jambonz-sim completion bash)"
            function=$(complete -p jambonz-sim | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
            COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_TYPE=9
            COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
            COMPREPLY=()
            "$function" jambonz-sim {shlex.quote(words[-1])} {shlex.quote(words[-2])} 2> /dev/null
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script], cwd=project, env=environ(project), capture_output=True, text=True, check=True, timeout=60
        )
        return [one.rstrip() for one in done.stdout.splitlines() if one.strip()]

    return pressed


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("jambonz-sim va", ["validate"]),
        ("jambonz-sim run --clock ", ["elastic", "real", "virtual"]),
        ("jambonz-sim run --cl", ["--clock"]),
        ("jambonz-sim run --last-failed scen", ["scenario.yaml", "scenarios/"]),
        ("jambonz-sim validate scenarios/", ["scenarios/one.yaml", "scenarios/two.yml"]),
        ("jambonz-sim rules J00", [code for code in RULES if code.startswith("J00")]),
        ("jambonz-sim run --html s", ["scenarios/"]),
        ("jambonz-sim openai --beta ", ["refuse", "serve"]),
        ("jambonz-sim completion ", sorted(SHELLS)),
        ("jambonz-sim run -k ", []),
    ],
)
def test_bash_offers_what_fits(line: str, offered: list[str], complete: Complete) -> None:
    assert sorted(complete(line)) == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_understands_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "jambonz-sim" in script
    if absent(shell):
        pytest.skip(f"there is no {shell}")
    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_answered_unless_a_shell_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "argcomplete" not in capsys.readouterr().out
