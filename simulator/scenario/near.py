"""What somebody may have meant who wrote a name or a sentence that did not come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from simulator.pattern import regex_of

NEAR = 0.6
"""Likeness from which on one name may be meant by another."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that resembles `name` most, if any does; never `name` itself."""
    return next(iter(get_close_matches(name, [one for one in dict.fromkeys(names) if one != name], n=1, cutoff=NEAR)), None)


def likeness(expected: str, actual: str) -> float:
    """From 0 to 1. Long texts are compared by their beginnings."""
    return SequenceMatcher(None, expected[:400], actual[:400], autojunk=False).ratio()


def is_name(pattern: object) -> bool:
    """Whether a pattern is a plain name: no regular expression, no wildcard."""
    return isinstance(pattern, str) and pattern not in ("", "*", "...") and regex_of(pattern) is None


def differ_only_in(expected: str, actual: str) -> str | None:
    """What two texts differ in that nobody hears, or that is easily overlooked; None when they differ in words."""
    for what, change in (("spaces", r"\s+"), ("punctuation", r"[^\w\s]+|\s+$")):
        if re.sub(change, " ", expected).split() == re.sub(change, " ", actual).split():
            return what
        if re.sub(change, " ", expected).casefold().split() == re.sub(change, " ", actual).casefold().split():
            return "upper and lower case" if what == "spaces" else "punctuation, and upper and lower case"
    return None
