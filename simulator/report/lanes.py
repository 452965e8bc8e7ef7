"""Between whom a frame of the journal passed: the lanes of a picture of a call."""

from __future__ import annotations

from simulator.journal import Frame

LANES = ("caller", "app", "jambonz", "model", "world")
"""From left to right. The world is backends, phones that are called, the REST API, and the scenario's own hand."""

AT_HOME = frozenset({"verb", "dropped", "not_simulated", "on_hold", "off_hold", "call_ended"})
"""What jambonz notes of itself."""

NEIGHBOUR = {
    ("app", "app"): "jambonz",
    ("app", "jambonz"): "app",
    ("app", "world"): "jambonz",
    ("model", "model"): "jambonz",
    ("model", "jambonz"): "model",
    ("model", "world"): "model",
    ("media", "caller"): "jambonz",
    ("media", "jambonz"): "caller",
    ("media", "world"): "jambonz",
    ("world", "app"): "world",
    ("world", "jambonz"): "world",
    ("world", "world"): "app",
}
"""Who is at the other end, by link and lane of the source."""


def way(frame: Frame) -> tuple[int, int]:
    """From which lane to which, as places in `LANES`; the same twice for what somebody notes of himself."""
    source = frame.source if frame.source in LANES else "world"
    start = LANES.index(source)
    if source == "jambonz" and frame.kind in AT_HOME:
        return start, start
    other = NEIGHBOUR.get((frame.link, source))
    return start, start if other is None else LANES.index(other)


def gist(frame: Frame) -> str:
    """What a frame is about, beyond its kind: the words, the verb, the event inside, the address; empty when the kind says it all."""
    content = frame.frame
    inside = content.get("data")
    event = inside.get("type") if isinstance(inside, dict) and frame.kind == "llm:event" else None
    for said in (event, *(content.get(name) for name in ("text", "transcript", "verb", "command", "hook", "call_status", "url", "status", "reason"))):
        if isinstance(said, str | int) and not isinstance(said, bool) and said != "":
            return str(said)
    return ""
