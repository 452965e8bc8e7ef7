"""J019."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule


@rule(
    "J019",
    "what the caller says in an interruption is told to the application",
    why="barge-in kills the running verb and clears the stack; without a hook nobody decides what comes next, and the caller hears silence",
    remedy="give config.bargeIn an actionHook, and answer it with verbs",
    source="jambonz.md 5.6",
)
def barge_in_told(journal: Journal) -> Broken:
    """Each result of barge-in went to a hook."""
    for frame in journal.select("app", kind="barge_in_untold"):
        yield f"the caller interrupted ({frame.frame['reason']}), and bargeIn has no actionHook", frame
