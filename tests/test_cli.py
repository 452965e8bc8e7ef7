"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import __version__
from simulator.modes import run
from simulator.modes.cli import main
from simulator.modes.config import Config, find
from simulator.rules import RULES
from simulator.stage import Stage, Staged
from tests.playing import ROOT

CALL = """
name: {name}
tags: [{tag}]
steps:
  - expect: {{say: {says}}}
  - expect: {{call: completed, by: app}}
"""
KEY = "sk-simulated-0123456789"
CONFIG = f'app = "tests.rubbish:good"\npath = "/from-the-file"\nscenarios = "calls"\nenv_vars = {{ OPENAI_API_KEY = "{KEY}" }}\n'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and three scenarios, of which the second one fails; the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in [one for one in os.environ if one.startswith("JAMBONZ_SIM_") or one in ("NO_COLOR", "FORCE_COLOR")]:
        monkeypatch.delenv(name)
    (tmp_path / "jambonz-sim.toml").write_text(CONFIG, encoding="utf-8")
    for number, (name, tag, says) in enumerate(
        [("good morning", "smoke", "Hello."), ("good bye", "late", "Bye."), ("hello again", "smoke", "Hello.")]
    ):
        path = tmp_path / "calls" / f"{number}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(CALL.format(name=name, tag=tag, says=says), encoding="utf-8")
    return tmp_path


