"""Time passing for a feature server in the hands of a state machine."""

from __future__ import annotations

from typing import Any, Protocol

from simulator.jambonz.server import FeatureServer
from simulator.script import Timeout

MOST_WAKINGS = 2_000
"""In one stretch of time: more, and a core keeps its shell from ever sleeping."""


class Watched(Protocol):
    """Whoever tells a feature server what happens, and when."""

    now_s: float

    @property
    def server(self) -> FeatureServer: ...

    def happens(self, event: Any) -> None: ...


def run_for(watched: Watched, by_s: float) -> None:
    """Let time pass; the server is woken whenever it wants to be."""
    until_s = watched.now_s + by_s
    for _ in range(MOST_WAKINGS):
        due_s = watched.server.wake_at_s
        if due_s is None or due_s > until_s:
            watched.now_s = until_s
            return
        watched.now_s = max(watched.now_s, due_s)
        watched.happens(Timeout())
    raise AssertionError("it wants to be woken again and again")
