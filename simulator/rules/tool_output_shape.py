"""J003."""

from __future__ import annotations

from math import inf
from typing import Any

from simulator.jambonz.tool_outputs import ITEMS_COUNT, carries_output, made_for_the_model, vendor_before
from simulator.journal import Journal
from simulator.pattern import show
from simulator.rules.registry import Broken, rule
from simulator.vendors.known import VENDORS
from simulator.vendors.vendor import Ignored


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
                yield f"the data of the tool output is {show(data, 60)}; {ignored.remedy}", frame
            continue
        item = data.get("item") if isinstance(data, dict) else None
        if made_for_the_model(frame, journal):
            continue
        if not isinstance(data, dict) or data.get("type") != "conversation.item.create" or not isinstance(item, dict):
            yield f"the output's data is {show(data, 60)}", frame
        elif not isinstance(item.get("output"), str):
            yield f"item.output is {show(item.get('output'), 60)}, not text", frame
        elif item.get("call_id") not in known:
            yield f"item.call_id {item.get('call_id')!r} belongs to no tool call", frame
