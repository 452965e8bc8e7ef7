"""J002."""

from __future__ import annotations

from collections import Counter

from simulator.jambonz.tool_outputs import call_answered
from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

PATIENCE_S = 10.0
"""A conversation that has ended sooner was not held up."""


@rule(
    "J002",
    "every tool call is answered, once",
    why="the model waits for ever for an output that does not come, and the caller hears silence; jambonz has no time-out for it",
    remedy="send llm:tool-output for every llm:tool-call, also when the tool fails (tell the model what went wrong); a webhook answers with it",
    source="jambonz.md 6.4, 6.5",
)
def answered_tools(journal: Journal) -> Broken:
    """Calls without an output while the conversation lasted, and outputs for the same call twice."""
    outputs = Counter(call_id for frame in journal.select("app", "app") if (call_id := call_answered(frame, journal)) is not None)
    faults = Faults(journal)
    ended = next((frame.at_s for frame in journal.select("app", "jambonz", "verb:hook") if "completion_reason" in frame.frame["data"]), None)
    calls = [frame for kind in ("llm:tool-call", "agent:tool-call") for frame in journal.select("app", "jambonz", kind)]
    for frame in calls:
        call_id, name = frame.frame["data"].get("tool_call_id"), frame.frame["data"].get("name")
        if call_id is None:
            continue  # a GET carries nothing that could be answered
        if outputs[call_id] > 1 + faults.copies("tool_call_id", call_id):
            yield f"{name} ({call_id}) was answered {outputs[call_id]} times", frame
        elif faults.answered_in_time("tool_call_id", call_id, PATIENCE_S, ended):
            continue
        elif not outputs[call_id] and (ended is None or ended - frame.at_s > PATIENCE_S):
            yield f"{name} ({call_id}) was never answered", frame
