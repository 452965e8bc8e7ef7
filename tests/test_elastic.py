"""An application in its own process: real sockets, real thinking, and waiting that is jumped over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import play
from simulator.process import Command
from simulator.report.result import Result
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


# --- measured: how long the application takes is its own doing, and waiting costs nothing

TOOL = str(ROOT / "tests" / "apps" / "tool.py")
TOOL_MS = 30
CALLS = 5


def thinking(scenario: str, clock: str = "elastic") -> Result:
    """A call to an application in its own process whose tool thinks for 30 ms."""
    (found,) = loads(scenario)
    command = Command((sys.executable, TOOL), env={"TOOL_MS": str(TOOL_MS)})
    result = play(found, AppRef(command.url, command=command), Config(clock=clock))
    assert result.outcome == "passed", "\n".join(explanation(result))
    return result


def several_tools(calls: int) -> str:
    turns = (
        """
  - caller: {say: "And again?"}
  - model:  {call: think, with: {}}
  - expect: {tool_output: "thought"}
  - model:  {say: "Yes."}
"""
        * calls
    )
    return f"""
name: a tool is called several times
steps:
  - model:  {{say: "Hello."}}{turns}
  - caller: {{hang_up: true}}
  - expect: {{call: completed, by: caller}}
"""


def test_the_latency_of_a_tool_is_the_applications_own() -> None:
    journal = thinking(several_tools(CALLS)).journal
    asked, answered = list(journal.select("app", "jambonz", "llm:tool-call")), list(journal.select("app", "app", "command"))
    assert (len(asked), len(answered)) == (CALLS, CALLS)
    on_the_clock_ms = [(after.at_s - before.at_s) * 1000 for before, after in zip(asked, answered, strict=True)]
    on_the_wall_ms = [after.wall_ms - before.wall_ms for before, after in zip(asked, answered, strict=True)]
    assert min(on_the_clock_ms) >= TOOL_MS, "the clock was slower than the application"
    assert median(on_the_clock_ms) < TOOL_MS + 20, "a jump was taken for thinking"
    for clock_ms, wall_ms in zip(on_the_clock_ms, on_the_wall_ms, strict=True):
        assert clock_ms == pytest.approx(wall_ms, abs=5), "the clock jumped while the application owed an answer"


MINUTE = """
name: a minute passes, in which both speak
steps:
  - model:  {say: "Hello, which place may I look up for you?"}
  - caller: {say: "I shall tell you in half a minute."}
  - model:  {say: "Take your time."}
  - expect: {heard: "Take your time."}
  - caller: {wait: 30s}
  - caller: {say: "Think, please, as long as you like, and then tell me what you have thought about it."}
  - model:  {call: think, with: {}}
  - expect: {tool_output: "thought"}
  - model:  {say: "I have thought about it, and I have come to no conclusion at all, which is a pity."}
  - caller: {say: "That is a pity indeed, but it does not matter, because I have to leave now anyway, good bye."}
  - model:  {say: "Good bye, and thank you for the call."}
  - expect: {heard: /thank you/}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_a_minute_costs_a_second_and_a_half_at_most() -> None:
    """The best of three: what is measured is the clock, and not what else the machine does."""
    results = [thinking(MINUTE) for _ in range(3)]
    assert min(result.virtual_s for result in results) > 55
    assert min(result.wall_ms for result in results) < 1_500


SHORT = """
name: a short call
steps:
  - model:  {say: "Hi."}
  - caller: {say: "Think."}
  - model:  {call: think, with: {}}
  - expect: {tool_output: "thought"}
  - model:  {say: "Done."}
  - expect: {heard: "Done."}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_the_real_clock_gives_the_same_frames() -> None:
    def frames(result: Result) -> list[tuple[str, str, Any]]:
        return [(frame.source, frame.kind, frame.frame) for frame in result.journal.select("app") if frame.kind not in ("connect", "refuse")]

    elastic, real = thinking(SHORT), thinking(SHORT, clock="real")
    assert frames(elastic) == frames(real)
    assert real.wall_ms > 900 * real.virtual_s, "the real clock jumped"
    assert elastic.wall_ms < real.wall_ms / 3


# --- faults of the line: what a fault keeps waiting is not the application's thinking, and its thinking is not jumped over

STALLED = """
name: an output is held up on its way for a long time
steps:
  - model:  {say: "Hi."}
  - caller: {say: "Think."}
  - world:  {fault: stall, on: app, %s: app}
  - model:  {call: think, with: {}}
  - expect: {frame: {kind: fault, frame: {what: stall, type: %s}}}
  - caller: {wait: 60s}
  - world:  {heal: app}
  - expect: {tool_output: "thought", within: 1s}
  - model:  {say: "Done."}
  - expect: {heard: "Done."}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


@pytest.mark.parametrize(("direction", "held"), [("from", "command"), ("to", "'llm:tool-call'")])
def test_a_stall_of_a_minute_is_jumped_over(direction: str, held: str) -> None:
    result = thinking(STALLED % (direction, held))
    assert result.virtual_s > 60
    assert result.wall_ms < 5_000, "what a fault holds back was taken for a debt of the application"


DISTANT = """
name: the application thinks, far away
steps:
  - world:  {fault: latency, on: app, by: 300ms}
  - model:  {say: "Hi."}
  - caller: {say: "Think."}
  - model:  {call: think, with: {}}
  - expect: {tool_output: "thought", within: 1s}
  - model:  {say: "Done."}
  - expect: {heard: "Done."}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_a_distant_application_still_has_the_time_it_takes() -> None:
    journal = thinking(DISTANT).journal
    (there,) = [frame for frame in journal.select("app", "scenario", "delivered") if frame.frame["type"] == "llm:tool-call"]
    (said,) = [frame for frame in journal.select("app", "scenario", "fault") if frame.frame["type"] == "command"]
    on_the_clock_ms, on_the_wall_ms = (said.at_s - there.at_s) * 1000, said.wall_ms - there.wall_ms
    assert on_the_clock_ms >= TOOL_MS
    assert on_the_clock_ms == pytest.approx(on_the_wall_ms, abs=5), "the clock jumped while the application owed an output"


CUT = """
name: the line is cut while the application thinks, and nobody listens for a while
steps:
  - model:  {say: "Hi."}
  - caller: {say: "Think."}
  - world:  {fault: disconnect, on: app}
  - world:  {fault: refuse, on: app, for: 20s}
  - model:  {call: think, with: {}}
  - expect: {frame: {link: app, kind: "session:reconnect"}, within: 60s}
  - expect: {tool_output: "thought"}
  - model:  {say: "Done."}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_a_line_that_is_cut_and_refused_costs_no_time() -> None:
    result = thinking(CUT)
    (again,) = result.journal.select("app", "jambonz", "session:reconnect")
    assert again.at_s > 20
    assert result.wall_ms < 8_000, "what jambonz itself keeps back was taken for a debt of the application"
