"""J003."""

from __future__ import annotations

from math import inf
from typing import Any

from simulator.jambonz.tool_outputs import carries_output, output_item
from simulator.journal import Frame, Journal
from simulator.pattern import show
from simulator.rules.registry import Broken, rule
from simulator.vendors.known import VENDORS
from simulator.vendors.vendor import Ignored

ITEMS_COUNT = ("openai", "microsoft")
"""To these vendors it is the item's own `call_id` that counts, not the `tool_call_id` of the command (jambonz.md 6.5)."""


def _made_one(frame: Frame, journal: Journal) -> bool:
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
        taken = _made_one(frame, journal)
    else:
        taken = name not in VENDORS or not isinstance(VENDORS[name].tool_output(frame.frame.get("data")), Ignored)
    named = frame.frame.get("tool_call_id")
    return named if taken and isinstance(named, str) else None


@rule(
    "J003",
    "a tool output has the shape that is forwarded and accepted",
    why="jambonz drops anything but a conversation.item.create; the model refuses an output that is no text, and its error ends the call",
    remedy='send (or answer with) {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": .., "output": "<text>"}}',
    source="jambonz.md 6.5; openai-realtime.md 6.4",
)
def tool_output_shape(journal: Journal) -> Broken:
    """Every `llm:tool-output` of the application, and every answer of its tool hook."""
    known = [frame.frame["data"].get("tool_call_id") for frame in journal.select("app", "jambonz", "llm:tool-call")]
    ended = {frame.leg: frame.seq for frame in journal.select("media", kind="call_ended")}
    for frame in journal.select("app", "app"):
        if not carries_output(frame) or ("webhook" in frame.frame and frame.seq > ended.get(frame.leg, inf)):
            continue  # a webhook has to answer also when nobody listens any more
        data: Any = frame.frame.get("data")
        vendor = vendor_before(frame, journal)
        if vendor not in ITEMS_COUNT:
            if vendor in VENDORS and isinstance(ignored := VENDORS[vendor].tool_output(data), Ignored):
                yield f"data is {show(data, 60)}; {ignored.remedy}", frame
            continue
        item = data.get("item") if isinstance(data, dict) else None
        if _made_one(frame, journal):
            continue
        if not isinstance(data, dict) or data.get("type") != "conversation.item.create" or not isinstance(item, dict):
            yield f"data is {show(data, 60)}", frame
        elif not isinstance(item.get("output"), str):
            yield f"item.output is {show(item.get('output'), 60)}, not text", frame
        elif item.get("call_id") not in known:
            yield f"item.call_id {item.get('call_id')!r} belongs to no tool call", frame
