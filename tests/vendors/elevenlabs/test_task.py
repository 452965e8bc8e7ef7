"""What the llm task does for an ElevenLabs agent (jambonz.md 8.1)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.vendors.elevenlabs.client import AgentModule
from simulator.vendors.elevenlabs.task import ElevenLabs
from simulator.vendors.vendor import Ended, Endpoint, Flush, Forwarded, Ignored, PlayAudio, Reading, Relay, ToModel, ToolCall

TASK = ElevenLabs()
RESULT = {"type": "client_tool_result", "tool_call_id": "c", "result": "21", "is_error": False}


def test_it_connects_by_the_agents_id() -> None:
    assert TASK.endpoint({"auth": {"agent_id": "a/1"}}) == Endpoint(
        "api.elevenlabs.io", "/v1/convai/conversation?agent_id=a%2F1", {}, (16_000, 16_000)
    )


def test_with_a_key_the_url_is_a_signed_one_and_the_key_is_not_in_it() -> None:
    endpoint = TASK.endpoint({"auth": {"agent_id": "a", "api_key": "xi-secret"}})
    assert endpoint.path.endswith("&token=signed")
    assert "xi-secret" not in str(endpoint)


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({}, []),
        ({"conversation_initiation_client_data": {}}, []),
        ({"conversation_initiation_client_data": {"user_id": "u"}}, [{"type": "conversation_initiation_client_data", "user_id": "u"}]),
    ],
)
def test_what_is_known_of_the_caller_is_said_first(options: dict[str, Any], first: list[dict[str, Any]]) -> None:
    assert TASK.opening({"llmOptions": options}) == first


@pytest.mark.parametrize(
    ("event", "reading"),
    [
        ({"type": "agent_response"}, Reading("agent_response")),
        ({"type": "error", "error": {"code": 1}}, Reading("error", ended=Ended("server error", {"code": 1}))),
        (
            {"type": "client_tool_call", "client_tool_call": {"tool_name": "f", "tool_call_id": "c", "parameters": {"a": 1}}},
            Reading("client_tool_call", (ToolCall("c", "f", {"a": 1}),)),
        ),
    ],
)
def test_what_an_event_means(event: dict[str, Any], reading: Reading) -> None:
    assert TASK.read(event) == reading


@pytest.mark.parametrize("data", [RESULT, {"data": {"type": "other"}}, {"data": "text"}, "text", None, []])
def test_an_output_that_is_not_wrapped_is_dropped(data: Any) -> None:
    assert isinstance(TASK.tool_output(data), Ignored)


def test_a_wrapped_output_is_forwarded_and_nothing_is_asked_of_the_agent() -> None:
    assert TASK.tool_output({"data": RESULT}) == Forwarded((RESULT,))


def test_every_update_is_ignored() -> None:
    assert isinstance(TASK.update({"type": "contextual_update", "text": "x"}), Ignored)


def test_the_rates_are_those_of_the_verb() -> None:
    assert TASK.module({"llmOptions": {"input_sample_rate": 8000}}, compat=True).input_hz == 8000
    assert TASK.module({"llmOptions": {"input_sample_rate": "fast"}}, compat=True).input_hz == 16_000


@pytest.mark.parametrize(
    ("event", "playing", "actions"),
    [
        ({"type": "audio", "audio_event": {"audio_base_64": b"\1\0\2"}}, False, [PlayAudio(b"\1\0", 16_000)]),
        ({"type": "audio", "audio_event": {"audio_base_64": "AQACAA=="}}, False, [PlayAudio(b"\1\0\2\0", 16_000)]),
        ({"type": "audio", "audio_event": {"audio_base_64": "?"}}, False, []),
        ({"type": "interruption"}, False, [Relay({"type": "interruption"})]),
        ({"type": "interruption"}, True, [Relay({"type": "interruption"}), Flush()]),
        (
            {"type": "ping", "ping_event": {"event_id": 3}},
            True,
            [ToModel({"type": "pong", "event_id": 3}), Relay({"type": "ping", "ping_event": {"event_id": 3}})],
        ),
        ({}, True, [Relay({})]),
    ],
)
def test_what_the_module_does_with_an_event(event: dict[str, Any], playing: bool, actions: list[Any]) -> None:
    assert AgentModule().receive(event, playing=playing) == actions
