"""Words put into sound come out of the sound again, whatever a telephone does to it; and nothing else does."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import audio
from simulator.errors import SimulatorError
from simulator.speech import HeardWord, Speech, hear, noise, speak, speaking_time_s, words

SENTENCE = "It is twenty one degrees in Berlin, with a light breeze from the west."
RATES_HZ = [8_000, 16_000, 24_000]

texts = st.text(max_size=25) | st.lists(st.text("abc é Ж 中 😀", min_size=1, max_size=8), max_size=4).map(" ".join)


def normal(text: str) -> str:
    return " ".join(text.split())


def gain(pcm: bytes, db: float) -> bytes:
    return audio.pcm_of(audio.samples_of(pcm).astype(np.float32) * 10 ** (db / 20))


def hiss(pcm: bytes, below_speech_db: float, seed: int = 1) -> bytes:
    wave = audio.samples_of(noise(len(pcm) / 16_000, level_dbfs=-13 - below_speech_db, seed=seed).pcm)
    return audio.pcm_of(audio.samples_of(pcm).astype(np.float32) + wave)


def in_pieces(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Resampled 20 ms at a time, each piece on its own, as a careless relay does it."""
    piece = from_hz // 50 * 2
    return b"".join(audio.resample(pcm[at : at + piece], from_hz, to_hz) for at in range(0, len(pcm), piece))


CHANNELS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda pcm: pcm,
    "mu-law": lambda pcm: audio.ulaw_decode(audio.ulaw_encode(pcm)),
    "A-law": lambda pcm: audio.alaw_decode(audio.alaw_encode(pcm)),
    "a wideband detour": lambda pcm: audio.resample(audio.resample(pcm, 8_000, 24_000), 24_000, 8_000),
    "three rates": lambda pcm: audio.resample(audio.resample(audio.resample(pcm, 8_000, 16_000), 16_000, 24_000), 24_000, 8_000),
    "a careless relay": lambda pcm: in_pieces(in_pieces(pcm, 8_000, 24_000), 24_000, 8_000),
    "a quiet line": lambda pcm: audio.ulaw_decode(audio.ulaw_encode(gain(pcm, -20))),
    "an overdriven line": lambda pcm: audio.alaw_decode(audio.alaw_encode(gain(pcm, 12))),
    "hiss": lambda pcm: hiss(pcm, below_speech_db=20),
    "silence around": lambda pcm: bytes(2 * 123) + pcm + bytes(2 * 4567),
    "everything at once": lambda pcm: audio.ulaw_decode(audio.ulaw_encode(hiss(gain(in_pieces(bytes(2 * 77) + pcm, 8_000, 8_000), -6), 14))),
}


# --- what is said is heard --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
@settings(max_examples=25, deadline=None)
@given(text=texts)
def test_any_text_survives(channel: str, text: str) -> None:
    assert words(CHANNELS[channel](speak(text).pcm), 8_000) == normal(text)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@settings(max_examples=25, deadline=None)
@given(text=texts, offset=st.integers(0, 2_000))
def test_any_text_is_heard_at_any_rate_wherever_it_begins(rate_hz: int, text: str, offset: int) -> None:
    assert words(bytes(2 * offset) + speak(text, rate_hz).pcm, rate_hz) == normal(text)


@pytest.mark.parametrize("spoken_hz", RATES_HZ)
@pytest.mark.parametrize("heard_hz", RATES_HZ)
def test_words_are_heard_at_another_rate_than_they_were_spoken(spoken_hz: int, heard_hz: int) -> None:
    assert words(audio.resample(speak(SENTENCE, spoken_hz).pcm, spoken_hz, heard_hz), heard_hz) == SENTENCE


@settings(max_examples=25, deadline=None)
@given(said=st.lists(texts, max_size=4))
def test_utterances_in_a_row_are_heard_in_a_row(said: list[str]) -> None:
    assert words(b"".join(speak(text).pcm for text in said), 8_000) == normal(" ".join(said))


@pytest.mark.parametrize("length", [1, 62, 63, 64, 126, 127, 200, 1_000])
@pytest.mark.parametrize("letter", ["a", "ß", "語", "🙂"])
def test_words_of_any_length_are_one_word(letter: str, length: int) -> None:
    word = letter * length
    assert words(speak(f"before {word} after").pcm, 8_000) == f"before {word} after"


def test_half_a_surrogate_pair_from_json_is_carried_as_it_is() -> None:
    assert words(speak("odd \ud83d text").pcm, 8_000) == "odd \ud83d text"


def test_whitespace_is_one_space_and_silence_has_no_words() -> None:
    assert speak("  good\n\tevening ").text == "good evening"
    assert speak(" \n").pcm == b""
    assert hear(b"", 8_000) == []
    assert hear(b"\0", 8_000) == []
    assert hear(bytes(16_000), 8_000) == []


# --- what is cut is not heard, and nothing is heard instead -----------------------------------------------------------


def whole(heard: list[HeardWord], begin: int, end: int, tolerance: int = 0) -> list[str]:
    """The words whose bursts lie between two samples at 8 kHz."""
    return [w.text for w in heard if w.start_s * 8_000 >= begin - tolerance and w.end_s * 8_000 <= end + tolerance]


