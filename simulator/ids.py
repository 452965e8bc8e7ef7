"""Identifiers, drawn from the seed of the scenario: two runs give the same ones."""

from __future__ import annotations

from random import Random
from uuid import UUID

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH_S = 1_767_225_600
"""2026-01-01T00:00:00Z: where the clock of a virtual call stands when it begins (unix seconds)."""
_PAIRS = tuple(first + second for first in BASE62 for second in BASE62)
OPENAI_EPOCH_S = 1_576_800_000
"""What the time part of OpenAI ids counts from (openai-realtime.md 9.1)."""


class Ids:
    """Every kind of id has its own dice, so that one more event of one kind does not rename the others."""

    def __init__(self, seed: int | str = 0) -> None:
        self.seed = seed
        self._dice: dict[str, Random] = {}

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
        return "".join(self.dice("msgid").choices(BASE58, k=22))

    def openai(self, prefix: str, now_s: float) -> str:
        """`<prefix>_` and 21 base62 characters, the first five of them the second of creation (openai-realtime.md 9.1)."""
        seconds, stamp = int(EPOCH_S + now_s) - OPENAI_EPOCH_S, ""
        for _ in range(5):
            seconds, digit = divmod(seconds, 62)
            stamp = BASE62[digit] + stamp
        draw = self.dice(prefix).getrandbits  # in pairs: several hundred of these are drawn in a call
        return f"{prefix}_{stamp}" + "".join([_PAIRS[draw(32) % 3844] for _ in range(8)])

    def tool_call(self) -> str:
        """`call_` and 16 base62 characters, without a time part."""
        return "call_" + "".join(self.dice("call").choices(BASE62, k=16))
