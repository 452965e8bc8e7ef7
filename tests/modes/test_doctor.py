"""`jambonz-sim doctor`: each line tells of one thing, a problem has a remedy, and no secret is ever printed."""

from __future__ import annotations

import io
import socket
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from simulator.modes import doctor
from simulator.modes.application import app_of
from simulator.modes.config import Config
from simulator.modes.doctor import Check, examine, keys, platform, ports, python, tell, versions
from tests.playing import ROOT

KEY = "sk-proj-" + "a1B2" * 8


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing is wrong; the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jambonz-sim.toml").write_text('app = "tests.rubbish:good"\nscenarios = "calls"\n')
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/one.yaml").write_text("name: one\nsteps:\n  - expect: {say: Hello.}\n")
    return tmp_path


def said(home: Path, environ: dict[str, str] | None = None, *, call: bool = True) -> tuple[int, str]:
    stream = io.StringIO()
    return tell(examine(home, environ or {}, call=call), stream), stream.getvalue()


def test_nothing_is_wrong(home: Path) -> None:
    code, text = said(home)
    assert code == 0, text
    assert "application    tests.rubbish:good answers a call with answer, say, hangup\n" in text
    assert text.endswith("\nno problems\n")


def test_without_a_configuration_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = said(tmp_path)
    assert code == 2
    assert "jambonz-sim init finds it" in text


@pytest.mark.parametrize(
    ("content", "code", "problem", "remedy"),
    [
        ('aap = "x"', 2, "there is no setting 'aap'", "did you mean 'app'"),
        ('app = "nowhere_at_all:x"\nscenarios = "calls"', 3, "cannot be imported", "or installed?"),
        ('app = "tests.rubbish:goood"\nscenarios = "calls"', 3, "has no function 'goood'", "did you mean 'good'"),
        ('app = "tests.rubbish:silent"\nscenarios = "calls"', 1, "no ack for session:new within 5 s", "remedy"),
        ('app = "tests.rubbish:good"\nscenarios = "nowhere"', 2, "there is no folder nowhere with scenarios", "name files or folders"),
        ('app = "tests.rubbish:good"\nscenarios = "calls"\nclock = "real"', 2, "lives on virtual time", "start it by itself"),
        ('scenarios = "calls"\n[app]\ncommand = ["no-such-program"]', 3, "there is no program 'no-such-program'", "install it"),
    ],
)
def test_a_problem_has_a_remedy_and_an_exit_code(content: str, code: int, problem: str, remedy: str, home: Path) -> None:
    (home / "jambonz-sim.toml").write_text(content + "\n")
    found, text = said(home)
    assert found == code, text
    assert problem in text
    assert remedy in text
    assert text.endswith(("problem\n", "problems\n"))


def test_a_scenario_that_cannot_be_read_is_told_with_its_place(home: Path) -> None:
    (home / "calls/one.yaml").write_text("name: one\nstps: []\n")
    code, text = said(home, call=False)
    assert code == 2
    assert "calls/one.yaml:2:1" in text


def test_a_key_of_the_environment_that_the_application_inherits_is_named_and_not_shown(home: Path) -> None:
    code, text = said(home, {"OPENAI_API_KEY": KEY, "JAMBONZ_API_KEY": KEY, "HARMLESS": KEY}, call=False)
    assert code == 1
    assert "inherits OPENAI_API_KEY from your environment" in text
    assert 'env = { OPENAI_API_KEY = "" }' in text
    assert KEY not in text


def test_a_key_that_the_configuration_replaces_or_that_is_nobodys_is_no_problem(home: Path) -> None:
    environ = {"OPENAI_API_KEY": KEY}
    assert all(one.outcome == "ok" for one in keys(Config(app="x:y", env={"OPENAI_API_KEY": ""}), home, environ))
    assert all(one.outcome == "ok" for one in keys(Config(app={"command": "x", "env": {"OPENAI_API_KEY": ""}}), home, environ))
    assert all(one.outcome == "ok" for one in keys(Config(app="x:y"), home, {"OPENAI_API_KEY": "sk-simulated-0000000000000000"}))
    assert all(one.outcome == "ok" for one in keys(Config(app="ws://127.0.0.1:1/"), home, environ))


def test_a_key_in_a_file_is_told_by_its_line_and_not_shown(home: Path) -> None:
    (home / "jambonz-sim.toml").write_text(f'app = "tests.rubbish:good"\nscenarios = "calls"\nenv_vars = {{ OPENAI_API_KEY = "{KEY}" }}\n')
    (home / "calls/one.yaml").write_text(f"name: one\ncall: {{env_vars: {{OPENAI_API_KEY: {KEY}}}}}\nsteps:\n  - expect: {{say: Hello.}}\n")
    code, text = said(home, call=False)
    assert code == 1
    assert "jambonz-sim.toml holds what looks like a key (line 3)" in text
    assert "one.yaml holds what looks like a key (line 2)" in text
    assert KEY not in text


def test_what_an_application_says_of_its_keys_is_not_shown() -> None:
    stream = io.StringIO()
    assert tell(iter([Check("application", "problem", f"it said {KEY}", f"look at\n{KEY}", 3)]), stream) == 3
    assert KEY not in stream.getvalue()
    assert "1 problem\n" in stream.getvalue()


def test_old_pythons_and_packages_are_told() -> None:
    assert python((3, 10, 4)).outcome == "problem"
    assert python((3, 11, 0)).outcome == "ok"

    def version_of(name: str) -> str:
        if name == "numpy":
            raise metadata.PackageNotFoundError(name)
        return {"aiohttp": "3.9.5", "websockets": "14.0rc1"}.get(name, "999.1.dev3")

    assert versions(version_of).text == "aiohttp is 3.9.5, older than 3.11, numpy is missing"


def test_the_packages_it_asks_for_are_those_of_the_project() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    pairs = dict(one.split(">=") for one in wanted)
    assert {name: pairs.get(name) for name in doctor.NEEDED} == doctor.NEEDED


def test_a_port_that_should_be_free_or_open_is_looked_at(home: Path) -> None:
    assert home.is_dir()
    command = Config(app={"command": "python x.py", "url": "ws://127.0.0.1:8123/"})
    assert [one.outcome for one in ports(app_of(command), command, lambda _, __: False)] == ["ok"]
    (taken,) = ports(app_of(command), command, lambda _, __: True)
    assert (taken.text, taken.exit_code) == ("port 8123 is taken already", 3)
    url = Config(app="ws://127.0.0.1:8123/")
    (silent,) = ports(app_of(url), url, lambda _, __: False)
    assert "nobody listens" in silent.text
    free = Config(app="command: python x.py")
    assert list(ports(app_of(free), free, lambda _, __: True)) == []
    with socket.create_server(("127.0.0.1", 0)) as other:
        stubs = Config(app="command: python x.py", stubs_port=other.getsockname()[1])
        assert [one.outcome for one in ports(app_of(stubs), stubs, lambda _, __: True)] == ["problem"]


def test_a_command_needs_posix_and_its_packages(home: Path) -> None:
    (home / "package.json").write_text("{}")
    config = Config(app={"command": ["node", "app.js"]})
    assert "started here" in getattr(platform(app_of(config), "nt"), "text", "")
    found = platform(app_of(config), "posix")
    assert found is not None
    assert found.outcome == "problem"
