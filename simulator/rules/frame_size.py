"""J008."""

from __future__ import annotations

import json

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule

LIMIT_BYTES = 24 * 1024


@rule(
    "J008",
    "frames stay below 24 KiB",
    why="jambonz closes the socket with 1009 on a larger frame, and reconnects; the verbs in it never arrive",
    remedy="shorten instructions and tools, or answer with a small list first and redirect",
    source="jambonz.md 1.2; feature-server ws-requestor.js:352",
)
def frame_size(journal: Journal) -> Broken:
    """Closed with 1009, or within a tenth of the limit."""
    for frame in journal.select("app", "app", "closed"):
        if frame.frame.get("code") == 1009:
            yield "the application sent a frame of more than 24576 bytes", frame
    for frame in journal.select("app", "app"):
        if "webhook" in frame.frame:
            continue  # an answer over HTTP has no limit
        size = len(json.dumps(frame.frame, ensure_ascii=False).encode(errors="surrogatepass"))
        if LIMIT_BYTES * 0.9 < size <= LIMIT_BYTES:
            yield f"a frame of about {size} bytes is close to the limit of {LIMIT_BYTES}", frame
