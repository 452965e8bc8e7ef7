"""The text model of the `agent` verb, in dialogue."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.ids import Ids
from simulator.script import Timeout
from simulator.vendors.chat.server import THINKS_S, ChatServer
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    CallTool,
    ClientClosed,
    ClientEvent,
    Disconnect,
    Emit,
    Fail,
    ResponseGone,
    ResponseRequested,
    Say,
    ServerHappening,
)

ASKS: dict[str, Any] = {"type": "prompt", "messages": [{"role": "user", "content": "how warm is it"}]}


def prompted(chat: ChatServer, prompt: dict[str, Any] = ASKS, now_s: float = 0.0) -> ResponseRequested:
    found = [effect for effect in chat.receive(ClientEvent(prompt), now_s) if isinstance(effect, ResponseRequested)]
    return found[-1]


def replied(chat: ChatServer, *items: Any, fail: Fail | None = None) -> dict[str, Any]:
    chat.receive(Answered(prompted(chat).response_id, Answer(items, fail)), 1.0)
    assert chat.wake_at_s == 1.0 + THINKS_S
    reply, gone = chat.receive(Timeout(), 1.0 + THINKS_S)
    assert isinstance(reply, Emit)
    assert isinstance(gone, ResponseGone)
    return reply.event


def test_a_prompt_asks_for_an_answer_to_what_the_caller_said() -> None:
    request = prompted(ChatServer(dialect="ga", ids=Ids(0)))
    assert (request.by, request.heard) == ("vad", "how warm is it")


def test_the_whole_reply_comes_at_once_some_time_later() -> None:
    assert replied(ChatServer(dialect="ga", ids=Ids(0)), Say("warm"), Say("and dry")) == {"type": "reply", "text": "warm and dry"}


def test_a_failed_answer_is_told_as_such() -> None:
    assert replied(ChatServer(dialect="ga", ids=Ids(0)), fail=Fail("overloaded", message="busy"))["error"] == {
        "code": "overloaded",
        "message": "busy",
    }


def test_another_prompt_takes_the_last_one_back() -> None:
    chat = ChatServer(dialect="ga", ids=Ids(0))
    first = prompted(chat)
    assert ResponseGone(first.response_id, "another prompt came first") in chat.receive(ClientEvent(ASKS), 1.0)


def test_the_output_of_a_tool_is_owed_until_a_prompt_brings_it() -> None:
    chat = ChatServer(dialect="ga", ids=Ids(0))
    assert replied(chat, CallTool("weather", '{"city": "Oslo"}', "c1"))["tool_calls"] == [
        {"id": "c1", "name": "weather", "arguments": {"city": "Oslo"}}
    ]
    assert list(chat.owed) == ["the client owes the output of weather (c1)"]
    prompted(chat, {"type": "prompt", "messages": [{"role": "tool", "tool_call_id": "c1", "content": "21"}]}, 2.0)
    assert not any("c1" in debt for debt in chat.owed)


@pytest.mark.parametrize("end", [ClientClosed(), Disconnect(1011)])
def test_nothing_is_owed_after_the_end(end: ServerHappening) -> None:
    chat = ChatServer(dialect="ga", ids=Ids(0))
    replied(chat, CallTool("weather", "{}", "c1"))
    prompted(chat)
    chat.receive(end, 3.0)
    assert chat.owed == {}
    assert chat.wake_at_s is None
