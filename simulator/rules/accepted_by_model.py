"""J012."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

NOT_THE_APPS = frozenset(
    {"session_expired", "insufficient_quota", "invalid_api_key", "beta_api_shape_disabled", "rate_limit_exceeded", "response_cancel_not_active"}
)

ONE_AT_A_TIME = "wait for response.done before a tool output is sent, and send only the last output of a turn so that it asks for a response"
REMEDIES = {
    "conversation_already_has_active_response": ONE_AT_A_TIME,
    "invalid_tool_call_id": "answer with the tool_call_id of the llm:tool-call, as item.call_id",
    "unknown_parameter": "leave out the member named, or send it in the dialect of the session: GA and beta have different shapes",
    "missing_required_parameter": "add the member named; GA and beta have different shapes",
}
"""What to do, by the code of the error, where it is more than to mend a member."""


@rule(
    "J012",
    "the model accepts what the application asks of it",
    why="any error event of the model ends the llm verb, however harmless it is",
    remedy="mend the member named by `param`; the two dialects of the API have different shapes",
    source="jambonz.md 6.7; openai-realtime.md 2.7, 8",
)
def accepted_by_model(journal: Journal) -> Broken:
    """Errors of type invalid_request_error, except those that the scenario ordered, or that are about key, money or time."""
    ordered, faults = 0, Faults(journal)
    for frame in journal.select("model"):
        if frame.kind == "scripted":
            ordered += 1
        if frame.kind != "error":
            continue
        if ordered:
            ordered -= 1
            continue
        error = frame.frame.get("error") or {}
        if error.get("type") != "invalid_request_error" or error.get("code") in NOT_THE_APPS:
            continue
        if faults.changed_what_was_said(frame):
            continue  # what the model was told is not what was said
        param = f" (param {error['param']})" if error.get("param") else ""
        yield f"{error.get('code')}: {error.get('message')}{param}", frame
