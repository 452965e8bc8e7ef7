"""An application in its own process: real sockets, real thinking, and waiting that is jumped over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import play
from simulator.report.text import explanation
from simulator.scenario.load import loads
from tests.playing import ROOT, project

GREETING = """
name: the assistant greets, the caller answers late and hangs up
steps:
  - expect: {verbs: [answer, ..., hangup]}
  - model:  {say: "Hello, which place may I look up for you?"}
  - expect: {heard: /place/}
  - caller: {wait: 20s}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""
ELASTIC = Config(clock="elastic", env_vars=project().env_vars)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the bundled application serves, in a process of its own, on a port the system chose."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WS_PORT": "0"}
    with subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next((line for line in process.stderr if "event=listening" in line), "")
            found = re.search(r"url=(\S+)", line)
            assert found is not None, f"the application does not say where it listens: {line!r}"
            yield found[1]
        finally:
            process.terminate()


def test_a_call_to_an_application_in_its_own_process(url: str) -> None:
    (scenario,) = loads(GREETING)
    result = play(scenario, AppRef(url), ELASTIC)
    assert result.outcome == "passed", "\n".join(explanation(result))
    assert result.virtual_s > 20
    assert result.wall_ms < 10_000, "waiting was not jumped over"


def test_an_application_that_does_not_run_is_an_error_of_nobodys_scenario() -> None:
    (scenario,) = loads(GREETING)
    result = play(scenario, AppRef("ws://127.0.0.1:9/openai-s2s"), ELASTIC)
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert result.error is not None
    assert "the application ws://127.0.0.1:9/openai-s2s does not take the connection" in result.error
