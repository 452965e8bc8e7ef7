"""The assistant: who it is, how it listens, what it can do. This is the one file to edit.

From `ASSISTANT` below both dialects of the Realtime API are produced (`app/dialects.py`) and put into the answer to a
new call. That answer must fit into 24 KiB, which is checked when the application starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.settings import Dialect
from app.tools import Tool
from app.tools.weather import get_weather


@dataclass(frozen=True, slots=True)
class TurnDetection:
    """How the model notices that the caller speaks, and has finished (server side voice activity detection)."""

    threshold: float
    """0 to 1; higher needs louder speech. A telephone line is noisy, so above the model's default of 0.5."""
    prefix_padding_ms: int
    silence_duration_ms: int

    def server_vad(self) -> dict[str, Any]:
        """The object both dialects want (protocol/openai-realtime.md 2.4)."""
        return {
            "type": "server_vad",
            "threshold": self.threshold,
            "prefix_padding_ms": self.prefix_padding_ms,
            "silence_duration_ms": self.silence_duration_ms,
        }


@dataclass(frozen=True, slots=True)
class Assistant:
    """Everything that makes one assistant different from another."""

    instructions: str
    opening: str
    """Added to the instructions for the first response only, before the caller has said anything."""
    models: Mapping[Dialect, str]
    voice: str
    turn_detection: TurnDetection
    transcription_model: str
    tools: tuple[Tool, ...]
    events: tuple[str, ...]
    """What the application wants to see beside what it needs itself; either dialect's name, wildcards of jambonz too."""


ASSISTANT = Assistant(
    instructions=(
        "You are a friendly assistant on the telephone who tells callers about the weather. "
        "You only speak and listen, so answer in one or two short sentences, without lists or symbols, and say numbers as a person would. "
        "Use the tool get_weather for every question about the weather, also when you believe you know the answer, and never make up a value. "
        "Use the scale that the caller asks for, otherwise the one usual at the place. "
        "When the tool answers with an error, tell the caller in plain words what went wrong and offer to try again or another place. "
        "Speak the caller's language."
    ),
    opening="The caller has just been connected. Greet the caller in one short sentence and ask which place's weather to look up.",
    models={"ga": "gpt-realtime", "beta": "gpt-4o-realtime-preview-2024-10-01"},
    # The default voice of both dialects: whatever the order in which jambonz' two messages take effect, it never changes.
    voice="alloy",
    turn_detection=TurnDetection(threshold=0.8, prefix_padding_ms=300, silence_duration_ms=500),
    transcription_model="whisper-1",
    tools=(get_weather,),
    events=(
        "conversation.item.*",
        "response.audio_transcript.done",
        "input_audio_buffer.committed",
    ),
)
