"""J009."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J009",
    "every request to a backend is stubbed",
    why="nothing leaves the machine: a request that no stub answers gets a 501, which no real backend would send",
    remedy="add the stub under `world:` in the scenario",
    source="design: time",
)
def stubbed_requests(journal: Journal) -> Broken:
    """Requests nobody answered."""
    for frame in journal.select("world", kind="unstubbed"):
        query = "&".join(f"{name}={value}" for name, value in frame.frame.get("query", {}).items())
        yield f"{frame.frame['request']}{'?' + query if query else ''}: {frame.frame['nearest']}", frame
