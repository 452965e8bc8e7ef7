"""Patterns: what a scenario says about a value. A pattern never answers `False`, it answers the difference.

A mapping matches a mapping that contains it; a list matches item by item (`"..."` stands for any run of items); text is
equal, or searched when written `/regex/`; `"*"` is anything. A mapping of the words below asks something else.

`{as: name}` fits whatever is there, `{as: name, matches: pattern}` what fits the pattern too; `captured` answers what they stood
for, and what the named groups of regular expressions found. Whether a pattern fits never depends on what it captures.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

WORDS = ("contains", "less_than", "more_than", "any_of", "absent", "not")
AS, MATCHES = "as", "matches"
"""The words of a capture."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One place where a value is not what was expected; `path` is dotted, empty for the value itself."""

    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        return f"{place}expected {self.expected}, got {self.actual}"


class _Missing:
    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        return "MISSING"  # there is one, also after a journey to another process


MISSING = _Missing()
"""Stands for a member that is not there."""


@dataclass(frozen=True, slots=True)
class Literally:
    """A pattern that fits a value equal to this one, whatever it looks like: here `*` is an asterisk, and `{contains: a}` a mapping."""

    value: Any


def show(value: Any, limit: int = 120) -> str:
    """`value` as a person reads it: JSON, cut to `limit` characters."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = json.dumps(value, ensure_ascii=False, default=_shown)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _shown(value: Any) -> Any:
    return value.value if isinstance(value, Literally) else repr(value)


@lru_cache(maxsize=512)
def regex_of(text: str) -> re.Pattern[str] | None:
    """The regular expression in `/…/`, or None when `text` is plain."""
    if len(text) >= 2 and text.startswith("/") and text.endswith("/"):
        return re.compile(text[1:-1], re.DOTALL)
    return None


def asks(pattern: Mapping[Any, Any]) -> bool:
    """Whether it asks something with words, instead of being the picture of a mapping: all its keys are words, and all must hold."""
    return bool(pattern) and all(key in WORDS for key in pattern)


def difference(pattern: Any, value: Any, path: str = "") -> list[Mismatch]:
    """Where `value` is not what `pattern` says; empty when it fits. Nothing is raised for any JSON value."""
    if isinstance(pattern, str):
        return _text(pattern, value, path)
    if isinstance(pattern, Mapping):
        if asks(pattern):
            return [found for word, argument in pattern.items() for found in _word(word, argument, value, path)]
        if is_capture(pattern):
            return _capture(pattern, value, path)
        return _mapping(pattern, value, path)
    if isinstance(pattern, (list, tuple)):
        return _list(pattern, value, path)
    if isinstance(pattern, Literally):
        return [] if _equal(pattern.value, value) else [Mismatch(path, show(pattern.value), show(value))]
    return [] if _equal(pattern, value) else [Mismatch(path, show(pattern), show(value))]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(member, other[key]) for key, member in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def is_capture(pattern: Mapping[Any, Any]) -> bool:
    """Whether this is `{as: name}` or `{as: name, matches: pattern}`; with any other key beside it, `as` is a member like all others."""
    return AS in pattern and (len(pattern) == 1 or (len(pattern) == 2 and MATCHES in pattern))


def _capture(pattern: Mapping[Any, Any], value: Any, path: str) -> list[Mismatch]:
    if value is MISSING:
        return [Mismatch(path, f"something to capture as {pattern[AS]}", "nothing")]
    return difference(pattern[MATCHES], value, path) if MATCHES in pattern else []


def _text(pattern: str, value: Any, path: str) -> list[Mismatch]:
    if pattern == "*":
        return [Mismatch(path, "anything", "nothing")] if value is MISSING else []
    regex = regex_of(pattern)
    if regex is None:
        return [] if pattern == value else [Mismatch(path, *_apart(pattern, value))]
    return [] if _found(regex, value) else [Mismatch(path, f"text like {pattern}", show(value))]


def _found(regex: re.Pattern[str], value: Any) -> re.Match[str] | None:
    if value is MISSING or value is None:
        return None
    return regex.search(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr))


LONG, SHARED = 100, 24
"""Characters from which on a text is long, and how many of what two long texts share are shown before the place where they part."""


def _apart(pattern: str, value: Any) -> tuple[str, str]:
    """Both as they are shown; of long texts that begin alike only what differs, or it might be cut off."""
    if not isinstance(value, str) or max(len(pattern), len(value)) < LONG:
        return show(pattern), show(value)
    alike = next((place for place, (one, other) in enumerate(zip(pattern, value, strict=False)) if one != other), min(len(pattern), len(value)))
    if alike <= SHARED:
        return show(pattern), show(value)
    return show(f"…{pattern[alike - SHARED :]}"), show(f"…{value[alike - SHARED :]}")


def _mapping(pattern: Mapping[Any, Any], value: Any, path: str) -> list[Mismatch]:
    if not isinstance(value, Mapping):
        return [Mismatch(path, show(pattern), show(value))]
    found: list[Mismatch] = []
    for key, wanted in pattern.items():
        found += difference(wanted, value.get(key, MISSING), f"{path}.{key}" if path else str(key))
    return found


def _list(pattern: Sequence[Any], value: Any, path: str) -> list[Mismatch]:
    if not isinstance(value, (list, tuple)):
        return [Mismatch(path, show(list(pattern)), show(value))]
    if "..." in pattern:
        return [] if _runs(pattern, value) is not None else [Mismatch(path, show(list(pattern)), show(value))]
    found: list[Mismatch] = []
    for index, wanted in enumerate(pattern):
        found += difference(wanted, value[index] if index < len(value) else MISSING, f"{path}[{index}]")
    found += [Mismatch(f"{path}[{index}]", "nothing more", show(extra)) for index, extra in enumerate(value[len(pattern) :], len(pattern))]
    return found


_Pairs = tuple[Any, Any, "_Pairs | None"]
"""A pattern, the item it fits, and those before them."""
_NOTHING: _Pairs = (None, None, None)


def _runs(pattern: Sequence[Any], value: Sequence[Any]) -> _Pairs | None:
    """Walks the pattern once, with every place in `value` that it may have reached; which item is which, or None when it does not fit."""
    reached: dict[int, _Pairs] = {0: _NOTHING}
    for wanted in pattern:
        if wanted == "...":
            first = min(reached)
            reached = dict.fromkeys(range(first, len(value) + 1), reached[first])
        else:
            reached = {at + 1: (wanted, value[at], before) for at, before in reached.items() if at < len(value) and not difference(wanted, value[at])}
        if not reached:
            return None
    return reached.get(len(value))


def _word(word: str, argument: Any, value: Any, path: str) -> list[Mismatch]:
    if word == "absent":
        return [] if (value is MISSING) == bool(argument) else [Mismatch(path, "nothing" if argument else "something", show(value))]
    if word == "any_of":
        found = [difference(choice, value, path) for choice in argument]
        return [] if [] in found else _nearest(argument, value, found) or [Mismatch(path, "any of " + ", ".join(map(show, argument)), show(value))]
    if word == "not":
        return [Mismatch(path, f"anything but {show(argument)}", show(value))] if not difference(argument, value) else []
    if word == "contains":
        text = argument.value if isinstance(argument, Literally) else argument
        if isinstance(value, str) and isinstance(text, str):
            fits = text in value
        elif isinstance(value, list):
            fits = any(not difference(argument, item) for item in value)
        else:
            fits = isinstance(argument, Mapping) and not difference(argument, value)
        return [] if fits else [Mismatch(path, f"something that contains {show(argument)}", show(value))]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and (value < argument if word == "less_than" else value > argument):
        return []
    return [Mismatch(path, f"{'less' if word == 'less_than' else 'more'} than {show(argument)}", show(value))]


def _nearest(choices: Sequence[Any], value: Any, found: Sequence[list[Mismatch]]) -> list[Mismatch]:
    """How the value differs from the mapping that it comes nearest to; nothing where no mapping comes near."""
    near = [
        differences
        for choice, differences in zip(choices, found, strict=True)
        if isinstance(choice, Mapping) and isinstance(value, Mapping) and len(differences) < len(choice)
    ]
    if not near:
        return []
    one = min(near, key=len)
    return [Mismatch(each.path, f"{each.expected} (in the nearest of any_of)", each.actual) for each in one]


# --- captures


def captured(pattern: Any, value: Any) -> dict[str, Any]:
    """What `pattern` captures of a value that fits it, by name; where several items of a list would do, of the first.

    A group that took no part is an empty text, and sound is base64, as it is on the wire.
    """
    if isinstance(pattern, str):
        regex = regex_of(pattern)
        found = _found(regex, value) if regex is not None and regex.groupindex else None
        return {} if found is None else {name: text or "" for name, text in found.groupdict().items()}
    taken: dict[str, Any] = {}
    for inner, at in _inner(pattern, value):
        taken |= captured(inner, at)
    if isinstance(pattern, Mapping) and is_capture(pattern):
        taken[pattern[AS]] = _kept(value)
    return taken


def _inner(pattern: Any, value: Any) -> list[tuple[Any, Any]]:
    """Patterns inside of a pattern that fits, each with the value it speaks about."""
    if isinstance(pattern, Mapping):
        if is_capture(pattern):
            return [(pattern[MATCHES], value)] if MATCHES in pattern else []
        if asks(pattern):
            if "contains" not in pattern:
                return []
            items = value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []
            return [(pattern["contains"], item) for item in items if not difference(pattern["contains"], item)][:1]
        return [(wanted, value[key]) for key, wanted in pattern.items() if key in value]
    if isinstance(pattern, (list, tuple)):
        if "..." not in pattern:
            return list(zip(pattern, value, strict=False))
        pairs, found = _runs(pattern, value), []
        while pairs is not None and pairs is not _NOTHING:
            found.append((pairs[0], pairs[1]))
            pairs = pairs[2]
        return found
    return []


def _kept(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: _kept(member) for key, member in value.items()}
    return [_kept(member) for member in value] if isinstance(value, (list, tuple)) else value
