"""What a client is told when it errs: the error catalogue of openai-realtime.md 2.7 and 8.

Clients match on codes and on texts, so both are literal. A rejected client event is raised as `Refused` where it is
noticed and becomes exactly one `error` event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.vendors.openai.events import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """The inside of an `error` event, `event_id` aside."""

    code: str | None
    message: str
    param: str | None = None
    type: str = "invalid_request_error"


class Refused(Exception):
    """A client event that the server does not accept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def error(problem: Problem, client_event_id: str | None = None) -> Json:
    """The `error` event (8); all five members of `error` are always present, `event_id` is the client's own or null."""
    body = {"type": problem.type, "code": problem.code, "message": problem.message, "param": problem.param, "event_id": client_event_id}
    return {"type": "error", "event_id": "", "error": body}


# --- a member of a client event does not fit (2.7) ---------------------------------------------------------------------


def missing(path: str) -> Problem:
    return Problem("missing_required_parameter", f"Missing required parameter: '{path}'.", path)


def unknown(path: str) -> Problem:
    return Problem("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def wrong_type(path: str, expected: str, value: object) -> Problem:
    return Problem("invalid_type", f"Invalid type for '{path}': expected {expected}, but got {type_word(value)} instead.", path)


def wrong_value(path: str, value: str, supported: Sequence[str]) -> Problem:
    return Problem("invalid_value", f"Invalid value: '{value}'. Supported values are: {listed(supported)}.", path)


def out_of_range(path: str, kind: str, side: str, bound: float, value: float) -> Problem:
    """`kind` is integer or decimal, `side` is below minimum or above maximum."""
    edge, sign = ("min", ">=") if side == "below minimum" else ("max", "<=")
    text = f"Invalid '{path}': {kind} {side} value. Expected a value {sign} {bound}, but got {value} instead."
    return Problem(f"{kind}_{side.split()[0]}_{edge}_value", text, path)


def too_long(path: str, limit: int, length: int) -> Problem:
    text = f"Invalid '{path}': string too long. Expected a string with maximum length {limit}, but got a string with length {length} instead."
    return Problem("string_above_max_length", text, path)


def wrong_pattern(path: str, pattern: str) -> Problem:
    return Problem("invalid_value", f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.", path)


def wrong_audio(path: str, problem: str) -> Problem:
    return Problem("invalid_value", f"Invalid '{path}'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got {problem}.", path)


def listed(values: Sequence[str]) -> str:
    """`'a', 'b', and 'c'`, as the server lists what it supports."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def type_word(value: object) -> str:
    """The JSON type of a value in the server's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str() | bytes():
            return "a string"
        case list() | tuple():
            return "an array"
        case _:
            return "an object"


# --- the event fits, the conversation does not (8) ---------------------------------------------------------------------

NOT_JSON = "Invalid event: failed to parse JSON value. "
BINARY = Problem("invalid_event", "Expected a text WebSocket message; binary frames are not supported.")
NO_ACTIVE_RESPONSE = Problem("response_cancel_not_active", "Cancellation failed: no active response found")
NOT_AUDIO = Problem("unsupported_content_type", "Only model output audio messages can be truncated")
VOICE_IS_FIXED = Problem("cannot_update_voice", "Cannot update a conversation's voice if assistant audio is present.")
# The shape of this one was never captured; text and null code follow the peer mock (4.16).
NO_RESPONSES_HERE = Problem(None, "Cannot create a response on a transcription session")


def wrong_session_kind(got: str, kind: str) -> Problem:
    return Problem("invalid_parameter", f"Passing a {got} session update event to a {kind} session is not allowed.")


def already_active(response_id: str) -> Problem:
    text = f"Conversation already has an active response in progress: {response_id}. Wait until the response is finished before creating a new one."
    return Problem("conversation_already_has_active_response", text)


def commit_too_small(buffered_ms: float) -> Problem:
    text = f"buffer too small. Expected at least 100ms of audio, but buffer only has {buffered_ms:.2f}ms of audio."
    return Problem("input_audio_buffer_commit_empty", f"Error committing input audio buffer: {text}")


def unknown_tool_call(call_id: str) -> Problem:
    return Problem("invalid_tool_call_id", f"Tool call ID '{call_id}' not found in conversation.")


def duplicate_item(item_id: str) -> Problem:
    return Problem("item_create_duplicate_item_id", f"Error adding item: an item with id '{item_id}' already exists.")


def unknown_previous_item(item_id: str) -> Problem:
    return Problem("item_create_invalid_previous_item_id", f"Error adding item: the previous item with id '{item_id}' does not exist.")


def unknown_item(operation: str, item_id: str) -> Problem:
    """`operation` is delete, retrieve, truncate or (our guess, for an `item_reference`) reference."""
    doing = {"delete": "deleting", "retrieve": "retrieving", "truncate": "truncating", "reference": "referencing"}[operation]
    return Problem(f"item_{operation}_invalid_item_id", f"Error {doing} item: the item with id '{item_id}' does not exist.")


def already_shorter(audio_ms: int, audio_end_ms: int) -> Problem:
    return Problem("invalid_value", f"Audio content of {audio_ms}ms is already shorter than {audio_end_ms}ms")
