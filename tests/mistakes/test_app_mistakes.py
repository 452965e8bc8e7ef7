"""What somebody is told whose application, or whose expectation of it, is wrong: where, what, why and what to do, in a few lines.

Each row is a mistake: the steps of a scenario, the line that must be named, what must stand in the answer proper (the first
twelve lines), what the remedy must say, and the application.
"""

from __future__ import annotations

import pytest

from simulator.host import AppRef
from simulator.modes import run
from simulator.modes.config import Config
from simulator.network import loop
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import loads
from tests import rubbish
from tests.mistakes import applications
from tests.mistakes.broken_applications import BROKEN_APPLICATIONS
from tests.mistakes.manners import answer_proper, keeps_its_manners
from tests.mistakes.mistake import Mistake, steps
from tests.mistakes.wrong_expectations import WRONG_EXPECTATIONS

ZOO = (*BROKEN_APPLICATIONS, *WRONG_EXPECTATIONS)


def told(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> tuple[Result, list[str]]:
    """The result of the call, and what its owner reads."""
    monkeypatch.setattr(applications, "mistaken", mistake.app, raising=False)
    (scenario,) = loads(f"name: a call\n{mistake.more}steps:\n{mistake.steps}")
    result = run.play(scenario, AppRef("tests.mistakes.applications:mistaken"), Config())
    return result, explanation(result)


@pytest.mark.parametrize("mistake", ZOO, ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_with_its_place_cause_and_remedy(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    result, lines = told(mistake, monkeypatch)
    assert (result.outcome, result.exit_code) == ("failed", 1)
    keeps_its_manners(lines)
    proper = answer_proper(lines)
    assert proper.startswith(f"scenario.yaml:{mistake.place}:"), proper
    for words in (mistake.first, *mistake.told):
        assert words in proper, proper
    assert mistake.remedy in proper[proper.index(" remedy: ") :], proper


def test_there_are_enough_mistakes() -> None:
    assert len(ZOO) >= 40
    assert len({mistake.name for mistake in ZOO}) == len(ZOO)


# --- nobody can move, or the application is not there


def stuck(app: str, monkeypatch: pytest.MonkeyPatch, lines: str = steps("expect: {say: Hello there.}")) -> tuple[Result, list[str]]:
    monkeypatch.setattr(loop, "BUSY_LIMIT_S", 0.2)
    monkeypatch.setattr(loop, "BUSY_TURN_S", 0.05)
    monkeypatch.setattr(loop, "THREAD_LIMIT_S", 0.1)
    rubbish.released.clear()
    result = run.play(loads(f"name: a call\nsteps:\n{lines}")[0], AppRef(f"tests.rubbish:{app}"), Config())
    rubbish.released.set()
    return result, explanation(result)


@pytest.mark.parametrize(
    ("app", "problem", "remedy"),
    [
        (
            "never_rests",
            "the call is stuck: for 0.2 s of wall time somebody has kept the loop busy",
            "look for a loop of the application that never waits",
        ),
        ("thread_that_never_ends", "the call is stuck: a thread has been running for 0.1 s of wall time: Event.wait", "make it end"),
    ],
)
def test_a_call_that_is_stuck_says_who_waits_for_what(app: str, problem: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result, lines = stuck(app, monkeypatch)
    assert [failure.kind for failure in result.failures] == ["stuck"]
    keeps_its_manners(lines)
    proper = answer_proper(lines)
    assert proper.startswith(f"scenario.yaml:3:5: {problem}")
    assert remedy in proper[proper.index(" remedy: ") :]
    assert "jambonz: the call waits for an acknowledgement of the application" in proper
    assert "the app owes an ack for session:new (" in proper
    assert "the scenario waits at scenario.yaml:3:5" in proper


@pytest.mark.parametrize(
    ("app", "first", "remedy"),
    [
        ("startup_raises", "did not start: ConnectionError: no database at db.example.com (at tests/rubbish.py:", "mend it there"),
        ("not_found", "does not take the connection to ws://127.0.0.1:3000/: 404 Not Found", "`path`"),
        ("never_answers_the_handshake", "does not take the connection", "within 1.5 s"),
    ],
)
def test_an_application_that_is_not_there_is_told_as_briefly(app: str, first: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result, lines = stuck(app, monkeypatch)
    assert result.outcome == "error"
    keeps_its_manners(lines)
    assert first in lines[0]
    assert remedy in lines[1]
