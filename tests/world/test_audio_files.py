"""WAV files: what can be played, and what is said of the rest."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.audio import samples_of
from simulator.speech import speak, words
from simulator.world.audio_files import LARGEST_BYTES, NoWav, read_wav, read_wav_file, wav_samples
from tests.wav import wav

SAMPLES = [0, 1, -1, 256, -256, 20_000, -20_000, 32_767, -32_768]


def test_sixteen_bits_of_one_channel_come_as_they_are() -> None:
    pcm = speak("Good evening", 24_000).pcm
    assert read_wav(wav(pcm, 24_000)) == (pcm, 24_000)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_every_width_becomes_sixteen_bits(width: int) -> None:
    wide = b"".join(
        (sample // 256 + 128 if width == 1 else sample * 256 ** (width - 2)).to_bytes(width, "little", signed=width > 1) for sample in SAMPLES
    )
    pcm, _ = read_wav(wav(wide, 8_000, width=width))
    expected = [sample // 256 * 256 for sample in SAMPLES] if width == 1 else SAMPLES
    assert samples_of(pcm).tolist() == expected


def test_channels_are_mixed() -> None:
    stereo = struct.pack("<4h", 100, 300, -1000, 1000)
    assert samples_of(read_wav(wav(stereo, 44_100, channels=2))[0]).tolist() == [200, 0]


def test_words_survive_a_stereo_file_at_another_rate() -> None:
    mono = np.frombuffer(speak("a table for two", 32_000).pcm, "<i2")
    pcm, rate_hz = read_wav(wav(np.repeat(mono, 2).tobytes(), 32_000, channels=2))
    assert words(pcm, rate_hz) == "a table for two"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is no WAV file of integer samples (it ends too early)"),
        (b"RIFF0000WAVE", "it is no WAV file of integer samples"),
        (b"<html>", "it is no WAV file of integer samples"),
        (wav(b"", 8_000), "there is no sound in it"),
        (wav(bytes(64), 44_099), "its sample rate is 44099 Hz, and those that can be played are 8000, 11025"),
        (wav(bytes(64), 8_000, channels=16), "it has 16 channels of 16 bits"),
        (wav(bytes(2 * 8_000 * 601), 8_000), "it claims to last longer than 10 minutes"),
        (wav(bytes(64), 8_000).replace(b"\x01\x00\x01\x00", b"\x07\x00\x01\x00"), "it is no WAV file of integer samples (unknown format: 7)"),
    ],
)
def test_what_cannot_be_played_says_why(data: bytes, problem: str) -> None:
    with pytest.raises(NoWav) as wrong:
        read_wav(data)
    assert problem in str(wrong.value)
    assert wav_samples(data) is None


@given(st.binary(max_size=100).map(lambda rest: wav(b"", 8_000)[:20] + rest))
@example(wav(bytes(8), 8_000)[:43])
@example(wav(bytes(8), 8_000).replace(b"data", b"dat\0"))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = wav_samples(data)
    assert found is None or len(found[0]) % 2 == 0


def test_a_file_is_not_trusted(tmp_path: Path) -> None:
    pipe, huge, sound = tmp_path / "pipe.wav", tmp_path / "huge.wav", tmp_path / "sound.wav"
    os.mkfifo(pipe)
    with huge.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    sound.write_bytes(wav(bytes(16), 8_000))
    assert read_wav_file(sound) == (bytes(16), 8_000)
    for path, problem in (
        (pipe, "no ordinary file"),
        (huge, "larger than 64 MiB"),
        (tmp_path, "Is a directory|ordinary"),
        (tmp_path / "a\0", "null byte"),
    ):
        with pytest.raises(NoWav, match=problem):
            read_wav_file(path)
    with pytest.raises(NoWav, match="it cannot be read: No such file"):
        read_wav_file(tmp_path / "none.wav")
