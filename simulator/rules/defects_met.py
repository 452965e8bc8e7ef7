"""J022."""

from __future__ import annotations

from simulator.journal import Frame, Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J022",
    "no defect of the real server is met",
    why="the application did nothing that is forbidden, and the real server does something else than anybody would expect",
    remedy="see the sentence; `jambonz: {defects: {NAME: off}}` in a scenario shows the call without it",
    source="jambonz.md 11.4; docs/defects.md",
    severity="warning",
)
def defects_met(journal: Journal) -> Broken:
    """Each defect once for a call, with what it did first."""
    met: dict[tuple[int, str], list[Frame]] = {}
    for frame in journal.select("app", kind="defect"):
        met.setdefault((frame.leg, frame.frame["defect"]), []).append(frame)
    for (_, name), frames in met.items():
        first = frames[0].frame
        again = f" (and {len(frames) - 1} more times)" if len(frames) > 1 else ""
        yield f"{name}: {first['did']}{again}; {first['remedy']}", frames[0]
