"""A caller's microphone: sound that comes in pieces as it is made, as a telephone line carries it (8 kHz, mu-law).

Whoever listens to the line at its own time needs the sound to be there when they look, however unevenly it comes: it is laid
`LEAD_S` into the future. Who needs no such patience, the model's ear, takes what is `certain` at once.
"""

from __future__ import annotations

from collections import deque

from simulator.audio import LINE_HZ, Resampler, cut, levels_dbfs, ulaw_decode, ulaw_encode

LEAD_S, LEAST_LEAD_S = 0.12, 0.02
"""How long before a listener looks for it a piece that follows a silence is there; less for long pieces, which are late already."""
MOST_AHEAD_S = LEAD_S + 0.12
"""What would be further in the future is thrown away: a microphone whose clock is fast must not make the line slow."""
LONGEST_S = 1.0
"""Of a piece; more is no live sound."""
KEPT_S = 60.0
"""How long what was heard can be asked for."""
EDGE_SAMPLES = 20
"""At the end of what has come, what the filter to another rate has yet to see (2.5 ms)."""
LOUD_DBFS = -45.0
"""From here on a piece is more than the noise of a room."""


class Microphone:
    """Sound at `rate_hz`, from `now_s` on. `lost_s` is how much of it was thrown away."""

    def __init__(self, rate_hz: int, now_s: float) -> None:
        self.rate_hz = rate_hz
        self.lost_s = 0.0
        self._to_line = Resampler(rate_hz, LINE_HZ)
        self._stretches: deque[tuple[float, bytearray]] = deque()
        self._loud: deque[tuple[float, float]] = deque()
        self._until_s = now_s

    @property
    def certain_until_s(self) -> float:
        """Until when nothing that is still to come changes what was heard."""
        return self._until_s - EDGE_SAMPLES / LINE_HZ if self._stretches else self._until_s

    def hear(self, pcm: bytes, now_s: float) -> tuple[float, float] | None:
        """The next piece, whole samples; begin and end of it on the line when it is loud."""
        narrow = ulaw_decode(ulaw_encode(self._to_line.feed(pcm[: 2 * min(len(pcm) // 2, round(LONGEST_S * self.rate_hz))])))
        length_s = len(narrow) / 2 / LINE_HZ
        if not narrow:
            return None
        if self._until_s > now_s + MOST_AHEAD_S:
            self.lost_s += length_s
            return None
        if not self._stretches or self._until_s < now_s:  # after a silence
            begins_s = max(self._until_s, now_s + max(LEAD_S - length_s, LEAST_LEAD_S))
            self._stretches.append((round(begins_s * LINE_HZ) / LINE_HZ, bytearray()))
        begun_s, stretch = self._stretches[-1]
        piece_s = begun_s + len(stretch) / 2 / LINE_HZ
        stretch += narrow
        self._until_s = begun_s + len(stretch) / 2 / LINE_HZ
        self._forget(now_s)
        if levels_dbfs(narrow, LINE_HZ, max(1, round(length_s * 1000))).max(initial=-96.0) < LOUD_DBFS:
            return None
        self._loud.append((piece_s, self._until_s))
        return piece_s, self._until_s

    def between(self, start_s: float, end_s: float, rate_hz: int) -> bytes | None:
        """The samples of this stretch of time, silence around them; None when there are none."""
        count = round(end_s * rate_hz) - round(start_s * rate_hz)
        sound: bytearray | None = None
        for begun_s, pcm in self._stretches:
            piece, offset = cut(pcm, LINE_HZ, start_s - begun_s, end_s - begun_s, rate_hz)
            if piece:
                sound = bytearray(2 * count) if sound is None else sound
                piece = piece[: max(0, len(sound) - offset)]
                sound[offset : offset + len(piece)] = piece
        return None if sound is None else bytes(sound)

    def silent_between(self, start_s: float, end_s: float) -> bool:
        """Whether nothing loud was heard in this stretch."""
        return all(begins_s >= end_s or ends_s <= start_s for begins_s, ends_s in self._loud)

    def _forget(self, now_s: float) -> None:
        """What nobody asks for any more."""
        while self._loud and self._loud[0][1] < now_s - KEPT_S:
            self._loud.popleft()
        while self._stretches[0][0] + len(self._stretches[0][1]) / 2 / LINE_HZ < now_s - KEPT_S:
            self._stretches.popleft()
        begun_s, stretch = self._stretches[0]
        old = round((now_s - KEPT_S - begun_s) * LINE_HZ)
        if old > 10 * LINE_HZ:  # now and then, not for every piece
            del stretch[: 2 * old]
            self._stretches[0] = begun_s + old / LINE_HZ, stretch
