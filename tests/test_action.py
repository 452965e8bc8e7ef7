"""`action.yml` as GitHub would run it, as far as that is a matter of shell scripts; nothing is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.playing import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PASSES = "name: {name}\nsteps:\n  - expect: {{say: Hello.}}\n"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the action's scripts are for bash")


def resolved(text: str, inputs: Mapping[str, str]) -> str:
    """An expression of GitHub's, of the one kind that the steps use beside `run`."""
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: inputs[found[1]], text)


def ran(workspace: Path, **given: str) -> tuple[int, str, str]:
    """The steps that play, with these inputs: exit status, what was printed, and the outputs."""
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | {"python": sys.executable}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    output = workspace / "github-output"
    output.touch()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "JAMBONZ_SIM_"))} | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(workspace / "github-summary.md"),
        "PYTHONPATH": str(ROOT),  # stands for the step that installs
    }
    status, said = 0, ""
    for step in ACTION["runs"]["steps"]:
        if "run" not in step or "pip install" in step["run"]:
            continue
        assert step["shell"] == "bash"
        file = workspace / "step.sh"
        file.write_text(step["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)],
            cwd=workspace / resolved(step.get("working-directory", "."), inputs),
            env=environ | {name: resolved(value, inputs) for name, value in step.get("env", {}).items()},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        status, said = done.returncode, said + done.stdout
    return status, said, output.read_text(encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository whose project lies in a folder, with a space in a name."""
    (tmp_path / "bot/my calls").mkdir(parents=True)
    (tmp_path / "bot/jambonz-sim.toml").write_text('app = "tests.rubbish:good"\nscenarios = "my calls"\n', encoding="utf-8")
    for name in ("a b", "c"):
        (tmp_path / f"bot/my calls/{name}.yaml").write_text(PASSES.format(name=name), encoding="utf-8")
    return tmp_path


def test_the_action_plays_the_calls_and_leaves_its_reports(workspace: Path) -> None:
    status, said, outputs = ran(workspace, working_directory="bot", html="results/page")
    assert (status, outputs) == (0, "exit-code=0\n"), said
    assert "2 passed: " in said
    suite = ElementTree.parse(workspace / "bot/jambonz-sim-results/junit.xml").getroot()
    assert len(suite.findall(".//testcase")) == 2
    assert (workspace / "bot/results/page/index.html").is_file()
    assert "2 passed" in (workspace / "github-summary.md").read_text(encoding="utf-8")


def test_a_failure_of_a_call_is_that_of_the_action_and_annotates_its_line(workspace: Path) -> None:
    (workspace / "bot/my calls/c.yaml").write_text(PASSES.format(name="c").replace("Hello.", "Bye."), encoding="utf-8")
    status, said, outputs = ran(workspace, working_directory="bot", paths="my calls/a b.yaml\nmy calls/c.yaml\n", args="-n\n2", junit="")
    assert (status, outputs) == (1, "exit-code=1\n"), said
    assert "::error file=bot/my calls/c.yaml,line=3" in said
    assert not (workspace / "bot/jambonz-sim-results").exists()


def test_what_the_inputs_say_is_never_run(workspace: Path) -> None:
    status, _, outputs = ran(
        workspace, working_directory="bot", app="$(touch pwned)", paths="`touch pwned`; touch pwned", args="--seed\n$(touch pwned)"
    )
    assert (status, outputs) == (2, "exit-code=2\n")
    assert not list(workspace.rglob("pwned"))
