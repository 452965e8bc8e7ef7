"""J004."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J004",
    "verbs are valid for the feature server",
    why="one bad verb or property discards the whole list: the call is refused, hung up, or goes on without it, and nobody is told",
    remedy="mend the verb at the place named",
    source="jambonz.md 3.2, 5.1; verb-specifications 0.1.13",
)
def valid_verbs(journal: Journal) -> Broken:
    """Lists that were refused."""
    for frame in journal.select("app", kind="refused_verbs"):
        found = frame.frame
        yield f"{found['in']}{found.get('path', '')}: {found['text']}" + (f" ({found['remedy']})" if found.get("remedy") else ""), frame
