"""Clocks: one that stands still, one that jumps over waiting, and the wall's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import CLOCKS, Clock, elastic, real, virtual

WALL = st.floats(0.0, 1e6)


def test_a_virtual_clock_passes_only_by_jumping() -> None:
    clock = virtual()
    assert clock.now_s(wall_s=100.0) == 0.0
    assert clock.now_s(wall_s=200.0) == 0.0
    clock.jump_to(3600.0, wall_s=200.0)
    assert clock.now_s(wall_s=300.0) == 3600.0


@pytest.mark.parametrize("clock", [elastic(), real()], ids=lambda clock: clock.name)
def test_other_clocks_run_with_the_wall_from_when_they_are_first_read(clock: Clock) -> None:
    assert clock.now_s(wall_s=1000.0) == 0.0
    assert clock.now_s(wall_s=1002.5) == pytest.approx(2.5)


def test_an_elastic_clock_runs_on_after_a_jump() -> None:
    clock = elastic()
    clock.now_s(wall_s=1000.0)
    clock.jump_to(60.0, wall_s=1001.0)
    assert clock.now_s(wall_s=1001.0) == 60.0
    assert clock.now_s(wall_s=1001.5) == pytest.approx(60.5)


def test_no_clock_goes_back() -> None:
    clock = elastic()
    clock.now_s(wall_s=0.0)
    clock.jump_to(5.0, wall_s=10.0)
    assert clock.now_s(wall_s=10.0) == pytest.approx(10.0)


def test_a_debt_keeps_a_clock_from_jumping_until_it_is_paid() -> None:
    clock = virtual()
    assert clock.may_jump()
    clock.owe("a call", {"the app owes an ack": 0.0})
    assert not clock.may_jump()
    clock.owe("a call", {})
    assert clock.may_jump()


def test_what_one_call_is_owed_keeps_the_others_on_its_clock_from_jumping() -> None:
    clock = elastic()
    clock.owe("one", {"the app owes an ack": 0.0})
    clock.owe("another", {"the app owes a tool's output": 1.0})
    clock.owe("one", {})
    assert not clock.may_jump()
    clock.owe("another", {})
    assert clock.may_jump()
    assert clock.debts == {}


def test_the_wall_clock_never_jumps() -> None:
    assert not real().may_jump()


def test_debts_are_not_shared_between_clocks() -> None:
    virtual().owe("us", {"somebody": 0.0})
    assert virtual().debts == {}


def test_every_clock_is_found_by_its_name() -> None:
    assert {name: make().name for name, make in CLOCKS.items()} == {name: name for name in ("virtual", "elastic", "real")}


@given(st.sampled_from(sorted(CLOCKS)), st.lists(st.tuples(st.booleans(), WALL, st.floats(-10.0, 1e6)), max_size=40))
def test_whatever_is_asked_of_it_time_never_runs_backwards(name: str, moments: list[tuple[bool, float, float]]) -> None:
    clock, wall_s, last_s = CLOCKS[name](), 0.0, 0.0
    for jumps, gap_s, to_s in moments:
        wall_s += gap_s
        if jumps:
            clock.jump_to(to_s, wall_s)
            assert clock.now_s(wall_s) >= to_s
        assert clock.now_s(wall_s) >= last_s - 1e-6
        last_s = clock.now_s(wall_s)


def test_a_clock_that_runs_can_run_faster_and_slower_from_now_on() -> None:
    clock = real()
    assert clock.now_s(100.0) == 0.0
    clock.run_at(5.0, 102.0)
    assert clock.now_s(102.0) == 2.0
    assert clock.now_s(103.0) == 7.0
    clock.run_at(1.0, 103.0)
    assert clock.now_s(104.0) == 8.0
