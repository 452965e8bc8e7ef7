"""Scenarios as tests of pytest: each test here is a project of its own, in which pytest runs as a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulator.errors import UsageError
from simulator.modes.config import find
from tests.playing import ROOT

pytest_plugins = ["pytester"]

KEY = "sk-simulated-0123456789"
CONFIG = f'app = "tests.rubbish:good"\npath = "/from-the-file"\nscenarios = "calls"\nenv_vars = {{ OPENAI_API_KEY = "{KEY}" }}\n'
CALL = """
name: {name}
tags: [{tag}]
steps:
  - expect: {{say: {says}}}
  - expect: {{call: completed, by: app}}
"""
CASES = """
name: the caller is greeted
cases:
  - {name: in English, says: Hello.}
  - {name: in German, says: Guten Tag.}
steps:
  - expect: {say: "${case.says}"}
  - expect: {call: completed, by: app}
"""
PRESSED = """
name: {name}
steps:
  - expect: {{heard: Hello.}}
  - caller: {{press: 1}}
  - expect: {{call: completed, by: app}}
"""
MISBEHAVING = str(ROOT / "tests" / "apps" / "misbehaving.py")

Outcome = Callable[..., pytest.RunResult]


def write(folder: Path, **files: str) -> None:
    """Files by their names, in which `__` is a slash and `_yaml` an ending."""
    for name, text in files.items():
        path = folder / re.sub(r"_(?=(yaml|toml|py|ini)$)", ".", name).replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in an environment where jambonz-sim is installed: pytest finds the plugin by the entry point we publish."""
    for name in [one for one in os.environ if one.startswith(("JAMBONZ_SIM_", "PYTEST_")) or one in ("NO_COLOR", "FORCE_COLOR")]:
        monkeypatch.delenv(name)
    packages = pytester.mkdir("packages")
    published = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["pytest11"]
    write(
        packages / "jambonz_sim-0.dist-info",
        METADATA="Metadata-Version: 2.1\nName: jambonz-sim\nVersion: 0\n",
        **{"entry_points.txt": "[pytest11]\n" + "".join(f"{name} = {module}\n" for name, module in published.items())},
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # those of others take their time
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p jambonz-sim")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), str(ROOT)]))
    folder = pytester.mkdir("project")
    monkeypatch.chdir(folder)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return folder


@pytest.fixture
def calls(project: Path) -> Path:
    """Four scenarios, one of them with two cases; `good bye` and the case in German do not hold."""
    write(
        project,
        **{"jambonz-sim.toml": CONFIG},
        calls__morning_yaml=CALL.format(name="good morning", tag="smoke", says="Hello."),
        calls__evening__bye_yaml=CALL.format(name="good bye", tag="late-night", says="Bye."),
        calls__greeted_yaml=CASES,
        calls___fragment_yaml="- {caller: {wait: 1s}}\n",
        more__again_call_yaml=CALL.format(name="hello again", tag="'of (two) words'", says="Hello."),
        more__other_yaml="just: data\n",
    )
    (project / "more" / "again_call.yaml").rename(project / "more" / "again.call.yaml")
    return project


@pytest.fixture
def run(pytester: pytest.Pytester) -> Outcome:
    """Runs pytest in the project."""
    return lambda *arguments: pytester.runpytest_subprocess(*arguments, timeout=120)


def collected(run: Outcome, *arguments: str) -> list[str]:
    return [line for line in run("--collect-only", "-q", *arguments).outlines if "::" in line]


# --- what is collected

ALL = [
    "calls/evening/bye.yaml::good bye",
    "calls/greeted.yaml::the caller is greeted[in English]",
    "calls/greeted.yaml::the caller is greeted[in German]",
    "calls/morning.yaml::good morning",
    "more/again.call.yaml::hello again",
]


def test_every_case_of_every_scenario_is_an_item_under_its_name(calls: Path, run: Outcome) -> None:
    assert calls.is_dir()
    assert sorted(collected(run)) == ALL


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("-m", "late-night", "--strict-markers"), [ALL[0]]),
        (("-k", "words or morning"), ALL[3:]),
        (("calls/greeted.yaml::the caller is greeted", ALL[4]), [*ALL[1:3], ALL[4]]),
    ],
)
def test_calls_are_selected_as_tests_are(arguments: tuple[str, ...], wanted: list[str], calls: Path, run: Outcome) -> None:
    assert calls.is_dir()
    assert sorted(collected(run, *arguments)) == wanted


