"""J001."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J001",
    "every hook is acknowledged in time",
    why="jambonz waits 5 s for an ack, 10 s for a webhook; after an llm or redirect hook, and after session:new and session:reconnect,"
    " a missing one ends the call",
    remedy="acknowledge every message that wants it at once, by its msgid, even when a handler raises; bring verbs later by redirect;"
    " a webhook answers with 200, 202 or 204, and with JSON",
    source="jambonz.md 1.6, 7.1; feature-server ws-requestor.js:266",
)
def acknowledged(journal: Journal) -> Broken:
    """An ack that never came, or came too late; a webhook that did not answer, or not so that it counts."""
    for frame in journal.select("app", kind="ack_timeout"):
        yield f"no ack for {frame.frame['type']} within {frame.frame['after_s']:g} s", frame
    for frame in journal.select("app", kind="webhook_failed"):
        found = frame.frame
        tries = f" ({found['attempts']} attempts)" if found["attempts"] > 1 else ""
        if found["awaited"]:
            yield f"no answer to {found['type']} that counts from {found['url']}: {found['why']}{tries}", frame
