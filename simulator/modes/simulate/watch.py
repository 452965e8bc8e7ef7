"""Whether the application gives its loop back, seen from the thread that waits for it."""

from __future__ import annotations

from simulator.errors import StuckError
from simulator.network import LIMIT_S, ClockLoop, interrupt, wall_s


class Watch:
    """Looks after a virtual loop in another thread; on clocks that run with the wall a loop may rest for as long as it likes."""

    def __init__(self, loop: ClockLoop) -> None:
        self._loop = loop
        self._turns, self._turned_at_s = 0, wall_s()
        self._held: StuckError | None = None

    def begin(self) -> None:
        """From now on the loop has something to do."""
        self._turned_at_s = wall_s()

    def look(self, thread_id: int | None) -> StuckError | None:
        """Interrupt whoever holds the loop for `LIMIT_S`; after as long again, what there is to say when that did not help."""
        turns, now_s = self._loop.turns, wall_s()
        if turns != self._turns or self._loop.threads or self._loop.clock.rate or thread_id is None:
            self._turns, self._turned_at_s, self._held = turns, now_s, None
            return None
        if now_s - self._turned_at_s < LIMIT_S:
            return None
        self._turned_at_s = now_s
        if self._held is not None:
            return StuckError(f"{self._held.problem}, and cannot be interrupted: its thread is left behind", self._held.remedy)
        self._held = interrupt(thread_id, LIMIT_S)
        return None
