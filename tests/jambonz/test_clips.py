"""`playAudio`: what is understood as a clip, and what is not."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import pytest

from simulator.jambonz.clips import NoClip, clip_of
from simulator.speech import speak, words


def b64(pcm: bytes) -> str:
    return base64.b64encode(pcm).decode()


def wav(pcm: bytes, rate_hz: int, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(pcm)
    return file.getvalue()


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 48_000])
def test_raw_samples_keep_their_words_at_any_known_rate(rate_hz: int) -> None:
    clip = clip_of({"audioContentType": "raw", "sampleRate": rate_hz, "audioContent": b64(speak("good day", rate_hz).pcm), "id": 7})
    assert words(clip.pcm, 8_000) == "good day"
    assert clip.duration_s == pytest.approx(speak("good day").duration_s, abs=0.01)
    assert (clip.id, clip.odd) == (7, "")


@pytest.mark.parametrize("kind", ["wav", "wave"])
def test_a_wav_file_brings_its_own_rate(kind: str) -> None:
    clip = clip_of({"audioContentType": kind, "audioContent": b64(wav(speak("good day", 16_000).pcm, 16_000))})
    assert words(clip.pcm, 8_000) == "good day"


@pytest.mark.parametrize("rate", ["8000", 11_025, None, True])
def test_an_unknown_rate_is_played_as_sixteen_thousand_and_that_is_said(rate: Any) -> None:
    clip = clip_of({"audioContentType": "raw", "sampleRate": rate, "audioContent": b64(speak("good day").pcm)})
    assert clip.duration_s == pytest.approx(speak("good day").duration_s / 2, abs=0.01)
    assert "played as 16000" in clip.odd


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "no data"),
        ([], "no data"),
        ({}, "audioContentType None"),
        ({"audioContentType": "mp3", "audioContent": ""}, "audioContentType 'mp3'"),
        ({"audioContentType": "raw"}, "no text"),
        ({"audioContentType": "raw", "audioContent": "x"}, "not base64"),
        ({"audioContentType": "wav", "audioContent": b64(b"RIFF")}, "no WAV file"),
        ({"audioContentType": "wav", "audioContent": b64(wav(bytes(8), 44_101))}, "sample rate is 44101"),
    ],
)
def test_what_is_no_clip_is_refused_with_the_reason(data: Any, problem: str) -> None:
    with pytest.raises(NoClip, match=problem):
        clip_of(data)
