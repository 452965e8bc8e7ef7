"""The names of all server events, by dialect (openai-realtime.md 3.1, 3.3)."""

from __future__ import annotations

from simulator.vendors.openai.dialects import BETA_NAMES

GA = (
    "error", "session.created", "session.updated", "conversation.created",
    *(f"conversation.item.{name}" for name in ("added", "done", "created", "retrieved", "truncated", "deleted")),
    *(f"conversation.item.input_audio_transcription.{name}" for name in ("delta", "segment", "completed", "failed")),
    *(f"input_audio_buffer.{name}" for name in (
        "committed", "cleared", "speech_started", "speech_stopped", "timeout_triggered", "dtmf_event_received",
    )),
    *(f"output_audio_buffer.{name}" for name in ("started", "stopped", "cleared")),
    "response.created", "response.done",
    *(f"response.{part}.{name}" for part in ("output_item", "content_part") for name in ("added", "done")),
    *(f"response.{part}.{name}" for part in (
        "output_text", "output_audio", "output_audio_transcript", "function_call_arguments", "mcp_call_arguments",
    ) for name in ("delta", "done")),
    *(f"{part}.{name}" for part in ("response.mcp_call", "mcp_list_tools") for name in ("in_progress", "completed", "failed")),
    "rate_limits.updated",
)  # fmt: skip
"""All 46 of GA."""
ONLY_GA = {"conversation.item.created", "input_audio_buffer.dtmf_event_received"} | {name for name in GA if "mcp" in name}
BETA = (
    *(name for ga in GA if ga not in ONLY_GA and (name := BETA_NAMES.get(ga, ga)) is not None),
    "transcription_session.created", "transcription_session.updated",
)  # fmt: skip
"""The 28 that jambonz subscribes to, and those that came later."""
NAMES = tuple(dict.fromkeys((*GA, *BETA)))
"""Every name of either dialect."""
_OTHERS = {beta: ga for ga, beta in BETA_NAMES.items() if beta is not None}


def ga_name(name: str) -> str:
    """What an event of either dialect is called in GA. Beta has one event where GA has `conversation.item.added` and `.done`."""
    return _OTHERS.get(name, name)
