"""What was probably meant by a key that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import did_you_mean

TYPOGRAPHIC = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def meant(key: str, known: Sequence[str]) -> str:
    """The remedy: YAML takes for one key what lacks a space, and for a letter what looks like a quote; or it is only misspelt."""
    name, colon, value = key.partition(":")
    if colon and name in known:
        return f"a space is missing behind the colon: {name}: {value}"
    if key.startswith("-") and key[1:] in known:
        return f"a space is missing behind the dash: - {key[1:]}:"
    if any(character in TYPOGRAPHIC for character in key):
        return "typographic quotes do not quote: write \" or ' around the whole text"
    return did_you_mean(key, known)
