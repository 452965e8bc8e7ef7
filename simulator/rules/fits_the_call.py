"""J021."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.accepted_by_api import RACES
from simulator.rules.registry import Broken, rule


@rule(
    "J021",
    "the REST API finds the call, in a state that fits",
    why="whoever changes a call must be ready to hear that it is over, or not answered yet: callers hang up at any moment",
    remedy="expect 404 and 422 of updateCall, and let them pass when the call is over",
    source="jambonz.md 7.3",
    severity="warning",
)
def fits_the_call(journal: Journal) -> Broken:
    """Requests that came too early or too late."""
    for frame in journal.select("world", "jambonz", "api_refused"):
        if frame.frame["status"] in RACES:
            yield f"{frame.frame['request']}: {frame.frame['status']}, {frame.frame['why']}", frame
