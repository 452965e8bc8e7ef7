"""What clients send: valid events of every type, and how to spoil them."""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from typing import Any, Literal

from hypothesis import strategies as st

from simulator.speech import noise, speak
from simulator.vendors.openai.events import Dialect, Json
from simulator.vendors.openai.forms import Kind
from tests.vendors.openai.model_dialogue import SILENCE

SOUNDS = {
    "silence": 400 * SILENCE,
    "words": speak("Hello there", 24000).pcm,
    "turn": speak("Hello there", 24000).pcm + 400 * SILENCE,
    "two turns": speak("One", 24000).pcm + 400 * SILENCE + speak("Two", 24000).pcm + 400 * SILENCE,
    "cough": noise(0.3, 24000).pcm,
    "line": noise(0.5, 24000, level_dbfs=-50).pcm,
    "a long silence": 6000 * SILENCE,
    "odd": b"\x01\x02\x03",
}
SAMPLE = b64encode(200 * SILENCE).decode()
TOOL = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}
DOCS = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"}
HEARING: list[Json] = [
    {"turn_detection": None},
    {"turn_detection": {"type": "server_vad", "threshold": 0.8, "silence_duration_ms": 500}},
    {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}},
    {"transcription": {"model": "whisper-1"}},
    {"transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"}},
    {"transcription": None, "noise_reduction": {"type": "near_field"}},
]
ANSWERING: list[Json] = [
    {"turn_detection": {"type": "server_vad", "interrupt_response": False}},
    {"turn_detection": {"type": "server_vad", "create_response": False}},
    {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}},
]
BETA_HEARING = {"transcription": "input_audio_transcription", "noise_reduction": "input_audio_noise_reduction", "turn_detection": "turn_detection"}
SESSIONS: dict[Dialect, list[Json]] = {
    "ga": [
        {"instructions": "Be brief.", "tools": [TOOL], "tool_choice": {"type": "function", "name": "f"}},
        {"tools": [TOOL, DOCS], "max_output_tokens": 100},
        {"audio": {"output": {"voice": "ash"}}},
        {"audio": {"output": {"speed": 1.5}, "input": {"transcription": {"model": "gpt-4o-transcribe-diarize"}}}},
        {"audio": {"output": {"format": {"type": "audio/pcmu"}}, "input": {"format": {"type": "audio/pcma"}}}},
        {"output_modalities": ["text"], "model": "another", "truncation": {"type": "retention_ratio", "retention_ratio": 0.8}},
        {"include": ["item.input_audio_transcription.logprobs"], "tracing": "auto", "prompt": None},
    ],
    "beta": [
        {"instructions": "Be brief.", "tools": [TOOL], "tool_choice": "required", "temperature": 0.7},
        {"voice": "ash"},
        {"speed": 1.5},
        {"output_audio_format": "g711_alaw", "input_audio_format": "g711_ulaw"},
        {"modalities": ["text"], "max_response_output_tokens": 50},
        {"modalities": ["text", "audio"], "model": "another"},
    ],
}
RESPONSES: dict[Dialect, list[Json]] = {
    "ga": [
        {"output_modalities": ["text"], "instructions": "Write."},
        {"conversation": "none", "metadata": {"topic": "aside"}, "input": []},
        {"conversation": "none", "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}]},
        {"audio": {"output": {"format": {"type": "audio/pcma"}}}, "max_output_tokens": 5},
        {"audio": {"output": {"voice": "ash"}}},
    ],
    "beta": [
        {"modalities": ["text"], "temperature": 0.9},
        {"conversation": "none", "metadata": {"topic": "aside"}},
        {"voice": "ash", "max_response_output_tokens": 5},
    ],
}


def session(dialect: Dialect, kind: Kind, choice: int) -> Json:
    """A valid `session` of an update."""
    hearing = HEARING if kind == "transcription" else HEARING + ANSWERING
    rest = [] if kind == "transcription" else SESSIONS[dialect]
    place = choice % (len(hearing) + len(rest) + 1)
    if place < len(hearing):
        given = hearing[place]
        chosen: Json = {"audio": {"input": given}} if dialect == "ga" else {BETA_HEARING[name]: value for name, value in given.items()}
    else:
        chosen = ([*rest, {}])[place - len(hearing)]
    return ({"type": kind} if dialect == "ga" else {}) | deepcopy(chosen)


def items(dialect: Dialect, call_id: str) -> list[Json]:
    """Valid items a client may create."""
    said = "output_text" if dialect == "ga" else "text"
    both: list[Json] = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": SAMPLE}]},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be kind."}], "status": "completed"},
        {"type": "message", "role": "assistant", "content": [{"type": said, "text": "Hello"}]},
        {"type": "function_call", "name": "f", "call_id": "call_mine", "arguments": "{}"},
        {"type": "function_call_output", "call_id": call_id, "output": ""},
    ]
    ga: list[Json] = [
        {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
    ]
    return both + (ga if dialect == "ga" else [])


def valid(name: str, dialect: Dialect, kind: Kind, choice: int, item_id: str, call_id: str, response_id: str | None) -> Json:
    """A client event of this type that fits its form; whether it fits the conversation is another question."""
    members: Json = {}
    match name:
        case "session.update" | "transcription_session.update":
            members = {"session": session(dialect, kind, choice)}
        case "input_audio_buffer.append" | "session.input_audio_buffer.append":
            audio = SOUNDS[sorted(SOUNDS)[choice % len(SOUNDS)]]
            members = {"audio": b64encode(audio).decode() if choice % 2 else audio}
        case "conversation.item.create":
            known = items(dialect, call_id)
            item = known[choice % len(known)] | ({"id": "ab"[choice % 2]} if choice % 3 == 0 else {})
            members = {"item": item} | ({"previous_item_id": (item_id, "root", None)[choice % 3]} if choice % 2 else {})
        case "conversation.item.truncate":
            members = {"item_id": item_id, "content_index": 0, "audio_end_ms": choice * 20}
        case "conversation.item.delete" | "conversation.item.retrieve":
            members = {"item_id": item_id}
        case "response.create":
            known = RESPONSES[dialect]
            members = {"response": deepcopy(known[choice % len(known)])} if choice % 3 else {}
        case "response.cancel":
            members = {"response_id": response_id} if choice % 2 else {}
    return {"type": name} | members


# --- spoiling --------------------------------------------------------------------------------------------------------------------

Spoil = Literal["drop", "bogus", "nested bogus", "swap"]
SPOILS: tuple[Spoil, ...] = ("drop", "bogus", "nested bogus", "swap", "swap")
REQUIRED = {
    "session.update": ("session",), "transcription_session.update": ("session",), "input_audio_buffer.append": ("audio",),
    "session.input_audio_buffer.append": ("audio",), "conversation.item.create": ("item",), "conversation.item.retrieve": ("item_id",),
    "conversation.item.delete": ("item_id",), "conversation.item.truncate": ("item_id", "content_index", "audio_end_ms"),
}  # fmt: skip
RUBBISH: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(-2, 2) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "id", "x"]), inner, max_size=2),
    max_leaves=3,
)


def spoiled(event: Json, how: Spoil, place: int, rubbish: Any) -> tuple[Json, tuple[str, str] | None]:
    """The event with one thing wrong; and the code and param that must be answered, as far as they follow from what was done."""
    event = deepcopy(event)
    match how:
        case "drop":
            needed = REQUIRED.get(event["type"], ("type",))
            name = needed[place % len(needed)]
            del event[name]
            return event, ("missing_required_parameter", name)
        case "nested bogus" if inner := [name for name, value in event.items() if isinstance(value, dict)]:
            event[inner[0]]["bogus"] = rubbish
            return event, ("unknown_parameter", f"{inner[0]}.bogus")
        case "bogus" | "nested bogus":
            return event | {"bogus": rubbish}, ("unknown_parameter", "bogus")
        case "swap":
            paths = list(_paths(event))
            *branches, leaf = paths[place % len(paths)]
            node: Any = event
            for branch in branches:
                node = node[branch]
            node[leaf] = rubbish
            return event, None


def _paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every member, `type` of the event aside."""
    found: list[tuple[Any, ...]] = []
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += ([(*before, name)] if before or name != "type" else []) + _paths(inner, (*before, name))
    return found or [("event_id",)]
