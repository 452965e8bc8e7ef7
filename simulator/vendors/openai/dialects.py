"""GA and beta: one table of names, and the shapes that differ (openai-realtime.md 2, 3.1, 3.6, 7.1).

The core thinks in the GA shape. Beta is read into it on the way in (`from_beta`, after the event was checked in its own
words) and written from it on the way out (`to_beta`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.vendors.openai.events import Dialect, Json

BETA_NAMES: dict[str, str | None] = {
    "conversation.item.added": "conversation.item.created",
    "conversation.item.done": None,
    "conversation.item.input_audio_transcription.segment": None,
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
"""GA server event -> beta server event, None where beta has no such event; every other name is the same."""

BETA_PARTS = {"output_text": "text", "output_audio": "audio"}
BETA_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
GA_PARTS = {beta: ga for ga, beta in BETA_PARTS.items()}
GA_FORMATS: dict[str, Json] = {
    "pcm16": {"type": "audio/pcm", "rate": 24000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}


def offered_protocols(headers: Mapping[str, str]) -> list[str]:
    """The subprotocols a client offers, in its order."""
    return [name.strip() for name in headers.get("sec-websocket-protocol", "").split(",") if name.strip()]


def asked_dialect(headers: Mapping[str, str]) -> Dialect:
    """What a client asks for by header or subprotocol (1.2); header names are in lower case."""
    beta = "realtime=v1" in headers.get("openai-beta", "") or "openai-beta.realtime-v1" in offered_protocols(headers)
    return "beta" if beta else "ga"


# --- on the way in -----------------------------------------------------------------------------------------------------------

# beta member -> where it stands in a GA session
_SESSION_PATHS: dict[str, tuple[str, ...]] = {
    "modalities": ("output_modalities",),
    "voice": ("audio", "output", "voice"),
    "output_audio_format": ("audio", "output", "format"),
    "speed": ("audio", "output", "speed"),
    "input_audio_format": ("audio", "input", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "max_response_output_tokens": ("max_output_tokens",),
}


def from_beta(event: Json) -> Json:
    """A checked beta client event in the GA shape; nothing of the given event is changed."""
    match event["type"]:
        case "session.update":
            return event | {"session": {"type": "realtime"} | nested(event["session"])}
        case "transcription_session.update":
            return event | {"type": "session.update", "session": {"type": "transcription"} | nested(event["session"])}
        case "response.create" if event.get("response"):
            response = nested(event["response"])
            if "input" in response:
                response["input"] = [item_from_beta(item) for item in response["input"]]
            return event | {"response": response}
        case "conversation.item.create":
            return event | {"item": item_from_beta(event["item"])}
    return event


def nested(flat: Json) -> Json:
    """A flat beta session (or response) as the GA tree."""
    tree: Json = {}
    for name, value in flat.items():
        *branches, leaf = _SESSION_PATHS.get(name, (name,))
        node = tree
        for branch in branches:
            node = node.setdefault(branch, {})
        node[leaf] = GA_FORMATS[value] if leaf == "format" else value
    return tree


def item_from_beta(item: Json) -> Json:
    if item.get("role") != "assistant":
        return item
    return item | {"content": [part | {"type": GA_PARTS[part["type"]]} for part in item["content"]]}


# --- on the way out ------------------------------------------------------------------------------------------------------------


def to_beta(event: Json) -> Json | None:
    """A GA server event in the beta shape, None where beta is silent. The event's own top level is reused."""
    name = event["type"]
    if name in BETA_NAMES:
        beta_name = BETA_NAMES[name]
        if beta_name is None:
            return None
        event["type"] = beta_name
    event.pop("obfuscation", None)
    shape = _SHAPES.get(name)
    return shape(event) if shape else event


def item_to_beta(item: Json) -> Json:
    """With `object` after `id`, and the old names of an assistant's content parts."""
    beta: Json = {"id": item["id"], "object": "realtime.item"} | item
    if "content" in item:
        beta["content"] = [_part_to_beta(part) for part in item["content"]]
    return beta


def _part_to_beta(part: Json) -> Json:
    beta = part | {"type": BETA_PARTS.get(part["type"], part["type"])}
    if "format" in part:
        beta["format"] = BETA_FORMATS[part["format"]["type"]]
    return beta


def response_to_beta(response: Json) -> Json:
    speaks = response["audio"]["output"]
    return {
        "object": response["object"],
        "id": response["id"],
        "status": response["status"],
        "status_details": response["status_details"],
        "output": [item_to_beta(item) for item in response["output"]],
        "conversation_id": response["conversation_id"],
        "modalities": response["output_modalities"],
        "voice": speaks["voice"],
        "output_audio_format": BETA_FORMATS[speaks["format"]["type"]],
        "temperature": response.get("temperature", 0.8),
        "max_output_tokens": response["max_output_tokens"],
        "usage": _usage_to_beta(response["usage"]),
        "metadata": response["metadata"],
    }


def session_to_beta(session: Json) -> Json:
    """The flat session, in the order of the wire (2.2, 2.3)."""
    hears = session["audio"]["input"]
    heard: Json = {
        "input_audio_noise_reduction": hears["noise_reduction"],
        "input_audio_format": BETA_FORMATS[hears["format"]["type"]],
        "input_audio_transcription": hears["transcription"],
        "client_secret": None,
        "include": session["include"],
    }
    head = {"object": session["object"], "id": session["id"]}
    if session["type"] == "transcription":
        return head | {"expires_at": session["expires_at"], "turn_detection": hears["turn_detection"]} | heard
    speaks = session["audio"]["output"]
    return (
        head
        | {
            "model": session["model"],
            "modalities": session["output_modalities"],
            "instructions": session["instructions"],
            "voice": speaks["voice"],
            "output_audio_format": BETA_FORMATS[speaks["format"]["type"]],
            "tools": session["tools"],
            "tool_choice": session["tool_choice"],
            "temperature": session["temperature"],
            "max_response_output_tokens": session["max_output_tokens"],
            "turn_detection": hears["turn_detection"],
            "speed": speaks["speed"],
            "tracing": session["tracing"],
            "truncation": session["truncation"],
            "prompt": session["prompt"],
            "expires_at": session["expires_at"],
        }
        | heard
    )


def _usage_to_beta(usage: Json | None) -> Json | None:
    """Beta counts no images."""
    if usage is None:
        return None
    given = {name: count for name, count in usage["input_token_details"].items() if name != "image_tokens"}
    given["cached_tokens_details"] = {name: count for name, count in given["cached_tokens_details"].items() if name != "image_tokens"}
    return usage | {"input_token_details": given}


def _session_event(event: Json) -> Json:
    kind = event["session"]["type"]
    prefix = "transcription_session" if kind == "transcription" else "session"
    return event | {"type": event["type"].replace("session", prefix), "session": session_to_beta(event["session"])}


def _without_name(event: Json) -> Json:
    event.pop("name", None)
    return event


def _item_event(event: Json) -> Json:
    return event | {"item": item_to_beta(event["item"])}


def _response_event(event: Json) -> Json:
    return event | {"response": response_to_beta(event["response"])}


_SHAPES: dict[str, Callable[[Any], Json]] = {
    "session.created": _session_event,
    "session.updated": _session_event,
    "conversation.item.added": _item_event,
    "conversation.item.retrieved": _item_event,
    "response.output_item.added": _item_event,
    "response.output_item.done": _item_event,
    "response.created": _response_event,
    "response.done": _response_event,
    "response.function_call_arguments.done": _without_name,
}
