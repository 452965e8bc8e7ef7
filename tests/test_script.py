"""Scripts: effects in order, waits that end with an event or with the time, and clean-up where the script stood."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.script import Killed, Running, Script, Timeout, soonest, until, until_killed


@dataclass(frozen=True)
class Knock:
    by: str = "anna"


@dataclass(frozen=True)
class Ring:
    times: int = 1


Line = Script[str, str]


def doorman() -> Line:
    yield "sits down"
    match (yield from until(Knock, Ring, timeout_s=10.0)):
        case Knock(by):
            yield f"opens to {by}"
            return "opened"
        case Ring(times):
            yield f"counts {times}"
            return "counted"
        case Timeout():
            yield "falls asleep"
            return "asleep"


@pytest.fixture
def door() -> Running[str, str]:
    running = Running(doorman())
    assert running.start(0.0) == ["sits down"]
    return running


def test_a_script_waits_for_one_of_its_events(door: Running[str, str]) -> None:
    assert door.waits_for == "Knock or Ring"
    assert door.receive(Ring(2), 1.0) == ["counts 2"]
    assert (door.done, door.result) == (True, "counted")


def test_an_event_it_does_not_wait_for_changes_nothing(door: Running[str, str]) -> None:
    assert door.receive("a letter", 1.0) == []
    assert door.receive(None, 2.0) == []
    assert (door.done, door.wake_at_s) == (False, 10.0)


def test_time_runs_out_at_its_deadline_and_not_before(door: Running[str, str]) -> None:
    assert door.receive(Timeout(), 9.999) == []
    assert door.receive(Timeout(), 10.0) == ["falls asleep"]
    assert door.result == "asleep"


def test_a_wait_without_a_limit_is_never_woken() -> None:
    def patient() -> Line:
        yield from until(Knock)
        return "woken"

    running = Running(patient())
    running.start(0.0)
    assert running.wake_at_s is None
    assert running.receive(Timeout(), 1e9) == []
    assert not running.done


def test_a_wait_for_nothing_but_time_says_so() -> None:
    def sleeper() -> Line:
        yield from until(timeout_s=2.5)
        return "slept"

    running = Running(sleeper())
    running.start(10.0)
    assert (running.waits_for, running.wake_at_s) == ("time", 12.5)


def test_a_negative_limit_is_over_at_once() -> None:
    def late() -> Line:
        yield from until(Knock, timeout_s=-3.0)
        return "late"

    running = Running(late())
    running.start(10.0)
    assert running.wake_at_s == 10.0
    running.receive(Timeout(), 10.0)
    assert running.result == "late"


def test_where_narrows_a_wait_to_the_events_that_concern_it() -> None:
    def choosy() -> Line:
        yield from until(Knock, where=lambda knock: knock.by == "bert")
        return "bert is here"

    running = Running(choosy())
    running.start(0.0)
    running.receive(Knock("anna"), 1.0)
    assert not running.done
    running.receive(Knock("bert"), 2.0)
    assert running.result == "bert is here"


def test_where_is_not_asked_about_the_time() -> None:
    def choosy() -> Line:
        yield from until(Knock, timeout_s=1.0, where=lambda knock: knock.by == "bert")
        return "gave up"

    running = Running(choosy())
    running.start(0.0)
    running.receive(Timeout(), 1.0)
    assert running.result == "gave up"


def test_a_subclass_of_an_event_is_that_event(door: Running[str, str]) -> None:
    class LoudKnock(Knock):
        pass

    assert door.receive(LoudKnock("cora"), 1.0) == ["opens to cora"]


def test_scripts_are_made_of_scripts() -> None:
    def two_doors() -> Line:
        first = yield from doorman()
        second = yield from doorman()
        return f"{first}, {second}"

    running = Running(two_doors())
    assert running.start(0.0) == ["sits down"]
    assert running.receive(Knock(), 1.0) == ["opens to anna", "sits down"]
    assert running.wake_at_s == 11.0
    assert running.receive(Timeout(), 11.0) == ["falls asleep"]
    assert running.result == "opened, asleep"


def test_a_script_without_a_wait_ends_as_it_starts() -> None:
    def brief() -> Line:
        yield "hello"
        return "done"

    running = Running(brief())
    assert running.start(0.0) == ["hello"]
    assert (running.done, running.result, running.wake_at_s, running.waits_for) == (True, "done", None, "nothing")


def test_what_has_ended_hears_nothing(door: Running[str, str]) -> None:
    door.receive(Knock(), 1.0)
    assert door.receive(Knock(), 2.0) == []
    assert door.kill(3.0) == []
    assert door.result == "opened"


# --- being killed


def test_killing_ends_a_script_where_it_waits(door: Running[str, str]) -> None:
    assert door.kill(1.0) == []
    assert (door.done, door.result, door.wake_at_s) == (True, None, None)


def test_clean_up_stands_beside_what_it_cleans() -> None:
    def player() -> Line:
        yield "play"
        try:
            yield from until(timeout_s=60.0)
        except Killed:
            yield "stop"
            raise
        return "played"

    running = Running(player())
    running.start(0.0)
    assert running.kill(1.0) == ["stop"]
    assert (running.done, running.result) == (True, None)


def test_clean_up_may_still_wait() -> None:
    def polite() -> Line:
        try:
            yield from until(Knock)
        except Killed:
            yield "says goodbye"
            answer = yield from until(Ring, timeout_s=2.0)
            yield "was answered" if isinstance(answer, Ring) else "goes anyway"
        return "gone"

    running = Running(polite())
    running.start(0.0)
    assert running.kill(5.0) == ["says goodbye"]
    assert (running.done, running.waits_for, running.wake_at_s) == (False, "Ring", 7.0)
    assert running.receive(Timeout(), 7.0) == ["goes anyway"]
    assert (running.done, running.result) == (True, "gone")


def test_who_cleans_up_can_be_killed_again() -> None:
    def stubborn() -> Line:
        try:
            yield from until(Knock)
        except Killed:
            yield "waits on"
            yield from until(Ring)
        return "unreachable"

    running = Running(stubborn())
    running.start(0.0)
    assert running.kill(1.0) == ["waits on"]
    assert running.kill(2.0) == []
    assert (running.done, running.result) == (True, None)


def test_killing_a_script_within_a_script_lets_the_outer_one_go_on() -> None:
    def outer() -> Line:
        try:
            yield from doorman()
        except Killed:
            yield "looks after the door"
        yield from until(Knock)
        return "went on"

    running = Running(outer())
    running.start(0.0)
    assert running.kill(1.0) == ["looks after the door"]
    assert running.waits_for == "Knock"


def test_a_script_that_never_started_can_be_killed() -> None:
    running = Running(doorman())
    assert running.kill(0.0) == []
    assert running.done


def test_a_mistake_in_a_script_is_not_hidden() -> None:
    def broken() -> Line:
        yield from until(Knock)
        raise ZeroDivisionError

    running = Running(broken())
    running.start(0.0)
    with pytest.raises(ZeroDivisionError):
        running.receive(Knock(), 1.0)


# --- one list of effects for many


def test_effects_join_those_of_others_in_the_order_they_happened() -> None:
    effects = ["before"]

    def writer() -> Line:
        yield "one"
        effects.append("somebody else")
        yield "two"
        yield from until(Knock)
        yield "three"
        return "done"

    running: Running[str, str] = Running(writer(), effects)
    assert running.start(0.0) == []
    assert running.receive(Knock(), 1.0) == []
    assert effects == ["before", "one", "somebody else", "two", "three"]


def test_effects_of_a_clean_up_join_them_too() -> None:
    effects: list[str] = []

    def tidy() -> Line:
        try:
            yield from until(Knock)
        except Killed:
            yield "tidied"
        return ""

    running: Running[str, str] = Running(tidy(), effects)
    running.start(0.0)
    assert running.kill(1.0) == []
    assert effects == ["tidied"]


MOMENTS = st.lists(st.one_of(st.just(Knock()), st.just(Timeout()), st.just("kill"), st.just("noise")), max_size=30)


@given(MOMENTS, st.lists(st.floats(0.0, 5.0), min_size=30, max_size=30))
def test_whatever_happens_a_script_is_either_done_or_waits_for_something(moments: list[object], gaps_s: list[float]) -> None:
    def loop() -> Line:
        for _ in range(5):
            try:
                yield str((yield from until(Knock, timeout_s=3.0)))
            except Killed:
                yield "killed"
                yield from until(timeout_s=1.0)
        return "end"

    running, now_s = Running(loop()), 0.0
    running.start(now_s)
    for moment, gap_s in zip(moments, gaps_s, strict=False):
        now_s += gap_s
        due = running.wake_at_s is not None and now_s >= running.wake_at_s
        effects = running.kill(now_s) if moment == "kill" else running.receive(moment, now_s)
        if moment == "noise" or (isinstance(moment, Timeout) and not due):
            assert effects == []
        assert running.done == (running.waits_for == "nothing")
        assert running.done == (running.wake_at_s is None)


# --- who is woken first


@pytest.mark.parametrize(
    ("times", "first"),
    [((), None), ((None, None), None), ((None, 3.0, 1.0), 1.0), ((0.0, None), 0.0), ((2.0, 2.0), 2.0)],
)
def test_the_soonest_of_several_times(times: tuple[float | None, ...], first: float | None) -> None:
    assert soonest(*times) == first


def test_a_script_whose_own_doing_kills_it_is_killed_where_it_waits_next() -> None:
    done: list[str] = []

    def script() -> Script[str, None]:
        running.kill(0.0)
        done.append("goes on to its next wait")
        try:
            yield from until(timeout_s=1.0)
        except Killed:
            yield "cleaned up"

    running: Running[str, None] = Running(script())
    assert running.start(0.0) == ["cleaned up"]
    assert done == ["goes on to its next wait"]
    assert running.done


def test_only_being_killed_ends_waiting_for_nothing() -> None:
    def script() -> Script[str, None]:
        yield from until_killed()

    running: Running[str, None] = Running(script())
    running.start(0.0)
    running.receive(Timeout(), 1e9)
    assert not running.done
    assert running.wake_at_s is None
    running.kill(1.0)
    assert running.done
