"""MCP servers in a GA session, and items that come twice (openai-realtime.md 6.5, 8.1)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.vendors.openai.events import CallMcp, Json, Say
from simulator.vendors.openai.wire import to_wire
from tests.vendors.openai.model_dialogue import Dialogue, problem, types
from tests.vendors.openai.test_model_types import GA

SEARCH = {"name": "search", "description": "Search the docs", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}
CALL = CallMcp("docs", "search", '{"q": "price"}', output="12 euros")


def talk_with(*tools: Json, **settings: Any) -> Dialogue:
    """A session that has named these MCP servers, and heard of their tools."""
    talk = Dialogue("ga", **settings).open()
    talk.client("session.update", session={"type": "realtime", "tools": [{"type": "mcp", "server_url": "https://mcp.test"} | tool for tool in tools]})
    talk.run(1.0)
    return talk


def of_item(talk: Dialogue, item_type: str, name: str = "conversation.item.done") -> Json:
    """The last item of this type in an event of that name."""
    return next(event["item"] for event in reversed(talk.events) if event["type"] == name and event["item"]["type"] == item_type)


def test_the_tools_of_a_server_are_listed_after_the_session_names_it() -> None:
    talk = talk_with({"server_label": "docs"}, mcp={"docs": (SEARCH, SEARCH | {"name": "delete"})})
    assert types(talk.events)[1:] == [
        "session.updated", "conversation.item.added", "mcp_list_tools.in_progress", "mcp_list_tools.completed", "conversation.item.done",
    ]  # fmt: skip
    assert of_item(talk, "mcp_list_tools", "conversation.item.added")["tools"] == []
    assert [tool["name"] for tool in of_item(talk, "mcp_list_tools")["tools"]] == ["search", "delete"]


def test_a_server_is_asked_once_and_only_for_what_is_allowed() -> None:
    talk = talk_with({"server_label": "docs", "allowed_tools": ["search"]}, mcp={"docs": (SEARCH, SEARCH | {"name": "delete"})})
    assert [tool["name"] for tool in of_item(talk, "mcp_list_tools")["tools"]] == ["search"]
    talk.client("session.update", session={"type": "realtime", "tools": [{"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"}]})
    assert talk.run(1.0) == []


@pytest.mark.parametrize(
    ("offered", "outcome", "names"), [({"docs": None}, "mcp_list_tools.failed", []), ({}, "mcp_list_tools.completed", ["search"])]
)
def test_a_server_that_cannot_be_reached_and_one_nobody_described(offered: dict[str, Any], outcome: str, names: list[str]) -> None:
    talk = talk_with({"server_label": "docs", "allowed_tools": {"tool_names": ["search"]}}, mcp=offered)
    assert outcome in types(talk.events)
    assert [tool["name"] for tool in of_item(talk, "mcp_list_tools")["tools"]] == names


def test_a_call_of_a_server_is_answered_within_the_response() -> None:
    talk = talk_with({"server_label": "docs"})
    talk.client("response.create")
    talk.answer(CALL, Say("Twelve euros."))
    events = types(talk.run(3.0))
    assert events[:11] == [
        "response.created", "response.output_item.added", "conversation.item.added", "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done", "response.mcp_call.in_progress", "response.mcp_call.completed", "conversation.item.done",
        "response.output_item.done", "response.output_item.added", "conversation.item.added",
    ]  # fmt: skip
    item = of_item(talk, "mcp_call")
    assert (item["arguments"], item["output"], item["error"]) == ('{"q": "price"}', "12 euros", None)
    assert talk.last("response.done")["response"]["output"][0] == item
    assert "".join(event["delta"] for event in talk.events if event["type"].endswith("mcp_call_arguments.delta")) == '{"q": "price"}'


def test_a_call_that_fails() -> None:
    talk = talk_with({"server_label": "docs"})
    talk.client("response.create")
    error = {"type": "http_error", "code": 503, "message": "unavailable"}
    talk.answer(CallMcp("docs", "search", "{}", error=error))
    assert "response.mcp_call.failed" in types(talk.run(1.0))
    assert of_item(talk, "mcp_call")["error"] == error


def test_a_call_that_wants_approval_first() -> None:
    talk = talk_with({"server_label": "docs", "require_approval": "always"})
    talk.client("response.create")
    talk.answer(CallMcp("docs", "search", '{"q": "price"}', asks=True))
    talk.run(1.0)
    request = of_item(talk, "mcp_approval_request")
    assert request["arguments"] == '{"q": "price"}'
    talk.client("conversation.item.create", item={"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": True})
    talk.client("response.create")
    talk.answer(CALL)
    talk.run(1.0)
    assert of_item(talk, "mcp_call")["approval_request_id"] == request["id"]


@pytest.mark.parametrize("at_s", [0.22, 0.3])
def test_a_call_is_cancelled_in_its_arguments_or_while_the_server_works(at_s: float) -> None:
    talk = talk_with({"server_label": "docs"}, mcp_after_s=10.0)
    talk.run(10.0)
    talk.client("response.create")
    talk.answer(CALL)
    talk.run(at_s)
    talk.client("response.cancel")
    talk.run(1.0)
    assert talk.last("response.done")["response"]["status"] == "cancelled"
    assert (of_item(talk, "mcp_call")["output"], of_item(talk, "mcp_call")["error"]) == (None, None)


def test_the_openai_package_knows_every_event_of_mcp() -> None:
    talk = talk_with({"server_label": "docs"}, {"server_label": "gone"}, mcp={"docs": (SEARCH,), "gone": None})
    for call in (
        CALL,
        CallMcp("docs", "search", "{}", error={"type": "tool_execution_error", "message": "no"}),
        CallMcp("docs", "search", "{}", asks=True),
    ):
        talk.client("response.create")
        talk.answer(call)
        talk.run(1.0)
    assert len([name for name in {event["type"] for event in talk.events} if "mcp" in name]) == 8
    for event in talk.events:
        assert GA.validate_json(to_wire(event)).type == event["type"]


def test_beta_knows_no_mcp_and_calls_a_function() -> None:
    talk = Dialogue("beta").open()
    talk.client("response.create")
    talk.answer(CALL)
    talk.run(1.0)
    assert talk.last("response.output_item.done")["item"]["type"] == "function_call"


@pytest.mark.parametrize(("knob", "shown"), [("append", ["one", "two"]), ("ignore", ["one"])])
def test_models_differ_about_an_item_that_comes_twice(knob: str, shown: list[str]) -> None:
    talk = Dialogue("ga", duplicate_items=knob).open()
    for text in ("one", "two"):
        content = [{"type": "input_text", "text": text}]
        talk.client("conversation.item.create", item={"id": "mine", "type": "message", "role": "user", "content": content})
    added = [event for event in talk.events if event["type"] == "conversation.item.added"]
    assert [event["item"]["content"][0]["text"] for event in added] == shown
    assert [event["previous_item_id"] for event in added] == [None, "mine"][: len(shown)]
    assert types(talk.client("conversation.item.delete", item_id="mine")) == ["conversation.item.deleted"]
    assert problem(talk.client("conversation.item.retrieve", item_id="mine"))[0] == "item_retrieve_invalid_item_id"
