"""The model says a sound file: in both dialects and in every audio format, with the transcript that its author gave."""

from __future__ import annotations

import pytest

from simulator.speech import Speech, noise, speak, words
from simulator.vendors.openai.events import Dialect, Say
from simulator.vendors.openai.formats import FORMATS
from tests.vendors.openai.model_dialogue import Dialogue

BETA = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}


def spoken_in(dialect: Dialect, fmt: str, recording: Speech) -> tuple[bytes, Dialogue]:
    talk = Dialogue(dialect).open()
    if dialect == "ga":
        form = {"type": fmt, "rate": 24_000} if fmt == "audio/pcm" else {"type": fmt}
        talk.client("session.update", session={"type": "realtime", "audio": {"output": {"format": form}}})
    else:
        talk.client("session.update", session={"output_audio_format": BETA[fmt]})
    talk.client("response.create")
    talk.answer(Say(recording.text, recording=recording))
    talk.run(20.0)
    name = "response.output_audio.delta" if dialect == "ga" else "response.audio.delta"
    return b"".join(event["delta"] for event in talk.events if event["type"] == name), talk


@pytest.mark.parametrize("dialect", ["ga", "beta"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_a_recording_is_heard_in_every_format(dialect: Dialect, fmt: str) -> None:
    said = speak("Good evening from the Blue Door", 16_000)
    audio, talk = spoken_in(dialect, fmt, Speech("Welcome", said.pcm, said.rate_hz))
    form = FORMATS[fmt]
    assert words(form.decoded(audio), form.rate_hz) == "Good evening from the Blue Door"
    assert len(audio) / form.bytes_per_ms == pytest.approx(said.duration_s * 1000, abs=1)
    done = talk.last("response.output_audio_transcript.done" if dialect == "ga" else "response.audio_transcript.done")
    assert done["transcript"] == "Welcome"


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_a_recording_lasts_as_long_at_any_rate(rate_hz: int) -> None:
    audio, talk = spoken_in("ga", "audio/pcm", Speech("a cough", bytes(2 * rate_hz), rate_hz))
    assert len(audio) == 48_000
    assert talk.last("response.done")["response"]["usage"]["output_token_details"]["audio_tokens"] == 20


def test_a_recording_of_an_odd_length_is_sent_in_whole_samples() -> None:
    cough = noise(0.3333, 44_100)
    audio, talk = spoken_in("ga", "audio/pcm", Speech("hm", cough.pcm, 44_100))
    assert len(audio) % 2 == 0
    assert all(len(event["delta"]) % 2 == 0 for event in talk.events if event["type"] == "response.output_audio.delta")


def test_without_audio_a_recording_is_its_text() -> None:
    talk = Dialogue("ga").open()
    talk.client("response.create", response={"output_modalities": ["text"]})
    talk.answer(Say("Welcome", recording=speak("Welcome", 8_000)))
    talk.run(5.0)
    assert talk.last("response.output_text.done")["text"] == "Welcome"


def test_an_interrupted_recording_leaves_the_words_said_so_far() -> None:
    long = " ".join(["word"] * 40)
    talk = Dialogue("ga").open()
    talk.client("response.create")
    talk.answer(Say(long, recording=noise(20.0, 24_000)))
    talk.run(2.0)
    talk.client("response.cancel")
    transcript = talk.last("response.output_audio_transcript.done")["transcript"]
    assert 0 < len(transcript) < len(long)
    assert long.startswith(transcript)