@pytest.fixture
def sim(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; its exit code, standard output and standard error."""
    assert project.is_dir()

    def running(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return running


# --- run


def test_a_line_for_each_scenario_then_the_failures_then_the_summary(sim: Run) -> None:
    code, out, err = sim("run")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert [(line[0], line.split("ms  ")[1]) for line in lines[:3]] == [("✓", "good morning"), ("✗", "good bye"), ("✓", "hello again")]
    assert lines[4] == "FAILED  good bye"
    assert lines[5] == '  calls/1.yaml:5:5: expected say: "Bye.", but what came differs'
    assert any('expected "Bye.", got "Hello."' in line for line in lines)
    assert lines[-1].startswith("2 passed, 1 failed: ")


def test_exit_code_0_when_everything_holds(sim: Run) -> None:
    code, out, _ = sim("run", "calls/0.yaml", "calls/2.yaml")
    assert code == 0
    assert out.splitlines()[-1].startswith("2 passed: ")


def test_the_first_failure_ends_the_run_with_x(sim: Run) -> None:
    code, out, _ = sim("run", "-x")
    assert code == 1
    assert "good bye" in out
    assert "hello again" not in out


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("good", ["good morning", "good bye"]),
        ("GOOD MORNING", ["good morning"]),
        ("smoke", ["good morning", "hello again"]),
        ("2.yaml", ["hello again"]),
        ("bye|again", ["good bye", "hello again"]),
    ],
)
def test_scenarios_are_selected_by_name_tag_or_file(expression: str, names: list[str], sim: Run) -> None:
    _, out, _ = sim("run", "--json", "-k", expression)
    assert [one["name"] for one in json.loads(out)["scenarios"]] == names


def test_exit_code_5_when_nothing_is_selected(sim: Run, project: Path) -> None:
    (project / "empty").mkdir()
    for arguments in (("run", "-k", "nobody"), ("run", "empty"), ("validate", "empty")):
        code, out, err = sim(*arguments)
        assert (code, out) == (5, "")
        assert "no scenario was found" in err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("run", "nowhere"), "there is no file or folder nowhere"),
        (("run", "jambonz-sim.toml"), "is not a scenario file"),
        (("run", "-k", "("), "is no regular expression"),
        (("run", "--journal", "jambonz-sim.toml"), "journals go into a folder, and jambonz-sim.toml is none"),
        (("run", "--seed", "many"), "--seed cannot be 'many'"),
        (("run", "--nonsense"), "--nonsense"),
        (("fly",), "there is no command 'fly'"),
        (("rules", "J999"), "there is no rule 'J999'"),
        ((), "usage:"),
    ],
)
def test_exit_code_2_when_the_command_line_makes_no_sense(arguments: tuple[str, ...], problem: str, sim: Run) -> None:
    code, _, err = sim(*arguments)
    assert code == 2
    assert problem in err
    assert "Traceback" not in err


def test_exit_code_3_when_the_application_does_not_start(sim: Run) -> None:
    code, out, _ = sim("run", "calls/0.yaml", "--app", "tests.rubbish:factory_raises")
    assert code == 3
    assert out.startswith("! ")
    assert "ERROR  good morning" in out
    assert "1 error" in out.splitlines()[-1]


def test_exit_code_70_when_it_is_our_own_fault(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "play", lambda *_: 1 / 0)
    code, _, err = sim("run")
    assert code == 70
    assert err.endswith("this is our own fault, not your application's: ZeroDivisionError: division by zero\n")


def test_one_fault_of_ours_does_not_keep_the_other_scenarios_from_being_played(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lives = Stage.live

    async def live(stage: Stage) -> Staged:
        if stage.scenario.name == "good bye":
            raise ZeroDivisionError("division by zero")
        return await lives(stage)

    monkeypatch.setattr(Stage, "live", live)
    code, out, _ = sim("run")
    assert code == 70
    assert out.splitlines()[-1].startswith("2 passed, 1 error: ")


def test_exit_code_130_when_interrupted_and_what_was_played_is_told(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    played = run.play

    def play(scenario: Any, *where: Any) -> Any:
        if scenario.name == "good bye":
            raise KeyboardInterrupt
        return played(scenario, *where)

    monkeypatch.setattr(run, "play", play)
    code, out, _ = sim("run")
    assert code == 130
    assert "good morning" in out
    assert out.splitlines()[-1].startswith("1 passed: ")


# --- machines read it too


def test_one_json_document_with_everything_about_every_scenario(sim: Run) -> None:
    code, out, err = sim("run", "--json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert document["schema_version"] == 1
    assert document["summary"] | {"wall_ms": 0} == {"passed": 2, "total": 3, "wall_ms": 0}
    good, bad, _ = document["scenarios"]
    assert (good["name"], good["file"], good["outcome"], good["failure"]) == ("good morning", "calls/0.yaml", "passed", None)
    assert good["virtual_s"] == pytest.approx(0.46, abs=0.01)
    assert 0 < good["wall_ms"] < 10_000
    assert (bad["outcome"], bad["failure"]["kind"], bad["failure"]["problem"]) == ("failed", "step", 'expected say: "Bye.", but what came differs')
    assert bad["failure"]["where"] == {"file": "calls/1.yaml", "line": 5, "column": 5}
    assert bad["failures"][0] == bad["failure"]


def test_in_json_a_broken_rule_is_a_failure_with_its_code(sim: Run) -> None:
    _, out, _ = sim("run", "--json", "calls/0.yaml", "--app", "tests.rubbish:raises_in_a_task")
    (one,) = json.loads(out)["scenarios"]
    assert one["failure"]["kind"] == "J014"
    assert [finding["code"] for finding in one["findings"]] == ["J014"]
    assert one["findings"][0]["remedy"] == RULES["J014"].remedy


def test_in_json_an_application_that_does_not_start_is_an_error(sim: Run) -> None:
    code, out, _ = sim("run", "--json", "calls/0.yaml", "--app", "tests.rubbish:not_found")
    (one,) = json.loads(out)["scenarios"]
    assert (code, one["outcome"], one["failure"]) == (3, "error", None)
    assert "404" in one["error"]


# --- journals


def test_a_journal_of_every_call_without_its_secrets(sim: Run, project: Path) -> None:
    sim("run", "--journal", "out/journals", "--seed", "7")
    files = sorted((project / "out/journals").iterdir())
    assert [file.name for file in files] == ["0--good-morning.jsonl", "1--good-bye.jsonl", "2--hello-again.jsonl"]
    for file, outcome in zip(files, ("passed", "failed", "passed"), strict=True):
        header, *frames = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert header == {
            "schema_version": 1,
            "scenario": header["scenario"],
            "file": f"calls/{file.name[0]}.yaml",
            "seed": 7,
            "outcome": outcome,
            "result": header["result"],
        }
        assert len(header["result"]["failures"]) == (outcome == "failed")
        assert [frame["seq"] for frame in frames] == list(range(len(frames)))
        assert all(frame.keys() == {"seq", "at_s", "wall_ms", "link", "from", "kind", "frame"} for frame in frames)
        assert {frame["link"] for frame in frames} == {"app", "media"}
        session_new = next(frame for frame in frames if frame["kind"] == "session:new")
        assert session_new["frame"]["data"]["env_vars"]["OPENAI_API_KEY"].startswith("<secret:")
        assert "sk-" not in file.read_text(encoding="utf-8")


def test_no_key_is_in_any_journal_or_report_of_the_shipped_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["run", "scenarios", "-k", "smoke", "--journal", str(tmp_path)]) == 0
    written = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert len(written) >= 4
    assert not any("sk-simulated" in text for text in written)
    assert any('"apiKey":"<secret:' in text for text in written)
    assert "sk-" not in capsys.readouterr().out


def test_journals_of_scenarios_with_like_names_do_not_overwrite_each_other(sim: Run, project: Path) -> None:
    names = ["is it?", "is it!", "a" * 120 + "1", "a" * 120 + "2", "größer", "../escape", "???"]
    documents = [CALL.format(name=json.dumps(name), tag="x", says="Hello.") for name in names]
    (project / "like.yaml").write_text("---".join(documents), encoding="utf-8")
    assert sim("run", "like.yaml", "--journal", "out")[0] == 0
    files = sorted((project / "out").iterdir())
    assert len(files) == len(names)
    assert max(len(file.name) for file in files) < 140


# --- colour


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colour_is_for_terminals_unless_asked_for(environ: dict[str, str], coloured: bool, sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in sim("run")[1]) is coloured


def test_json_is_never_coloured(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in sim("run", "--json")[1]


# --- the other commands


def test_validate_plays_nothing(sim: Run) -> None:
    assert sim("validate", "--help")[0] == 0
    assert sim("validate") == (0, "3 scenarios are well formed\n", "")


def test_rules_are_listed_and_explained(sim: Run) -> None:
    code, out, _ = sim("rules")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == sorted(RULES)
    code, out, _ = sim("rules", "j003")
    assert code == 0
    assert all(part in out for part in (RULES["J003"].title, RULES["J003"].why, RULES["J003"].remedy, RULES["J003"].source))


def test_schema_prints_the_published_json_schema(sim: Run) -> None:
    code, out, _ = sim("schema")
    assert code == 0
    assert json.loads(out) == json.loads((ROOT / "simulator/scenario/scenario.schema.json").read_text(encoding="utf-8"))


def test_version(sim: Run) -> None:
    assert sim("--version") == (0, f"jambonz-sim {__version__}\n", "")


def test_help_names_every_command(sim: Run) -> None:
    code, out, _ = sim("--help")
    assert code == 0
    assert all(command in out for command in ("run", "init", "doctor", "validate", "rules", "schema"))


def test_version_imports_nothing_slow() -> None:
    probe = "import sys; from simulator.modes import cli\ntry: cli.main(['--version'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"asyncio", "aiohttp", "websockets", "numpy", "yaml", "faker", "jsonschema"} & set(loaded)


def test_a_terminal_that_knows_no_check_mark_is_no_reason_to_stop() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulator", "run", "scenarios/conversation/no-api-key.yaml"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"\\u2713")


# --- configuration


def test_command_line_over_environment_over_file_over_default(sim: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(project, {}) == Config(
        "tests.rubbish:good", "/from-the-file", {}, {"OPENAI_API_KEY": KEY}, "calls", file=str(project / "jambonz-sim.toml")
    )
    monkeypatch.setenv("JAMBONZ_SIM_APP", "tests.rubbish:silent")
    monkeypatch.setenv("JAMBONZ_SIM_PATH", "/from-the-environment")
    assert (find(project, os.environ).app, find(project, os.environ).path) == ("tests.rubbish:silent", "/from-the-environment")
    assert "J001" in sim("run", "calls/0.yaml")[1]
    assert sim("run", "calls/0.yaml", "--app", "tests.rubbish:good")[0] == 0


def test_the_table_in_pyproject_comes_first_and_folders_above_are_searched(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.jambonz-sim]\napp = "mine:app"\nseed = 3\n', encoding="utf-8")
    below = project / "calls" / "deep"
    below.mkdir()
    assert (find(below, {}).app, find(below, {}).seed) == ("mine:app", 3)
    (project / "pyproject.toml").write_text('[project]\nname = "something else"\n', encoding="utf-8")
    assert find(below, {}).app == "tests.rubbish:good"


def test_without_any_configuration_the_application_must_be_named(sim: Run, project: Path) -> None:
    (project / "jambonz-sim.toml").unlink()
    code, _, err = sim("run", "calls")
    assert code == 2
    assert "no application is named" in err
    assert "--app module:factory" in err
    assert sim("run", "calls/0.yaml", "--app", "tests.rubbish:good")[0] == 0


def test_the_path_of_the_configuration_is_dialled(sim: Run, project: Path) -> None:
    sim("run", "calls/0.yaml", "--journal", "out")
    connect = json.loads((project / "out/0--good-morning.jsonl").read_text(encoding="utf-8").splitlines()[1])
    assert connect["frame"]["url"].endswith("/from-the-file")


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        ("app = \n", "jambonz-sim.toml:1:7: a value is missing here", 'write app = "…"'),
        ('aap = "x:y"\n', "there is no setting 'aap'", "did you mean 'app'?"),
        ("app = 5\n", "app is 5", "a text"),
        ('seed = "many"\n', "seed is 'many'", "a number"),
        ('clock = "warp"\n', "there is no clock 'warp'", "Known: virtual, elastic, real."),
        ('transport = "smtp"\n', "there is no transport 'smtp'", "http"),
        ('method = "PUT"\n', "there is no method 'PUT'", "Known: GET, POST."),
        ("seed = true\n", "seed is True", "a number"),
        ("env = 5\n", "env is 5", "a table"),
        ("env_vars = { KEY = 5 }\n", "every value of env_vars should be a text", "write NAME"),
    ],
)
def test_mistakes_in_the_configuration_name_the_file_and_the_remedy(content: str, problem: str, remedy: str, sim: Run, project: Path) -> None:
    (project / "jambonz-sim.toml").write_text(content, encoding="utf-8")
    code, out, err = sim("run")
    assert (code, out) == (2, "")
    assert str(project / "jambonz-sim.toml") in err
    assert problem in err
    assert remedy in err


def test_mistakes_in_the_environment_are_told(sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAMBONZ_SIM_SEED", "many")
    code, _, err = sim("run")
    assert code == 2
    assert "JAMBONZ_SIM_SEED is 'many'" in err


@pytest.mark.parametrize("name", ["transport", "method", "clock"])
def test_choices_in_the_environment_are_checked_as_well(name: str, sim: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"JAMBONZ_SIM_{name.upper()}", "warp")
    code, _, err = sim("run")
    assert code == 2
    assert f"JAMBONZ_SIM_{name.upper()}: there is no {name} 'warp'" in err


def test_webhooks_are_chosen_on_the_command_line_and_set_up_in_the_file(sim: Run, project: Path) -> None:
    (project / "jambonz-sim.toml").write_text(
        'app = "tests.test_webhook_app:says_goodbye"\npath = "/call"\nstatus_hook = "/status"\nusername = "me"\npassword = "hush"\n'
    )
    (project / "calls" / "http.yaml").write_text("name: bye\nsteps:\n  - expect: {say: Goodbye.}\n  - expect: {call: completed}\n")
    code, out, _ = sim("run", "calls/http.yaml", "--transport", "http", "--journal", "out")
    assert code == 0, out
    frames = [json.loads(line) for line in (project / "out/http--bye.jsonl").read_text(encoding="utf-8").splitlines()[1:]]
    urls = [frame["frame"]["url"] for frame in frames if frame["from"] == "jambonz" and frame["link"] == "app" and "url" in frame["frame"]]
    assert urls[:2] == ["http://127.0.0.1:3000/call", "http://127.0.0.1:3000/status"]
    assert "hush" not in out + str(frames)


def test_what_can_be_no_webhook_is_a_mistake_of_usage(sim: Run, project: Path) -> None:
    (project / "jambonz-sim.toml").write_text('app = "ftp://app.test/"\n')
    assert "cannot be dialled" in sim("run", "calls/0.yaml")[2]
    (project / "jambonz-sim.toml").write_text('app = "http://app.test/"\nstatus_hook = "status"\n')
    code, _, err = sim("run", "calls/0.yaml")
    assert code == 2
    assert "a path of the application that begins with /" in err


def test_a_pyproject_whose_tool_is_no_table_is_told(sim: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text("tool = 5\n", encoding="utf-8")
    (project / "calls" / "pyproject.toml").write_text("[tool]\njambonz-sim = 5\n", encoding="utf-8")
    os.chdir(project / "calls")
    code, _, err = sim("run", ".")
    assert code == 2
    assert "jambonz-sim" in err


def test_a_rule_that_does_not_exist_can_be_neither_ignored_nor_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "codes.yaml"
    file.write_text("name: x\nignore: {J099: because}\nsteps:\n  - caller: {wait: 1s}\n  - expect: {finding: J098}\n")
    assert main(["validate", str(file)]) == 2
    said = capsys.readouterr().err
    assert f"{file}:2:10: ignore: there is no rule 'J099'" in said
    assert f"{file}:5:23: expect.finding: there is no rule 'J098'" in said


def test_a_clock_that_does_not_fit_the_application_is_an_error_of_the_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clock.yaml"
    file.write_text("name: x\nclock: real\nsteps:\n  - caller: {hang_up: true}\n")
    assert main(["run", "--app", "app.server:create_app", str(file)]) == 2
    assert f"{file}:1:1: the clock 'real' does not fit" in capsys.readouterr().out
