"""J014."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J014",
    "the application raises nothing that nobody catches",
    why="a handler that raises before its ack costs the call; one that raises later loses its work",
    remedy="catch it where it is raised, and acknowledge in any case",
    source="jambonz.md 9, row 4",
)
def no_exception(journal: Journal) -> Broken:
    """Exceptions that reached the event loop or were logged with a traceback; and the end of a process of ours in the middle of the call."""
    for frame in journal.select("app", "app", "exited"):
        yield f"its process ended: {frame.frame['status']}", frame
    for frame in journal.select("app", "app", "exception"):
        found = frame.frame
        yield f"the application raised {found['type']}: {found['message']}" + (f" at {found['at']}" if found.get("at") else ""), frame
