"""J015."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J015",
    "a call that ends leaves no task behind",
    why="what a call leaves behind adds up over thousands of calls",
    remedy="cancel or await what a call has started when its socket closes",
    source="design: rules",
)
def no_task_left(journal: Journal) -> Broken:
    """Tasks that began during the call and still run after it."""
    for frame in journal.select("app", "app", "task_left"):
        yield f"{frame.frame['name']} still runs", frame
