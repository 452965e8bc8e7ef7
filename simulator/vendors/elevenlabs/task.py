"""The `llm` task for an ElevenLabs agent.

Source: protocol/jambonz.md 8.1 (tasks/llm/llms/elevenlabs_s2s.js) and the public documentation of the Agents websocket. The
agent, its prompt and its voice live at ElevenLabs; the verb only names it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from simulator.vendors.elevenlabs.client import AgentModule
from simulator.vendors.vendor import Ended, Endpoint, Forwarded, Ignored, Json, Module, Reading, ToolCall, part

HOST = "api.elevenlabs.io"
TOOL_RESULT = "client_tool_result"


class ElevenLabs:
    """Tool outputs are wrapped (`data: {data: {...}}`), and nothing is asked of the agent after one; updates are ignored."""

    name = "elevenlabs"
    events: tuple[str, ...] = ("conversation_initiation_metadata", "user_transcript", "agent_response", "client_tool_call")

    def endpoint(self, data: Json) -> Endpoint:
        """By `auth.agent_id`; with `auth.api_key` the server first fetches a signed URL, whose token stands in the query [I]."""
        auth = part(data, "auth")
        token = "&token=signed" if auth.get("api_key") else ""
        path = f"/v1/convai/conversation?agent_id={quote(str(auth.get('agent_id')), safe='')}{token}"
        return Endpoint(HOST, path, {}, _rates(data))

    def opening(self, data: Json) -> list[Json]:
        """`conversation_initiation_client_data`, when the application gave some."""
        given = part(data, "llmOptions").get("conversation_initiation_client_data")
        return [{"type": "conversation_initiation_client_data", **given}] if isinstance(given, dict) and given else []

    def read(self, event: Json) -> Reading:
        """A `client_tool_call` goes to the tool hook; an `error` ends the verb."""
        type_ = str(event.get("type"))
        if type_ == "client_tool_call":
            call = part(event, "client_tool_call")
            return Reading(type_, (ToolCall(str(call.get("tool_call_id")), str(call.get("tool_name")), call.get("parameters")),))
        return Reading(type_, ended=Ended("server error", event.get("error")) if type_ == "error" else None)

    def tool_output(self, data: Any) -> Forwarded | Ignored:
        """`{data: {type: client_tool_result, tool_call_id, result, is_error}}`."""
        result = data.get("data") if isinstance(data, dict) else None
        if isinstance(result, dict) and result.get("type") == TOOL_RESULT:
            return Forwarded((result,))
        shape = f'{{"data": {{"type": "{TOOL_RESULT}", "tool_call_id": ..., "result": ..., "is_error": false}}}}'
        return Ignored("its data wraps no client_tool_result: the agent waits for the tool until it gives up", f"send {shape}")

    def wrapped(self, call_id: str, text: str) -> Json:
        """A `client_tool_result`."""
        return {"data": {"type": TOOL_RESULT, "tool_call_id": call_id, "result": text, "is_error": False}}

    def update(self, data: Any) -> Forwarded | Ignored:  # noqa: ARG002 - the shape of a vendor
        """The task has nothing to forward."""
        return Ignored("for an ElevenLabs agent the server ignores every llm:update", "set the agent up in conversation_initiation_client_data")

    def module(self, data: Json, *, compat: bool) -> Module:  # noqa: ARG002
        """16 kHz both ways unless the verb says otherwise."""
        return AgentModule(*_rates(data))


def _rates(data: Json) -> tuple[int, int]:
    """Heard and spoken: an agent is set up at ElevenLabs for the rates that its callers' verbs name."""
    options = part(data, "llmOptions")
    return _rate(options.get("input_sample_rate")), _rate(options.get("output_sample_rate"))


def _rate(given: Any) -> int:
    return given if isinstance(given, int) and 8_000 <= given <= 48_000 else 16_000
