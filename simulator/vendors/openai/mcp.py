"""MCP servers, which the model server asks itself (GA only, openai-realtime.md 6.5): their tools are listed, their tools are called.

What they offer is in `Settings.mcp`, what a call returns in the answer. Inferred from the schema: the order of events.
"""

from __future__ import annotations

from simulator.script import Killed
from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.context import Context
from simulator.vendors.openai.conversation import Conversation, Entry
from simulator.vendors.openai.events import CallMcp, Json
from simulator.vendors.openai.line import Steps, wait
from simulator.vendors.openai.output import ARGUMENT_TOKENS, closed, opened
from simulator.vendors.openai.response import Response
from simulator.vendors.openai.usage import Tokens

NO_SCHEMA: Json = {"type": "object", "properties": {}}


def list_tools(tool: Json, context: Context) -> Steps:
    """What follows a session that names an MCP server for the first time."""
    label = tool["server_label"]
    entry = Entry({"id": context.new_id("mcpl"), "type": "mcp_list_tools", "server_label": label, "tools": []}, context.heard_format, grows=True)
    yield messages.item_added(context.conversation.add(entry), entry.item)
    yield messages.mcp_list_tools("in_progress", entry.id)
    yield from wait(context.settings.mcp_after_s)
    offered = context.settings.mcp.get(label, named_only(tool))
    yield messages.mcp_list_tools("completed" if offered is not None else "failed", entry.id)
    entry.item, entry.grows = entry.item | {"tools": allowed(tool, offered or ())}, False
    yield messages.item_done(context.conversation.previous(entry.id), entry.item)


def named_only(tool: Json) -> tuple[Json, ...]:
    """What a server offers of which nothing is known but the names the client allows."""
    return tuple({"name": name, "description": None, "input_schema": NO_SCHEMA, "annotations": None} for name in _allowed_names(tool) or ())


def allowed(tool: Json, offered: tuple[Json, ...]) -> list[Json]:
    names = _allowed_names(tool)
    full = ({"description": None, "input_schema": NO_SCHEMA, "annotations": None} | dict(each) for each in offered)
    return [each for each in full if names is None or each["name"] in names]


def _allowed_names(tool: Json) -> list[str] | None:
    given = tool.get("allowed_tools")
    names = given.get("tool_names") if isinstance(given, dict) else given
    return names if isinstance(names, list) else None


def mcp_call(call: CallMcp, response: Response, context: Context, index: int, end: str) -> Steps:
    """The whole call; with `asks`, only the request to approve it."""
    if call.asks:
        yield from _approval(call, response, context, index)
        return
    item = {
        "id": context.new_id("mcp"), "type": "mcp_call", "server_label": call.server_label, "name": call.name, "arguments": "",
        "approval_request_id": approved(call, context.conversation), "output": None, "error": None,
    }  # fmt: skip
    entry = Entry(item, response.format)
    place = (response.id, entry.id, index)
    tokens, sent = ARGUMENT_TOKENS.findall(call.arguments), 0
    killed: Killed | None = None
    yield opened(entry, response, index)
    try:
        for token in tokens:
            sent += 1
            yield messages.mcp_arguments_delta(place, token, context.padding(token))
            yield from wait(context.settings.token_s)
    except Killed as kill:
        killed = kill
    arguments = "".join(tokens[:sent])
    response.made += Tokens(usage.text_tokens(call.name) + usage.text_tokens(arguments))
    yield messages.mcp_arguments_done(place, arguments)
    entry.item = entry.item | {"arguments": arguments}
    if killed is None and end == "completed":
        yield messages.mcp_call("in_progress", entry.id, index)
        try:
            yield from wait(context.settings.mcp_after_s)
        except Killed as kill:
            killed = kill
        else:
            yield messages.mcp_call("failed" if call.error else "completed", entry.id, index)
            entry.item = entry.item | ({"error": call.error} if call.error else {"output": call.output or ""})
    yield closed(entry, response, index)
    if killed is not None:
        raise killed


def _approval(call: CallMcp, response: Response, context: Context, index: int) -> Steps:
    item: Json = {"id": context.new_id("mcpr"), "type": "mcp_approval_request", "server_label": call.server_label, "name": call.name}
    entry = Entry(item | {"arguments": call.arguments}, response.format)
    yield opened(entry, response, index)
    yield closed(entry, response, index)


def approved(call: CallMcp, conversation: Conversation) -> str | None:
    """The request for this call that the client has approved last."""
    agreed = {entry.item["approval_request_id"] for entry in conversation if entry.item["type"] == "mcp_approval_response" and entry.item["approve"]}
    asked = (entry for entry in conversation if entry.item["type"] == "mcp_approval_request" and entry.id in agreed)
    same = [entry.id for entry in asked if (entry.item["server_label"], entry.item["name"]) == (call.server_label, call.name)]
    return same[-1] if same else None
