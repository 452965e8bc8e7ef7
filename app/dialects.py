"""The two dialects of the Realtime API: what one assistant looks like in each.

GA is what OpenAI serves; beta, switched off by OpenAI on 12 May 2026, is still spoken by Azure and older servers. Each
refuses the other's names, and jambonz ends the call on any refusal.
Sources: protocol/openai-realtime.md 2.1-2.4 (session), 7.1 (response), 3.1 (names of events); protocol/jambonz.md 6.2, 6.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.settings import Dialect

if TYPE_CHECKING:
    from app.assistant import Assistant

RENAMED = {
    "conversation.item.created": ("conversation.item.added", "conversation.item.done"),
    "response.text.delta": ("response.output_text.delta",),
    "response.text.done": ("response.output_text.done",),
    "response.audio.delta": ("response.output_audio.delta",),
    "response.audio.done": ("response.output_audio.done",),
    "response.audio_transcript.delta": ("response.output_audio_transcript.delta",),
    "response.audio_transcript.done": ("response.output_audio_transcript.done",),
}
"""Events with a name of their own in each dialect: beta to GA."""


def session_update(assistant: Assistant, dialect: Dialect) -> dict[str, Any]:
    """The `session` of `session.update`.

    Audio formats are left out: the feature server chooses what it sends and plays.
    """
    tools = [tool.definition() for tool in assistant.tools]
    transcription = {"model": assistant.transcription_model}
    detection = assistant.turn_detection.server_vad()
    common = {"instructions": assistant.instructions, "tools": tools, "tool_choice": "auto"}
    match dialect:
        case "ga":
            return {
                "type": "realtime",
                "output_modalities": ["audio"],
                **common,
                "audio": {
                    "input": {"transcription": transcription, "turn_detection": detection},
                    "output": {"voice": assistant.voice},
                },
            }
        case "beta":
            return {
                "modalities": ["text", "audio"],
                **common,
                "voice": assistant.voice,
                "input_audio_transcription": transcription,
                "turn_detection": detection,
            }


def response_create(assistant: Assistant, dialect: Dialect) -> dict[str, Any]:
    """The `response` of the first `response.create`, which is what the caller hears first.

    jambonz sends it before the session update, so it stands alone: the model knows nothing else yet. Instructions of
    a response replace those of the session, hence both parts; the voice is the session's, since it cannot be changed
    once it has been heard.
    """
    instructions = f"{assistant.instructions}\n\n{assistant.opening}"
    match dialect:
        case "ga":
            return {"output_modalities": ["audio"], "instructions": instructions, "audio": {"output": {"voice": assistant.voice}}}
        case "beta":
            return {"modalities": ["text", "audio"], "instructions": instructions, "voice": assistant.voice}


def events(names: Iterable[str]) -> list[str]:
    """The `events` filter for jambonz: every name in both spellings, each once, in order.

    Which spelling arrives depends on the model server *and* on the feature server (deployed ones alias GA names back
    to beta), and a wildcard is only ever expanded to beta names. So names are listed, and what a wildcard leaves out
    is listed beside it.
    """
    return list(dict.fromkeys(spelling for name in names for spelling in (name, *_other_spellings(name))))


def _other_spellings(name: str) -> list[str]:
    if name.endswith(".*"):
        # jambonz matches the prefix without its dot: response.audio.* takes response.audio_transcript.done too.
        return [ga for beta, renamed in RENAMED.items() if beta.startswith(name.removesuffix(".*")) for ga in renamed]
    return [*RENAMED.get(name, ()), *(beta for beta, renamed in RENAMED.items() if name in renamed)]
