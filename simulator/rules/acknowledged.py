"""J001."""

from __future__ import annotations

from simulator.jambonz.webhook import ACCEPTED
from simulator.journal import Frame, Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

WEBHOOK_LIMIT_S = 10.0
"""How long jambonz waits for the headers of an answer."""


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
    """An ack that never came, or came too late; a webhook that did not answer, or not so that it counts. Faults of the line are no blame."""
    faults = Faults(journal)
    for frame in journal.select("app", kind="ack_timeout"):
        if faults.answered_in_time("msgid", frame.frame.get("msgid"), frame.frame["after_s"]):
            continue
        yield f"no ack for {frame.frame['type']} within {frame.frame['after_s']:g} s", frame
    for frame in journal.select("app", kind="webhook_failed"):
        found = frame.frame
        tries = f" ({found['attempts']} attempts)" if found["attempts"] > 1 else ""
        if found["awaited"] and not webhook_excused(frame, journal, faults):
            yield f"no answer to {found['type']} that counts from {found['url']}: {found['why']}{tries}", frame


def webhook_excused(failed: Frame, journal: Journal, faults: Faults) -> bool:
    """Whether a fault, and nothing that the application has said, made this request fail."""
    request = failed.frame.get("webhook")
    if faults.never_reached("webhook", request):
        return True
    said = [frame.frame for frame in journal.select("app", "app") if frame.frame.get("webhook") == request and frame.seq < failed.seq]
    if any("status" in frame and (frame["status"] not in ACCEPTED or "text" in frame) for frame in said) and not faults.garbled(failed.leg):
        return False
    if faults.answers_lost("webhook", request) or faults.garbled(failed.leg):
        return True
    return faults.answered_in_time("webhook", request, WEBHOOK_LIMIT_S, failed.at_s)
