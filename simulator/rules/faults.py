"""What faults of the application's line have done in a call: a rule asks here before it blames the application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.journal import Frame, Journal

NEVER_ARRIVES = frozenset({"drop", "corrupt", "disconnect", "lost", "refuse"})
CHANGES_WHAT_IS_SAID = frozenset({"drop", "corrupt", "duplicate", "reorder", "disconnect", "lost"})
UNREADABLE = {1002: "protocol", 1007: "utf8"}
"""With what a websocket is closed by whoever cannot read a frame on it, and what is broken then."""
STILL_FELT_S = 5.0
"""How long after a stall it still explains a silence."""


class Faults:
    """`journal` is that of a whole call. What concerns a message is found by its id: `("msgid", …)`, `("webhook", …)`, `("tool_call_id", …)`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._strikes: Sequence[Frame] = list(journal.select("app", "scenario", "fault"))
        self._delivered: Sequence[Frame] = list(journal.select("app", "scenario", "delivered"))
        self._of_model: Sequence[Frame] = [frame for frame in journal.select("model", "scenario", "fault") if "step" in frame.frame]

    def touched(self, name: str, identity: Any) -> bool:
        """Whether any fault has met this message, or an answer to it."""
        return identity is not None and any(frame.frame.get(name) == identity for frame in self._strikes)

    def copies(self, name: str, identity: Any) -> int:
        """How many more of it, or of its answer, there were by a fault than were sent."""
        doubled = (frame for frame in self._strikes if frame.frame["what"] == "duplicate" and frame.frame.get(name) == identity)
        return sum(frame.frame["copies"] for frame in doubled)

    def answered_in_time(self, name: str, identity: Any, limit_s: float, until_s: float | None = None) -> bool:
        """Whether the application, as far as it could know, has answered this within `limit_s`, or still had time at `until_s` (the end).

        False where no fault had a hand in it: then there is nothing to excuse.
        """
        if not self.touched(name, identity):
            return False
        reached_s = self._reached_s(name, identity)
        if reached_s is None:
            return True
        end_s = until_s if until_s is not None else self._journal.frames[-1].at_s
        answered_s = self._answered_s(name, identity)
        return (end_s if answered_s is None else answered_s) - reached_s <= limit_s

    def never_reached(self, name: str, identity: Any) -> bool:
        """Whether a fault has kept this from the application, or has broken it."""
        return identity is not None and any(
            frame.frame["what"] in NEVER_ARRIVES and "to" in frame.frame and frame.frame.get(name) == identity for frame in self._strikes
        )

    def _reached_s(self, name: str, identity: Any) -> float | None:
        """When the application got it, None when it never did."""
        on_the_way = [frame for frame in self._strikes if "to" in frame.frame and frame.frame.get(name) == identity]
        if self.never_reached(name, identity):
            return None
        came = [frame.at_s for frame in self._delivered if frame.frame.get(name) == identity]
        if came:
            return came[-1]
        if any(frame.frame.get("by_s", frame.frame.get("takes_s", 1)) > 0 for frame in on_the_way if frame.frame["what"] != "duplicate"):
            return None  # it is still under way
        sent = [frame.at_s for frame in self._journal.select("app", "jambonz") if _names(frame, name) == identity]
        return sent[-1] if sent else None

    def _answered_s(self, name: str, identity: Any) -> float | None:
        """When the application has answered it, whether that arrived or not."""
        said = [frame.at_s for frame in self._strikes if "from" in frame.frame and frame.frame.get(name) == identity]
        heard = [frame.at_s for frame in self._journal.select("app", "app") if _names(frame, name) == identity]
        return min([*said, *heard], default=None)

    def answers_lost(self, name: str, identity: Any) -> bool:
        """Whether the application has answered this, and the answer did not arrive."""
        return identity is not None and any(
            frame.frame["what"] in NEVER_ARRIVES and "from" in frame.frame and frame.frame.get(name) == identity for frame in self._strikes
        )

    # --- connections

    def closed_by_fault(self, closed: Frame) -> bool:
        """Whether a connection has ended by a fault: cut by one, or closed by whoever could not read what one had broken."""
        if closed.source == "scenario":
            return True
        breaks = UNREADABLE.get(closed.frame.get("code", 0))
        return breaks is not None and any(
            frame.frame.get("breaks") == breaks and frame.leg == closed.leg and frame.seq < closed.seq for frame in self._strikes
        )

    def cut(self, before: Frame) -> bool:
        """Whether the connection that ended last before this frame did so by a fault."""
        closed = [frame for frame in self._journal.select("app", kind="closed") if frame.seq < before.seq and frame.leg == before.leg]
        return bool(closed) and self.closed_by_fault(closed[-1])

    def unreachable(self, before: Frame) -> bool:
        """Whether it was a fault that kept jambonz from reaching the application."""
        refused = [frame for frame in self._journal.select("app", kind="refuse") if frame.seq < before.seq and frame.leg == before.leg]
        held = any(frame.frame["what"] in ("stall", "latency") and frame.seq < before.seq for frame in self._strikes)
        return bool(refused and refused[-1].source == "scenario") or held

    # --- what follows from them

    def garbled(self, leg: int) -> list[str]:
        """Heads of what arrived as no JSON because a fault had broken it."""
        found: list[str] = []
        for strike in self._strikes:
            if strike.frame.get("breaks") == "json" and "from" in strike.frame and strike.leg == leg:
                later = (frame for frame in self._journal.select("app", "app", "malformed", since=strike.seq) if frame.leg == leg)
                found += [frame.frame.get("text", "") for frame in list(later)[:1]]
        return found

    def changed_what_was_said(self, before: Frame) -> bool:
        """Whether by then something of this call was lost, doubled, broken or overtaken on one of the lines."""
        strikes = [*self._strikes, *self._of_model]
        return any(frame.frame["what"] in CHANGES_WHAT_IS_SAID and frame.leg == before.leg and frame.seq < before.seq for frame in strikes)

    def explain_silence(self, leg: int, since_s: float, until_s: float) -> bool:
        """Whether something was lost before `until_s`, or held back around that time, that could have ended a silence."""
        for frame in self._strikes:
            if frame.leg == leg and frame.at_s <= until_s:
                held = frame.frame["what"] == "stall" and frame.at_s >= since_s - STILL_FELT_S
                if held or frame.frame["what"] in NEVER_ARRIVES:
                    return True
        return False


def _names(frame: Frame, name: str) -> Any:
    found = frame.frame.get(name)
    data = frame.frame.get("data")
    return data.get(name) if found is None and isinstance(data, dict) else found
