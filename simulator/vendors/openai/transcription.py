"""What the caller said, as text, some time after it was said (openai-realtime.md 4.7, 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from simulator.script import Script
from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.failures import Fatal
from simulator.vendors.openai.output import wait
from simulator.vendors.openai.response import WORDS
from simulator.vendors.openai.settings import Settings

BY_DURATION = ("whisper-1", "gpt-transcribe", "gpt-live-transcribe")
"""Models that bill seconds; the others bill tokens."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """One turn to transcribe. `text` None fails; `logprobs` says whether the session includes them."""

    item_id: str
    text: str | None
    model: str
    audio_ms: int
    logprobs: bool = False


def transcribe(turn: Transcription, pace: Settings, padding: Callable[[str], str]) -> Script[Json | Fatal, None]:
    """Deltas, then the whole text, or a failure. whisper-1 says everything in one delta."""
    yield from wait(pace.transcription_after_s)
    if turn.text is None:
        yield messages.transcription_failed(turn.item_id)
        return
    yield from _deltas(turn, padding)
    yield from wait(pace.transcription_lasts_s)
    logprobs = [{"token": word, "logprob": 0.0, "bytes": list(word.encode())} for word in WORDS.findall(turn.text)] if turn.logprobs else None
    yield messages.transcription_completed(turn.item_id, turn.text, transcript_usage(turn) if pace.transcription_usage else None, logprobs)


def _deltas(turn: Transcription, padding: Callable[[str], str]) -> Generator[Json, None, None]:
    text = turn.text or ""
    for delta in [text] if turn.model == "whisper-1" and text else WORDS.findall(text):
        yield messages.transcription_delta(turn.item_id, delta, padding(delta))


def transcript_usage(turn: Transcription) -> Json:
    """Duration or tokens, by model."""
    if turn.model in BY_DURATION:
        return {"type": "duration", "seconds": round(turn.audio_ms / 1000, 2)}
    heard, written = usage.heard_tokens(turn.audio_ms), usage.text_tokens(turn.text or "") + 2
    details = {"text_tokens": 0, "audio_tokens": heard}
    return {"type": "tokens", "total_tokens": heard + written, "input_tokens": heard, "input_token_details": details, "output_tokens": written}