def test_a_fragment_is_looked_at_when_it_is_named(calls: Path, run: Outcome) -> None:
    assert calls.is_dir()
    assert "calls/_fragment.yaml:1:1: a scenario is a mapping, found a list" in str(run("calls/_fragment.yaml").stdout)


def test_a_suite_that_does_not_use_it_is_not_slowed(project: Path, run: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML files that are no scenarios are left alone, and nothing of what calls need is imported for their sake."""
    write(
        project,
        scenarios__other_yaml="name: of another tool\nsteps: [nothing of ours]\n",
        test_it_py="import sys\n\ndef test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('simulator')}\n"
        "    assert ours == {'simulator', 'simulator.modes', 'simulator.modes.pytest_plugin'}\n"
        "    assert not {'numpy', 'aiohttp', 'yaml'} & set(sys.modules)\n",
    )
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    result = run("-p", "no:anyio", "-p", "no:asyncio", "-p", "no:hypothesispytest", "-p", "no:faker", "-p", "no:xdist")
    result.assert_outcomes(passed=1)
    assert "jambonz-sim" in str(result.stdout), "as its entry point says, without any option"


def test_our_own_scenarios_are_not_played_twice() -> None:
    """`tests/test_scenarios.py` plays them: the plugin sees what is below `testpaths`, where none is."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert configured["pytest"]["ini_options"]["testpaths"] == ["tests"]
    assert not (ROOT / configured["jambonz-sim"]["scenarios"]).is_relative_to(ROOT / "tests")
    assert not list((ROOT / "tests").rglob("*.call.y*ml"))


# --- what is told of calls


def test_a_failure_is_explained_where_it_is_in_the_file(calls: Path, run: Outcome) -> None:
    result = run("--jambonz-sim-journal", "journals", "--junitxml", "report.xml", "-o", "junit_family=xunit1")
    result.assert_outcomes(passed=3, failed=2)
    out = str(result.stdout)
    assert 'FAILED calls/evening/bye.yaml::good bye - calls/evening/bye.yaml:5:5: expected say: "Bye."' in out
    assert '      text: expected "Bye.", got "Hello."' in out
    assert "Traceback" not in out
    assert ".py" not in out.partition("FAILURES")[2]
    journals = sorted(str(path.relative_to(calls)) for path in calls.glob("journals/**/*.jsonl"))
    assert journals == ["journals/calls/evening/bye--good-bye.jsonl", "journals/calls/greeted--the-caller-is-greeted-in-German.jsonl"]
    assert "its journal: journals/calls/evening/bye--good-bye.jsonl" in out
    assert json.loads((calls / journals[0]).read_text("utf-8").splitlines()[0])["scenario"] == "good bye"
    tests = {test.attrib["name"]: test for test in ElementTree.parse(calls / "report.xml").iter("testcase")}
    assert (tests["good bye"].attrib["file"], tests["good bye"].attrib["line"]) == ("calls/evening/bye.yaml", "1")
    properties = {each.attrib["name"]: each.attrib["value"] for each in tests["good bye"].iter("property")}
    assert properties == {"seed": "0", "virtual_s": "0.46"}


def test_a_journal_that_cannot_be_written_hides_nothing(calls: Path, run: Outcome) -> None:
    (calls / "taken").write_text("a file", encoding="utf-8")
    result = run("calls/evening", "--jambonz-sim-journal", "taken")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['calls/evening/bye.yaml:5:5: expected say: "Bye."*', "the journal */taken/* cannot be written: *"])


