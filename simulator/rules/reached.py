"""J023."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule


@rule(
    "J023",
    "jambonz reaches the application with every message",
    why="a call whose application cannot be reached is refused with 480 and the caller hears busy; one that is lost later goes on without it",
    remedy="accept the websocket under the path of the hook, with the subprotocol ws.jambonz.org, and again after a drop",
    source="jambonz.md 1.1, 1.4, 11.3",
)
def reached(journal: Journal) -> Broken:
    """No first connection, and messages that waited for another one until the call was over."""
    faults = Faults(journal)
    for frame in journal.select("app", kind="not_reached"):
        if faults.unreachable(frame):
            continue
        attempts = frame.frame["attempts"]
        yield f"no connection: {frame.frame['reason']} ({attempts} attempt{'s' if attempts > 1 else ''})", frame
    for frame in journal.select("app", kind="undelivered"):
        if faults.unreachable(frame):
            continue
        yield f"never sent, for want of a connection: {', '.join(frame.frame['types'])}", frame
