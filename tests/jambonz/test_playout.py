"""What an application streams to the caller: buffers, marks, and what is thrown away (mod_audio_fork)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.playout import BUFFERED, FIRST_BUFFERED, FRAME_BYTES, MAX_MARKS, MOST_S, Playout


def sound(samples: int, first: int = 1) -> bytes:
    """Samples that can be told apart."""
    return (np.arange(first, first + samples) % 30_000 + 1).astype("<i2").tobytes()


def all_frames(playout: Playout) -> tuple[bytes, list[str]]:
    pcm, marks = b"", []
    while True:
        frame, reached = playout.frame()
        marks += reached
        pcm += frame
        if not frame and not reached:
            return pcm, marks


def test_nothing_is_played_before_there_is_enough() -> None:
    playout = Playout(8_000)
    playout.push(sound(FIRST_BUFFERED - 1))
    assert playout.frame() == (b"", [])
    playout.push(sound(1))
    assert len(playout.frame()[0]) == FRAME_BYTES


def test_the_end_of_a_stream_waits_for_more() -> None:
    playout = Playout(8_000)
    playout.push(sound(FIRST_BUFFERED))
    playout.push(sound(BUFFERED - 1))
    assert len(all_frames(playout)[0]) == 2 * FIRST_BUFFERED
    playout.push(sound(1))
    assert len(all_frames(playout)[0]) == 2 * BUFFERED


def test_half_a_sample_waits_for_its_other_half() -> None:
    playout, whole = Playout(8_000), sound(FIRST_BUFFERED + BUFFERED)
    for piece in (whole[:3], whole[3:2001], whole[2001:]):
        playout.push(piece)
    assert all_frames(playout)[0] == whole


def test_another_rate_takes_as_long() -> None:
    playout = Playout(24_000)
    playout.push(sound(24_000))
    assert len(all_frames(playout)[0]) / 2 / 8_000 == pytest.approx(1.0, abs=0.02)


def test_a_mark_is_reached_when_what_was_before_it_has_been_played() -> None:
    playout = Playout(8_000)
    playout.push(sound(1600))
    assert playout.mark("middle")
    playout.push(sound(1600))
    reached = [playout.frame()[1] for _ in range(20)]
    assert [number for number, names in enumerate(reached) if names] == [10]
    assert reached[10] == ["middle"]


def test_a_mark_behind_everything_is_reached_when_nothing_is_left_and_one_a_frame() -> None:
    playout = Playout(8_000)
    playout.push(sound(1600))
    playout.mark("end")
    playout.mark("after")
    reached = [playout.frame()[1] for _ in range(13)]
    assert reached[9:] == [[], ["end"], ["after"], []]


def test_there_is_room_for_thirty_marks() -> None:
    playout = Playout(8_000)
    assert all(playout.mark(str(number)) for number in range(MAX_MARKS))
    assert not playout.mark("one more")


def test_clearing_answers_the_marks_that_are_not_reached_any_more() -> None:
    playout = Playout(8_000)
    playout.push(sound(1600))
    playout.mark("placed")
    playout.push(sound(1600))
    playout.mark("unplaced")
    assert playout.clear() == ["placed", "unplaced"]
    assert playout.frame() == (b"", [])
    playout.push(sound(BUFFERED, 7))
    assert all_frames(playout) == (sound(BUFFERED, 7), [])


def test_marks_after_a_clearing_are_reached_at_their_places() -> None:
    playout = Playout(8_000)
    playout.push(sound(3200))
    playout.clear()
    playout.push(sound(800))
    playout.mark("here")
    playout.push(sound(800))
    reached = [playout.frame()[1] for _ in range(10)]
    assert reached[5] == ["here"]


def test_what_is_streamed_hours_ahead_is_not_kept() -> None:
    playout = Playout(8_000)
    assert playout.push(bytes(16_000 * int(MOST_S)))
    assert not playout.push(bytes(2))


@given(st.lists(st.integers(0, 3_000), max_size=20), st.integers(0, 5))
def test_what_goes_in_comes_out_in_order_up_to_what_waits(pieces: list[int], drained_between: int) -> None:
    whole = sound(sum(pieces) // 2 + 1)
    playout, came, at = Playout(8_000), b"", 0
    for size in pieces:
        playout.push(whole[at : at + size])
        at += size
        for _ in range(drained_between):
            came += playout.frame()[0]
    came += all_frames(playout)[0]
    samples = [sample for sample in np.frombuffer(came, "<i2").tolist() if sample]  # zeros fill up a last frame
    given_in = np.frombuffer(whole[: at // 2 * 2], "<i2").tolist()
    assert samples == given_in[: len(samples)]
    assert len(given_in) - len(samples) < FIRST_BUFFERED


@given(st.lists(st.one_of(st.integers(1, 2_000), st.text("abc", min_size=1, max_size=2)), max_size=30))
def test_every_mark_is_reached_once_and_in_order(actions: list[int | str]) -> None:
    playout, said, reached = Playout(8_000), [], []
    for action in actions:
        if isinstance(action, str):
            if playout.mark(action):
                said.append(action)
        else:
            playout.push(sound(action))
        reached += playout.frame()[1]
    playout.push(sound(FIRST_BUFFERED))
    reached += all_frames(playout)[1]
    assert reached == said
