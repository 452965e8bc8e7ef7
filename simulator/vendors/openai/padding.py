"""Obfuscation: random text that hides how long a delta is (openai-realtime.md 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
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
        return self.of_each([delta])[0]

    def of_each(self, deltas: Sequence[str]) -> list[str]:
        """The padding of one after the other."""
        paddings, pool, start = [], self._pool, self._at
        for delta in deltas:
            length = BLOCK - len(delta) % BLOCK
            paddings.append(pool[start : start + length])
            start = (start + length) % (POOL - BLOCK)
        self._at = start
        return paddings
