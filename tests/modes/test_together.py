"""Many calls at once to one application in another process: on one loop and one clock, and each of them a call as if it were alone."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import stage
from simulator.deployment import Deployment
from simulator.errors import UsageError
from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import deployed, play
from simulator.modes.together import Together, play_together
from simulator.process import Command
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, loads
from tests.test_elastic import SHORT, TOOL
from tests.test_misbehaving import app as misbehaving
from tests.test_misbehaving import gone, pids_in
from tests.test_misbehaving import scenario as behaving

ELASTIC = Config()
THINKING = AppRef("ws://", command=Command((sys.executable, TOOL), env={"TOOL_MS": "30"}))


def one(text: str) -> Scenario:
    (found,) = loads(text)
    return found


@pytest.fixture
def thinking() -> Iterator[Deployment]:
    """An application whose tool thinks for 30 ms."""
    with deployed(THINKING, ELASTIC) as deployment:
        assert deployment is not None
        yield deployment


def app_frames(result: Result) -> list[tuple[str, str]]:
    return [(frame.source, frame.kind) for frame in result.journal.select("app")]


def passed(results: list[Result]) -> bool:
    bad = [result for result in results if result.outcome != "passed"]
    assert not bad, "\n".join([*explanation(bad[0]), bad[0].error or ""])
    return True


def test_a_call_among_others_is_the_call_it_would_be_alone(thinking: Deployment) -> None:
    scenario = one(SHORT)
    alone = play(scenario, THINKING, ELASTIC, thinking)
    results = play_together([scenario] * 20, THINKING, ELASTIC, thinking)
    assert passed([alone, *results])
    assert {tuple(app_frames(result)) for result in results} == {tuple(app_frames(alone))}
    sids = {frame.frame["call_sid"] for result in results for frame in result.journal.select("app", "jambonz", "session:new")}
    assert len(sids) == 20


def test_calls_that_wait_together_wait_once(thinking: Deployment) -> None:
    scenario = one("""
name: a minute passes
steps:
  - model:  {say: "Hi."}
  - caller: {wait: 1m}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
""")
    results = play_together([scenario] * 10, THINKING, ELASTIC, thinking)
    assert passed(results)
    assert all(result.virtual_s > 60 for result in results)
    assert max(result.wall_ms for result in results) < 10_000


def test_nobody_jumps_while_one_call_is_owed_an_answer(thinking: Deployment) -> None:
    """One waits for a minute, the other for a tool: its latency stays its own."""
    waiting = one(SHORT.replace("  - caller: {hang_up: true}\n", "  - caller: {wait: 1m}\n  - caller: {hang_up: true}\n"))
    results = play_together([waiting, one(SHORT), one(SHORT)], THINKING, ELASTIC, thinking)
    assert passed(results)
    for result in results:
        (asked,), (answered,) = result.journal.select("app", "jambonz", "llm:tool-call"), result.journal.select("app", "app", "command")
        assert answered.at_s - asked.at_s >= 0.03
        assert (answered.at_s - asked.at_s) * 1000 == pytest.approx(answered.wall_ms - asked.wall_ms, abs=5)


def test_a_loop_that_is_late_takes_no_word_out_of_anybodys_mouth(thinking: Deployment) -> None:
    """What was due while the loop was held happens in order, each at its own time: audio that we sent late has no gap."""
    together = Together(THINKING, Config(clock="real"), thinking)

    async def main() -> list[Result]:
        calls = asyncio.gather(*(together.play(one(SHORT)) for _ in range(3)))
        while not calls.done():
            time.sleep(0.17)  # noqa: ASYNC251 - as another call would, with much to do
            await asyncio.sleep(0.01)
        return await calls

    results = together.run(main())
    assert passed(results)
    for result in results:
        at_s = [frame.at_s for frame in result.journal.frames]
        assert at_s == sorted(at_s)
    assert max(together.late_s) > 0.05


def test_one_that_is_stuck_is_ended_while_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait that is known has its limit; this is the net below, so the limits of one call are taken away."""
    wakes = stage.Stage._wakes
    monkeypatch.setattr(stage, "SILENCE_LIMIT_S", 0.5)
    monkeypatch.setattr(stage.Stage, "_wakes", lambda self: [] if self.scenario.name == "without limits" else wakes(self))
    there = misbehaving("nothing")
    with deployed(there, ELASTIC) as deployment:
        together = Together(there, Config(clock="real"), deployment)

        async def main() -> tuple[Result, list[Result]]:
            stuck, others = asyncio.create_task(together.play(behaving("without limits"))), []
            while not stuck.done():
                others.append(await together.play(behaving()))
            return await stuck, others

        stuck, others = together.run(main())
    assert (stuck.outcome, stuck.exit_code, together.calls) == ("failed", 1, 0)
    assert stuck.failures[0].problem.startswith("the call is stuck: nobody can move")
    assert any("the scenario waits at" in line for line in stuck.failures[0].details)
    assert others
    assert passed(others)


