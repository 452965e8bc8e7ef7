"""What the caller says and hears, as samples in time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.media import LINE_HZ, Line, Playback, bong, mixed
from simulator.speech import Speech, noise, speak, words

WORDS = "the quick brown fox jumps"


def silence(seconds: float, rate_hz: int = LINE_HZ) -> bytes:
    return bytes(2 * round(seconds * rate_hz))


# --- to the caller


@pytest.mark.parametrize(("heard_s", "cut_s"), [(0.0, 3.0), (1.2, 1.8), (3.0, 0.0)])
def test_a_flush_cuts_off_what_was_not_heard(heard_s: float, cut_s: float) -> None:
    playback = Playback()
    assert playback.add(silence(3.0), LINE_HZ, now_s=10.0)
    hearing = playback.stop(10.0 + heard_s)
    assert [hearing.heard_s, hearing.cut_s] == pytest.approx([heard_s, cut_s])
    assert not playback.playing


def test_the_words_that_were_heard_are_those_that_were_played_whole() -> None:
    speech = speak(WORDS, 24_000)
    playback = Playback()
    playback.add(speech.pcm, 24_000, 0.0)
    assert playback.stop(speech.duration_s).text == WORDS
    playback.add(speech.pcm, 24_000, 0.0)
    assert WORDS.startswith(playback.stop(speech.duration_s / 2).text)
    playback.add(speech.pcm, 24_000, 0.0)
    assert playback.stop(0.0).text == ""


def test_samples_queue_up_behind_each_other() -> None:
    playback = Playback()
    assert playback.add(silence(1.0), LINE_HZ, 0.0)
    assert not playback.add(silence(0.5), LINE_HZ, 0.4)
    assert playback.ends_at_s == pytest.approx(1.5)
    assert playback.heard_s(1.0) == pytest.approx(1.0)


def test_another_rate_is_converted_to_that_of_the_queue() -> None:
    playback = Playback()
    playback.add(silence(1.0, 8_000), 8_000, 0.0)
    playback.add(silence(1.0, 24_000), 24_000, 0.0)
    assert playback.ends_at_s == pytest.approx(2.0, abs=0.01)


def test_after_silence_playing_begins_anew() -> None:
    playback = Playback()
    assert playback.ends_at_s is None
    assert playback.heard_s(5.0) == 0.0
    playback.add(silence(1.0), LINE_HZ, 0.0)
    playback.stop(1.0)
    assert playback.add(silence(1.0), LINE_HZ, 7.0)
    assert playback.ends_at_s == pytest.approx(8.0)


@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=6), st.floats(0, 4), st.sampled_from([8_000, 16_000, 24_000]))
def test_what_was_heard_and_what_was_cut_is_what_was_queued(pieces: list[int], stop_s: float, rate_hz: int) -> None:
    playback = Playback()
    for samples in pieces:
        playback.add(bytes(2 * samples), rate_hz, 0.0)
    hearing = playback.stop(stop_s)
    assert hearing.heard_s + hearing.cut_s == pytest.approx(sum(pieces) / rate_hz, abs=2e-6)
    assert hearing.heard_s <= stop_s or hearing.heard_s == 0.0


# --- from the caller


def test_the_line_carries_speech_where_it_stands_in_time() -> None:
    line = Line()
    ends_s = line.speak(speak("hello there"), 2.0)
    assert words(line.between(2.0, ends_s, LINE_HZ), LINE_HZ) == "hello there"
    assert words(line.between(0.0, ends_s + 1, 24_000), 24_000) == "hello there"
    assert not any(line.between(0.0, 2.0, LINE_HZ))


def test_who_speaks_while_speaking_waits_for_the_end_of_the_first() -> None:
    line = Line()
    first_s = line.speak(speak("one"), 1.0)
    second_s = line.speak(speak("two"), 1.1)
    assert second_s == pytest.approx(first_s + speak("two").duration_s)
    assert words(line.between(1.0, second_s, LINE_HZ), LINE_HZ) == "one two"


def test_silence_is_known_without_looking_at_samples() -> None:
    line = Line()
    line.speak(speak("word"), 3.0)
    assert line.silent_between(0.0, 3.0)
    assert not line.silent_between(0.0, 3.1)
    assert line.silent_between(line.busy_until_s, 60.0)


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=8))
def test_the_line_in_pieces_is_the_line_as_a_whole(lengths_s: list[float]) -> None:
    line = Line()
    line.speak(noise(0.7), 0.25)
    line.speak(Speech("", b"\x01\x02" * 900), 1.5)
    edges_s = [0.0]
    for length_s in lengths_s:
        edges_s.append(edges_s[-1] + length_s)
    pieces = b"".join(line.between(start_s, end_s, LINE_HZ) for start_s, end_s in pairwise(edges_s))
    assert pieces == line.between(0.0, edges_s[-1], LINE_HZ)


# --- several voices at once


@given(at=st.integers(0, 16_000))
def test_what_goes_on_from_any_moment_sounds_as_if_nothing_had_happened(at: int) -> None:
    line, playback = Line(), Playback()
    line.speak(speak(WORDS), 0.0)
    playback.add(line.between(0.0, line.busy_until_s, LINE_HZ), LINE_HZ, 0.0)
    now_s = min(at / LINE_HZ, line.busy_until_s)
    starts = playback.go_on_with(line.between(now_s, line.busy_until_s, LINE_HZ), LINE_HZ, now_s)
    assert not starts
    assert playback.stop(line.busy_until_s).text == WORDS


def test_what_was_still_to_come_is_not_heard_when_something_else_goes_on() -> None:
    playback = Playback()
    playback.add(speak("one two").pcm, LINE_HZ, 0.0)
    playback.go_on_with(speak("three").pcm, LINE_HZ, 0.3)
    assert playback.stop(9.0).text == "one three"


def test_going_on_in_silence_begins_something() -> None:
    playback = Playback()
    assert playback.go_on_with(speak("hello").pcm, LINE_HZ, 2.0)
    assert playback.stop(9.0).text == "hello"


def test_lines_are_mixed_as_far_as_the_longest_of_them_goes() -> None:
    short, long, silent = Line(), Line(), Line()
    short.speak(noise(0.5), 0.0)
    long.speak(speak(WORDS), 0.0)
    both = mixed([short, long, silent], 0.0)
    assert len(both) == len(mixed([long], 0.0))
    assert both[-2000:] == mixed([long], 0.0)[-2000:]
    assert both[:2000] not in (mixed([long], 0.0)[:2000], mixed([short], 0.0)[:2000])
    assert mixed([silent], 0.0) == mixed([], 0.0) == mixed([long], 60.0) == b""


def test_the_tone_is_sound_without_words() -> None:
    tone = bong()
    assert (tone.text, tone.duration_s, words(tone.pcm, tone.rate_hz)) == ("", 1.5, "")
    assert any(tone.pcm)


# --- what is laid over the program


def test_a_stream_is_laid_over_what_is_queued_and_may_go_on_behind_it() -> None:
    playback = Playback()
    assert playback.add(samples(1000, 800), 8000, 0.0)
    assert not playback.overlay(samples(100, 800), 8000, 0.05)
    assert (playback.program_ends_at_s, playback.ends_at_s) == (pytest.approx(0.1), pytest.approx(0.15))
    assert playback.between(0.0, 0.15, 8000) == samples(1000, 400) + samples(1100, 400) + samples(100, 400)
    playback.end_program()
    assert playback.program_ends_at_s is None
    assert playback.playing


def test_a_stream_alone_is_no_program_and_what_is_queued_then_begins_something() -> None:
    playback = Playback()
    assert playback.overlay(samples(100, 160), 8000, 0.0)
    assert playback.program_ends_at_s is None
    assert playback.add(samples(1000, 160), 8000, 0.01)
    assert playback.program_ends_at_s == pytest.approx(0.04)


def test_what_was_heard_a_moment_ago_can_be_asked_for_at_another_rate() -> None:
    playback, hello = Playback(), speak("hello", 24_000)
    playback.add(hello.pcm, 24_000, 1.0)
    playback.stop(1.0 + hello.duration_s)
    assert playback.between(0.0, 0.5, 8000) is None
    heard = playback.between(0.5, 2.0, 8000)
    assert heard is not None
    assert (words(heard, 8000), len(heard)) == ("hello", 24_000)


def samples(value: int, count: int) -> bytes:
    return value.to_bytes(2, "little", signed=True) * count
