"""What of a frame is the same in two calls that are the same: everything but ids, times, and in which pieces something came."""

from __future__ import annotations

import re
from typing import Any

from simulator.journal import Frame

IDS = frozenset(
    [
        "id",
        "msgid",
        "event_id",
        "item_id",
        "response_id",
        "previous_item_id",
        "conversation_id",
        "call_id",
        "tool_call_id",
        "callid",
        "call-id",
        "sbc_callid",
        "call_sid",
        "sid",
        "account_sid",
        "application_sid",
        "trace_id",
        "b3",
        "x-cid",
        "x-account-sid",
        "x-application-sid",
        "obfuscation",
        "webhook",
        "seed",
    ]
)
"""Members that name something by a number of its own."""
TIMES = frozenset(
    [
        "at_s",
        "wall_ms",
        "expires_at",
        "created_at",
        "timestamp",
        "began",
        "date",
        "audio_start_ms",
        "audio_end_ms",
        "duration",
        "duration_s",
        "seconds",
        "heard_s",
        "cut_s",
        "late_s",
        "takes_s",
        "by_s",
        "within_s",
        "after_s",
        "generationtime_ms",
        "remaining",
        "reset_seconds",
        "step",
    ]
)
"""Members that say when or how long, or count down with time; and where in its file a scenario ordered something."""
ID = re.compile(
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?:event|item|resp|sess|conv|call|msg|req|rs|fc|asst|mcp[a-z]*)_[A-Za-z0-9]{8,}\b|\b[0-9a-f]{32}\b",
)
PORT = re.compile(r"\b(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}\b")
SIP = re.compile(r"\b(branch|tag)=[\w.-]+")
SOUND = re.compile(r"^<\d+ bytes of audio>$")
PIECE = re.compile(r"\.delta$|^input_audio_buffer\.append$|^user_audio_chunk$|^audio$|^ping$|^pong$")
DEEPEST = 60


def is_piece(frame: Frame) -> bool:
    """Sound or text that came in pieces: in how many is a matter of time, and what they make up is told by the frame that ends them."""
    return frame.link == "model" and PIECE.search(frame.kind) is not None


def same(value: Any, name: str = "", depth: int = DEEPEST) -> Any:
    """`value` with a placeholder for whatever may differ between two calls that are the same."""
    if isinstance(value, dict):
        return {key: same(member, str(key), depth - 1) for key, member in value.items()} if depth else "…"
    if isinstance(value, list):
        return [same(member, name, depth - 1) for member in value] if depth else "…"
    if value is None or isinstance(value, bool):
        return value
    low = name.lower()
    if low in TIMES:
        return "<time>"
    if isinstance(value, bytes):
        return "<audio>"
    if not isinstance(value, str):
        return "<id>" if low in IDS and low != "id" else value
    if low in IDS and (low != "id" or len(value) > 12):
        return "<id>"
    if SOUND.match(value):
        return "<audio>"
    return _text(value)


def _text(value: str) -> str:
    """Ids, ports that were free and tags of SIP also stand in the middle of texts."""
    if "=" in value:
        value = SIP.sub(r"\1=<id>", value)
    return PORT.sub(r"\1:<port>", ID.sub("<id>", value))


def label(frame: Frame) -> str:
    """What a frame is, whatever it says: its kind, and of an event or a command which one."""
    content = frame.frame
    data = content.get("data")
    inner = (
        (content.get("command") if frame.kind == "command" else None) or (data.get("type") if isinstance(data, dict) else None) or content.get("verb")
    )
    return f"{frame.source} {frame.kind} {inner}" if isinstance(inner, str) else f"{frame.source} {frame.kind}"