def test_an_application_that_crashes_ends_all_calls_and_is_started_again(tmp_path: Path) -> None:
    there = misbehaving("crashes once", env={"MARK": str(tmp_path / "crashed")})
    with deployed(there, ELASTIC) as deployment:
        results = play_together([behaving()] * 5, there, ELASTIC, deployment)
        again = play_together([behaving()] * 2, there, ELASTIC, deployment)
    assert {(result.outcome, result.exit_code) for result in results} == {("failed", 1)}
    for result in results:
        assert [frame.frame for frame in result.journal.select("app", "app", "exited")] == [{"status": "exit status 3"}]
    assert passed(again)
    assert sum(len(list(result.journal.select("app", "app", "restarted"))) for result in again) == 1
    assert gone(pids_in([line for result in (*results, *again) for line in result.log], "process"))


def test_an_application_that_does_not_start_is_said_to_all(tmp_path: Path) -> None:
    there = misbehaving("crashes at start", cwd=str(tmp_path))
    with deployed(there, ELASTIC) as deployment:
        results = play_together([behaving()] * 3, there, ELASTIC, deployment)
    assert [result.exit_code for result in results] == [3, 3, 3]
    assert all("has ended instead of serving: exit status 4" in (result.error or "") for result in results)


def test_a_process_that_is_wanted_fresh_ends_with_the_last_call() -> None:
    there = misbehaving("nothing", fresh=True)
    with deployed(there, ELASTIC) as deployment:
        assert deployment is not None
        assert deployment.process is not None
        assert passed(play_together([behaving()] * 3, there, ELASTIC, deployment))
        assert not deployment.process.runs


# --- the stubs


ASKS = """
import asyncio, json, os, urllib.request
from websockets.asyncio.server import serve

def fetch():
    return urllib.request.urlopen("http://backend.example/greeting").read().decode()

async def talk(socket):
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "session:new":
            verbs = [{"verb": "say", "text": await asyncio.to_thread(fetch)}, {"verb": "hangup"}]
            await socket.send(json.dumps({"type": "ack", "msgid": message["msgid"], "data": verbs}))

async def main():
    async with serve(talk, "127.0.0.1", int(os.environ["PORT"]), subprotocols=["ws.jambonz.org"]):
        await asyncio.Event().wait()

asyncio.run(main())
"""
ASKED = """
name: a greeting is fetched
world:
  - stub: GET http://backend.example/greeting
    reply: {text: "Good day."}
steps:
  - expect: {heard: "Good day."}
  - expect: {call: completed, by: app}
"""


def test_requests_of_several_calls_are_answered_by_the_oldest_which_says_so(tmp_path: Path) -> None:
    (tmp_path / "asks.py").write_text(ASKS, "utf-8")
    there = AppRef("ws://", command=Command((sys.executable, str(tmp_path / "asks.py"))))
    with deployed(there, ELASTIC) as deployment:
        results = play_together([one(ASKED)] * 3, there, ELASTIC, deployment)
        after = play(one(ASKED), there, ELASTIC, deployment)
    assert passed([*results, after])
    assert sum(len(list(result.journal.select("world", kind="request"))) for result in results) == 3
    notes = [frame.frame["what"] for result in results for frame in result.journal.select("app", kind="not_simulated")]
    assert set(notes) == {"whose request it is, of several calls at once"}
    assert not list(after.journal.select("app", kind="not_simulated")), "alone, there is no doubt"


# --- what cannot be


def test_an_application_in_this_process_has_one_call_at_a_time() -> None:
    with pytest.raises(UsageError, match="lives in this process, where there is one call at a time"):
        play_together([one(SHORT)], AppRef("app.server:create_app"), ELASTIC, None)


@pytest.mark.parametrize(("clock", "said"), [("virtual", "does not fit the application"), ("real", "is another than that of the calls beside it")])
def test_a_scenario_with_another_clock_is_not_played(clock: str, said: str, thinking: Deployment) -> None:
    (result,) = play_together([one(f"clock: {clock}\n{SHORT.lstrip()}")], THINKING, ELASTIC, thinking)
    assert (result.outcome, result.exit_code) == ("error", 2)
    assert said in (result.error or "")
