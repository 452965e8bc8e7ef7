"""Keys that are looked for while two parties talk: `dtmfCapture` of the `dial` verb.

Source: dial.js and dtmf-collector.js at 389c65e2: a pattern matches the last keys, none of them more than 3 s after the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BETWEEN_KEYS_S = 3.0


@dataclass(slots=True)
class KeyCollector:
    """The keys one party has pressed; `press` answers the pattern they end with, and begins anew."""

    patterns: tuple[str, ...]
    _pressed: str = ""
    _last_at_s: float = field(default=0.0)

    def press(self, key: str, now_s: float) -> str | None:
        """One more key."""
        if now_s - self._last_at_s >= BETWEEN_KEYS_S:
            self._pressed = ""
        self._pressed, self._last_at_s = self._pressed + key, now_s
        match = next((pattern for pattern in self.patterns if self._pressed.endswith(pattern)), None)
        if match is not None:
            self._pressed = ""
        return match


def patterns_of(capture: Any, party: str) -> tuple[str, ...]:
    """What is looked for from `parentCall` or `childCall`: a list is for both."""
    wanted = capture.get(party) if isinstance(capture, dict) else capture
    return tuple(str(pattern) for pattern in wanted if pattern) if isinstance(wanted, list) else ()
