"""Obfuscation: random text that hides how long a delta is (openai-realtime.md 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from simulator.ids import BASE62

BLOCK = 16
POOL = 256


class Padding:
    """Pads deltas from a pool of dice thrown once; nobody looks at the text, only at its length."""

    def __init__(self, dice: Random) -> None:
        self._pool = "".join(dice.choices(BASE62, k=POOL))
        self._at = 0

    def __call__(self, delta: str) -> str:
        """So many characters that they fill `delta` up to the next multiple of 16; a full block if it is one."""
        return next(self.each((delta,)))

    def each(self, deltas: Iterable[str]) -> Iterator[str]:
        """The padding of one after the other, drawn when it is asked for."""
        for delta in deltas:
            start, length = self._at, BLOCK - len(delta) % BLOCK
            self._at = (start + length) % (POOL - BLOCK)
            yield self._pool[start : start + length]
