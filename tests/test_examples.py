"""The example applications, written on the public SDKs, play over real sockets, started by their commands, on the elastic clock.

Where an SDK itself misbehaves, its example has a work-around; without it (`SDK=as documented`) our findings say what is wrong.
Needs Node.js and npm for two of them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.clock import elastic
from simulator.host import AppRef
from simulator.modes.application import app_of
from simulator.modes.config import Config, find
from simulator.modes.run import deployed, judged, play
from simulator.network import ClockLoop
from simulator.network import run as run_loop
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, load, loads
from simulator.stage import Stage
from tests.npm import installed
from tests.playing import ROOT, SCENARIOS, project

EXAMPLES = ROOT / "examples"
PACKAGES = {"node-client-ws": "@jambonz/node-client-ws@0.2.13", "node-sdk": "@jambonz/sdk@0.10.1", "python-sdk": None}
CALLS = tuple(load(EXAMPLES / "calls" / "weather.yaml", env={})) + tuple(load(SCENARIOS / "tools" / "weather.yaml", env={}))

Play = Callable[[Scenario], Result]


def copied(name: str, folder: Path) -> Path:
    """The example in a folder of its own, with the packages it needs: Node.js looks for them beside it."""
    there = folder / name
    shutil.copytree(EXAMPLES / name, there, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    package = PACKAGES[name]
    if package is not None:
        (there / "node_modules").symlink_to(installed(package) / "node_modules")
    return there


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, bool], tuple[AppRef, Config, Play]]]:
    """An example by its name, once started for all tests; `as documented` is without its work-arounds."""
    started: dict[tuple[str, bool], tuple[AppRef, Config, Play]] = {}
    with ExitStack() as stack:

        def start(name: str, as_documented: bool) -> tuple[AppRef, Config, Play]:
            if (name, as_documented) not in started:
                config = find(copied(name, tmp_path_factory.mktemp("example")), {})
                assert isinstance(config.app, dict)
                words = [sys.executable if word == "python" else word for word in config.app["command"]]
                config = replace(config, app={**config.app, "command": words}, env={"SDK": "as documented"} if as_documented else {})
                app = app_of(config)
                deployment = stack.enter_context(deployed(app, config))
                assert deployment is not None
                started[name, as_documented] = (deployment.app, config, lambda scenario: play(scenario, app, config, deployment))
            return started[name, as_documented]

        yield start


@pytest.mark.parametrize("scenario", CALLS, ids=lambda one: one.id)
@pytest.mark.parametrize("name", PACKAGES)
def test_an_example_survives(name: str, scenario: Scenario, example: Callable[[str, bool], tuple[AppRef, Config, Play]]) -> None:
    result = example(name, False)[2](scenario)
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert not [finding.code for finding in result.findings if finding.rule.severity == "error"]


@pytest.mark.parametrize("scenario", CALLS, ids=lambda one: one.id)
def test_the_python_sdk_on_virtual_time_too(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "python-sdk"))
    monkeypatch.delenv("PORT", raising=False)
    config = Config(app="weather:serve", path="/weather", env_vars={"OPENAI_API_KEY": "sk-simulated-0000000000000000"})
    first, second = (play(scenario, app_of(config), config) for _ in range(2))
    assert first.outcome == "passed", "\n".join(explanation(first))
    assert [frame.line(wall=False) for frame in first.journal.frames] == [frame.line(wall=False) for frame in second.journal.frames]


# --- what is wrong with the SDKs themselves (protocol notes, section 10)

GREETING = """
name: the assistant greets
ignore: {J011: the network broke}
steps:
  - model:  {say: "Hello, which place may I look up for you?"}
  - expect: {heard: /place/}
  - caller: {wait: 20s}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_the_python_sdk_writes_members_that_the_server_does_not_know(example: Callable[[str, bool], tuple[AppRef, Config, Play]]) -> None:
    """Every call with an `llm` verb is refused with 480."""
    result = example("python-sdk", True)[2](loads(GREETING)[0])
    assert (result.outcome, result.exit_code) == ("failed", 1)
    said = [finding.text for finding in result.findings if finding.code == "J004"]
    assert any("llm: unknown property cancelOnResponseTimeout" in text for text in said), said
    (response,) = result.journal.select("media", kind="sip_response")
    assert response.frame["status"] == 480


