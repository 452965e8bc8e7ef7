"""J011."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule


@rule(
    "J011",
    "the application leaves closing the socket to jambonz",
    why="a close with 1000 makes the application deaf for the rest of the call, which goes on without it; any other close makes jambonz reconnect",
    remedy="keep the socket open until jambonz closes it; on a restart close with 1012 and answer session:reconnect",
    source="jambonz.md 1.3",
)
def graceful_close(journal: Journal) -> Broken:
    """Closed by the application before jambonz did, while the call lived."""
    faults = Faults(journal)
    ours = next((frame.seq for frame in journal.select("app", "jambonz", "close")), None)
    for frame in journal.select("app", "app", "closed"):
        if (ours is None or frame.seq < ours) and frame.frame["code"] != 1009 and not faults.closed_by_fault(frame):
            yield f"the application closed its socket with {frame.frame['code']} during the call", frame