def test_paths_are_told_as_seen_from_where_pytest_was_started(calls: Path, run: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(calls / "calls")
    out = str(run("evening").stdout)
    assert 'evening/bye.yaml:5:5: expected say: "Bye."' in out


def test_a_broken_file_is_an_error_with_its_places(calls: Path, run: Outcome) -> None:
    write(
        calls,
        calls__broken_yaml="name: broken\nstepps: []\nsteps:\n  - caller: {sya: Hello}\n",
        calls__ignores_yaml="name: ignores\nignore: {J999: why not}\nsteps:\n  - caller: {hang_up: true}\n",
        calls__hostile_yaml='name: "\\e[31mred\\n"\nsteps: [no]\n',
    )
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    out = str(result.stdout)
    for told in ("calls/broken.yaml:2:1: ", "calls/broken.yaml:4:14: ", "did you mean 'say'?", "calls/ignores.yaml:2:10: ", "J999"):
        assert told in out
    assert "Traceback" not in out
    assert "\x1b" not in out
    assert ".py" not in out.partition("ERRORS")[2]


def test_names_cannot_steer_the_terminal(project: Path, run: Outcome) -> None:
    write(project, **{"jambonz-sim.toml": CONFIG}, calls__red_yaml=CALL.format(name='"\\e[31mred"', tag="smoke", says="Hello."))
    assert collected(run) == ["calls/red.yaml::\\x1b[31mred"]


def test_a_tag_is_a_mark_and_does_what_the_mark_does(project: Path, run: Outcome) -> None:
    write(
        project,
        **{"jambonz-sim.toml": CONFIG},
        calls__a_yaml=CALL.format(name="a", tag="skip", says="Bye."),
        calls__b_yaml=CALL.format(name="b", tag="xfail", says="Bye."),
    )
    run("--strict-markers", "-W", "error::pytest.PytestWarning").assert_outcomes(skipped=1, xfailed=1)


# --- settings


def seeds(result: pytest.RunResult, project: Path) -> set[str]:
    result.assert_outcomes(passed=1)
    report = ElementTree.parse(project / "report.xml")
    return {each.attrib["value"] for each in report.iter("property") if each.attrib["name"] == "seed"}


def test_option_over_environment_over_ini_over_file(project: Path, run: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, **{"jambonz-sim.toml": CONFIG + "seed = 1\n"}, calls__a_yaml=CALL.format(name="a", tag="smoke", says="Hello."))
    ini = project / "pytest.ini"
    ini.write_text(ini.read_text("utf-8") + "jambonz_sim_seed = 2\n", encoding="utf-8")
    assert seeds(run("--junitxml", "report.xml"), project) == {"2"}
    monkeypatch.setenv("JAMBONZ_SIM_SEED", "3")
    assert seeds(run("--junitxml", "report.xml", "--jambonz-sim-seed", "4"), project) == {"4"}


def test_settings_beside_win_over_the_file_and_the_environment_over_both(project: Path) -> None:
    write(project, **{"jambonz-sim.toml": CONFIG + "seed = 1\n"})
    beside = {"jambonz_sim_seed": "2", "jambonz_sim_stubs_port": "8099", "jambonz_sim_url": "ws://127.0.0.1/"}
    found = find(project, {"JAMBONZ_SIM_SEED": "3"}, beside)
    assert (found.app, found.seed, found.stubs_port, found.url) == ("tests.rubbish:good", 3, 8099, "ws://127.0.0.1/")
    assert find(project, {}, beside).seed == 2
    for name, value in (("jambonz_sim_stubs_port", "any"), ("jambonz_sim_clock", "fast")):
        with pytest.raises(UsageError, match=name):
            find(project, {}, {name: value})


def test_without_a_file_the_ini_says_everything(project: Path, run: Outcome) -> None:
    ini = project / "pytest.ini"
    ini.write_text(ini.read_text("utf-8") + "jambonz_sim_app = greeter:create\njambonz_sim_scenarios = phone\n", encoding="utf-8")
    write(
        project,
        greeter_py="from tests.rubbish import good as create\n",
        phone__a_yaml=CALL.format(name="a", tag="smoke", says="Hello."),
        scenarios__other_yaml="name: not ours",
    )
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("apps = 'a'\n", "jambonz-sim.toml:1:1: there is no setting 'apps'"),
        ("clock = 'fast'\n", "there is no clock 'fast'"),
        ("app = [\n", "jambonz-sim.toml:1:8: this is not TOML"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_once(settings: str, told: str, calls: Path, run: Outcome) -> None:
    write(calls, **{"jambonz-sim.toml": settings})
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert str(result.stdout).count(told) == 1
    assert "Traceback" not in str(result.stdout)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("", "no application is named"),
        ("app = 'nowhere:create'\n", "the application 'nowhere:create' cannot be imported: No module named 'nowhere'"),
        ("app = 'tests.rubbish:good'\nclock = 'real'\n", "an application in this process lives on virtual time"),
    ],
)
def test_an_application_that_cannot_be_used_is_an_error_and_no_failure(settings: str, told: str, calls: Path, run: Outcome) -> None:
    write(calls, **{"jambonz-sim.toml": f"scenarios = 'calls'\n{settings}"})
    result = run("calls/greeted.yaml")
    result.assert_outcomes(errors=2)
    assert told in str(result.stdout)
    assert "Traceback" not in str(result.stdout)


