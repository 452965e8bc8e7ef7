"""Server events, in the GA shape. Arguments in, dict out; the connection fills in `event_id` (openai-realtime.md 3.3).

Order of members: `type`, `event_id`, payload. Items are shown as they are at that moment: an `Entry` replaces its item,
so what an event carries does not change afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.vendors.openai.events import Json

# response_id, item_id, output_index: what every event inside an output item begins with
Place = tuple[str, str, int]


def session_created(session: Json) -> Json:
    return {"type": "session.created", "event_id": "", "session": session}


def session_updated(session: Json) -> Json:
    return {"type": "session.updated", "event_id": "", "session": session}


def conversation_created(conversation_id: str) -> Json:
    return {"type": "conversation.created", "event_id": "", "conversation": {"id": conversation_id, "object": "realtime.conversation"}}


# --- conversation ------------------------------------------------------------------------------------------------------------


def item_added(previous_item_id: str | None, item: Json) -> Json:
    return {"type": "conversation.item.added", "event_id": "", "previous_item_id": previous_item_id, "item": item}


def item_done(previous_item_id: str | None, item: Json) -> Json:
    return {"type": "conversation.item.done", "event_id": "", "previous_item_id": previous_item_id, "item": item}


def item_retrieved(item: Json) -> Json:
    return {"type": "conversation.item.retrieved", "event_id": "", "item": item}


def item_truncated(item_id: str, content_index: int, audio_end_ms: int) -> Json:
    numbers = {"item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms}
    return {"type": "conversation.item.truncated", "event_id": ""} | numbers


def item_deleted(item_id: str) -> Json:
    return {"type": "conversation.item.deleted", "event_id": "", "item_id": item_id}


# --- input audio -------------------------------------------------------------------------------------------------------------


def speech_started(audio_start_ms: int, item_id: str) -> Json:
    return {"type": "input_audio_buffer.speech_started", "event_id": "", "audio_start_ms": audio_start_ms, "item_id": item_id}


def speech_stopped(audio_end_ms: int, item_id: str) -> Json:
    return {"type": "input_audio_buffer.speech_stopped", "event_id": "", "audio_end_ms": audio_end_ms, "item_id": item_id}


def timeout_triggered(audio_start_ms: int, audio_end_ms: int, item_id: str) -> Json:
    span = {"audio_start_ms": audio_start_ms, "audio_end_ms": audio_end_ms, "item_id": item_id}
    return {"type": "input_audio_buffer.timeout_triggered", "event_id": ""} | span


def committed(previous_item_id: str | None, item_id: str) -> Json:
    return {"type": "input_audio_buffer.committed", "event_id": "", "previous_item_id": previous_item_id, "item_id": item_id}


def cleared() -> Json:
    return {"type": "input_audio_buffer.cleared", "event_id": ""}


def transcription_delta(item_id: str, delta: str, obfuscation: str) -> Json:
    name = "conversation.item.input_audio_transcription.delta"
    return {"type": name, "event_id": "", "item_id": item_id, "content_index": 0, "delta": delta, "obfuscation": obfuscation}


def transcription_completed(item_id: str, transcript: str, usage: Json | None, logprobs: list[Json] | None) -> Json:
    name = "conversation.item.input_audio_transcription.completed"
    event: Json = {"type": name, "event_id": "", "item_id": item_id, "content_index": 0, "transcript": transcript}
    if logprobs is not None:
        event["logprobs"] = logprobs
    if usage is not None:
        event["usage"] = usage
    return event


def transcription_segment(item_id: str, segment_id: str, text: str, speaker: str, start_s: float, end_s: float) -> Json:
    name = "conversation.item.input_audio_transcription.segment"
    said = {"text": text, "id": segment_id, "speaker": speaker, "start": start_s, "end": end_s}
    return {"type": name, "event_id": "", "item_id": item_id, "content_index": 0} | said


def transcription_failed(item_id: str) -> Json:
    name = "conversation.item.input_audio_transcription.failed"
    text = f"Input transcription failed for item '{item_id}'. 429 Too Many Requests"
    error = {"type": "server_error", "code": None, "message": text, "param": None}
    return {"type": name, "event_id": "", "item_id": item_id, "content_index": 0, "error": error}


# --- responses ---------------------------------------------------------------------------------------------------------------


def response_created(response: Json) -> Json:
    return {"type": "response.created", "event_id": "", "response": response}


def response_done(response: Json) -> Json:
    return {"type": "response.done", "event_id": "", "response": response}


def output_item_added(response_id: str, output_index: int, item: Json) -> Json:
    return {"type": "response.output_item.added", "event_id": "", "response_id": response_id, "output_index": output_index, "item": item}


def output_item_done(response_id: str, output_index: int, item: Json) -> Json:
    return {"type": "response.output_item.done", "event_id": "", "response_id": response_id, "output_index": output_index, "item": item}


def content_part_added(place: Place, part: Json) -> Json:
    return _within("response.content_part.added", place) | {"content_index": 0, "part": part}


def content_part_done(place: Place, part: Json) -> Json:
    return _within("response.content_part.done", place) | {"content_index": 0, "part": part}


def content_deltas(name: str, place: Place, deltas: Sequence[str], obfuscation: Sequence[str]) -> list[Json]:
    """Pieces of text (`response.output_text.delta`) or of a transcript, each with its padding."""
    empty = _within(name, place) | {"content_index": 0, "delta": "", "obfuscation": ""}
    events = []
    for delta, padding in zip(deltas, obfuscation, strict=True):
        event = empty.copy()  # most events of a server are these, and a copy costs half of a new one
        event["delta"], event["obfuscation"] = delta, padding
        events.append(event)
    return events


def audio_delta(place: Place, delta: bytes) -> Json:
    response_id, item_id, output_index = place
    return {
        "type": "response.output_audio.delta",
        "event_id": "",
        "response_id": response_id,
        "item_id": item_id,
        "output_index": output_index,
        "content_index": 0,
        "delta": delta,
    }


def text_done(place: Place, text: str) -> Json:
    return _within("response.output_text.done", place) | {"content_index": 0, "text": text}


def audio_done(place: Place) -> Json:
    return _within("response.output_audio.done", place) | {"content_index": 0}


def transcript_done(place: Place, transcript: str) -> Json:
    return _within("response.output_audio_transcript.done", place) | {"content_index": 0, "transcript": transcript}


def arguments_delta(place: Place, call_id: str, delta: str, obfuscation: str) -> Json:
    """Inferred: that GA pads these deltas, too."""
    return _within("response.function_call_arguments.delta", place) | {"call_id": call_id, "delta": delta, "obfuscation": obfuscation}


def arguments_done(place: Place, call_id: str, name: str, arguments: str) -> Json:
    return _within("response.function_call_arguments.done", place) | {"call_id": call_id, "name": name, "arguments": arguments}


# --- MCP (GA only) -----------------------------------------------------------------------------------------------------------


def mcp_list_tools(state: str, item_id: str) -> Json:
    """`state` is in_progress, completed or failed."""
    return {"type": f"mcp_list_tools.{state}", "event_id": "", "item_id": item_id}


def mcp_call(state: str, item_id: str, output_index: int) -> Json:
    """`state` is in_progress, completed or failed; there is no `response_id` (3.3)."""
    return {"type": f"response.mcp_call.{state}", "event_id": "", "item_id": item_id, "output_index": output_index}


def mcp_arguments_delta(place: Place, delta: str, obfuscation: str) -> Json:
    return _within("response.mcp_call_arguments.delta", place) | {"delta": delta, "obfuscation": obfuscation}


def mcp_arguments_done(place: Place, arguments: str) -> Json:
    return _within("response.mcp_call_arguments.done", place) | {"arguments": arguments}


def _within(name: str, place: Place) -> Json:
    response_id, item_id, output_index = place
    return {"type": name, "event_id": "", "response_id": response_id, "item_id": item_id, "output_index": output_index}
