"""Which of the model's events an application receives (openai_s2s.js:40-54, 375-395; jambonz.md 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SERVER_EVENTS = (
    "error",
    "session.created",
    "session.updated",
    "conversation.created",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "conversation.item.created",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.truncated",
    "conversation.item.deleted",
    "response.created",
    "response.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.text.delta",
    "response.text.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.audio.delta",
    "response.audio.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "rate_limits.updated",
    "output_audio.playback_started",
    "output_audio.playback_stopped",
)
"""The names that wildcards and `all` expand to: those of the beta dialect."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The server's own reading of `events`. An empty `include` lets everything through that is not excluded."""

    include: frozenset[str]
    exclude: frozenset[str]

    @classmethod
    def parse(cls, events: Sequence[str] | None) -> EventFilter:
        """`events` as the application wrote it; None means every known name."""
        if events is None:
            return cls(frozenset(SERVER_EVENTS), frozenset())
        minus = [name[1:] for name in events if name.startswith("-")]
        if "all" in events:
            return cls(frozenset(), _expand(minus)) if minus else cls(frozenset(SERVER_EVENTS), frozenset())
        return cls(_expand([name for name in events if not name.startswith("-")]), _expand(minus))

    def delivers(self, type_: str) -> bool:
        """Whether an event of this type reaches the application."""
        return type_ in self.include if self.include else type_ not in self.exclude


def _expand(names: Sequence[str]) -> frozenset[str]:
    """`x.*` is every known name that starts with `x` (without the dot: `response.audio.*` takes `response.audio_transcript.*` too)."""
    found: set[str] = set()
    for name in names:
        if name.endswith(".*"):
            found |= {known for known in SERVER_EVENTS if known.startswith(name[:-2])}
        else:
            found.add(name)
    return frozenset(found)
