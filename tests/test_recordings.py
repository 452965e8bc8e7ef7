"""Sound files in a whole call: what the caller plays reaches the model, what the model plays reaches the caller."""

from __future__ import annotations

from pathlib import Path

from simulator.audio import samples_of
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import load
from simulator.speech import noise, speak
from tests.playing import play
from tests.wav import wav

VOICE = noise(1.5, 44_100, level_dbfs=-20).pcm
"""A voice that carries no words of ours, like any real one."""


def played(folder: Path, steps: str) -> Result:
    (folder / "voice.wav").write_bytes(wav(VOICE, 44_100))
    (folder / "words.wav").write_bytes(wav(speak("Good evening to you", 16_000).pcm, 16_000))
    (folder / "call.yaml").write_text(f"name: sounds\nsteps:\n{steps}")
    (scenario,) = load(folder / "call.yaml", env={})
    return play(scenario)


def test_what_the_caller_plays_reaches_the_model(tmp_path: Path) -> None:
    result = played(
        tmp_path,
        """
  - model: {say: "Hello"}
  - caller: {play: voice.wav, says: "Guten Abend"}
  - expect: {event: {type: /transcription.completed/, transcript: "Guten Abend"}}
  - model: {say: "Good evening"}
  - caller: {play: words.wav, says: "these words are not the ones in the sound"}
  - expect: {event: {type: /transcription.completed/, transcript: "Good evening to you"}}
  - model: {default: {say: "Bye"}}
  - caller: {hang_up: true}
""",
    )
    assert result.outcome == "passed", "\n".join(explanation(result))
    appended = b"".join(frame.frame["audio"] for frame in result.journal.select("model", "jambonz", "input_audio_buffer.append"))
    loud = abs(samples_of(appended).astype(int)) > 500
    assert loud.sum() > 24_000, "a second and a half of noise is more than a second of loud samples"


def test_what_the_model_plays_reaches_the_caller(tmp_path: Path) -> None:
    result = played(
        tmp_path,
        """
  - model: {say: {wav: words.wav, text: "Good evening to you"}}
  - expect: {event: {type: /audio_transcript.done/, transcript: "Good evening to you"}}
  - expect: {heard: "Good evening to you"}
  - caller: {say: "And now?"}
  - model: {say: ["Listen.", {wav: voice.wav, text: "(a voice)"}]}
  - expect: {event: {type: /audio_transcript.done/, transcript: "(a voice)"}}
  - caller: {hang_up: true, after: 1.8s}
""",
    )
    assert result.outcome == "passed", "\n".join(explanation(result))
    last = list(result.journal.select("media", kind="heard"))[-1].frame
    assert last["text"] == "Listen."
    assert last["heard_s"] > 1.5
