"""Every row of the tables of refusals and errors in openai-realtime.md (1.5, 2.7, 8), literally: code, message, param, and what stays open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.vendors.openai.events import CallTool, ClientBinary, ClientEvent, ClientText, Close, Expire, Json, Refuse, Say, Trouble
from tests.vendors.openai.model_dialogue import KEY, Dialogue, problem, types

# --- 1.5: the upgrade succeeds, then error and close -----------------------------------------------------------------------------

BEARER = {"authorization": f"Bearer {KEY}"}
BETA = BEARER | {"openai-beta": "realtime=v1"}
GOOD = {"model": "gpt-realtime"}
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors."
)
INVALID = "invalid_request_error"
REFUSALS: list[tuple[str, dict[str, str], dict[str, str], Json, str, str | None, str, int, str]] = [
    (
        "wrong key", GOOD, BEARER, {"keys": ("sk-other",)}, INVALID, "invalid_api_key",
        "Incorrect API key provided: sk-proj-****************WXYZ. You can find your API key at https://platform.openai.com/account/api-keys.",
        3000, "invalid_request_error.invalid_api_key",
    ),
    ("no credential", GOOD, {}, {}, INVALID, None, "Missing bearer or basic authentication in header", 3000, "invalid_request_error"),
    ("empty credential", GOOD, {"authorization": "Bearer "}, {}, INVALID, None, "Missing bearer or basic authentication in header", 3000, INVALID),
    (
        "unknown model", {"model": "gpt-5"}, BEARER, {}, INVALID, "invalid_model", 'Model "gpt-5" is not supported in realtime mode.',
        4000, "invalid_request_error.invalid_model",
    ),
    (
        "no model", {}, BEARER, {}, INVALID, "missing_model",
        "You must provide a model parameter, for example wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5",
        4000, "invalid_request_error.missing_model",
    ),
    ("bad intent", GOOD | {"intent": "x"}, BEARER, {}, INVALID, "invalid_intent", "Invalid intent x", 4000, "invalid_request_error.invalid_intent"),
    ("empty intent", GOOD | {"intent": ""}, BEARER, {}, INVALID, "invalid_intent", "Invalid intent ", 4000, "invalid_request_error.invalid_intent"),
    (
        "model and intent", GOOD | {"intent": "transcription"}, BEARER, {}, INVALID, "invalid_parameter",
        "You must not provide a model parameter for transcription sessions.", 4000, "invalid_request_error.invalid_parameter",
    ),
    (
        "beta is over", GOOD, BETA, {"beta": "refuse"}, INVALID, "beta_api_shape_disabled",
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
        4000, "invalid_request_error.beta_api_shape_disabled",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "headers", "knobs", "kind", "code", "message", "close", "reason"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_a_connection_is_refused(
    query: dict[str, str], headers: dict[str, str], knobs: Json, kind: str, code: str | None, message: str, close: int, reason: str
) -> None:
    talk = Dialogue("ga", **knobs)
    talk.connect(query, headers)
    talk.run(1.0)
    (event,) = talk.events
    assert event["error"] == {"type": kind, "code": code, "message": message, "param": None, "event_id": None}
    assert event["event_id"].startswith("event_")
    assert talk.effects[-1] == Close(close, reason)
    assert talk.client("response.create") == []


@pytest.mark.parametrize(
    ("code", "kind", "message", "close", "reason"),
    [
        ("insufficient_quota", "insufficient_quota", QUOTA, 1013, "insufficient_quota.insufficient_quota"),
        ("invalid_model", INVALID, 'Model "gpt-realtime" is not supported in realtime mode.', 4000, "invalid_request_error.invalid_model"),
        ("account_deactivated", INVALID, "The session was refused: account_deactivated.", 4000, "invalid_request_error.account_deactivated"),
    ],
)
def test_a_scenario_refuses_a_good_connection(code: str, kind: str, message: str, close: int, reason: str) -> None:
    talk = Dialogue("ga")
    talk.tell(Refuse(code))
    talk.connect()
    talk.run(1.0)
    assert talk.events[0]["error"] == {"type": kind, "code": code, "message": message, "param": None, "event_id": None}
    assert talk.closes == [Close(close, reason)]


@pytest.mark.parametrize(("limit_s", "minutes"), [(3600.0, "60"), (1800.0, "30"), (90.0, "1.5")])
def test_the_maximum_of_a_session_is_named_and_is_the_reason(limit_s: float, minutes: str) -> None:
    text = f"Your session hit the maximum duration of {minutes} minutes."
    by_itself, by_scenario = (Dialogue("ga", session_limit_s=limit_s).open() for _ in range(2))
    by_itself.run(limit_s)
    by_scenario.tell(Expire())
    for talk in (by_itself, by_scenario):
        assert problem(talk.events[-1:]) == ("session_expired", text, None)
        assert talk.closes == [Close(1001, text)]


# --- 2.7, 8: an event is refused, the session goes on -------------------------------------------------------------------------------

Before = Callable[[Dialogue], None]


def nothing(_talk: Dialogue) -> None:
    """The session is new."""


def spoken(talk: Dialogue) -> None:
    """The assistant has said "Hello" (in its first output item), and called `f` as call_1."""
    talk.client("response.create")
    talk.answer(Say("Hello"), CallTool("f", "{}", call_id="call_1"))
    talk.run(5.0)


def responding(talk: Dialogue) -> None:
    spoken(talk)
    talk.client("response.create")
    talk.run(0.1)


def traced(talk: Dialogue) -> None:
    for _ in range(2):  # what is the same is no change
        assert types(talk.client("session.update", session={"type": "realtime", "tracing": "auto"})) == ["session.updated"]


def by_hand(talk: Dialogue) -> None:
    detection = {"turn_detection": None}
    talk.client("session.update", session={"type": "realtime", "audio": {"input": detection}} if talk.dialect == "ga" else detection)


def here(talk: Dialogue) -> None:
    talk.client("conversation.item.create", item=user("x", id="here"))


def user(text: str, **more: Any) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]} | more


def update(**members: Any) -> Json:
    return {"type": "session.update", "session": members}


def ga(**members: Any) -> Json:
    return update(type="realtime", **members)


def item(given: Json, **more: Any) -> Json:
    return {"type": "conversation.item.create", "item": given} | more


def create(**members: Any) -> Json:
    return {"type": "response.create", "response": members}


def truncate(item_id: str, audio_end_ms: Any, content_index: int = 0) -> Json:
    return {"type": "conversation.item.truncate", "item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms}


def append(audio: Any) -> Json:
    return {"type": "input_audio_buffer.append", "audio": audio}


SAID = "{the spoken item}"
ACTIVE = "{the active response}"
LIVE = (
    "'session.update', 'session.close', 'input_audio_buffer.append', 'session.input_audio_buffer.append', 'input_audio_buffer.commit', "
    "'input_audio_buffer.clear', 'conversation.item.create', 'conversation.item.truncate', 'conversation.item.delete', "
    "'conversation.item.retrieve', 'response.create', and 'response.cancel'"
)
LIVE_BETA = (
    "'session.update', 'transcription_session.update', 'input_audio_buffer.append', 'input_audio_buffer.commit', 'input_audio_buffer.clear', "
    "'conversation.item.create', 'conversation.item.truncate', 'conversation.item.delete', 'conversation.item.retrieve', 'response.create', "
    "and 'response.cancel'"
)

BASE64 = "Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got"
LONG = "string too long. Expected a string with maximum length 32, but got a string with length 39 instead."
BUFFER = "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio."
BUSY = (
    "Conversation already has an active response in progress: {the active response}. Wait until the response is finished before creating a new one."
)
NO_FIT = "Invalid 'item.call_id': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
MANY = "too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead."
OUTPUT: Json = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
TURN = "session.audio.input.turn_detection"

Row = tuple[str, Before, Json, str | None, str, str | None]
BOTH: list[Row] = [
    ("event without a type", nothing, {}, "missing_required_parameter", "Missing required parameter: 'type'.", "type"),
    ("type of another kind", nothing, {"type": 5}, "invalid_type", "Invalid type for 'type': expected a string, but got an integer instead.", "type"),
    ("missing member", nothing, item({}), "missing_required_parameter", "Missing required parameter: 'item.type'.", "item.type"),
    ("missing item", nothing, {"type": "conversation.item.create"}, "missing_required_parameter", "Missing required parameter: 'item'.", "item"),
    ("missing role", nothing, item({"type": "message"}), "missing_required_parameter", "Missing required parameter: 'item.role'.", "item.role"),
    (
        "missing text", nothing, item({"type": "message", "role": "user", "content": [{"type": "input_text"}]}), "missing_required_parameter",
        "Missing required parameter: 'item.content[0].text'.", "item.content[0].text",
    ),
    ("missing number", here, {"type": "conversation.item.truncate", "item_id": "here", "audio_end_ms": 0}, "missing_required_parameter",
     "Missing required parameter: 'content_index'.", "content_index"),
    (
        "metadata that is no text", nothing, create(metadata={"a": 1}), "invalid_type",
        "Invalid type for 'response.metadata.a': expected a string, but got an integer instead.", "response.metadata.a",
    ),
    ("unknown member", nothing, {"type": "response.cancel", "x": 1}, "unknown_parameter", "Unknown parameter: 'x'.", "x"),
    ("unknown member inside", nothing, create(bogus=1), "unknown_parameter", "Unknown parameter: 'response.bogus'.", "response.bogus"),
    (
        "wrong enum", nothing, create(conversation="mine"), "invalid_value", "Invalid value: 'mine'. Supported values are: 'auto' and 'none'.",
        "response.conversation",
    ),
    (
        "wrong enum of one", nothing, item({"type": "message", "role": "system", "content": [{"type": "input_audio", "audio": "AAAA"}]}),
        "invalid_value", "Invalid value: 'input_audio'. Supported values are: 'input_text'.", "item.content[0].type",
    ),
    (
        "null for a string", nothing, create(instructions=None), "invalid_type",
        "Invalid type for 'response.instructions': expected a string, but got null instead.", "response.instructions",
    ),
    (
        "array for an object", nothing, {"type": "conversation.item.create", "item": []}, "invalid_type",
        "Invalid type for 'item': expected an object, but got an array instead.", "item",
    ),
    (
        "object for an array", nothing, create(tools={}), "invalid_type",
        "Invalid type for 'response.tools': expected an array of objects, but got an object instead.", "response.tools",
    ),
    (
        "boolean for an integer", nothing, truncate("x", True), "invalid_type",
        "Invalid type for 'audio_end_ms': expected an integer, but got a boolean instead.", "audio_end_ms",
    ),
    (
        "number for an integer", nothing, truncate("x", 1.5), "invalid_type",
        "Invalid type for 'audio_end_ms': expected an integer, but got a number instead.", "audio_end_ms",
    ),
    (
        "integer below", nothing, truncate("x", -1), "integer_below_min_value",
        "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, but got -1 instead.", "audio_end_ms",
    ),
    (
        "integer above", nothing, create(max_output_tokens=5000), "integer_above_max_value",
        "Invalid 'response.max_output_tokens': integer above maximum value. Expected a value <= 4096, but got 5000 instead.",
        "response.max_output_tokens",
    ),
    ("item id too long", nothing, item(user("x", id="x" * 39)), "string_above_max_length", f"Invalid 'item.id': {LONG}", "item.id"),
    ("call id too long", nothing, item(OUTPUT | {"call_id": "x" * 39}), "string_above_max_length", f"Invalid 'item.call_id': {LONG}", "item.call_id"),
    ("call id of other letters", nothing, item(OUTPUT | {"call_id": "a:b"}), "invalid_value", NO_FIT, "item.call_id"),
    (
        "too much metadata", nothing, create(metadata={str(n): "x" for n in range(17)}), "object_above_max_properties",
        f"Invalid 'response.metadata': {MANY}", "response.metadata",
    ),
    (
        "nested function", nothing, create(tools=[{"type": "function", "function": {"name": "f"}}]), "missing_required_parameter",
        "Missing required parameter: 'response.tools[0].name'.", "response.tools[0].name",
    ),
    (
        "output of a tool that is no text", spoken, item(OUTPUT | {"output": {}}), "invalid_type",
        "Invalid type for 'item.output': expected a string, but got an object instead.", "item.output",
    ),
    (
        "output without a call", spoken, item({"type": "function_call_output", "output": "x"}), "missing_required_parameter",
        "Missing required parameter: 'item.call_id'.", "item.call_id",
    ),
    (
        "output of an unknown call", spoken, item(OUTPUT | {"call_id": "call_X"}), "invalid_tool_call_id",
        "Tool call ID 'call_X' not found in conversation.", None,
    ),
    ("audio that is no base64", nothing, append("?"), "invalid_value", f"Invalid 'audio'. {BASE64} an invalid value.", "audio"),
    ("audio that is empty", nothing, append(""), "invalid_value", f"Invalid 'audio'. {BASE64} empty bytes.", "audio"),
    (
        "audio of an item", nothing, item({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "?"}]}), "invalid_value",
        f"Invalid 'item.content[0].audio'. {BASE64} an invalid value.", "item.content[0].audio",
    ),
    ("response while one is active", responding, {"type": "response.create"}, "conversation_already_has_active_response", BUSY, None),
    ("cancel of nothing", spoken, {"type": "response.cancel"}, "response_cancel_not_active", "Cancellation failed: no active response found", None),
    (
        "cancel of another", responding, {"type": "response.cancel", "response_id": "resp_x"}, "response_cancel_not_active",
        "Cancellation failed: no active response found", None,
    ),
    ("empty commit", by_hand, {"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", BUFFER, None),
    (
        "duplicate item", here, item(user("y", id="here")), "item_create_duplicate_item_id",
        "Error adding item: an item with id 'here' already exists.", None,
    ),
    (
        "item after nothing", here, item(user("y"), previous_item_id="nowhere"), "item_create_invalid_previous_item_id",
        "Error adding item: the previous item with id 'nowhere' does not exist.", None,
    ),
    (
        "delete", nothing, {"type": "conversation.item.delete", "item_id": "x"}, "item_delete_invalid_item_id",
        "Error deleting item: the item with id 'x' does not exist.", None,
    ),
    (
        "retrieve", nothing, {"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id",
        "Error retrieving item: the item with id 'x' does not exist.", None,
    ),
    ("truncate", nothing, truncate("x", 0), "item_truncate_invalid_item_id", "Error truncating item: the item with id 'x' does not exist.", None),
    ("truncate text", here, truncate("here", 0), "unsupported_content_type", "Only model output audio messages can be truncated", None),
    ("truncate too far", spoken, truncate(SAID, 60000), "invalid_value", "Audio content of {its length}ms is already shorter than 60000ms", None),
    (
        "unknown reference", nothing, create(input=[{"type": "item_reference", "id": "x"}]), "item_reference_invalid_item_id",
        "Error referencing item: the item with id 'x' does not exist.", None,
    ),
]  # fmt: skip
ONLY_GA: list[Row] = [
    ("unknown event", nothing, {"type": "nope"}, "invalid_value", f"Invalid value: 'nope'. Supported values are: {LIVE}.", "type"),
    (
        "event of WebRTC", nothing, {"type": "output_audio_buffer.clear"}, "invalid_value",
        f"Invalid value: 'output_audio_buffer.clear'. Supported values are: {LIVE}.", "type",
    ),
    (
        "event of beta", nothing, {"type": "transcription_session.update", "session": {}}, "invalid_value",
        f"Invalid value: 'transcription_session.update'. Supported values are: {LIVE}.", "type",
    ),
    (
        "event of translation", nothing, {"type": "session.input_audio_buffer.append", "audio": "AAAA"}, "invalid_parameter",
        "Passing a translation session event to a realtime session is not allowed.", None,
    ),
    (
        "sample rate", nothing, ga(audio={"input": {"format": {"type": "audio/pcm", "rate": 16000}}}), "integer_below_min_value",
        "Invalid 'session.audio.input.format.rate': integer below minimum value. Expected a value >= 24000, but got 16000 instead.",
        "session.audio.input.format.rate",
    ),
    (
        "idle timeout too short", nothing, ga(audio={"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 4000}}}),
        "integer_below_min_value", f"Invalid '{TURN}.idle_timeout_ms': integer below minimum value. Expected a value >= 5000, but got 4000 instead.",
        f"{TURN}.idle_timeout_ms",
    ),
    (
        "idle timeout of semantic_vad", nothing, ga(audio={"input": {"turn_detection": {"type": "semantic_vad", "idle_timeout_ms": 6000}}}),
        "unknown_parameter", f"Unknown parameter: '{TURN}.idle_timeout_ms'.", f"{TURN}.idle_timeout_ms",
    ),
    (
        "eagerness", nothing, ga(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "very"}}}), "invalid_value",
        "Invalid value: 'very'. Supported values are: 'low', 'medium', 'high', and 'auto'.", f"{TURN}.eagerness",
    ),
    (
        "retention above one", nothing, ga(truncation={"type": "retention_ratio", "retention_ratio": 1.2}), "decimal_above_max_value",
        "Invalid 'session.truncation.retention_ratio': decimal above maximum value. Expected a value <= 1, but got 1.2 instead.",
        "session.truncation.retention_ratio",
    ),
    (
        "speed", nothing, ga(audio={"output": {"speed": 2}}), "decimal_above_max_value",
        "Invalid 'session.audio.output.speed': decimal above maximum value. Expected a value <= 1.5, but got 2 instead.",
        "session.audio.output.speed",
    ),
    (
        "voice", spoken, ga(audio={"output": {"voice": "coral"}}), "cannot_update_voice",
        "Cannot update a conversation's voice if assistant audio is present.", None,
    ),
    (
        "voice of a response", spoken, create(audio={"output": {"voice": "coral"}}), "cannot_update_voice",
        "Cannot update a conversation's voice if assistant audio is present.", None,
    ),
    (
        "speed while it speaks", responding, ga(audio={"output": {"speed": 1.5}}), "invalid_value",
        "Cannot update a session's speed while a response is in progress.", None,
    ),
    (
        "tracing", traced, ga(tracing={"workflow_name": "other"}), "invalid_value",
        "Cannot update a session's tracing configuration once tracing is enabled.", None,
    ),
    (
        "kind", nothing, update(type="transcription"), "invalid_parameter",
        "Passing a transcription session update event to a realtime session is not allowed.", None,
    ),
    (
        "reasoning of an old model", nothing, ga(reasoning={"effort": "low"}), "unknown_parameter", "Unknown parameter: 'session.reasoning'.",
        "session.reasoning",
    ),
    ("temperature", nothing, ga(temperature=0.8), "unknown_parameter", "Unknown parameter: 'session.temperature'.", "session.temperature"),
    (
        "spoken history", nothing, item({"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hi"}]}),
        "missing_required_parameter", "Missing required parameter: 'item.content[0].text'.", "item.content[0].text",
    ),
]  # fmt: skip
ONLY_BETA: list[Row] = [
    ("unknown event", nothing, {"type": "nope"}, "invalid_value", f"Invalid value: 'nope'. Supported values are: {LIVE_BETA}.", "type"),
    ("type of a session", nothing, ga(), "unknown_parameter", "Unknown parameter: 'session.type'.", "session.type"),
    (
        "temperature", nothing, update(temperature=0.3), "decimal_below_min_value",
        "Invalid 'session.temperature': decimal below minimum value. Expected a value >= 0.6, but got 0.3 instead.", "session.temperature",
    ),
    ("voice", spoken, update(voice="coral"), "cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.", None),
    (
        "voice of GA", nothing, update(voice="marin"), "invalid_value",
        "Invalid value: 'marin'. Supported values are: 'alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', and 'verse'.", "session.voice",
    ),
    (
        "speed while it speaks", responding, update(speed=1.5), "invalid_value",
        "Cannot update a session's speed while a response is in progress.", None,
    ),
    (
        "tool of GA", nothing, update(tools=[{"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"}]), "invalid_value",
        "Invalid value: 'mcp'. Supported values are: 'function'.", "session.tools[0].type",
    ),
    (
        "kind", nothing, {"type": "transcription_session.update", "session": {}}, "invalid_parameter",
        "Passing a transcription session update event to a realtime session is not allowed.", None,
    ),
    (
        "image", nothing, item({"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": "data:"}]}), "invalid_value",
        "Invalid value: 'input_image'. Supported values are: 'input_text' and 'input_audio'.", "item.content[0].type",
    ),
]  # fmt: skip
ROWS = [(dialect, *row) for dialect, rows in (("ga", BOTH + ONLY_GA), ("beta", BOTH + ONLY_BETA)) for row in rows]


@pytest.mark.parametrize(
    ("dialect", "before", "event", "code", "message", "param"), [(r[0], *r[2:]) for r in ROWS], ids=[f"{r[0]}: {r[1]}" for r in ROWS]
)
def test_an_event_is_refused_and_the_session_goes_on(
    dialect: Any, before: Before, event: Json, code: str | None, message: str, param: str | None
) -> None:
    talk = Dialogue(dialect).open()
    before(talk)
    if event.get("item_id") == SAID:
        said = talk.last("response.done")["response"]["output"][0]["id"]
        audio = talk.client("conversation.item.retrieve", item_id=said)[0]["item"]["content"][0]["audio"]
        event, message = event | {"item_id": said}, message.replace("{its length}", str(len(audio) // 48))
    message = message.replace(ACTIVE, talk.open_requests[0] if talk.open_requests else "")
    requests = list(talk.open_requests)
    talk.fresh()

    talk.tell(ClientEvent(event | {"event_id": "mine"}))

    (answer,) = talk.fresh()
    assert answer["error"] == {"type": INVALID, "code": code, "message": message, "param": param, "event_id": "mine"}
    assert (talk.open_requests, talk.closes) == (requests, [])
    assert types(talk.client("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]


def test_no_row_is_there_twice() -> None:
    for rows in (BOTH + ONLY_GA, BOTH + ONLY_BETA):
        names = [row[0] for row in rows]
        assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("event", "code", "message", "param"),
    [
        ({"type": "response.create"}, None, "Cannot create a response on a transcription session", None),
        (ga(), "invalid_parameter", "Passing a realtime session update event to a transcription session is not allowed.", None),
        (update(type="transcription", instructions="x"), "unknown_parameter", "Unknown parameter: 'session.instructions'.", "session.instructions"),
        (
            update(type="transcription", audio={"input": {"turn_detection": {"type": "server_vad", "create_response": True}}}), "unknown_parameter",
            f"Unknown parameter: '{TURN}.create_response'.", f"{TURN}.create_response",
        ),
    ],
)  # fmt: skip
def test_a_transcription_session_refuses(event: Json, code: str | None, message: str, param: str | None) -> None:
    talk = Dialogue("ga").open({"intent": "transcription"})
    talk.tell(ClientEvent(event))
    assert problem(talk.fresh()) == (code, message, param)


def test_a_beta_transcription_session_has_an_update_of_its_own() -> None:
    talk = Dialogue("beta").open({"intent": "transcription"})
    text = "Passing a realtime session update event to a transcription session is not allowed."
    assert problem(talk.client("session.update", session={})) == ("invalid_parameter", text, None)


@pytest.mark.parametrize(
    ("happening", "code", "message"),
    [
        (ClientBinary(), "invalid_event", "Expected a text WebSocket message; binary frames are not supported."),
        (ClientText("{nope"), "invalid_json", "Invalid event: failed to parse JSON value. "),
        (ClientText("[]"), "invalid_json", "Invalid event: failed to parse JSON value. "),
        (ClientText(""), "invalid_json", "Invalid event: failed to parse JSON value. "),
    ],
)
def test_a_frame_that_is_no_event(either: Dialogue, happening: Any, code: str, message: str) -> None:
    either.tell(happening)
    found = problem(either.fresh())
    assert (found[0], found[1][: len(message)], found[2], either.closes) == (code, message, None, [])


SORRY = "The server had an error while processing your request. Sorry about that! Please contact us through our help center at help.openai.com if the"


@pytest.mark.parametrize(
    ("trouble", "kind", "code", "message"),
    [
        (Trouble(None), "server_error", None, SORRY),
        (Trouble("server_error"), "server_error", None, SORRY),
        (Trouble("insufficient_quota"), "insufficient_quota", "insufficient_quota", QUOTA),
        (Trouble("session_expired"), INVALID, "session_expired", "Your session hit the maximum duration of 60 minutes."),
        (Trouble("rate_limit_exceeded"), "requests", "rate_limit_exceeded", "Rate limit reached."),
        (Trouble("odd", type="odd_error", message="Odd.", param="x"), "odd_error", "odd", "Odd."),
    ],
)
def test_trouble_is_told_in_the_words_of_the_server(either: Dialogue, trouble: Trouble, kind: str, code: str | None, message: str) -> None:
    either.tell(trouble)
    (event,) = either.fresh()
    assert (event["error"]["type"], event["error"]["code"], event["error"]["param"], event["error"]["event_id"]) == (kind, code, trouble.param, None)
    assert event["error"]["message"].startswith(message)
    assert either.closes == []


def test_a_client_that_says_goodbye_is_let_go(ga: Dialogue) -> None:
    assert ga.client("session.close") == []
    assert ga.closes == [Close(1000, "")]
