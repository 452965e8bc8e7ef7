"""A microphone on a telephone line: pieces as they come, evenly or not, are one sound without a seam."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.audio import levels_dbfs, pcm_of, resample, samples_of
from simulator.jambonz.media import Line
from simulator.jambonz.microphone import KEPT_S, LEAD_S, MOST_AHEAD_S, Microphone
from simulator.speech import speak, words

HZ = 24_000
PIECE_S = 0.02
PIECE = round(PIECE_S * HZ) * 2


def tone(seconds: float, hz: int = HZ, pitch_hz: float = 440.0) -> bytes:
    return pcm_of(10_000 * np.sin(2 * np.pi * pitch_hz * np.arange(round(seconds * hz)) / hz))


def pieces(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + PIECE] for at in range(0, len(pcm), PIECE)]


def follow(line: Line, pcm: bytes, late_s: list[float] | None = None) -> bytes:
    """What somebody hears who takes all that is certain after every piece; `late_s` is how late each piece comes."""
    heard, sent_s, now_s = b"", 0.0, 0.0
    for number, piece in enumerate(pieces(pcm)):
        now_s = max(now_s, (number + 1) * PIECE_S + (late_s[number % len(late_s)] if late_s else 0.0))
        line.stream(piece, HZ, now_s)
        until_s = line.known_until_s(now_s)
        heard += line.between(sent_s, until_s, HZ)
        sent_s = until_s
    return heard


def test_what_is_said_into_it_is_understood_behind_the_line() -> None:
    speech = speak("the blue door is open")
    said = resample(speech.pcm, speech.rate_hz, HZ) + bytes(PIECE * 10)
    assert words(follow(Line(), said), HZ) == "the blue door is open"


def test_a_tone_that_comes_in_pieces_has_no_seams() -> None:
    heard = samples_of(follow(Line(), tone(2.0))).astype(np.float64)
    middle = heard[HZ // 2 : HZ // 2 + HZ]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert int(spectrum.argmax()) == 440
    beside = spectrum[:400].max(initial=0), spectrum[480:3000].max(initial=0)
    assert max(beside) < spectrum[440] / 100, "something hums beside the tone"


@given(st.lists(st.floats(0, 0.05), min_size=1, max_size=40))
def test_pieces_that_come_unevenly_are_the_same_sound(late_s: list[float]) -> None:
    heard = follow(Line(), tone(1.0), late_s)
    sound = samples_of(heard)
    loud = np.flatnonzero(np.abs(sound) > 500)
    assert len(loud), "nothing came through"
    gaps = np.diff(loud)
    assert gaps.max() < HZ * 0.01, "there is a hole in the sound"


@given(st.lists(st.tuples(st.floats(0, 0.3), st.integers(0, 9000)), max_size=60), st.sampled_from([8_000, 16_000, 24_000, 44_100, 48_000]))
def test_whatever_comes_time_runs_forward_and_the_future_is_near(pieces: list[tuple[float, int]], hz: int) -> None:
    microphone, now_s, certain_s = Microphone(hz, 0.0), 0.0, 0.0
    for passed_s, count in pieces:
        now_s += passed_s
        microphone.hear(bytes(count), now_s)
        assert microphone.certain_until_s >= certain_s - 0.003
        assert microphone.certain_until_s <= now_s + MOST_AHEAD_S + 1.1
        certain_s = microphone.certain_until_s
        assert len(microphone.between(now_s - 0.1, now_s, 24_000) or bytes(4800)) in (4798, 4800, 4802)


def test_a_piece_is_certain_as_soon_as_it_is_there() -> None:
    """What waits for nobody's patience: the model's ear takes it at once."""
    microphone = Microphone(HZ, 1.0)
    for number in range(5):
        now_s = 1.0 + (number + 1) * PIECE_S
        microphone.hear(tone(PIECE_S), now_s)
        assert microphone.certain_until_s > now_s


def test_a_clock_that_runs_fast_does_not_make_the_line_slow() -> None:
    microphone = Microphone(HZ, 0.0)
    for number in range(1000):
        microphone.hear(tone(PIECE_S), number * PIECE_S * 0.9)
    assert microphone.certain_until_s <= 1000 * PIECE_S * 0.9 + MOST_AHEAD_S + PIECE_S
    assert microphone.lost_s > 1.0


def test_between_two_sounds_there_is_silence() -> None:
    line = Line()
    for number in range(10):
        line.stream(tone(PIECE_S), HZ, number * PIECE_S)
    for number in range(10):
        line.stream(tone(PIECE_S), HZ, 1.0 + number * PIECE_S)
    levels = levels_dbfs(line.between(0.0, 1.3, HZ), HZ, 20)
    assert levels[8] > -20
    assert levels[30] < -90
    assert levels[58] > -20
    assert not line.silent_between(0.15, 0.2)
    assert line.silent_between(0.5, 0.8)


def test_a_listener_at_their_own_time_misses_nothing() -> None:
    """Somebody who looks every 20 ms at what was up to now, between the pieces."""
    line, heard = Line(), b""
    for number, piece in enumerate(pieces(tone(1.0))):
        line.stream(piece, HZ, number * PIECE_S + 0.007)
        heard += line.between(number * PIECE_S, (number + 1) * PIECE_S, HZ)
    loud = np.flatnonzero(np.abs(samples_of(heard)) > 500)
    assert loud[0] < HZ * (LEAD_S + 0.01)
    assert np.diff(loud).max() < HZ * 0.01


def test_who_speaks_after_it_waits_until_it_is_quiet() -> None:
    line = Line()
    for number in range(10):
        line.stream(tone(PIECE_S), HZ, 1 + number * PIECE_S)
    assert line.begun_s == pytest.approx(1 + LEAD_S - PIECE_S, abs=0.01)
    assert line.speak(speak("hello"), 1.1) > 1.2 + speak("hello").duration_s


def test_the_noise_of_a_room_keeps_nobody_waiting() -> None:
    line = Line()
    line.stream(pcm_of(np.full(PIECE // 2, 20.0)), HZ, 1.0)
    assert line.busy_until_s == 0.0


def test_an_hour_is_not_kept() -> None:
    microphone = Microphone(8_000, 0.0)
    for number in range(round(3 * KEPT_S)):
        microphone.hear(tone(1.0, 8_000), float(number))
    assert sum(len(pcm) for _, pcm in microphone._stretches) / 16_000 < KEPT_S + 15
    assert microphone.between(3 * KEPT_S - 10, 3 * KEPT_S - 9, 8_000) is not None
