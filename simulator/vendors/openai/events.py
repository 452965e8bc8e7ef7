"""What can happen to the model server, what it orders, and what a scenario may have it answer.

Frozen structs instead of frozen dataclasses: of some of these, two dozen are made for every turn, and one costs a fifth.

The server core (`server.py`) works on parsed events in the GA or beta shape of its connection. Audio inside events is
`bytes` here; the edge that meets a real client turns it into base64 and back (`wire.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from simulator.script import Timeout
from simulator.speech import Speech

Dialect = Literal["ga", "beta"]
Json = dict[str, Any]


# --- what a model answers: written by a scenario, played by a response -------------------------------------------------


class Say(Struct, frozen=True):
    """One assistant message. `lasts_s` stretches or shortens its speech; `text_only` answers without audio.

    With a `recording` that is played, and `text` is its transcript.
    """

    text: str
    text_only: bool = False
    lasts_s: float | None = None
    recording: Speech | None = None


class CallTool(Struct, frozen=True):
    """One function call. `arguments` is the JSON text the model writes, which need not be valid JSON; `call_id` is drawn if None."""

    name: str
    arguments: str
    call_id: str | None = None


class CallMcp(Struct, frozen=True):
    """One call of a tool on an MCP server, which returns `output` or fails with `error` (6.5). With `asks` the client is asked to approve it."""

    server_label: str
    name: str
    arguments: str
    output: str | None = None
    error: Json | None = None
    asks: bool = False


Item = Say | CallTool | CallMcp


class Fail(Struct, frozen=True):
    """How a response ends other than completed. `code` is one of openai-realtime.md 7.4, or `content_filter`, `max_output_tokens` (incomplete).

    `message` replaces the server's own text; `try_again_in` is the wait in the words of the server (`20s`, `1m26.4s`).
    """

    code: str
    try_again_in: str | None = None
    message: str | None = None
    type: str | None = None


class Answer(Struct, frozen=True):
    """A whole response: items in order, then a failure if there is one. `after_s` is how long the model thinks first."""

    items: tuple[Item, ...] = ()
    fail: Fail | None = None
    after_s: float = 0.0


# --- events: what happened -----------------------------------------------------------------------------------------------


class Opened(Struct, frozen=True):
    """A client has connected (the upgrade succeeded). `query` and `headers` are those of the request, header names in lower case.

    `session` is the (checked, GA shaped) session that was stored with the client's ephemeral key, which is good then.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    session: Json | None = None


class ClientEvent(Struct, frozen=True):
    """A client event, parsed. `input_audio_buffer.append` may carry `audio` as bytes (in memory) or as base64 text."""

    event: Json


class ClientText(Struct, frozen=True):
    """A text frame as it came: JSON or not."""

    text: str


class ClientBinary(Struct, frozen=True):
    """A binary frame: refused, politely."""


class ClientClosed(Struct, frozen=True):
    """The client has gone."""

    code: int = 1000


class Answered(Struct, frozen=True):
    """The scenario (or another mind) answers the open response request `response_id`."""

    response_id: str
    answer: Answer


class Refuse(Struct, frozen=True):
    """Said before `Opened`: how the next connection is refused, by code of openai-realtime.md 1.5 (the error event, then the close)."""

    code: str
    message: str | None = None


class Disconnect(Struct, frozen=True):
    """The server closes. `code` None drops the socket without a close frame (1006)."""

    code: int | None = 1011
    reason: str = ""


class Expire(Struct, frozen=True):
    """The session has reached its maximum: error `session_expired`, close 1001."""


class Trouble(Struct, frozen=True):
    """The server sends an `error` event out of the blue; `code` None is allowed, type defaults by code."""

    code: str | None
    type: str | None = None
    message: str | None = None
    param: str | None = None


class EmitRaw(Struct, frozen=True):
    """The server sends exactly this event (an `event_id` is added if there is none)."""

    event: Json


class Mishear(Struct, frozen=True):
    """The next transcript of the caller says `text` whatever was heard; None lets the transcription fail."""

    text: str | None


class Stall(Struct, frozen=True):
    """For `duration_s` the server sends nothing; what it would have sent comes afterwards, in order."""

    duration_s: float


ServerHappening = (
    Opened
    | ClientEvent
    | ClientText
    | ClientBinary
    | ClientClosed
    | Answered
    | Refuse
    | Disconnect
    | Expire
    | Trouble
    | EmitRaw
    | Mishear
    | Stall
    | Timeout
)


# --- effects: what the server orders ---------------------------------------------------------------------------------------


class Emit(Struct, frozen=True, gc=False):
    """Send this server event, already in the dialect of the connection; audio deltas carry bytes."""

    event: Json


class Close(Struct, frozen=True):
    """Close the connection; `code` None drops it without a close frame."""

    code: int | None
    reason: str = ""


class ResponseRequested(Struct, frozen=True):
    """A response was requested and nobody has answered it yet: somebody must say `Answered(response_id, ...)`.

    `by` says who asked: a `response.create` of the client (`client`), or voice activity detection (`vad`).
    `heard` is what the caller said in the turn that asked, as the server heard it, None for requests of the client.
    """

    response_id: str
    by: Literal["client", "vad"]
    heard: str | None = None
    conversation: Literal["auto", "none"] = "auto"


class ResponseGone(Struct, frozen=True):
    """An open request will never be answered: it was cancelled (or the connection went) before the scenario said anything."""

    response_id: str
    reason: str


ServerEffect = Emit | Close | ResponseRequested | ResponseGone