def is_within(some: list[str], more: list[str]) -> bool:
    """`some` are among `more`, in the same order."""
    left = iter(more)
    return all(word in left for word in some)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_cut_anywhere_leaves_the_words_whose_bursts_are_whole(data: st.DataObject) -> None:
    pcm = speak(f"{SENTENCE} Überprüfungsangelegenheiten-{'x' * 70} 😀").pcm
    everything = hear(pcm, 8_000)
    begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(pcm) // 2)] * 2), label="cut"))
    heard = [word.text for word in hear(pcm[2 * begin : 2 * end], 8_000)]
    # A word that lost a few milliseconds may be heard or not.
    assert is_within(whole(everything, begin, end, tolerance=-20), heard)
    assert is_within(heard, whole(everything, begin, end, tolerance=120))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_speech_that_is_cut_off_by_other_speech_never_makes_a_new_word(data: st.DataObject) -> None:
    sure: list[str] = []
    said: list[str] = []
    spliced = b""
    for text in ("one hundred and twenty three", f"no, {'o' * 80} 4 fünf", "one hundred and"):
        pcm = speak(text).pcm
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(pcm) // 2)] * 2), label=text))
        spliced += pcm[2 * begin : 2 * end]
        sure += whole(hear(pcm, 8_000), begin, end, tolerance=-20)
        said += text.split()
    heard = words(spliced, 8_000).split()
    assert is_within(sure, heard)
    assert is_within(heard, said)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_long_word_that_lost_a_part_in_the_middle_is_not_joined(lost: int) -> None:
    pcm = speak("a" * 63 + "b" * 63 + "c" * 63).pcm
    burst = 67 * 200 * 2
    assert words(pcm[: lost * burst] + pcm[(lost + 1) * burst :], 8_000) == ""


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), level_dbfs=st.floats(-60, -9))
def test_noise_is_as_loud_as_asked_and_says_nothing(rate_hz: int, seed: int, level_dbfs: float) -> None:
    cough = noise(1.5, rate_hz, level_dbfs, seed)
    assert (cough.text, cough.duration_s) == ("", 1.5)
    assert np.median(audio.levels_dbfs(cough.pcm, rate_hz)) == pytest.approx(level_dbfs, abs=1.5)
    assert hear(cough.pcm, rate_hz) == []


@pytest.mark.parametrize(("spoken_hz", "heard_hz"), [(a, b) for a in RATES_HZ for b in RATES_HZ if a != b])
def test_speech_taken_for_another_rate_is_not_understood(spoken_hz: int, heard_hz: int) -> None:
    assert words(speak(SENTENCE, spoken_hz).pcm, heard_hz) == ""


# --- it sounds like speech --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [SENTENCE, "Hello, how can I help?", "What is the weather in Berlin in celsius?", "Sorry, you have exceeded your open AI rate limits."],
)
def test_the_pace_is_about_150_words_a_minute(text: str) -> None:
    assert 120 < len(text.split()) / speak(text).duration_s * 60 < 180


@given(text=texts, rate_hz=st.sampled_from(RATES_HZ))
def test_speaking_time_is_known_without_speaking(text: str, rate_hz: int) -> None:
    assert speaking_time_s(text) == speak(text, rate_hz).duration_s


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_speech_is_loud_throughout_apart_from_the_gaps_between_words(rate_hz: int) -> None:
    levels = audio.levels_dbfs(speak(SENTENCE, rate_hz).pcm, rate_hz)
    assert np.median(levels) == pytest.approx(-13, abs=0.5)
    quiet = "".join("." if level < -20 else "#" for level in levels)
    assert "..." not in quiet, f"a voice activity detector would hear pauses: {quiet}"
    assert np.abs(audio.samples_of(speak(SENTENCE, rate_hz).pcm)).max() < 0.6 * 32_768, "no headroom for gain"


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_word_has_been_said_when_its_burst_is_over(rate_hz: int) -> None:
    heard = hear(bytes(rate_hz) + speak("two words", rate_hz).pcm, rate_hz)  # half a second of silence first
    first_word_s = 0.100 + 3 * 0.060 + 0.035
    assert [word.text for word in heard] == ["two", "words"]
    assert [word.start_s for word in heard] == pytest.approx([0.5, 0.5 + first_word_s], abs=0.003)
    assert [word.end_s for word in heard] == pytest.approx([0.5 + 7 * 0.025, 0.5 + first_word_s + 9 * 0.025], abs=0.003)


@given(text=texts)
def test_words_follow_one_another_in_time(text: str) -> None:
    assert all(one.start_s < one.end_s <= other.start_s + 0.003 for one, other in pairwise(hear(speak(text).pcm, 8_000)))


def test_the_same_words_are_the_same_sound() -> None:
    speak.cache_clear()
    first = speak(SENTENCE)
    speak.cache_clear()
    assert speak(SENTENCE) == first == Speech(SENTENCE, first.pcm, 8_000)
    assert noise(0.1, seed=7).pcm != noise(0.1, seed=8).pcm


@pytest.mark.parametrize("rate_hz", [0, 4_000, 11_025, 44_100])
def test_a_rate_that_cannot_carry_words_is_refused(rate_hz: int) -> None:
    with pytest.raises(SimulatorError, match=r"audio\.resample"):
        speak("hello", rate_hz)
    with pytest.raises(SimulatorError, match=f"no speech at {rate_hz} Hz"):
        hear(bytes(100), rate_hz)
