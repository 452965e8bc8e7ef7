"""J013."""

from __future__ import annotations

from simulator.journal import Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

LIMIT_S = 2.0


@rule(
    "J013",
    "the verbs do not run out",
    why="on a websocket jambonz waits for commands when the verbs are done: the caller hears silence until somebody hangs up",
    remedy="end the list with hangup, and answer the last hook with say and hangup when there is something to say",
    source="jambonz.md 4.3, 5.1",
)
def no_dead_air(journal: Journal) -> Broken:
    """Idle for more than two seconds."""
    faults = Faults(journal)
    for frame in journal.select("media", kind="idle"):
        after = next((later for later in journal.frames[frame.seq + 1 :] if later.leg == frame.leg and later.kind in ("verb", "call_ended")), None)
        lasted_s = (after.at_s if after else journal.frames[-1].at_s) - frame.at_s
        if lasted_s > LIMIT_S and not faults.explain_silence(frame.leg, frame.at_s, frame.at_s + lasted_s):
            yield f"no verb was left, and for {lasted_s:.1f} s nothing happened", frame
