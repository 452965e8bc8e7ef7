"""J007."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.errors import did_you_mean
from simulator.journal import Frame, Journal
from simulator.rules.registry import Broken, rule
from simulator.vendors.known import VENDORS
from simulator.vendors.openai.dialects import BETA_NAMES
from simulator.vendors.openai.task import SERVER_EVENTS

GA_ONLY = (
    "conversation.item.retrieved",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.segment",
    "input_audio_buffer.timeout_triggered",
    "input_audio_buffer.dtmf_event_received",
    "mcp_list_tools.in_progress",
    "mcp_list_tools.completed",
    "mcp_list_tools.failed",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
)
KNOWN = (*SERVER_EVENTS, *BETA_NAMES, *GA_ONLY)


def llm_verbs(journal: Journal) -> Iterator[tuple[Frame, dict[str, Any]]]:
    """Every `llm` verb the application has sent, with the frame that carried it."""
    for frame in journal.select("app", "app"):
        data = frame.frame.get("data")
        for verb in data if isinstance(data, list) else []:
            if isinstance(verb, dict):
                name = verb.get("verb") or next(iter(verb), None)
                body = verb if "verb" in verb else verb.get(str(name))
                if name in ("llm", "s2s", "openai_s2s", "microsoft_s2s") and isinstance(body, dict):
                    yield frame, body


@rule(
    "J007",
    "every name in `events` can match something",
    why="a wildcard expands to the names jambonz knows; one that matches none opens the filter wide or delivers nothing",
    remedy="use names of server events, or wildcards such as conversation.item.*; GA names must be written out",
    source="jambonz.md 6.3; feature-server openai_s2s.js:40-54, 375-395",
)
def filter_names(journal: Journal) -> Broken:
    """Names that no event has, and filters that end up empty."""
    for frame, verb in llm_verbs(journal):
        events = verb.get("events")
        if not isinstance(events, list):
            continue
        vendor = VENDORS.get(str(verb.get("vendor", "openai")))
        expands = SERVER_EVENTS if vendor is None else vendor.events
        known = KNOWN if expands is SERVER_EVENTS else (*expands, *(str(name) for name in events if not str(name).endswith(".*")))
        for written in events:
            name = str(written).removeprefix("-")
            if name == "all" or name in known or (name.endswith(".*") and any(one.startswith(name[:-2]) for one in expands)):
                continue
            yield f"{written!r} matches no event; {did_you_mean(name, known).split(' Known:')[0]}", frame
        if not events or all(str(written).startswith("-") for written in events):
            yield f"{events!r} includes nothing, and so lets every event through", frame
