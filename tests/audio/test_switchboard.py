"""Calls with sound: an application with an audio websocket, in this process on virtual time, and in its own in real time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import play
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import load, loads
from tests.playing import ROOT

HERE = Path(__file__).parent
CALLS = sorted(path.stem for path in HERE.glob("*.yaml"))
MOST_FRAMES = 60
"""Of a journal: fifty frames a second must not stand in it one by one."""


@cache
def played(call: str) -> Result:
    (scenario,) = load(HERE / f"{call}.yaml", env={})
    return play(scenario, AppRef("tests.audio.switchboard:create_app", env={"CALL": call}), Config())


@pytest.mark.parametrize("call", CALLS)
def test_a_call_with_sound(call: str) -> None:
    result = played(call)
    assert result.outcome == "passed", "\n".join(explanation(result))


@pytest.mark.parametrize("call", [call for call in CALLS if call != "flood"])
def test_its_journal_is_short(call: str) -> None:
    assert len(played(call).journal.frames) < MOST_FRAMES


def test_two_calls_write_the_same_journal() -> None:
    first, second = (run("echo").journal.text(wall=False) for run in (played, played.__wrapped__))
    assert first == second
    assert "five" in first


def test_two_people_are_echoed_each_in_their_own_call() -> None:
    scenario = """
    name: two people are echoed, each in their own call
    phones: {bob: {number: "+15550100"}}
    steps:
      - caller: {dial: true, who: bob}
      - caller: {say: "this is alice"}
      - caller: {say: "this is bob", who: bob}
      - expect: {streamed: "this is alice"}
      - expect: {heard: "this is alice"}
      - expect: {streamed: "this is bob", who: bob}
      - expect: {heard: "this is bob", who: bob}
      - caller: {press: "#"}
      - expect: {call: completed}
      - caller: {hang_up: true, who: bob}
    """
    (loaded,) = loads(scenario)
    result = play(loaded, AppRef("tests.audio.switchboard:create_app", env={"CALL": "echo"}), Config())
    assert result.outcome == "passed", "\n".join(explanation(result))


# --- in a process of its own


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the switchboard serves, in a process of its own, on a port the system chose."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "CALL": "echo"}
    with subprocess.Popen([sys.executable, "-m", "tests.audio.switchboard"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"ws://127.0.0.1:{process.stdout.readline().strip()}/"
        finally:
            process.terminate()


def test_over_real_sockets_sound_takes_its_time(url: str) -> None:
    scenario = """
    name: an echo over real sockets
    steps:
      - expect: {frame: {link: audio, kind: metadata}}
      - caller: {say: "one two three"}
      - expect: {streamed: "one two three"}
      - expect: {heard: /one two three/}
      - caller: {press: "#"}
      - expect: {hook: {hook: /over, data: {digits: "#"}}}
      - expect: {say: /that took/}
    """
    (loaded,) = loads(scenario)
    result = play(loaded, AppRef(url), Config(clock="elastic"))
    assert result.outcome == "passed", "\n".join(explanation(result))
    streamed = next(result.journal.select("audio", "jambonz", "streamed"))
    assert streamed.wall_ms > 1000 * streamed.frame["frames_sent"] * 0.02 * 0.9, "elastic time has jumped over sound"
