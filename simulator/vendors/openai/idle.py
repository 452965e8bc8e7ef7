"""The idle timeout: silence after the last response was played becomes a turn (openai-realtime.md 4.14)."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from simulator.vendors.openai.turns import FRAME_MS


class Silence(NamedTuple):
    """So long nobody has said anything, in milliseconds of appended audio."""

    start_ms: int
    end_ms: int


class IdleTimer:
    """Counts the silence after the last response, in appended audio; `limit_ms` None never runs out."""

    def __init__(self) -> None:
        self.limit_ms: int | None = None
        self._after_s: float | None = None  # the end of the playback from which on it counts
        self._from_ms: int | None = None

    def stop(self) -> None:
        """Somebody speaks or is being answered; it begins anew when all is quiet again."""
        self._from_ms = None

    def run(self, clock_ms: int, played_until_s: float) -> Silence | None:
        """It is quiet at `clock_ms`, after the playback that ended at `played_until_s`; answers the silence when that was too long."""
        if self.limit_ms is None:
            return None
        if self._from_ms is None or played_until_s != self._after_s:
            self._from_ms, self._after_s = clock_ms, played_until_s
        silence = Silence(self._from_ms, self._from_ms + ceil(self.limit_ms / FRAME_MS) * FRAME_MS)
        if clock_ms < silence.end_ms:
            return None
        self.stop()
        return silence
