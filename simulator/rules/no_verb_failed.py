"""J024."""

from __future__ import annotations

from simulator.journal import Frame, Journal
from simulator.rules.faults import Faults
from simulator.rules.registry import Broken, rule

TOLD_BY_J001 = ("timeout from far end", "reconnect failed")


@rule(
    "J024",
    "no verb and no hook fails",
    why="an exception in a verb ends the call, and a hook that fails is only logged: the application sees the one as a hang-up, the other not at all",
    remedy="see the sentence; acknowledge hooks at once, and keep the socket open while one is under way",
    source="jambonz.md 1.6, 5.1, 11.3",
)
def no_verb_failed(journal: Journal) -> Broken:
    """Failures that no other rule has told: a drop while a hook was open, a redirect to what is no URL, ...

    That a conference is full is no mistake: the application has said how many it wants.
    """
    told = {frame.frame["text"] for frame in journal.select("app", kind="refused_verbs")}
    told |= {frame.frame["why"] for frame in journal.select("app", kind="webhook_failed")}
    faults = Faults(journal)
    failed: list[Frame] = sorted(
        [*journal.select("app", kind="verb_failed"), *journal.select("app", kind="hook_failed")], key=lambda frame: frame.seq
    )
    for frame in failed:
        found = frame.frame
        if found.get("verb") == "conference" or found["why"].startswith(TOLD_BY_J001) or found["why"] in told:
            continue
        if found["why"].endswith("since socket is closed") and faults.cut(frame):
            continue
        what = f"verb {found['verb']}" if "verb" in found else found["what"]
        yield f"{what}: {found['why']}; {found['consequence']}", frame
