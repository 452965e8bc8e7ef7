"""Identifiers, drawn from the seed of the scenario: two runs give the same ones."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from random import Random
from struct import Struct
from uuid import UUID

import numpy as np

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH_S = 1_767_225_600
"""2026-01-01T00:00:00Z: where the clock of a virtual call stands when it begins (unix seconds)."""
_PAIRS58 = tuple(first + second for first in BASE58 for second in BASE58)
_MSGID = Struct("<11I")
"""The draws of a message id: 32 bits for every two of its characters."""
DRAWN = 12
"""Ids are drawn by the dozen, of which the last one is given first."""
DIGITS = 16
"""Those of an id that are drawn."""
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


@lru_cache
def _cut(dozens: int) -> Callable[[str], tuple[str, ...]]:
    """Cuts the digits of so many dozens of ids into those of each, the last dozen first; quicker than a loop, and every event has an id."""
    starts = (dozen * DRAWN + place for dozen in reversed(range(dozens)) for place in range(DRAWN))
    return itemgetter(*(slice(start * DIGITS, (start + 1) * DIGITS) for start in starts))


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
        drawn = self.dice("msgid").getrandbits(_MSGID.size * 8).to_bytes(_MSGID.size, "little")  # at once: several hundred of these in a call
        return "".join([_PAIRS58[pair % 3364] for pair in _MSGID.unpack(drawn)])

    def openai(self, prefix: str, now_s: float) -> str:
        """`<prefix>_` and 21 base62 characters, the first five of them the second of creation (openai-realtime.md 9.1)."""
        drawn = self._drawn.get(prefix) or self._draw(prefix)
        return f"{prefix}_{self._second_of(now_s)}{drawn.pop()}"

    def several_openai(self, prefix: str, count: int, now_s: float) -> list[str]:
        """The next `count` ids that `openai` would give."""
        drawn = self._drawn.get(prefix, [])
        while len(drawn) < count:
            drawn = self._draw(prefix, dozens=2 if count > DRAWN else 1)
        head = f"{prefix}_{self._second_of(now_s)}"
        taken = [head + digits for digits in reversed(drawn[len(drawn) - count :])]
        del drawn[len(drawn) - count :]
        return taken

    def _second_of(self, now_s: float) -> str:
        second = int(now_s)
        if second != self._stamp[0]:
            self._stamp = (second, base62(EPOCH_S - OPENAI_EPOCH_S + second, 5))
        return self._stamp[1]

    def _draw(self, prefix: str, dozens: int = 1) -> list[str]:
        """Digits for the next few ids, the next one last. Base64 makes them at once, and its two that base 62 has not become letters."""
        bytes_of = self.dice(prefix).randbytes(dozens * DRAWN * DIGITS * 3 // 4)
        digits = b2a_base64(bytes_of, newline=False).translate(_TO_BASE62).decode()
        drawn = self._drawn[prefix] = [*_cut(dozens)(digits), *self._drawn.get(prefix, ())]
        return drawn

    def tool_call(self) -> str:
        """`call_` and 16 base62 characters, without a time part."""
        return "call_" + "".join(self.dice("call").choices(BASE62, k=16))
