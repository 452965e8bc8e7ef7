"""Faults of lines as people write them: what is ordered, what is wrong, and what is said of one that struck nothing."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import ScenarioErrors
from simulator.faults import (
    Aim,
    Corruption,
    Disconnection,
    Duplication,
    Fault,
    Heal,
    Latency,
    Lay,
    Loss,
    Refusal,
    Reordering,
    Stall,
    Throttle,
)
from simulator.scenario.acts import ToLine
from simulator.scenario.load import loads
from tests.scenario.rehearsal import Rehearsal

MARK = "scenario.yaml:3:5"


def lays(fault: Fault, line: Any = "app", after_s: float = 0.0, lasts_s: float | None = None, **aim: Any) -> ToLine:
    return ToLine(line, Lay(fault, Aim(**aim), MARK, after_s, lasts_s))


@pytest.mark.parametrize(
    ("written", "ordered"),
    [
        ("{fault: latency, on: app, by: 300ms, jitter: 50ms}", lays(Latency(0.3, 0.05))),
        ("{fault: throttle, on: model, rate: 8000, to: model}", lays(Throttle(8000), "model", direction="to")),
        ("{fault: stall, on: app, from: app, for: 3s}", lays(Stall(), direction="from", lasts_s=3.0)),
        ("{fault: drop, on: app, from: app, frame: {type: ack}, skip: 1}", lays(Loss(), direction="from", frame={"type": "ack"}, times=1, skip=1)),
        ("{fault: drop, on: app, times: all, probability: 0.1}", lays(Loss(), probability=0.1)),
        ("{fault: corrupt, on: app, frame: ack}", lays(Corruption("json"), frame="ack", times=1)),
        ("{fault: corrupt, on: app, breaks: utf8, times: 2}", lays(Corruption("utf8"), times=2)),
        ("{fault: duplicate, on: model, frame: response.done, copies: 3}", lays(Duplication(3), "model", frame="response.done", times=1)),
        ("{fault: reorder, on: app, within: 300ms}", lays(Reordering(0.3), times=1)),
        ("{fault: disconnect, on: app, code: 1012, after: 2s}", lays(Disconnection(1012), after_s=2.0, times=1)),
        ("{fault: disconnect, on: app, frame: llm:event}", lays(Disconnection(1006), frame="llm:event", times=1)),
        ("{fault: refuse, on: app, status: 503}", lays(Refusal(503))),
    ],
)
def test_a_fault_is_laid_as_it_is_written(written: str, ordered: ToLine) -> None:
    assert Rehearsal(f"world: {written}", "caller: {wait: 1s}").ordered() == [ordered]


def test_a_line_is_healed_or_all_are() -> None:
    assert Rehearsal("world: {heal: app}", "world: {heal: all}", "caller: {wait: 1s}").ordered() == [
        ToLine("app", Heal()),
        ToLine("app", Heal()),
        ToLine("model", Heal()),
    ]


def test_a_fault_may_be_that_of_one_phones_call() -> None:
    call = Rehearsal("caller: {wait: 1s, who: anna}", "caller: {wait: 1s}", more="phones: {anna: {number: '+4930123'}}\n")
    assert not call.failed
    alone = Rehearsal("world: {fault: stall, on: app, who: anna}", more="phones: {anna: {number: '+4930123'}}\n")
    assert alone.failed[0] == "scenario.yaml:4:5: anna is in no call"


# --- mistakes


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{fault: latency, on: app}", "world.fault: latency needs by\n    for example by: 300ms"),
        ("{fault: throttle, on: app}", "world.fault: throttle needs rate\n    for example rate: 8000"),
        ("{fault: stall, on: app, by: 1s}", "world.fault: stall has no by\n    by belongs to latency"),
        ("{fault: lag, on: app}", "world.fault cannot be 'lag'"),
        ("{fault: stall, on: world}", "on cannot be 'world'"),
        ("{fault: stall, on: app, from: model}", "the line is that of the app\n    from: app, or to: app"),
        ("{fault: stall, on: app, from: app, to: app}", "from and to are both directions"),
        ("{fault: drop, on: app, times: 0}", "a fault that meets nothing is none"),
        ("{fault: drop, on: app, probability: 2}", "expected 0 to 1"),
        ("{fault: disconnect, on: app, code: 1005}", "1005 cannot be seen as a close code"),
        ("{fault: disconnect, on: app, times: 2}", "a disconnect without a frame strikes once, at its instant"),
        ("{fault: disconnect, on: app, for: 2s}", "a connection that breaks does so at once"),
        ("{fault: refuse, on: app, status: 200}", "expected 400 to 599"),
        ("{fault: refuse, on: app, frame: ack}", "refuse has no frame"),
        ("{fault: drop, on: model, from: model, frame: response.don}", "the model server sends no 'response.don'\n    did you mean 'response.done'?"),
        ("{heal: ap}", "cannot be 'ap'"),
    ],
)
def test_what_is_written_wrongly_is_told_with_its_remedy(written: str, told: str) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        loads(f"name: a\nsteps:\n- world: {written}\n")
    assert told in str(raised.value)


# --- faults that strike nothing


def over(call: Rehearsal) -> list[str]:
    return call.answered().ends().settled().failed


def test_a_fault_that_never_struck_fails_the_scenario_with_whom_it_was_to_meet() -> None:
    call = Rehearsal("world: {fault: drop, on: app, from: app, frame: ack, skip: 2}")
    assert over(call) == [
        "scenario.yaml:3:5: the fault drop on the line to the app did not strike",
        '    it was to meet "ack" from the app, after 2 others',
        "    remedy: write the step before such a thing passes, and see the journal for what does",
    ]


def test_a_fault_that_struck_too_seldom_does_so_too() -> None:
    call = Rehearsal("world: {fault: drop, on: app, times: 2}").notes("app", "scenario", "fault", what="drop", step=MARK)
    assert over(call)[0] == "scenario.yaml:3:5: the fault drop on the line to the app struck 1 times only"


def test_a_fault_that_struck_is_fine_and_that_of_another_step_does_not_count_for_it() -> None:
    call = Rehearsal("world: {fault: stall, on: app}", "world: {fault: drop, on: app}").notes("app", "scenario", "fault", what="stall", step=MARK)
    assert over(call)[0] == "scenario.yaml:4:5: the fault drop on the line to the app did not strike"
    call = Rehearsal("world: {fault: stall, on: app}").notes("app", "scenario", "fault", what="stall", step=MARK)
    assert not over(call)


def test_a_disconnect_without_a_connection_is_told() -> None:
    assert over(Rehearsal("world: {fault: disconnect, on: model}"))[1] == "    at its instant there was no connection"


def test_a_fault_with_bad_luck_names_the_dice() -> None:
    failed = over(Rehearsal("world: {fault: drop, on: app, times: 5, probability: 0.2}"))
    assert "with a probability of 0.2: another seed may have more luck" in failed[1]


# --- whose turn it is


def test_an_answer_whose_end_gets_lost_on_the_line_is_over_for_the_caller() -> None:
    call = Rehearsal("caller: {say: Hello}").connected().asked()
    call.scene.requests.clear()
    assert not call.scene.quiet
    call.notes("model", "scenario", "fault", what="drop", step=MARK, type="response.done", response_id="resp_1")
    assert call.scene.quiet
