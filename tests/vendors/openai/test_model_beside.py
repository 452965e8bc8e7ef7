"""Responses beside the conversation (openai-realtime.md 4.13, 6.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.speech import speak
from simulator.vendors.openai.events import CallTool, Json, ResponseGone, Say
from tests.vendors.openai.model_dialogue import Dialogue, problem, types

ASIDE: Json = {"conversation": "none", "metadata": {"topic": "aside"}}


def aside(talk: Dialogue, *items: Any, **more: Any) -> Json:
    """An out-of-band response, played to its end."""
    talk.client("response.create", response=ASIDE | more)
    talk.answer(*items)
    talk.run(5.0)
    response: Json = talk.last("response.done")["response"]
    return response


def test_it_has_no_conversation_and_keeps_its_metadata(either: Dialogue) -> None:
    response = aside(either, Say("psst"))
    created = either.last("response.created")["response"]
    for shown in (created, response):
        assert (shown["conversation_id"], shown["metadata"]) == (None, {"topic": "aside"})
    assert not [name for name in types(either.events) if name.startswith(("conversation.", "rate_limits"))]


def test_its_items_are_nowhere_to_be_found(either: Dialogue) -> None:
    item_id = aside(either, Say("psst"))["output"][0]["id"]
    for operation in ("retrieve", "delete"):
        assert problem(either.client(f"conversation.item.{operation}", item_id=item_id))[0] == f"item_{operation}_invalid_item_id"


def test_a_call_made_beside_is_unknown_to_the_conversation(either: Dialogue) -> None:
    aside(either, CallTool("f", "{}", call_id="call_1"))
    item = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
    assert problem(either.client("conversation.item.create", item=item))[0] == "invalid_tool_call_id"
    assert either.server.owed == {}


def test_several_run_at_once(either: Dialogue) -> None:
    for _ in range(3):
        either.client("response.create", response=ASIDE)
    either.client("response.create")
    assert len(either.open_requests) == 4
    for number in range(4):
        either.answer(Say(f"This is {number}"))
    either.run(10.0)
    done = [event["response"] for event in either.events if event["type"] == "response.done"]
    assert sorted(response["status"] for response in done) == ["completed"] * 4
    assert [response["conversation_id"] is None for response in done].count(False) == 1


def test_speech_interrupts_the_conversation_only(either: Dialogue) -> None:
    either.client("response.create", response=ASIDE)
    either.client("response.create")
    either.run(0.1)
    beside, _ = either.open_requests
    either.client("input_audio_buffer.append", audio=speak("Stop", 24000).pcm)
    assert either.open_requests == [beside]


def test_cancel_means_the_conversation_unless_it_names_another(either: Dialogue) -> None:
    either.client("response.create", response=ASIDE)
    either.run(0.1)
    (beside,) = either.open_requests
    assert problem(either.client("response.cancel"))[0] == "response_cancel_not_active"
    assert types(either.client("response.cancel", response_id=beside)) == ["response.done"]
    assert either.last("response.done")["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert either.effects[-2] == ResponseGone(beside, "client_cancelled")


@pytest.mark.parametrize("given", [None, [], [{"type": "item_reference", "id": "first"}]])
def test_it_reads_what_it_is_given_instead_of_the_conversation(either: Dialogue, given: list[Json] | None) -> None:
    for name in ("first", "second"):
        content = [{"type": "input_text", "text": name}]
        either.client("conversation.item.create", item={"id": name, "type": "message", "role": "user", "content": content})
    either.client("response.create", response=ASIDE | ({} if given is None else {"input": given}))
    prompt = either.server.prompt(either.open_requests[0])
    assert prompt is not None
    assert [read.text for read in prompt.items] == {None: ["first", "second"], 0: [], 1: ["first"]}[None if given is None else len(given)]


def test_another_voice_is_fine_beside(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Hello"))
    ga.run(5.0)
    assert aside(ga, Say("Hello"), audio={"output": {"voice": "coral"}})["audio"]["output"]["voice"] == "coral"
