"""J025."""

from __future__ import annotations

from simulator.journal import Frame, Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J025",
    "nothing is said that the server does not look at",
    why="whoever wrote it expects something of it, and nothing comes; what it stands in is done all the same",
    remedy="see the sentence",
    source="jambonz.md 1.2, 2.1, 3.1, 4.2, 6.3",
    severity="warning",
)
def nothing_ignored(journal: Journal) -> Broken:
    """Each kind once for a call: an application that says it once will say it always."""
    kinds: dict[tuple[int, str, str], list[Frame]] = {}
    for frame in journal.select("app", kind="ignored"):
        kinds.setdefault((frame.leg, frame.frame["what"], frame.frame["why"]), []).append(frame)
    for (_, what, why), frames in kinds.items():
        again = f" (and {len(frames) - 1} more times)" if len(frames) > 1 else ""
        yield f"{what}: {why}{again}; {frames[0].frame['remedy']}", frames[0]