# --- several processes


def test_workers_of_xdist_play_the_same_calls(calls: Path, run: Outcome) -> None:
    result = run("-p", "xdist", "-n", "2", "--jambonz-sim-journal", "journals")
    result.assert_outcomes(passed=3, failed=2)
    assert 'FAILED calls/evening/bye.yaml::good bye - calls/evening/bye.yaml:5:5: expected say: "Bye."' in str(result.stdout)
    assert len(list(calls.glob("journals/**/*.jsonl"))) == 2


def command_of(project: Path, wrong: str, more: str = "") -> str:
    """The configuration of an application in a process of its own, which writes down every start."""
    words = ["sh", "-c", f"echo started >> {project}/starts; exec {sys.executable} {MISBEHAVING} {wrong}"]
    return f'scenarios = "calls"\n{more}\n[app]\ncommand = {json.dumps(words)}\nready = {{log = "ready"}}\nstart_limit = "30s"\n'


@pytest.fixture
def pressed(project: Path) -> Path:
    write(project, **{f"calls__{name}_yaml": PRESSED.format(name=name) for name in ("one", "two", "three")})
    return project


@pytest.mark.skipif(sys.platform != "linux", reason="what is left behind is found on Linux")
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_command_is_started_once_and_ended_with_the_session(workers: str, pressed: Path, run: Outcome) -> None:
    write(pressed, **{"jambonz-sim.toml": command_of(pressed, "children")})
    result = run("-p", "xdist", "-n", workers)
    result.assert_outcomes(passed=3)
    assert (pressed / "starts").read_text("utf-8") == "started\n"
    result.stdout.fnmatch_lines(["jambonz-sim: the application has ended, but left a process behind, which was killed: sleep 600 (pid *)"])


def test_when_a_command_does_not_start_no_more_is_played(pressed: Path, run: Outcome) -> None:
    write(pressed, **{"jambonz-sim.toml": command_of(pressed, "'crashes at start'")})
    result = run()
    result.assert_outcomes(failed=1, errors=2)
    assert "the database is not there" in str(result.stdout)
    result.stdout.fnmatch_lines(["*not played: the application does not start"])
    assert (pressed / "starts").read_text("utf-8") == "started\n"


def test_a_port_that_workers_cannot_share_is_told(pressed: Path, run: Outcome) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        write(pressed, **{"jambonz-sim.toml": command_of(pressed, "nothing", f"stubs_port = {other.getsockname()[1]}")})
        result = run("-p", "xdist", "-n", "1")
    result.assert_outcomes(errors=3)
    assert "workers of xdist cannot share a stubs_port: name none, or play without -n" in str(result.stdout)
    assert "The above exception" not in str(result.stdout)
    assert not (pressed / "starts").exists()
