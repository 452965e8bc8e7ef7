"""Steps that come one by one: the test is the one who says them, without a loop and without a call."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.media import Playback
from simulator.journal import Journal
from simulator.scenario.acts import Cancel, Cue, Curtain, HangUp, Noted, Played, Settled
from simulator.scenario.cued import NEXT_STEP, CuedPlayer
from simulator.scenario.load import loads
from simulator.scenario.steps import Step
from tests.scenario.rehearsal import Rehearsal, lasts_s


def step(written: str) -> Step:
    (scenario,) = loads(f"name: a call\nsteps:\n  - {written}\n", "test_it.py")
    return scenario.steps[0]


class Cued(Rehearsal):
    """A rehearsal whose steps are said while it goes on."""

    def __init__(self, more: str = "") -> None:
        super().__init__("caller: {wait: 0s}", more=more, started=False)
        self.journal, self.playback = Journal(), Playback()
        self.player: CuedPlayer = CuedPlayer(self.scenario, self.journal, lambda _: self.playback)
        self.numbers = 0
        self._acts = self.player.start(0.0)

    def says(self, written: str) -> Cued:
        self.numbers += 1
        self.happens(Cue(self.numbers, step(written)))
        return self

    def ordered(self) -> list[Any]:
        return [self._shown(act) for act in super().ordered()]

    def _shown(self, act: Any) -> Any:
        if not isinstance(act, Played):
            return act
        if act.failure is not None:
            return f"{act.number} failed: {act.failure.problem}"
        return f"{act.number} played" if act.fitted is None else f"{act.number} fits #{act.fitted.seq}"


@pytest.fixture
def call() -> Cued:
    return Cued()


def test_it_waits_for_a_step_and_is_owed_one(call: Cued) -> None:
    assert call.ordered() == []
    assert (call.player.idle, call.player.waits_for, call.player.owed) == (True, NEXT_STEP, {NEXT_STEP: 0.0})
    assert not call.player.done


def test_a_step_is_played_as_in_a_scenario_and_its_end_is_told(call: Cued) -> None:
    call.answered()
    call.says('caller: {say: "Hello there."}')
    assert call.ordered() == ["speaks: Hello there."]
    assert (call.player.idle, call.player.owed, call.player.waits_for) == (False, {}, "test_it.py:3:5")
    call.later(lasts_s("Hello there."))
    assert call.ordered() == ["1 played"]
    assert call.player.owed == {NEXT_STEP: pytest.approx(lasts_s("Hello there."))}


def test_what_happens_at_once_is_ordered_before_it_is_told(call: Cued) -> None:
    call.answered().says("caller: {press: 1}")
    assert call.ordered() == ["presses 1", "1 played"]


def test_an_expectation_gives_what_fitted_and_the_next_looks_behind_it(call: Cued) -> None:
    call.says("expect: {say: /o/}")
    call.notes("media", "jambonz", "said", text="Hello.").notes("media", "jambonz", "said", text="So long.")
    call.says("expect: {say: /o/}")
    assert call.ordered() == ["1 fits #0", "2 fits #1"]


def test_what_has_happened_while_the_test_thought_counts(call: Cued) -> None:
    call.notes("media", "jambonz", "said", text="Hello.").says("expect: {say: Hello.}")
    assert call.ordered() == ["1 fits #0"]


def test_a_step_that_fails_ends_nothing_else(call: Cued) -> None:
    call.says("expect: {say: Hello., within: 1s}").later(1.0)
    assert call.ordered() == ['1 failed: expected say: "Hello.", but nothing was said by a verb']
    call.answered().says("caller: {press: 1}")
    assert call.ordered() == ["presses 1", "2 played"]
    assert call.player.failure is None


def test_what_was_to_stay_absent_fails_the_next_step_and_only_that(call: Cued) -> None:
    call.says("expect: {say: Sorry., absent: true}")
    assert call.ordered() == ["1 played"]
    call.answered().notes("media", "jambonz", "said", text="Sorry.").says("caller: {press: 1}").says("caller: {press: 2}")
    assert call.ordered() == ["presses 1", '2 failed: expected not to see say: "Sorry.", and saw it', "presses 2", "3 played"]


def test_a_cancelled_step_ends_where_it_is(call: Cued) -> None:
    call.answered().says("caller: {wait: 10s}").happens(Cancel(1))
    assert call.ordered() == ["1 played"]
    assert (call.player.wake_at_s, call.player.idle) == (None, True)


def test_cancelling_what_is_not_under_way_changes_nothing(call: Cued) -> None:
    call.answered().happens(Cancel(1)).says("caller: {wait: 10s}").happens(Cancel(7))
    assert (call.ordered(), call.player.wake_at_s) == ([], 10.0)


def test_the_curtain_ends_the_call_as_a_scenario_ends(call: Cued) -> None:
    call.answered().plays(2.0).happens(Curtain(judged=True))
    assert (call.ordered(), call.player.done) == ([], False)
    call.played()
    assert call.ordered() == [HangUp()]
    call.ends().settled()
    assert (call.player.done, call.player.failure) == (True, None)


def test_what_is_left_over_at_the_curtain_is_a_failure_at_the_last_step(call: Cued) -> None:
    call.connected().says("caller: {press: 1}").asked().happens(Curtain(judged=True))
    assert call.ordered() == ["presses 1", "1 played", HangUp()]
    assert call.failed[0] == "test_it.py:3:5: the scenario ends while the model is asked for a response that no step answers"


def test_without_any_step_it_fails_where_the_call_was_asked_for() -> None:
    call = Cued()
    call.connected().asked().happens(Curtain(judged=True))
    assert call.failed[0].startswith("scenario.yaml:1:1: the scenario ends while")


def test_a_call_whose_test_has_failed_is_only_hung_up(call: Cued) -> None:
    call.connected().asked().happens(Curtain(judged=False))
    assert call.ordered() == [HangUp()]
    assert (call.player.done, call.player.failure) == (True, None)


def test_what_nobody_says_is_answered_by_the_default_unless_the_step_under_way_answers() -> None:
    call = Cued(more="model: {default: {say: I see.}}\n")
    call.connected().says("model: {say: At once.}").asked("resp_1")
    call.asked("resp_2")
    assert call.ordered() == ["resp_1: At once.", "1 played", "resp_2: I see."]


def test_a_finding_is_for_later(call: Cued) -> None:
    call.says("expect: {finding: J001}")
    assert call.ordered() == ["1 played"]


def test_nothing_of_the_rest_moves_an_idle_player(call: Cued) -> None:
    call.answered().happens(Noted()).happens(Settled()).at(100.0)
    assert (call.ordered(), call.player.idle) == ([], True)
