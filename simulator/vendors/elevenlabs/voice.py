"""How far an agent is with what it says."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.speech import speak, words


class Voice:
    """What an agent said last, and when the caller hears it: one response after the other, at the speed of speech."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._text, self._pcm = "", b""
        self._from_s = self._until_s = 0.0

    def say(self, text: str, now_s: float, chunk_s: float) -> Iterator[bytes]:
        """Begin to say `text`; its sound, in pieces of `chunk_s`."""
        self._text, self._pcm = text, speak(text, self.rate_hz).pcm
        self._from_s = max(now_s, self._until_s)
        self._until_s = self._from_s + len(self._pcm) / 2 / self.rate_hz
        return _pieces(self._pcm, round(chunk_s * self.rate_hz) * 2)

    def stop(self, now_s: float) -> tuple[str, str] | None:
        """The caller speaks: what was being said, and what of it was heard; None when nothing is being said."""
        if now_s >= self._until_s:
            return None
        self._until_s = now_s
        heard_bytes = round((now_s - self._from_s) * self.rate_hz) * 2
        return self._text, words(self._pcm[:heard_bytes], self.rate_hz)


def _pieces(pcm: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]
