"""Outputs of tools in a journal: an application gives one by command, or as the answer of its webhook."""

from __future__ import annotations

from typing import Any

from simulator.journal import Frame


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
