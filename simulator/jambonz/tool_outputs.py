"""Outputs of tools in a journal: an application gives one by command, or as the answer of its webhook."""

from __future__ import annotations

from typing import Any

from simulator.journal import Frame, Journal
from simulator.vendors.known import VENDORS
from simulator.vendors.vendor import Ignored

ITEMS_COUNT = ("openai", "microsoft")
"""To these vendors it is the item's own `call_id` that counts, not the `tool_call_id` of the command (jambonz.md 6.5)."""


def carries_output(frame: Frame) -> bool:
    """Whether the application answers a tool call with this frame: in words that jambonz forwards, or in others."""
    if frame.source != "app" or frame.link != "app":
        return False
    return (frame.kind == "command" and frame.frame.get("command") == "llm:tool-output") or _answers_tool_call(frame)


def output_item(frame: Frame) -> dict[str, Any] | None:
    """The `function_call_output` in a frame of the application: of a command (`llm:update` can carry one too), or of a webhook's answer."""
    if frame.source != "app" or not (frame.kind == "command" or _answers_tool_call(frame)):
        return None
    data = frame.frame.get("data")
    item = data.get("item") if isinstance(data, dict) else None
    return item if isinstance(item, dict) and item.get("type") == "function_call_output" else None


def _answers_tool_call(frame: Frame) -> bool:
    return frame.kind == "ack" and frame.frame.get("to") == "llm:tool-call"


def made_for_the_model(frame: Frame, journal: Journal) -> bool:
    """Whether the server made an output for the model of whatever came, as those of profile 10 do."""
    for sent in journal.select("model", "jambonz", "conversation.item.create", since=frame.seq):
        item = sent.frame.get("item")
        if isinstance(item, dict) and item.get("call_id") == frame.frame.get("tool_call_id") and item != _item(frame.frame.get("data")):
            return True
    return False


def _item(data: Any) -> Any:
    return data.get("item") if isinstance(data, dict) else None


def vendor_before(frame: Frame, journal: Journal) -> str:
    """Whose model the call of this frame was connected to at that time."""
    connects = [seen for seen in journal.select("model", kind="connect") if seen.seq < frame.seq and seen.leg == frame.leg]
    return str(connects[-1].frame.get("vendor", "openai")) if connects else "openai"


def call_answered(frame: Frame, journal: Journal) -> str | None:
    """The id of the tool call that this frame of the application answers, in the shape of the call's vendor or in one the server takes."""
    call_id = (output_item(frame) or {}).get("call_id")
    if isinstance(call_id, str):
        return call_id
    if not carries_output(frame):
        return None
    name = vendor_before(frame, journal)
    if name in ITEMS_COUNT:
        taken = made_for_the_model(frame, journal)
    else:
        taken = name not in VENDORS or not isinstance(VENDORS[name].tool_output(frame.frame.get("data")), Ignored)
    named = frame.frame.get("tool_call_id")
    return named if taken and isinstance(named, str) else None
