"""Who owes what to whom at a moment of a call, as the journal tells: acknowledgements, answers of hooks, outputs of tools, responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.jambonz.messages import WANTS_NO_ACK
from simulator.jambonz.tool_outputs import call_answered
from simulator.journal import Frame, Journal


@dataclass(frozen=True, slots=True)
class Debt:
    """`who` owes `what`, since `frame`; `kind` is ack, webhook, tool, response or request."""

    kind: str
    who: str
    what: str
    frame: Frame

    def __str__(self) -> str:
        return f"{self.who} owes {self.what}, since {self.frame.at_s:.3f} s (#{self.frame.seq})"


def owed(frames: Sequence[Frame], journal: Journal) -> list[Debt]:
    """The oldest first; `frames` is the call up to that moment, `journal` the whole of it."""
    open_: dict[tuple[str, object], Debt] = {}
    for frame in frames:
        for key in _settled(frame, journal, open_):
            open_.pop(key, None)
        if (debt := _incurred(frame)) is not None:
            open_[debt[0]] = debt[1]
    return list(open_.values())


Key = tuple[str, object]


def _incurred(frame: Frame) -> tuple[Key, Debt] | None:
    content, app = frame.frame, "the application"
    match frame.link, frame.source, frame.kind:
        case "app", "jambonz", "llm:tool-call" | "agent:tool-call":
            data = content.get("data") or {}
            call_id = data.get("tool_call_id")
            return ("tool", call_id), Debt("tool", app, f"the output of {data.get('name')} ({call_id})", frame)
        case "app", "jambonz", kind if "webhook" in content:
            at = content.get("url") or content.get("hook") or "its hook"
            return ("webhook", content["webhook"]), Debt("webhook", app, f"an answer to {kind} at {at}", frame)
        case "app", "jambonz", kind if "msgid" in content and kind == content.get("type") and kind not in WANTS_NO_ACK:
            hook = f" {content['hook']}" if isinstance(content.get("hook"), str) else ""
            return ("ack", content["msgid"]), Debt("ack", app, f"an ack for {kind}{hook} (msgid {content['msgid']})", frame)
        case "model", "model", "response.created":
            response = content.get("response") or {}
            return ("response", response.get("id")), Debt("response", "the model", f"the rest of response {response.get('id')}", frame)
        case "world", "app" | "jambonz", "request" if "number" in content:
            return ("request", content["number"]), Debt("request", "a stub", f"the reply to {content.get('method')} {content.get('url')}", frame)
    return None


def _settled(frame: Frame, journal: Journal, open_: Mapping[Key, Debt]) -> list[Key]:
    """The debts that this frame settles, or for which nobody waits any more."""
    content = frame.frame
    if frame.link == "app" and frame.source == "app":
        answered = call_answered(frame, journal)
        return [("ack", content.get("msgid")), ("webhook", content.get("webhook")), *([("tool", answered)] if answered is not None else [])]
    match frame.link, frame.kind:
        case "model", "response.done":
            return [("response", (content.get("response") or {}).get("id"))]
        case "model", "closed":
            return [key for key in open_ if key[0] in ("response", "tool")]
        case "world", kind if kind != "request":
            return [("request", content.get("number"))]
        case "app", "ack_timeout" | "webhook_failed":
            return [key for key in open_ if key[0] in ("ack", "webhook")][:1]
    return []
