"""Speech recognition on the caller's line, as `gather` uses it: words from samples, final after a pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.jambonz.events import Recognized, SpeechDetected
from simulator.jambonz.media import LINE_HZ, Line
from simulator.speech import words

ENDPOINT_S = 0.5
"""Silence after which a transcript is final."""
STEP_S = 0.2
"""How often an interim result is looked for while the caller speaks."""


@dataclass(slots=True, eq=False)
class Recognizer:
    """Listens from the moment it exists; `listen` answers what it has understood since it was last asked."""

    line: Line
    from_s: float
    partials: bool = False
    _said: str = ""
    _asked_at_s: float = 0.0

    @property
    def wake_at_s(self) -> float | None:
        """When listening again would bring something new."""
        if self.line.busy_until_s <= self.from_s:
            return None
        final_s = self.line.busy_until_s + ENDPOINT_S
        return min(self._asked_at_s + STEP_S, final_s) if self.partials and self._asked_at_s < self.line.busy_until_s else final_s

    def listen(self, now_s: float) -> list[Recognized | SpeechDetected]:
        """What was understood until `now_s`."""
        self._asked_at_s = now_s
        if self.line.busy_until_s <= self.from_s:
            return []
        understood: list[Recognized | SpeechDetected] = []
        text = words(self.line.between(self.from_s, now_s, LINE_HZ), LINE_HZ)
        if text and text != self._said:
            self._said = text
            understood.append(SpeechDetected(text, by=self))
        if now_s >= self.line.busy_until_s + ENDPOINT_S - 1e-6:
            self.from_s = now_s
            if text:
                understood.append(Recognized(text, by=self))
            self._said = ""
        return understood


def speech_result(text: str, recognizer: dict[str, Any], *, final: bool, channel: int = 1) -> dict[str, Any]:
    """`speech` in the payload of a hook (jambonz.md 5.3); the caller is channel 1, the far end of a bridge 2."""
    return {
        "language_code": recognizer.get("language", "en-US"),
        "channel_tag": channel,
        "is_final": final,
        "alternatives": [{"confidence": 0.98, "transcript": text}],
        "vendor": {"name": recognizer.get("vendor", "google"), "evt": []},
    }
