"""How much somebody may send: a bucket that leaks. Told the time."""

from __future__ import annotations


class Bucket:
    """Holds `most`, and loses `a_second` of it each second."""

    def __init__(self, most: float, a_second: float, now_s: float) -> None:
        self._most, self._a_second, self._now_s = most, a_second, now_s
        self._held = 0.0

    def takes(self, amount: float, now_s: float) -> bool:
        """Whether that still fits; what does not is not put in."""
        self._held = max(0.0, self._held - (now_s - self._now_s) * self._a_second)
        self._now_s = max(self._now_s, now_s)
        if self._held + amount > self._most:
            return False
        self._held += amount
        return True
