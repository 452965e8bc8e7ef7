"""Identifiers, drawn from the seed of the scenario: two runs give the same ones."""

from __future__ import annotations

from binascii import b2a_base64
from random import Random
from uuid import UUID

import numpy as np

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH_S = 1_767_225_600
"""2026-01-01T00:00:00Z: where the clock of a virtual call stands when it begins (unix seconds)."""
_PAIRS58 = tuple(first + second for first in BASE58 for second in BASE58)
DRAWN = 12
"""How many ids are drawn together."""
_TO_BASE62 = bytes.maketrans(b"+/", b"Az")
OPENAI_EPOCH_S = 1_576_800_000
"""What the time part of OpenAI ids counts from (openai-realtime.md 9.1)."""


def base62(number: int, digits: int) -> str:
    """`number` in base 62, the last `digits` digits of it."""
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = BASE62[digit] + text
    return text


def iso_time(now_s: float) -> str:
    """What the clock shows `now_s` after a virtual call has begun: `2026-01-01T00:00:01.500Z`."""
    return f"{np.datetime64(round((EPOCH_S + now_s) * 1000), 'ms')}Z"


class Ids:
    """Every kind of id has its own dice, so that one more event of one kind does not rename the others."""

    def __init__(self, seed: int | str = 0) -> None:
        self.seed = seed
        self._dice: dict[str, Random] = {}
        self._drawn: dict[str, list[str]] = {}
        self._stamp: tuple[int, str] = (-1, "")

    def dice(self, name: str) -> Random:
        """The `Random` of this name; always the same one, seeded by scenario seed and name."""
        found = self._dice.get(name)
        if found is None:
            found = self._dice[name] = Random(f"{self.seed}/{name}")
        return found

    def uuid(self, name: str = "uuid") -> str:
        """A version 4 UUID."""
        return str(UUID(int=self.dice(name).getrandbits(128), version=4))

    def msgid(self) -> str:
        """A message id as jambonz makes them: short-uuid, 22 base58 characters (jambonz.md 1.5)."""
        draw = self.dice("msgid").getrandbits  # in pairs: several hundred of these are drawn in a call
        return "".join([_PAIRS58[draw(32) % 3364] for _ in range(11)])

    def openai(self, prefix: str, now_s: float) -> str:
        """`<prefix>_` and 21 base62 characters, the first five of them the second of creation (openai-realtime.md 9.1)."""
        second = int(now_s)
        if second != self._stamp[0]:
            self._stamp = (second, base62(EPOCH_S - OPENAI_EPOCH_S + second, 5))
        drawn = self._drawn.get(prefix) or self._draw(prefix)
        return f"{prefix}_{self._stamp[1]}{drawn.pop()}"

    def _draw(self, prefix: str) -> list[str]:
        """Digits for the next few ids. Every event has one: base64 makes them at once, and its two that base 62 has not become letters."""
        digits = b2a_base64(self.dice(prefix).randbytes(DRAWN * 12), newline=False).translate(_TO_BASE62).decode()
        drawn = self._drawn[prefix] = [digits[start : start + 16] for start in range(0, len(digits), 16)]
        return drawn

    def tool_call(self) -> str:
        """`call_` and 16 base62 characters, without a time part."""
        return "call_" + "".join(self.dice("call").choices(BASE62, k=16))
