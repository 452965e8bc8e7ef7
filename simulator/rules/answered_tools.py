"""J002."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulator.journal import Frame, Journal
from simulator.rules.registry import Broken, rule


def output_of(frame: Frame) -> str | None:
    """The call id that a command of the application gives an output for."""
    data: Any = frame.frame.get("data")
    item = data.get("item") if isinstance(data, dict) else None
    call_id = item.get("call_id") if isinstance(item, dict) and item.get("type") == "function_call_output" else None
    return call_id if isinstance(call_id, str) else None


@rule(
    "J002",
    "every tool call is answered, once",
    why="the model waits for ever for an output that does not come, and the caller hears silence; jambonz has no time-out for it",
    remedy="send llm:tool-output for every llm:tool-call, also when the tool fails (tell the model what went wrong)",
    source="jambonz.md 6.4, 6.5",
)
def answered_tools(journal: Journal) -> Broken:
    """Calls without an output while the conversation lasted, and outputs for the same call twice."""
    outputs = Counter(call_id for frame in journal.select("app", "app", "command") if (call_id := output_of(frame)) is not None)
    ended = next((frame.at_s for frame in journal.select("app", "jambonz", "verb:hook") if "completion_reason" in frame.frame["data"]), None)
    for frame in journal.select("app", "jambonz", "llm:tool-call"):
        call_id, name = frame.frame["data"]["tool_call_id"], frame.frame["data"]["name"]
        if outputs[call_id] > 1:
            yield f"{name} ({call_id}) was answered {outputs[call_id]} times", frame
        elif not outputs[call_id] and (ended is None or ended - frame.at_s > 10.0):
            yield f"{name} ({call_id}) was never answered", frame