def interrupted(example: tuple[AppRef, Config, Play]) -> Result:
    """The greeting, in which the socket to the application breaks while the caller waits."""
    _, config, _ = example
    (scenario,) = loads(GREETING)
    app = app_of(config)
    with deployed(app, config) as deployment:
        assert deployment is not None

        class Breaking(Stage):
            def _begin(self) -> None:
                super()._begin()
                self.loop.call_later(8.0, self._break)

            def _break(self) -> None:
                pump = self._app.sockets[0]._pump
                assert pump is not None
                pump.abort()

        stage = Breaking(scenario, deployment.app, 0, dict(config.env_vars), ClockLoop(elastic()), deployment)
        return judged(scenario, run_loop(stage.loop, stage.live()))


@pytest.mark.parametrize("name", PACKAGES)
def test_an_example_acknowledges_the_reconnect_and_does_not_begin_again(
    name: str, example: Callable[[str, bool], tuple[AppRef, Config, Play]]
) -> None:
    result = interrupted(example(name, False))
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert len(list(result.journal.select("app", "jambonz", "session:reconnect"))) == 1
    *_, ack = [frame for frame in result.journal.select("app", "app", "ack") if frame.at_s < 20]
    assert not ack.frame.get("data"), "the verbs of the beginning once more"


def test_node_client_ws_leaves_the_reconnect_to_die(example: Callable[[str, bool], tuple[AppRef, Config, Play]]) -> None:
    """It only emits `session:reconnect`: nobody acknowledges, and the server hangs up after five seconds."""
    result = interrupted(example("node-client-ws", True))
    assert result.outcome == "failed"
    assert "J001" in {finding.code for finding in result.findings}
    (ended,) = result.journal.select("media", kind="call_ended")
    assert ended.frame["by"] == "jambonz"


def test_node_sdk_tells_a_reconnect_as_a_new_call(example: Callable[[str, bool], tuple[AppRef, Config, Play]]) -> None:
    """An application that answers `session:new` sends its verbs a second time; the server acknowledges, and ignores them."""
    result = interrupted(example("node-sdk", True))
    acks = [frame.frame.get("data") for frame in result.journal.select("app", "app", "ack") if frame.at_s < 20]
    assert len(acks) >= 2
    assert acks[0] == acks[-1]


# --- and the bundled application, in a process of its own


@pytest.mark.parametrize("scenario", CALLS, ids=lambda one: one.id)
def test_the_bundled_application_by_command(scenario: Scenario, bundled: Play) -> None:
    result = bundled(scenario)
    assert result.outcome == "passed", "\n".join(explanation(result))


@pytest.fixture(scope="module")
def bundled() -> Iterator[Play]:
    config = replace(
        project(),
        app={"command": [sys.executable, "-m", "app"], "env": {"WS_PORT": "${PORT}"}, "ready": {"log": "event=listening"}},
        file=str(ROOT / "pyproject.toml"),
    )
    app = app_of(config)
    with deployed(app, config) as deployment:
        yield lambda scenario: play(scenario, app, config, deployment)


def test_a_call_sid_is_never_seen_twice_in_a_run(bundled: Play) -> None:
    """An application may remember calls: a real server never gives one sid to two."""
    results = [bundled(scenario) for scenario in (CALLS[2], CALLS[3], CALLS[2])]
    sids = [frame.frame["call_sid"] for result in results for frame in result.journal.select("app", kind="session:new")]
    assert len(set(sids)) == len(sids) == 3
