"""What clients may send: the form of every client event in both dialects (openai-realtime.md 2.4, 3.2, 6.1, 7.1, 8.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from simulator.vendors.openai.checks import (
    Check,
    anything,
    array,
    choice,
    either,
    integer,
    mapping,
    members,
    nullable,
    number,
    tagged,
    text,
)
from simulator.vendors.openai.events import Dialect

Kind = Literal["realtime", "transcription"]

EVENT_ID = nullable(text(max_length=512))
ITEM_ID = text(max_length=32, pattern=r"^[a-zA-Z0-9_-]+$")
CALL_ID = text(max_length=32, pattern=r"^[a-zA-Z0-9_-]+$")
AUDIO = Check("a string", (str, bytes))
BOOLEAN = Check("a boolean", (bool,))
TEXT = text()

# --- members of sessions and responses -----------------------------------------------------------------------------------

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
VOICE = {"ga": either(choice(*VOICES, "marin", "cedar"), members("id", id=TEXT)), "beta": choice(*VOICES)}
FORMAT = {
    "ga": tagged(audio__pcm=members(type=TEXT, rate=integer(24000, 24000)), audio__pcmu=members(type=TEXT), audio__pcma=members(type=TEXT)),
    "beta": choice("pcm16", "g711_ulaw", "g711_alaw"),
}
TRANSCRIPTION = nullable(
    members(model=TEXT, language=nullable(TEXT), prompt=nullable(TEXT), delay=nullable(TEXT), languages=array(TEXT), keywords=array(TEXT))
)
NOISE_REDUCTION = nullable(members(type=choice("near_field", "far_field")))
MILLISECONDS = integer(0)
SERVER_VAD = {"type": TEXT, "threshold": number(0, 1), "prefix_padding_ms": MILLISECONDS, "silence_duration_ms": MILLISECONDS}
SEMANTIC_VAD = {"type": TEXT, "eagerness": choice("low", "medium", "high", "auto")}
ANSWERS = {"create_response": BOOLEAN, "interrupt_response": BOOLEAN}
TURN_DETECTION = nullable(
    tagged(
        "type",
        "server_vad",
        server_vad=members(**SERVER_VAD, **ANSWERS, idle_timeout_ms=nullable(integer(5000, 30000))),
        semantic_vad=members(**SEMANTIC_VAD, **ANSWERS),
    )
)
TURN_DETECTION_ONLY = nullable(tagged("type", "server_vad", server_vad=members(**SERVER_VAD), semantic_vad=members(**SEMANTIC_VAD)))
FUNCTION = members(
    "name", type=TEXT, name=text(max_length=64, pattern=r"^[a-zA-Z0-9_-]+$"), description=nullable(TEXT), parameters=nullable(mapping(anything()))
)
MCP = members(
    "server_label", type=TEXT, server_label=TEXT, server_url=TEXT, connector_id=TEXT, tunnel_id=TEXT, server_description=TEXT,
    authorization=nullable(TEXT), headers=nullable(mapping(TEXT)), defer_loading=BOOLEAN,
    allowed_tools=nullable(either(array(TEXT), mapping(anything()))),
    require_approval=nullable(either(choice("always", "never"), mapping(anything()))),
)  # fmt: skip
CHOICES = choice("auto", "none", "required")
TOOLS = {"ga": array(tagged(function=FUNCTION, mcp=MCP)), "beta": array(tagged(function=FUNCTION))}
FORCED = members("name", type=TEXT, name=TEXT)
FORCED_MCP = members("server_label", type=TEXT, server_label=TEXT, name=nullable(TEXT))
TOOL_CHOICE = {"ga": either(CHOICES, tagged(function=FORCED, mcp=FORCED_MCP)), "beta": either(CHOICES, tagged(function=FORCED))}
MAX_TOKENS = either(integer(1, 4096), choice("inf"))
TEMPERATURE = number(0.6, 1.2)
TRACING = nullable(either(choice("auto"), members(workflow_name=TEXT, group_id=TEXT, metadata=mapping(anything()))))
TRUNCATION = either(
    choice("auto", "disabled"),
    tagged(retention_ratio=members("retention_ratio", type=TEXT, retention_ratio=number(0, 1), token_limits=mapping(integer(0)))),
)
PROMPT = nullable(members("id", id=TEXT, version=nullable(TEXT), variables=nullable(mapping(anything()))))
INCLUDE = nullable(array(choice("item.input_audio_transcription.logprobs")))
METADATA = nullable(mapping(text(max_length=512), max_length=16))
REASONING = {"reasoning": nullable(members(effort=choice("minimal", "low", "medium", "high", "xhigh"))), "parallel_tool_calls": BOOLEAN}
"""Only for reasoning models; any other refuses them as unknown."""
MODALITY = choice("text", "audio")
SPEED = number(0.25, 1.5)


def reasons(model: str) -> bool:
    return model.startswith("gpt-realtime-2")


@lru_cache(maxsize=64)
def session(dialect: Dialect, kind: Kind, model: str) -> Check:
    """The `session` of an update, for a session of this kind."""
    if dialect == "ga":
        hears = {"format": FORMAT["ga"], "transcription": TRANSCRIPTION, "noise_reduction": NOISE_REDUCTION}
        if kind == "transcription":
            hearing = members(input=members(**hears, turn_detection=TURN_DETECTION_ONLY))
            return members("type", type=choice("realtime", "transcription"), audio=hearing, include=INCLUDE)
        speaks = members(format=FORMAT["ga"], voice=VOICE["ga"], speed=SPEED)
        return members(
            "type", type=choice("realtime", "transcription"), model=TEXT, output_modalities=array(MODALITY), instructions=TEXT, tools=TOOLS["ga"],
            tool_choice=TOOL_CHOICE["ga"], max_output_tokens=MAX_TOKENS, tracing=TRACING, truncation=TRUNCATION, prompt=PROMPT, include=INCLUDE,
            audio=members(input=members(**hears, turn_detection=TURN_DETECTION), output=speaks), **(REASONING if reasons(model) else {}),
        )  # fmt: skip
    heard = {
        "input_audio_format": FORMAT["beta"], "input_audio_transcription": TRANSCRIPTION, "input_audio_noise_reduction": NOISE_REDUCTION,
        "include": INCLUDE,
    }  # fmt: skip
    if kind == "transcription":
        return members(**heard, turn_detection=TURN_DETECTION_ONLY)
    return members(
        **heard, turn_detection=TURN_DETECTION, model=TEXT, modalities=array(MODALITY), instructions=TEXT, voice=VOICE["beta"],
        output_audio_format=FORMAT["beta"], tools=TOOLS["beta"], tool_choice=TOOL_CHOICE["beta"], temperature=TEMPERATURE,
        max_response_output_tokens=MAX_TOKENS, speed=SPEED, tracing=TRACING, truncation=TRUNCATION, prompt=PROMPT,
    )  # fmt: skip


# --- conversation items ----------------------------------------------------------------------------------------------------

INPUT_TEXT = members("text", type=TEXT, text=TEXT)
INPUT_AUDIO = members("audio", type=TEXT, audio=AUDIO, transcript=nullable(TEXT))
INPUT_IMAGE = members("image_url", type=TEXT, image_url=TEXT, detail=choice("auto", "low", "high"))
# An assistant's words are restored as text, whatever the part is called (agents-js#963): hence `text` is always required.
OUTPUT = members("text", type=TEXT, text=TEXT, audio=AUDIO, transcript=nullable(TEXT))
STATUS = nullable(choice("completed", "incomplete", "in_progress"))
COMMON = {"id": nullable(ITEM_ID), "object": choice("realtime.item"), "type": TEXT, "status": STATUS}


def _messages(dialect: Dialect) -> Check:
    spoken = tagged(input_text=INPUT_TEXT, input_audio=INPUT_AUDIO, **({"input_image": INPUT_IMAGE} if dialect == "ga" else {}))
    said = tagged(output_text=OUTPUT, output_audio=OUTPUT) if dialect == "ga" else tagged(text=OUTPUT, audio=OUTPUT)
    parts = {"system": tagged(input_text=INPUT_TEXT), "user": spoken, "assistant": said}
    return tagged(
        "role", **{role: members("content", **COMMON, role=TEXT, content=array(part), phase=nullable(TEXT)) for role, part in parts.items()}
    )


def _items(dialect: Dialect, **more: Check) -> Check:
    mcp = {
        "mcp_approval_response": members(
            "approval_request_id approve", **COMMON, approval_request_id=TEXT, approve=BOOLEAN, reason=nullable(TEXT)
        ),
        "mcp_list_tools": members("server_label tools", **COMMON, server_label=TEXT, tools=array(mapping(anything()))),
        "mcp_call": members(
            "server_label name arguments", **COMMON, server_label=TEXT, name=TEXT, arguments=TEXT, output=nullable(TEXT),
            error=nullable(mapping(anything())), approval_request_id=nullable(TEXT),
        ),
        "mcp_approval_request": members("server_label name arguments", **COMMON, server_label=TEXT, name=TEXT, arguments=TEXT),
    }  # fmt: skip
    return tagged(
        message=_messages(dialect),
        function_call=members("name arguments", **COMMON, name=TEXT, call_id=CALL_ID, arguments=TEXT),
        function_call_output=members("call_id output", **COMMON, call_id=CALL_ID, output=TEXT),
        **(mcp if dialect == "ga" else {}),
        **more,
    )


ITEM = {dialect: _items(dialect) for dialect in ("ga", "beta")}
INPUT_ITEM = {dialect: _items(dialect, item_reference=members("id", type=TEXT, id=ITEM_ID)) for dialect in ("ga", "beta")}

# --- responses ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def response(dialect: Dialect, model: str) -> Check:
    """The `response` of a `response.create`."""
    both = {
        "instructions": TEXT, "tools": TOOLS[dialect], "tool_choice": TOOL_CHOICE[dialect], "conversation": choice("auto", "none"),
        "metadata": METADATA, "input": array(INPUT_ITEM[dialect]), "prompt": PROMPT, "max_output_tokens": MAX_TOKENS,
    }  # fmt: skip
    if dialect == "beta":
        return members(
            **both, modalities=array(MODALITY), voice=VOICE["beta"], output_audio_format=FORMAT["beta"], temperature=TEMPERATURE,
            max_response_output_tokens=MAX_TOKENS,
        )  # fmt: skip
    audio = members(output=members(format=FORMAT["ga"], voice=VOICE["ga"]))
    return members(**both, output_modalities=array(MODALITY), audio=audio, **(REASONING if reasons(model) else {}))


# --- client events -------------------------------------------------------------------------------------------------------------

LIVE_TYPES = (
    "session.update", "session.close", "input_audio_buffer.append", "session.input_audio_buffer.append", "input_audio_buffer.commit",
    "input_audio_buffer.clear", "conversation.item.create", "conversation.item.truncate", "conversation.item.delete", "conversation.item.retrieve",
    "response.create", "response.cancel",
)  # fmt: skip
TYPES = {
    "ga": LIVE_TYPES,
    "beta": ("session.update", "transcription_session.update", *(name for name in LIVE_TYPES if not name.startswith("session."))),
}
"""The types each dialect accepts, in the order the server lists them."""

_HEAD = {"type": TEXT, "event_id": EVENT_ID}
# `session` and `response` are held against forms of their own, because those depend on the session.
_OBJECT = Check("an object", (dict,))


def _client_events(dialect: Dialect) -> dict[str, Check]:
    update = members("session", **_HEAD, session=_OBJECT)
    plain = members(**_HEAD)
    named = members("item_id", **_HEAD, item_id=TEXT)
    append = members("audio", **_HEAD, audio=AUDIO)
    forms = {
        "session.update": update,
        "transcription_session.update": update,
        "session.close": plain,
        "input_audio_buffer.append": append,
        "session.input_audio_buffer.append": append,
        "input_audio_buffer.commit": plain,
        "input_audio_buffer.clear": plain,
        "conversation.item.create": members("item", **_HEAD, previous_item_id=nullable(TEXT), item=ITEM[dialect]),
        "conversation.item.truncate": members(
            "item_id content_index audio_end_ms", **_HEAD, item_id=TEXT, content_index=integer(0), audio_end_ms=integer(0)
        ),
        "conversation.item.delete": named,
        "conversation.item.retrieve": named,
        "response.create": members(**_HEAD, response=nullable(_OBJECT)),
        "response.cancel": members(**_HEAD, response_id=nullable(TEXT)),
    }
    return {name: forms[name] for name in TYPES[dialect]}


CLIENT_EVENTS = {"ga": _client_events("ga"), "beta": _client_events("beta")}
CLIENT_NAMES = tuple(dict.fromkeys(name for names in TYPES.values() for name in names))
"""What a client may send, in either dialect."""
