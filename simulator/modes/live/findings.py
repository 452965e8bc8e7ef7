"""What the rules find while a call goes on: each thing once, and nothing that the rest of the call may still make good. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.journal import Journal
from simulator.rules import Finding, ask_all

ONLY_AT_THE_END = frozenset({"J002", "J017"})
"""Rules that miss something which may still come."""
Key = tuple[str, object]


class Watchful:
    """Asked from time to time, and once more when the call is over.

    What is found must be found twice before it is told: a frame that excuses it may stand right behind.
    """

    def __init__(self) -> None:
        self._seen: set[Key] = set()
        self._told: set[Key] = set()

    @property
    def unsure(self) -> bool:
        """Whether something was found once only."""
        return bool(self._seen - self._told)

    def look(self, journal: Journal, over: bool) -> Iterator[Finding]:
        """What has not been told yet."""
        found = {_key(one): one for one in ask_all(journal)}
        for key, one in found.items():
            if key not in self._told and (over or key in self._seen):
                self._told.add(key)
                yield one
        self._seen = {key for key, one in found.items() if one.code not in ONLY_AT_THE_END}


def _key(found: Finding) -> Key:
    """Its frame rather than its words, which may count or measure what goes on."""
    return found.code, found.text if found.frame is None else (found.frame.seq, found.text if found.code == "J007" else "")
