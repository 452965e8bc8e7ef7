"""What an application was sent over an audio websocket, in words: thousands of frames become one line of the journal for each thing said."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.audio import samples_of
from simulator.speech import words

QUIET_S = 0.25
"""Silence after which something said is over."""
LONGEST_S = 30.0
"""Something said that is longer is told in several parts."""
LOUD = 128
"""The peak of a frame that is not silence, of 32768."""


def is_loud(pcm: bytes) -> bool:
    """Whether there is anything to hear in these samples."""
    return bool(pcm.strip(b"\0")) and bool(np.any(np.abs(samples_of(pcm).astype(np.int32)) >= LOUD))


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that was sent: when it began, how long it was, its words (none: a noise)."""

    from_s: float
    duration_s: float
    text: str


@dataclass(slots=True)
class Overheard:
    """One channel, at `rate_hz`; frames are shown to it as they are sent, and at times answer something said."""

    rate_hz: int
    _pcm: bytearray = field(default_factory=bytearray)
    _from_s: float = 0.0
    _quiet_s: float = 0.0

    def frame(self, pcm: bytes, from_s: float, *, loud: bool) -> Utterance | None:
        """The next frame; something that has ended with it."""
        if not loud and not self._pcm:
            return None
        if not self._pcm:
            self._from_s = from_s
        self._pcm += pcm
        length_s = len(pcm) / 2 / self.rate_hz
        self._quiet_s = 0.0 if loud else self._quiet_s + length_s
        if self._quiet_s < QUIET_S - 1e-9 and len(self._pcm) / 2 / self.rate_hz < LONGEST_S:
            return None
        return self.end()

    def end(self) -> Utterance | None:
        """Nothing more comes: what was being said."""
        if not self._pcm:
            return None
        pcm, quiet_s = bytes(self._pcm), self._quiet_s
        self._pcm.clear()
        self._quiet_s = 0.0
        said = words(pcm, self.rate_hz) if self.rate_hz >= 8_000 and self.rate_hz % 400 == 0 else ""
        return Utterance(self._from_s, len(pcm) / 2 / self.rate_hz - quiet_s, said)
