"""J006."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.pattern import show
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule


@rule(
    "J006",
    "every frame of the application is well formed",
    why="jambonz answers a malformed frame with jambonz:error and an alert, and does nothing else with it",
    remedy='send one JSON object a frame: {"type": "ack", "msgid": ..} or {"type": "command", "command": .., "data": ..}',
    source="jambonz.md 1.2",
)
def well_formed_frames(journal: Journal) -> Broken:
    """Frames that were answered with `jambonz:error` InvalidMessage."""
    faults = Faults(journal)
    for frame in journal.select("app", "jambonz", "jambonz:error"):
        if frame.frame["data"].get("msg") == "InvalidMessage":
            if any(head and str(frame.frame["data"]["content"]).startswith(head) for head in faults.garbled(frame.leg)):
                continue
            yield f"{frame.frame['data']['details']}: {show(frame.frame['data']['content'], 80)}", frame
