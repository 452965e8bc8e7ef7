"""J012."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

NOT_THE_APPS = frozenset(
    {"session_expired", "insufficient_quota", "invalid_api_key", "beta_api_shape_disabled", "rate_limit_exceeded", "response_cancel_not_active"}
)


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
