"""What the caller said, as text, some time after it was said (openai-realtime.md 4.7, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass

from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.line import Steps, wait
from simulator.vendors.openai.output import WORDS
from simulator.vendors.openai.settings import Settings

BY_DURATION = ("whisper-1", "gpt-transcribe", "gpt-live-transcribe")
"""Models that bill seconds; the others bill tokens."""
WHO_SPEAKS = "gpt-4o-transcribe-diarize"
"""The model that also says who speaks when; there is one caller, so it is always the same speaker (GA only)."""
SPEAKER = "spk_1"
SENTENCE = re.compile(r"(?<=[.?!]) +")


@dataclass(frozen=True, slots=True)
class Transcription:
    """One turn to transcribe. `text` None fails; `logprobs` says whether the session includes them."""

    item_id: str
    text: str | None
    model: str
    audio_ms: int
    logprobs: bool = False


def transcribe(turn: Transcription, pace: Settings, padding: Callable[[str], str]) -> Steps:
    """Deltas, segments of the model that makes them, then the whole text; or a failure. whisper-1 says everything in one delta."""
    yield from wait(pace.transcription_after_s)
    if turn.text is None:
        yield messages.transcription_failed(turn.item_id)
        return
    yield from _deltas(turn, padding)
    yield from wait(pace.transcription_lasts_s)
    if turn.model == WHO_SPEAKS:
        yield from _segments(turn.item_id, turn.text, turn.audio_ms)
    logprobs = [{"token": word, "logprob": 0.0, "bytes": list(word.encode())} for word in WORDS.findall(turn.text)] if turn.logprobs else None
    yield messages.transcription_completed(turn.item_id, turn.text, transcript_usage(turn) if pace.transcription_usage else None, logprobs)


def _deltas(turn: Transcription, padding: Callable[[str], str]) -> Generator[Json, None, None]:
    text = turn.text or ""
    for delta in [text] if turn.model == "whisper-1" and text else WORDS.findall(text):
        yield messages.transcription_delta(turn.item_id, delta, padding(delta))


def _segments(item_id: str, text: str, audio_ms: int) -> Generator[Json, None, None]:
    """One for each sentence; its share of the time is its share of the text (inferred: they come before the whole transcript)."""
    sentences = SENTENCE.split(text) if text else []
    s_each = audio_ms / 1000 / max(1, sum(map(len, sentences)))
    start_s = 0.0
    for number, sentence in enumerate(sentences, 1):
        end_s = start_s + len(sentence) * s_each
        yield messages.transcription_segment(item_id, f"seg_{number:04}", sentence, SPEAKER, round(start_s, 3), round(end_s, 3))
        start_s = end_s


def transcript_usage(turn: Transcription) -> Json:
    """Duration or tokens, by model."""
    if turn.model in BY_DURATION:
        return {"type": "duration", "seconds": round(turn.audio_ms / 1000, 2)}
    heard, written = usage.heard_tokens(turn.audio_ms), usage.text_tokens(turn.text or "") + 2
    details = {"text_tokens": 0, "audio_tokens": heard}
    return {"type": "tokens", "total_tokens": heard + written, "input_tokens": heard, "input_token_details": details, "output_tokens": written}
