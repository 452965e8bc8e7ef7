"""J005."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.acknowledged import webhook_excused
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule


@rule(
    "J005",
    "nothing is sent that the real server drops without a word",
    why="the application believes it was done; nothing in a real deployment says otherwise",
    remedy="see the sentence",
    source="jambonz.md 11.2",
)
def nothing_dropped(journal: Journal) -> Broken:
    """Commands, acks and verbs that went nowhere. What comes late because the caller has just gone is nobody's mistake."""
    faults = Faults(journal)
    ended_s = next((frame.at_s for frame in journal.select("media", kind="call_ended")), None)
    for frame in journal.select("app", kind="dropped"):
        found = frame.frame
        if ended_s is not None and frame.at_s >= ended_s and found["what"].startswith(("llm:", "command ")):
            continue
        if found["what"] == "llm:tool-output" and "no conversation.item.create" in found["why"]:
            continue  # J003 says it better
        about = found.get("frame")
        if isinstance(about, dict) and any(faults.touched(name, about.get(name)) for name in ("msgid", "tool_call_id")):
            continue  # it came late, or again, by a fault
        yield f"{found['what']}: {found['why']}; {found['remedy']}", frame
    for frame in journal.select("app", kind="webhook_failed"):
        found = frame.frame
        if not found["awaited"] and not webhook_excused(frame, journal, faults):
            yield f"{found['type']} to {found['url']}: {found['why']}, and the server only logs it; answer with 200, 202 or 204", frame
