"""Patterns: what a scenario says about a value. A pattern never answers `False`, it answers the difference.

A mapping matches a mapping that contains it; a list matches item by item (`"..."` stands for any run of items); text is
equal, or searched when written `/regex/`; `"*"` is anything. A mapping of the words below asks something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

WORDS = ("contains", "less_than", "more_than", "any_of", "absent", "not")


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


def show(value: Any, limit: int = 120) -> str:
    """`value` as a person reads it: JSON, cut to `limit` characters."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


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
        return _mapping(pattern, value, path)
    if isinstance(pattern, (list, tuple)):
        return _list(pattern, value, path)
    return [] if _equal(pattern, value) else [Mismatch(path, show(pattern), show(value))]


def _equal(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, bool) or isinstance(value, bool):
        return pattern is value
    return bool(pattern == value)


def _text(pattern: str, value: Any, path: str) -> list[Mismatch]:
    if pattern == "*":
        return [Mismatch(path, "anything", "nothing")] if value is MISSING else []
    regex = regex_of(pattern)
    if regex is None:
        return [] if pattern == value else [Mismatch(path, show(pattern), show(value))]
    if value is not MISSING and value is not None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
        if regex.search(text):
            return []
    return [Mismatch(path, f"text like {pattern}", show(value))]


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
        return [] if _runs(list(pattern), list(value)) else [Mismatch(path, show(list(pattern)), show(value))]
    found: list[Mismatch] = []
    for index, wanted in enumerate(pattern):
        found += difference(wanted, value[index] if index < len(value) else MISSING, f"{path}[{index}]")
    found += [Mismatch(f"{path}[{index}]", "nothing more", show(extra)) for index, extra in enumerate(value[len(pattern) :], len(pattern))]
    return found


def _runs(pattern: list[Any], value: list[Any]) -> bool:
    """Walks the pattern once, with every place in `value` that it may have reached."""
    reached = [0]
    for wanted in pattern:
        if wanted == "...":
            reached = list(range(reached[0], len(value) + 1))
        else:
            reached = [at + 1 for at in reached if at < len(value) and not difference(wanted, value[at])]
        if not reached:
            return False
    return reached[-1] == len(value)


def _word(word: str, argument: Any, value: Any, path: str) -> list[Mismatch]:
    if word == "absent":
        return [] if (value is MISSING) == bool(argument) else [Mismatch(path, "nothing" if argument else "something", show(value))]
    if word == "any_of":
        if any(not difference(choice, value) for choice in argument):
            return []
        return [Mismatch(path, "any of " + ", ".join(show(choice) for choice in argument), show(value))]
    if word == "not":
        return [Mismatch(path, f"anything but {show(argument)}", show(value))] if not difference(argument, value) else []
    if word == "contains":
        if isinstance(value, str) and isinstance(argument, str):
            fits = argument in value
        elif isinstance(value, list):
            fits = any(not difference(argument, item) for item in value)
        else:
            fits = isinstance(argument, Mapping) and not difference(argument, value)
        return [] if fits else [Mismatch(path, f"something that contains {show(argument)}", show(value))]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and (value < argument if word == "less_than" else value > argument):
        return []
    return [Mismatch(path, f"{'less' if word == 'less_than' else 'more'} than {show(argument)}", show(value))]
