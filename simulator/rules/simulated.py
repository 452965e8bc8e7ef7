"""J016."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J016",
    "everything the application asks for is simulated",
    why="a green scenario says nothing about what the simulator left out",
    remedy="do not rely on this call for that part; it is on the road map",
    source="CHANGELOG",
    severity="warning",
)
def simulated(journal: Journal) -> Broken:
    """Known to the real server, without effect here."""
    for frame in journal.select("app", kind="not_simulated"):
        yield f"{frame.frame['what']}: {frame.frame['instead']}", frame
