"""What an application streams to the caller: buffered, played 20 ms at a time, with marks at places in it.

Source: mod_audio_fork, lws_glue.cpp (`processIncomingBinary`, `dub_speech_frame`), as published in drachtio-freeswitch-modules.
Inferred: that jambonz's own module of today buffers the same amounts.
"""

from __future__ import annotations

from collections import deque

from simulator.audio import Resampler
from simulator.jambonz.line_tap import FRAME_S
from simulator.jambonz.media import LINE_HZ

FRAME_BYTES = 2 * int(LINE_HZ * FRAME_S)
FIRST_BUFFERED = 1280
"""Samples that must have come before the first is played, per 8 kHz of the stream's rate."""
BUFFERED = 640
"""Samples that must have come before more is played. The end of a stream, up to this much, waits until more comes."""
MAX_MARKS = 30
MOST_S = 600.0
"""Audio ahead of the caller that is kept; the real module has no limit."""


class Playout:
    """The buffers of one stream. Samples go in at `rate_hz`, and come out at the rate of the line."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._resampler = Resampler(rate_hz, LINE_HZ)
        self._factor = max(1, rate_hz // LINE_HZ)
        self._threshold = FIRST_BUFFERED * self._factor
        self._waiting = bytearray()  # not yet enough to be played
        self._ahead = bytearray()
        self._played = 0  # samples of the line that were taken out, or thrown away
        self._pushed = 0  # samples of the stream that were put in
        self._unplaced: deque[str] = deque()
        self._placed: deque[tuple[str, int]] = deque()

    @property
    def ahead_s(self) -> float:
        """How much has come and was not played."""
        return len(self._ahead) / 2 / LINE_HZ + len(self._waiting) / 2 / self.rate_hz

    def push(self, pcm: bytes) -> bool:
        """Samples of the application; half a sample waits for its other half. False when there is no room for them."""
        if self.ahead_s + len(pcm) / 2 / self.rate_hz > MOST_S:
            return False
        place = self._pushed // 2 * LINE_HZ // self.rate_hz
        self._placed.extend((name, place) for name in self._unplaced)
        self._unplaced.clear()
        self._pushed += len(pcm)
        self._waiting += pcm
        if len(self._waiting) // 2 >= self._threshold:
            self._threshold = BUFFERED * self._factor
            whole = len(self._waiting) // 2 * 2
            self._ahead += self._resampler.feed(bytes(self._waiting[:whole]))
            del self._waiting[:whole]
        return True

    def mark(self, name: str) -> bool:
        """A mark in front of what comes next; False when there are too many."""
        if len(self._unplaced) + len(self._placed) >= MAX_MARKS:
            return False
        self._unplaced.append(name)
        return True

    def frame(self) -> tuple[bytes, list[str]]:
        """The next 20 ms, empty when there is nothing to play, and the marks that were reached."""
        taken = bytes(self._ahead[:FRAME_BYTES])
        del self._ahead[:FRAME_BYTES]
        self._played += len(taken) // 2
        reached = []
        while self._placed and taken and self._placed[0][1] < self._played:
            reached.append(self._placed.popleft()[0])
        if not taken and not self._placed and self._unplaced:
            reached.append(self._unplaced.popleft())  # nothing is left that it could wait for
        return (taken.ljust(FRAME_BYTES, b"\0") if taken else b""), reached

    def clear(self) -> list[str]:
        """Throw away what is ahead (what is not yet enough to be played stays); the marks that will not be reached."""
        self._played += len(self._ahead) // 2
        self._ahead.clear()
        return self.clear_marks()

    def clear_marks(self) -> list[str]:
        """Forget all marks; their names."""
        names = [name for name, _ in self._placed] + list(self._unplaced)
        self._placed.clear()
        self._unplaced.clear()
        return names
