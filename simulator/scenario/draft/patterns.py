"""From what was seen to what is expected: ids and times of one call become patterns, everything else stands for itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.pattern import AS, MATCHES, WORDS

LONGEST = 300
"""Characters of a text that is expected word for word."""
OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b(?:event|item|resp|conv|sess|call|part|msg|mcp|mcpr|mcpl|fc)_[A-Za-z0-9]{12,}"
    r"|\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    r"|<secret:[0-9a-f]{10}>"
    r"|(?i:(?<=token=)|(?<=key=)|(?<=secret=)|(?<=password=)|(?<=signature=)|(?<=sig=))[^&#\s]+"
    r"|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"
)
"""What belongs to one call alone, or to nobody's eyes: ids, instants, and what is a secret or stands for one (also inside of URLs)."""


def exactly(written: str) -> str:
    """The pattern that means this very text."""
    special = written in ("*", "...") or (len(written) >= 2 and written[0] == "/" == written[-1])
    return f"/^{_escaped(written)}$/" if special else written


def like(written: str) -> str:
    """The pattern of a text in which what belongs to one call alone may differ."""
    parts = OWN.split(written)
    if len(parts) == 1:
        return exactly(written) if len(written) <= LONGEST else f"/^{_escaped(written[:LONGEST].rpartition(' ')[0] or written[:LONGEST])}/"
    if not any(part.strip() for part in parts):
        return "*"
    return f"/^{'.+'.join(_escaped(part) for part in parts)}$/" if len(written) <= LONGEST else "*"


def begins(written: str) -> str:
    """The pattern of a text that was cut off: all but its last word."""
    sure = written.rpartition(" ")[0]
    return f"/^{_escaped(sure)}/" if sure else "*"


def pattern_of(value: Any, deep: int = 6) -> Any:
    """The pattern of any JSON value: what is a word of patterns, or nested beyond reading, may be anything."""
    if isinstance(value, str):
        return like(value)
    if isinstance(value, Mapping):
        words = bool(value) and (all(name in WORDS for name in value) or AS in value or MATCHES in value)
        if words or not deep:
            return "*"
        return {str(name): pattern_of(member, deep - 1) for name, member in value.items() if not OWN.search(str(name))}
    if isinstance(value, (list, tuple)):
        return [pattern_of(member, deep - 1) for member in value] if deep else "*"
    return value


def address(url: str) -> str:
    """A URL as an expectation or a stub names it."""
    parts = OWN.split(url)
    return url if len(parts) == 1 else f"/^{'[^/]+'.join(_escaped(part) for part in parts)}$/"


def _escaped(written: str) -> str:
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", written)
