"""Whatever passes, and whatever is laid: order is kept without reorder, nothing is lost without drop, and all arrives in the end."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.faults import Duplication, Latency, Loss, Reordering, Stall, Throttle
from tests.faults.dialogue import Talk

SLOW = st.one_of(
    st.builds(Latency, st.floats(0, 2), st.floats(0, 2)),
    st.builds(Throttle, st.integers(1, 10_000)),
    st.just(Stall()),
)
SIZES = st.integers(0, 5_000)
LATER = st.floats(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("says"), SIZES),
        st.tuples(st.just("waits"), LATER),
        st.tuples(st.just("lays"), SLOW, st.one_of(st.none(), LATER), st.sampled_from([None, 1, 2])),
        st.tuples(st.just("heals")),
    ),
    max_size=40,
)


def play(steps: list[Any], talk: Talk) -> list[str]:
    """What was said, in order; names are numbers."""
    said: list[str] = []
    for number, step in enumerate(steps):
        match step:
            case ("says", size):
                said.append(f"f{number}")
                talk.says(said[-1], size_bytes=size)
            case ("waits", seconds):
                talk.at(talk.now_s + seconds)
            case ("lays", fault, lasts_s, times):
                talk.lay(fault, lasts_s=lasts_s, times=times, mark=str(number))
            case ("heals",):
                talk.heal()
    return said


@given(STEPS)
def test_slow_lines_keep_the_order_and_lose_nothing(steps: list[Any]) -> None:
    talk = Talk()
    said = play(steps, talk)
    early = talk.arrived()
    assert early == said[: len(early)], "something was overtaken, or arrived without having been said"
    late = talk.heal().arrived()
    assert early + late == said
    assert talk.line.is_clear


@given(STEPS, st.integers(0, 5))
def test_with_time_everything_arrives_unless_it_is_stuck(steps: list[Any], seed: int) -> None:
    talk = Talk(seed)
    said = play(steps, talk)
    arrived = talk.at(talk.now_s + 1e7).arrived()
    assert arrived == said or talk.line.is_stuck(1)


@given(STEPS, st.integers(1, 5))
def test_a_reordering_line_loses_nothing_and_doubles_nothing(steps: list[Any], times: int) -> None:
    talk = Talk().lay(Reordering(), times=times, mark="reorder")
    said = play(steps, talk)
    assert sorted(talk.heal().arrived()) == sorted(said)


@given(STEPS, st.floats(0.05, 0.95), st.integers(1, 3))
def test_exactly_what_was_struck_is_lost_or_doubled(steps: list[Any], probability: float, copies: int) -> None:
    talk = Talk().lay(Loss(), probability=probability, mark="drop").lay(Duplication(copies), probability=probability, mark="double")
    said = play(steps, talk)
    came = talk.heal().came()
    if any(step == ("heals",) for step in steps):
        return  # which heals these two as well
    dropped = [what.split()[1] for what in came if what.startswith("drop")]
    doubled = [what.split()[1] for what in came if what.startswith("duplicate")]
    expected = [name for name in said if name not in dropped for _ in range(1 + copies * doubled.count(name))]
    assert [what.partition(": ")[2] for what in came if what[0].isdigit()] == expected


@given(STEPS)
def test_the_same_seed_does_the_same(steps: list[Any]) -> None:
    first, second = Talk(7), Talk(7)
    play(steps, first)
    play(steps, second)
    assert first.came() == second.came()
