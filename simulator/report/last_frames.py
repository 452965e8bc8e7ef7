"""The last frames of each link at a moment of a call, one line a link."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.journal import Frame

LINKS = ("app", "audio", "model", "media", "world")
MOST_FRAMES = 5
MOST_OF_A_GIST = 48
QUIET = ("input_audio_buffer.append", "rate_limits.updated", "ack_timeout", "act", "set_up")
"""Too frequent to tell anybody anything, or told elsewhere; and so are pieces of what is said."""


def last_frames(frames: Sequence[Frame], width: int) -> list[str]:
    """A line for each link that has any, in at most `width` characters; the oldest are left out first."""
    lines = []
    for link in LINKS:
        told = [_told(frame) for frame in frames if frame.link == link and frame.kind not in QUIET and not frame.kind.endswith(".delta")][
            -MOST_FRAMES:
        ]
        while len(told) > 1 and len(f"{link}: {' · '.join(told)}") > width:
            told = told[1:]
        if told:
            lines.append(f"{link}: {' · '.join(told)}")
    return lines


def _told(frame: Frame) -> str:
    about = gist(frame)
    short = about if len(about) <= MOST_OF_A_GIST else f"{about[: MOST_OF_A_GIST - 1]}…"
    return f"#{frame.seq} {frame.at_s:.2f}s {frame.source} {frame.kind}" + (f" {short}" if short and short != frame.kind else "")


SAYS = ("text", "transcript", "verb", "command", "hook", "call_status", "url", "status", "reason")
"""Members that say what a frame is about."""


def gist(frame: Frame) -> str:
    """What a frame is about, beyond its kind: the words, the verb, the event inside, the address; empty when the kind says it all."""
    content = frame.frame
    inside = content.get("data")
    event = inside.get("type") if isinstance(inside, dict) and frame.kind == "llm:event" else None
    for said in (event, *(content.get(name) for name in SAYS)):
        if isinstance(said, str | int) and not isinstance(said, bool) and said != "":
            return str(said)
    return ""
