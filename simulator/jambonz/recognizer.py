"""Speech recognition on the caller's line, as `gather` uses it: words from samples, final after a pause."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulator.jambonz.events import Misheard, RecognitionFailed, Recognized, Sensed, SoundDetected, SpeechDetected
from simulator.jambonz.media import LINE_HZ, Line
from simulator.speech import words

ENDPOINT_S = 0.5
"""Silence after which a transcript is final."""
STEP_S = 0.2
"""How often an interim result is looked for while the caller speaks."""


@dataclass(slots=True)
class Ear:
    """What all recognisers of a call have in common: how sure they are, and what they will get wrong next."""

    confidence: float = 0.98
    misheard: deque[Misheard] = field(default_factory=deque)


@dataclass(slots=True, eq=False)
class Recognizer:
    """Listens from the moment it exists; `listen` answers what it has understood since it was last asked.

    With `partials` also what it understands on the way; with `detects_sound` also when there is any sound at all.
    """

    line: Line
    from_s: float
    partials: bool = False
    ear: Ear = field(default_factory=Ear)
    detects_sound: bool = False
    _said: str = ""
    _asked_at_s: float = 0.0

    @property
    def wake_at_s(self) -> float | None:
        """When listening again would bring something new."""
        if self.line.busy_until_s <= self.from_s:
            return None
        final_s = self.line.busy_until_s + ENDPOINT_S
        return (
            min(self._asked_at_s + STEP_S, final_s)
            if (self.partials or self.detects_sound) and self._asked_at_s < self.line.busy_until_s
            else final_s
        )

    def listen(self, now_s: float) -> list[Sensed]:
        """What was understood until `now_s`."""
        asked_at_s, self._asked_at_s = max(self.from_s, self._asked_at_s), now_s
        if self.line.busy_until_s <= self.from_s:
            return []
        noticed: list[Sensed] = []
        if self.detects_sound and not self.line.silent_between(asked_at_s, now_s):
            noticed.append(SoundDetected(by=self))
        text = words(self.line.between(self.from_s, now_s, LINE_HZ), LINE_HZ)
        if text and text != self._said:
            self._said = text
            if (so_far := self._so_far(text)) is not None:
                noticed.append(SpeechDetected(so_far, by=self))
        if now_s >= self.line.busy_until_s + ENDPOINT_S - 1e-6:
            self.from_s = now_s
            if text:
                noticed.append(self._final(text))
            self._said = ""
        return noticed

    def _so_far(self, text: str) -> str | None:
        """The words of an interim result: as many of what will be misheard as were said, nothing where recognition will fail."""
        if not self.ear.misheard:
            return text
        wrong = self.ear.misheard[0]
        if wrong.failure is not None:
            return None
        return text if wrong.text is None else " ".join(wrong.text.split()[: len(text.split())]) or None

    def _final(self, text: str) -> Recognized | RecognitionFailed:
        wrong = self.ear.misheard.popleft() if self.ear.misheard else Misheard()
        if wrong.failure is not None:
            return RecognitionFailed(wrong.failure, by=self)
        confidence = self.ear.confidence if wrong.confidence is None else wrong.confidence
        return Recognized(text if wrong.text is None else wrong.text, confidence, by=self)


def speech_result(text: str, recognizer: dict[str, Any], *, final: bool, confidence: float = 0.98, channel: int = 1) -> dict[str, Any]:
    """`speech` in the payload of a hook (jambonz.md 5.3); the caller is channel 1, the far end of a bridge 2."""
    return {
        "language_code": recognizer.get("language", "en-US"),
        "channel_tag": channel,
        "is_final": final,
        "alternatives": [{"confidence": confidence, "transcript": text}],
        "vendor": {"name": recognizer.get("vendor", "google"), "evt": []},
    }
