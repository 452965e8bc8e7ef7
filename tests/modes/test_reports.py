"""Reports of a run on the command line: where they are written, and that they are, whatever becomes of the run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as XML

import pytest
import yaml

from simulator.modes import run
from simulator.modes.cli import main
from tests.playing import ROOT

CALL = "name: {name}\nsteps:\n  - expect: {{say: {says}}}\n  - expect: {{call: completed, by: app}}\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with three scenarios, of which the second one fails."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jambonz-sim.toml").write_text('app = "tests.rubbish:good"\nscenarios = "calls"\n', encoding="utf-8")
    (tmp_path / "calls").mkdir()
    for number, (name, says) in enumerate([("good morning", "Hello."), ("good bye", "Bye."), ("hello again", "Hello.")]):
        (tmp_path / "calls" / f"{number}.yaml").write_text(CALL.format(name=name, says=says), encoding="utf-8")
    return tmp_path


@pytest.fixture
def sim(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    assert project.is_dir()

    def running(*arguments: str) -> tuple[int, str, str]:
        return main(arguments), *capsys.readouterr()

    return running


def outcomes(file: Path) -> dict[str, str]:
    """How each case of a JUnit file went, by its name."""
    return {str(case.get("name")): next((child.tag for child in case), "passed") for case in XML.parse(file).getroot().iter("testcase")}


# --- JUnit


def test_junit_has_every_scenario(sim: Run, project: Path) -> None:
    assert sim("run", "--junit", "out/junit.xml")[0] == 1
    assert outcomes(project / "out/junit.xml") == {"good morning": "passed", "good bye": "failure", "hello again": "passed"}
    assert [one.name for one in (project / "out").iterdir()] == ["junit.xml"]


def test_what_was_not_played_is_skipped(sim: Run, project: Path) -> None:
    sim("run", "-x", "--junit", "junit.xml")
    assert outcomes(project / "junit.xml") == {"good morning": "passed", "good bye": "failure", "hello again": "skipped"}


def test_two_runs_name_their_cases_alike(sim: Run, project: Path) -> None:
    sim("run", "--junit", "one.xml", "--seed", "1")
    sim("run", str(project / "calls"), "--junit", "two.xml", "--seed", "2")
    one, two = ([case.attrib | {"time": ""} for case in XML.parse(name).getroot().iter("testcase")] for name in ("one.xml", "two.xml"))
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("nowhere",), 2, "UsageError"),
        (("-k", "nobody"), 5, "NothingCollected"),
        (("-k", "("), 2, "UsageError"),
        (("--app", "tests.rubbish:no_such_factory"), 3, "AppError"),
        (("--journal", "jambonz-sim.toml"), 2, "UsageError"),
    ],
)
def test_a_run_that_cannot_begin_or_go_on_is_an_error_in_junit_too(arguments: tuple[str, ...], code: int, kind: str, sim: Run) -> None:
    assert sim("run", "--junit", "junit.xml", *arguments)[0] == code
    assert [error.get("type") for error in XML.parse("junit.xml").getroot().iter("error")] == [kind]


def test_a_mistake_in_a_scenario_is_an_error_in_junit_and_on_its_line(sim: Run, project: Path) -> None:
    (project / "calls/1.yaml").write_text("name: x\nsteps:\n  - caller: {sya: hello}\n", encoding="utf-8")
    code, out, _ = sim("run", "--junit", "junit.xml", "--github")
    assert code == 2
    assert outcomes(project / "junit.xml") == {"the run": "error"}
    assert "\n::error file=calls/1.yaml,line=3,col=" in out


@pytest.mark.parametrize(("stop", "code", "kind"), [(KeyboardInterrupt, 130, "Interrupted"), (ZeroDivisionError, 70, "SimulatorError")])
def test_a_run_that_ends_before_its_end_is_red_and_keeps_what_was_played(
    stop: type[BaseException], code: int, kind: str, sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = run.play

    def play(scenario: Any, *where: Any) -> Any:
        if scenario.name == "good bye":
            raise stop
        return played(scenario, *where)

    monkeypatch.setattr(run, "play", play)
    assert sim("run", "--junit", "junit.xml")[0] == code
    assert outcomes(project / "junit.xml") == {"good morning": "passed", "good bye": "skipped", "hello again": "skipped", "the run": "error"}
    assert [error.get("type") for error in XML.parse("junit.xml").getroot().iter("error")] == [kind]


def test_the_report_of_an_earlier_run_is_gone_before_anything_is_played(sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "junit.xml").write_text("<testsuites/>", encoding="utf-8")
    seen = []
    played = run.play
    monkeypatch.setattr(run, "play", lambda *all_of_it: seen.append((project / "junit.xml").exists()) or played(*all_of_it))
    sim("run", "--junit", "junit.xml")
    assert seen == [False] * 3


@pytest.mark.parametrize("path", ["calls", "jambonz-sim.toml/junit.xml", "/proc/nowhere/junit.xml", "x" * 300])
def test_a_report_that_cannot_be_written_is_a_mistake_found_before_anything_is_played(path: str, sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "play", lambda *_: pytest.fail("it was played"))
    code, out, err = sim("run", "--junit", path)
    assert (code, out) == (2, "")
    assert path in err
    assert "with --junit" in err


def test_an_application_that_ends_the_process_leaves_no_green_report(sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "play", lambda *_: (_ for _ in ()).throw(SystemExit(0)))
    with pytest.raises(SystemExit):
        sim("run", "--junit", "junit.xml")
    assert outcomes(project / "junit.xml")["the run"] == "error"


@pytest.mark.parametrize(("option", "named", "there"), [("--junit", "calls/0.yaml", "calls/0.yaml"), ("--html", "notes", "notes/index.html")])
def test_what_is_no_report_is_not_taken_away(option: str, named: str, there: str, sim: Run, project: Path) -> None:
    """As when the name of the report was forgotten: `--junit calls/0.yaml`."""
    (project / "notes").mkdir()
    (project / "notes/index.html").write_text("my notes", encoding="utf-8")
    before = (project / there).read_bytes()
    code, _, err = sim("run", option, named)
    assert (code, (project / there).read_bytes()) == (2, before)
    assert f"{there} is there already, and is no report of an earlier run" in err


# --- the page


def test_the_page_is_one_file_with_every_scenario(sim: Run, project: Path) -> None:
    assert sim("run", "--html", "out/page")[0] == 1
    assert [one.name for one in (project / "out/page").iterdir()] == ["index.html"]
    text = (project / "out/page/index.html").read_text(encoding="utf-8")
    told = re.search(r'<script type="application/json" id="run">(.*?)</script>', text)
    assert told is not None
    assert [(call["outcome"], call["name"]) for call in json.loads(told[1])["calls"]] == [
        ("failed", "good bye"),
        ("passed", "good morning"),
        ("passed", "hello again"),
    ]
    assert text.count('id="call-') == 3


def test_a_folder_that_cannot_be_written_is_a_mistake_found_before_anything_is_played(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "play", lambda *_: pytest.fail("it was played"))
    code, out, err = sim("run", "--html", "jambonz-sim.toml")
    assert (code, out) == (2, "")
    assert "name a folder that can be written with --html" in err


# --- GitHub


def test_on_github_failures_are_annotated_and_nothing_printed_before_is_obeyed(sim: Run, monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    code, out, _ = sim("run")
    lines = out.splitlines()
    stopped, token = lines[0].rsplit("::", 1)
    assert (code, stopped) == (1, "::stop-commands")
    assert len(token) == 32
    resumed = lines.index(f"::{token}::")
    assert any("good bye" in line for line in lines[:resumed])
    (annotation,) = lines[resumed + 1 :]
    assert annotation.startswith(f"::error file={project.name}/calls/1.yaml,line=3,col=5,title=expected say%3A")


def test_the_word_that_ends_the_silence_cannot_be_known_beforehand(sim: Run) -> None:
    assert len({sim("run", "--github")[1].splitlines()[0] for _ in range(3)}) == 3


def test_elsewhere_nothing_is_annotated_unless_asked_for(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "::" not in sim("run")[1]
    assert "\n::error file=calls/1.yaml,line=3,col=5," in sim("run", "--github")[1]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::" not in sim("run", "--no-github")[1]


def test_with_json_the_commands_go_to_the_other_stream(sim: Run) -> None:
    _, out, err = sim("run", "--json", "--github")
    assert json.loads(out)["summary"]["total"] == 3
    assert "\n::error file=calls/1.yaml" in err


def test_the_summary_is_appended_for_the_step(sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = project / "summary.md"
    page.write_text("# before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    sim("run")
    assert page.read_text(encoding="utf-8").startswith("# before\n### ✗ jambonz-sim: 2 passed, 1 failed: ")
    before = page.read_bytes()
    sim("run", "--no-github")
    assert page.read_bytes() == before


def test_a_summary_that_cannot_be_written_is_said_and_changes_no_exit_code(sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project))
    code, _, err = sim("run", "calls/0.yaml")
    assert code == 0
    assert "the step's summary" in err


# --- the action

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def test_no_script_of_the_action_holds_an_expression() -> None:
    """An expression is put into a script before the shell reads it: an input could say anything."""
    scripts = [step for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in step["run"] for step in scripts)
    assert all(step["shell"] == "bash" for step in scripts)


def test_everything_the_action_reads_is_an_input_it_declares() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert used == set(ACTION["inputs"])


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_action_runs_with_its_inputs_as_they_are_and_ends_as_the_run_does(code: int, tmp_path: Path) -> None:
    (script,) = [step["run"] for step in ACTION["runs"]["steps"] if step.get("id") == "run"]
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/arguments"\nexit {code}\n', encoding="utf-8")
    python.chmod(0o755)
    inputs = {
        "APP": "command: node 'my app.js'; exit 9",
        "PATHS": "calls/a b.yaml\n\n$(touch pwned)\n",
        "ARGS": "--seed\n7",
        "JUNIT": "out/j.xml",
        "HTML": "out",
    }
    environ = {"PATH": os.environ["PATH"], "PYTHON": str(python), "GITHUB_OUTPUT": str(tmp_path / "output"), **inputs}
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=tmp_path, env=environ, check=False, timeout=30)
    assert done.returncode == code
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"exit-code={code}\n"
    assert (tmp_path / "arguments").read_text(encoding="utf-8").splitlines() == [
        *("-P", "-m", "simulator", "run", "--github", f"--app={inputs['APP']}", "--junit=out/j.xml", "--html=out", "--seed", "7", "--"),
        *("calls/a b.yaml", "$(touch pwned)"),
    ]
    assert not (tmp_path / "pwned").exists()


def test_arguments_as_the_action_gives_them_without_paths_play_the_configured_folder(sim: Run) -> None:
    assert "2 passed, 1 failed" in sim("run", "--github", "--junit=out/junit.xml", "--")[1]
