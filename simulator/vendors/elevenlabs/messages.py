"""What an agent says over its websocket. Source of the shapes: public documentation of the Agents websocket."""

from __future__ import annotations

from typing import Any

from simulator.vendors.vendor import Json


def conversation_initiation_metadata(conversation_id: str, heard_hz: int, spoken_hz: int) -> Json:
    """The first message: audio is 16-bit PCM at these rates."""
    members = {
        "conversation_id": conversation_id,
        "agent_output_audio_format": f"pcm_{spoken_hz}",
        "user_input_audio_format": f"pcm_{heard_hz}",
    }
    return {"type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": members}


def ping(event_id: int) -> Json:
    """The client answers with a `pong` of the same id."""
    return {"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": 40}}


def user_transcript(text: str) -> Json:
    """What was understood of the caller."""
    return {"type": "user_transcript", "user_transcription_event": {"user_transcript": text}}


def agent_response(text: str) -> Json:
    """What the agent is about to say, as a whole."""
    return {"type": "agent_response", "agent_response_event": {"agent_response": text}}


def audio(chunk: bytes, event_id: int) -> Json:
    """A piece of what it says."""
    return {"type": "audio", "audio_event": {"audio_base_64": chunk, "event_id": event_id}}


def interruption(event_id: int) -> Json:
    """It stops; audio of events up to this one is not to be played any more."""
    return {"type": "interruption", "interruption_event": {"event_id": event_id}}


def agent_response_correction(original: str, heard: str) -> Json:
    """What the caller heard of a response that was interrupted."""
    members = {"original_agent_response": original, "corrected_agent_response": f"{heard}..."}
    return {"type": "agent_response_correction", "agent_response_correction_event": members}


def client_tool_call(name: str, call_id: str, parameters: Any) -> Json:
    """The client is to run a tool and answer with a `client_tool_result`."""
    return {"type": "client_tool_call", "client_tool_call": {"tool_name": name, "tool_call_id": call_id, "parameters": parameters}}


def error(code: int | str, message: str) -> Json:
    """Something went wrong."""
    return {"type": "error", "error": {"code": code, "message": message}}
