"""G.711 as ITU-T writes it, rates that keep speech intact, and loudness in decibels."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import audio

EVERY_SAMPLE = np.arange(-32768, 32768).astype("<i2").tobytes()
EVERY_CODE = bytes(range(256))

Coder = Callable[[bytes], bytes]


def tone(hz: float, rate_hz: int, duration_s: float = 0.5, amplitude: float = 10_000) -> bytes:
    return audio.pcm_of(amplitude * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz))


def level_dbfs(pcm: bytes) -> float:
    return float(audio.levels_dbfs(pcm, 1000, frame_ms=len(pcm) // 2)[0])


def middle(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    samples = audio.samples_of(pcm).astype(np.float64)
    return samples[len(samples) // 4 : -len(samples) // 4]


# --- G.711 ------------------------------------------------------------------------------------------------------------


# The output values at the ends of the segments: G.711 table 2a (14 bits, so times 4).
@pytest.mark.parametrize(
    ("code", "sample"),
    list(zip(bytes.fromhex("80 8F 9F AF BF CF DF EF FE FF"), np.multiply(4, [8031, 4191, 2079, 1023, 495, 231, 99, 33, 2, 0]).tolist(), strict=True)),
)
def test_ulaw_output_values_are_those_of_the_standard(code: int, sample: int) -> None:
    assert audio.samples_of(audio.ulaw_decode(bytes([code, code ^ 0x80]))).tolist() == [sample, -sample]


# G.711 table 1a (13 bits, so times 8); the codes have their even bits inverted.
@pytest.mark.parametrize(
    ("code", "sample"),
    list(zip(bytes.fromhex("AA A5 B5 85 95 E5 F5 D5"), np.multiply(8, [4032, 2112, 1056, 528, 264, 132, 66, 1]).tolist(), strict=True)),
)
def test_alaw_output_values_are_those_of_the_standard(code: int, sample: int) -> None:
    assert audio.samples_of(audio.alaw_decode(bytes([code, code ^ 0x80]))).tolist() == [sample, -sample]


# The decision values of the standard: the code changes exactly there.
@pytest.mark.parametrize("decision", [1, 3, 31, 35, 95, 103, 223, 479, 991, 2015, 4063, 4319, 7903])
def test_ulaw_changes_its_code_at_the_decision_values(decision: int) -> None:
    below, at = audio.ulaw_encode(np.array([decision * 4 - 1, decision * 4], dtype="<i2").tobytes())
    assert below == at + 1
    mirrored = audio.ulaw_encode(np.array([-decision * 4, -decision * 4 - 1], dtype="<i2").tobytes())
    assert mirrored == bytes([below & 0x7F, at & 0x7F])


@pytest.mark.parametrize("decision", [2, 4, 62, 64, 68, 128, 256, 512, 1024, 2048, 2176, 3968])
def test_alaw_changes_its_code_at_the_decision_values(decision: int) -> None:
    below, at = (code ^ 0x55 for code in audio.alaw_encode(np.array([decision * 8 - 1, decision * 8], dtype="<i2").tobytes()))
    assert at == below + 1
    mirrored = audio.alaw_encode(np.array([-decision * 8, -decision * 8 - 1], dtype="<i2").tobytes())
    assert [code ^ 0x55 for code in mirrored] == [below & 0x7F, at & 0x7F]


@pytest.mark.parametrize(("encode", "decode"), [(audio.ulaw_encode, audio.ulaw_decode), (audio.alaw_encode, audio.alaw_decode)])
def test_every_code_survives_decoding_and_encoding(encode: Coder, decode: Coder) -> None:
    again = encode(decode(EVERY_CODE))
    different = [code for code, other in zip(EVERY_CODE, again, strict=True) if code != other]
    assert different == ([0x7F] if encode is audio.ulaw_encode else []), "only mu-law has a minus zero, which becomes zero"


@pytest.mark.parametrize(("encode", "decode"), [(audio.ulaw_encode, audio.ulaw_decode), (audio.alaw_encode, audio.alaw_decode)])
def test_louder_samples_are_never_decoded_softer(encode: Coder, decode: Coder) -> None:
    decoded = audio.samples_of(decode(encode(EVERY_SAMPLE))).astype(int)
    assert (np.diff(decoded) >= 0).all()
    assert np.abs(decoded - np.arange(-32768, 32768)).max() <= 644


# --- sample rates -----------------------------------------------------------------------------------------------------

RATES = [(8_000, 16_000), (8_000, 24_000), (16_000, 8_000), (16_000, 24_000), (24_000, 8_000), (24_000, 16_000), (44_100, 8_000)]


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@pytest.mark.parametrize("hz", [100, 440, 1000, 3080])
def test_a_telephone_tone_is_the_same_tone_at_another_rate(from_hz: int, to_hz: int, hz: int) -> None:
    resampled = audio.resample(tone(hz, from_hz), from_hz, to_hz)
    error = middle(resampled) - middle(tone(hz, to_hz))
    assert np.abs(error).max() < 0.02 * 10_000


@pytest.mark.parametrize(("from_hz", "to_hz"), [(24_000, 8_000), (16_000, 8_000)])
def test_what_the_lower_rate_cannot_carry_is_removed_and_does_not_come_back_as_another_tone(from_hz: int, to_hz: int) -> None:
    assert level_dbfs(tone(5_000, from_hz)) > -14
    assert level_dbfs(audio.pcm_of(middle(audio.resample(tone(5_000, from_hz), from_hz, to_hz)))) < -65


@given(samples=st.integers(0, 2_000), rates=st.sampled_from(RATES))
def test_resampled_audio_is_as_long_as_before(samples: int, rates: tuple[int, int]) -> None:
    from_hz, to_hz = rates
    assert len(audio.resample(bytes(2 * samples), from_hz, to_hz)) == samples * to_hz // from_hz * 2


def test_the_same_rate_changes_nothing() -> None:
    pcm = tone(440, 8_000)
    assert audio.resample(pcm, 8_000, 8_000) == pcm


def test_resampling_clips_instead_of_wrapping_around() -> None:
    square = np.where(np.arange(800) % 40 < 20, 32767, -32768).astype("<i2")
    resampled = audio.samples_of(audio.resample(square.tobytes(), 8_000, 24_000))
    assert resampled.max() == 32767
    assert resampled.min() == -32768
    crossings = np.count_nonzero(np.diff(resampled > 0))
    assert crossings == 39, "one between each two half waves"


# --- loudness ---------------------------------------------------------------------------------------------------------


def test_a_full_scale_sine_is_three_decibels_below_full_scale() -> None:
    assert audio.levels_dbfs(tone(1_000, 8_000, amplitude=32_767), 8_000) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
def test_loudness_is_given_for_whole_frames_only(rate_hz: int) -> None:
    frame = bytes(2 * rate_hz * 32 // 1000)
    assert len(audio.levels_dbfs(frame * 3, rate_hz)) == 3
    assert len(audio.levels_dbfs(frame * 3 + frame[2:], rate_hz)) == 3
    assert len(audio.levels_dbfs(b"", rate_hz)) == 0


def test_silence_has_a_level_too() -> None:
    assert audio.levels_dbfs(bytes(1024), 8_000).tolist() == [audio.SILENCE_DBFS] * 2


# --- streams


@given(st.sampled_from([16_000, 24_000, 44_100, 48_000, 11_025]), st.lists(st.integers(0, 2_000), max_size=8))
def test_a_stream_resampled_in_pieces_has_no_seams(from_hz: int, cuts: list[int]) -> None:
    whole = tone(440, from_hz)
    resampler, came, at = audio.Resampler(from_hz, 8_000), b"", 0
    for size in [*cuts, len(whole)]:
        came += resampler.feed(whole[2 * at : 2 * (at + size)])
        at += size
    at_once = audio.samples_of(audio.resample(whole, from_hz, 8_000)).astype(int)
    in_pieces = audio.samples_of(came).astype(int)
    assert 0 <= len(at_once) - len(in_pieces) <= 8_000 // 10
    assert np.abs(in_pieces - at_once[: len(in_pieces)]).max() <= 1


@pytest.mark.parametrize(("from_hz", "to_hz"), [(44_101, 8_000), (7_999, 48_000), (8_000, 8_000), (1, 8_000)])
def test_any_two_rates_can_be_converted_in_reasonable_memory(from_hz: int, to_hz: int) -> None:
    assert len(audio.resample_any(bytes(2 * from_hz), from_hz, to_hz)) in (2 * to_hz, 2)
