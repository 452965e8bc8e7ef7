"""The `llm` task for OpenAI, and for the same protocol on Azure (`microsoft`).

Source: tasks/llm/llms/openai_s2s.js at 389c65e2; protocol/jambonz.md section 6.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from simulator.jambonz import javascript
from simulator.vendors.openai.client import MediaModule
from simulator.vendors.vendor import Ended, Endpoint, Forwarded, Ignored, Json, Lost, Module, Reading, ToolCall, part

DEFAULT_MODEL = "gpt-4o-realtime-preview-2024-12-17"
UPDATES = ("session.update", "conversation.item.create", "conversation.item.delete", "response.cancel")
"""The client events an application may send with `llm:update` (openai_s2s.js:189)."""

SERVER_EVENTS = (
    "error",
    "session.created",
    "session.updated",
    "conversation.created",
    "input_audio_buffer.committed",
    "input_audio_buffer.cleared",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "conversation.item.created",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.truncated",
    "conversation.item.deleted",
    "response.created",
    "response.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.text.delta",
    "response.text.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.audio.delta",
    "response.audio.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "rate_limits.updated",
    "output_audio.playback_started",
    "output_audio.playback_stopped",
)
"""The names that wildcards and `all` expand to: those of the beta dialect (openai_s2s.js:40-54)."""


class OpenAI:
    """OpenAI itself."""

    name = "openai"
    events: tuple[str, ...] = SERVER_EVENTS

    def endpoint(self, data: Json) -> Endpoint:
        """`wss://api.openai.com/v1/realtime?model=M`, the key as bearer; host and path can be others."""
        options = part(data, "connectOptions")
        path = options.get("path") or f"v1/realtime?model={data.get('model') or DEFAULT_MODEL}"
        return Endpoint(str(options.get("host") or "api.openai.com"), _slashed(path), {"authorization": f"Bearer {_key(data)}"})

    def opening(self, data: Json) -> list[Json]:
        """First the request for the opening response, then the session: in this order (openai_s2s.js:230-261)."""
        options = data["llmOptions"]
        events = [{"type": "response.create", "response": options.get("response_create")}]
        if options.get("session_update"):
            events.append({"type": "session.update", "session": options["session_update"]})
        return events

    def read(self, event: Json) -> Reading:
        """Any `error` event, however harmless, is the end; so is a failed response (openai_s2s.js:300-395)."""
        type_ = str(event.get("type"))
        if type_ == "error":
            return Reading(type_, ended=Ended("server error", event.get("error")))
        if type_ == "response.output_item.done" and part(event, "item").get("type") == "function_call":
            return self._call(type_, event["item"])
        if type_ == "response.done" and part(event, "response").get("status") == "failed":
            return Reading(type_, ended=Ended("server failure", part(event["response"], "status_details").get("error")))
        return Reading(type_)

    @staticmethod
    def _call(type_: str, item: Json) -> Reading:
        name, call_id = str(item.get("name")), str(item.get("call_id"))
        written = str(item.get("arguments") or "")
        try:
            args = json.loads(javascript.text(item["arguments"]) if "arguments" in item else "", parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return Reading(type_, lost=Lost("not JSON" if written.strip() else "empty", ToolCall(call_id, name, written if written.strip() else {})))
        return Reading(type_, (ToolCall(call_id, name, args),))

    def tool_output(self, data: Any) -> Forwarded | Ignored:
        """Forwarded when it is a `conversation.item.create`; the server itself then asks for a response (openai_s2s.js:166-174)."""
        if not isinstance(data, dict) or data.get("type") != "conversation.item.create":
            why = "its data is no conversation.item.create: the model never learns of it and the caller hears silence"
            item = '{"type": "function_call_output", "call_id": ..., "output": "<text>"}'
            return Ignored(why, f'send {{"type": "conversation.item.create", "item": {item}}}')
        return Forwarded((data,), ({"type": "response.create"},))

    def wrapped(self, call_id: str, text: str) -> Json:
        """A `function_call_output`."""
        return {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": call_id, "output": text}}

    def update(self, data: Any) -> Forwarded | Ignored:
        """One of four client events (openai_s2s.js:189-196)."""
        if not isinstance(data, dict) or data.get("type") not in UPDATES:
            remedy = f"only {', '.join(UPDATES)} are forwarded; the model is asked to speak by a tool output alone"
            return Ignored("the server forwards no such client event", remedy)
        return Forwarded((data,))

    def module(self, data: Json, *, compat: bool) -> Module:  # noqa: ARG002 - the shape of a vendor
        """`mod_openai_s2s`."""
        return MediaModule(compat=compat)


class Microsoft(OpenAI):
    """Azure OpenAI: the host must be named, and the key goes in the query, beside the model's deployment (openai_s2s.js:112-127)."""

    name = "microsoft"

    def endpoint(self, data: Json) -> Endpoint:
        """`wss://HOST/openai/realtime?api-version=…&deployment=M&api-key=K`; the name of the last is the module's doing, and Azure's own [I]."""
        options = part(data, "connectOptions")
        model = data.get("model") or DEFAULT_MODEL
        path = str(options.get("path") or f"openai/realtime?api-version=2024-10-01-preview&deployment={model}")
        return Endpoint(str(options.get("host")), _slashed(f"{path}{'&' if '?' in path else '?'}api-key={quote(_key(data), safe='')}"), {})


def _no_constant(name: str) -> None:
    """Python reads NaN and Infinity, JSON does not."""
    raise ValueError(name)


def _key(data: Json) -> str:
    return str(part(data, "auth").get("apiKey", ""))


def _slashed(path: Any) -> str:
    return f"/{str(path).lstrip('/')}"
