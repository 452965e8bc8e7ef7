"""Forms that a client's JSON is held against, member by member, in the order and the words of the real server.

A check is called with a value and its path; it returns or raises `Refused` with the first thing that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.vendors.openai.errors import (
    Problem,
    Refused,
    missing,
    out_of_range,
    too_long,
    unknown,
    wrong_pattern,
    wrong_type,
    wrong_value,
)

Rest = Callable[[Any, str], None]


@dataclass(frozen=True, slots=True)
class Check:
    """A JSON type in the server's word for it, and what else must hold for values of that type."""

    word: str
    types: tuple[type, ...]
    rest: Rest | None = None

    def accepts(self, value: Any) -> bool:
        """Whether that it is of such a type is all there is to say about a value; whoever asks first need not spell out a path."""
        return self.rest is None and type(value) in self.types

    def fits(self, value: Any) -> bool:
        """Whether the JSON type is right; `true` is no number."""
        return isinstance(value, self.types) and (not isinstance(value, bool) or bool in self.types)

    def __call__(self, value: Any, path: str) -> None:
        if type(value) not in self.types and not self.fits(value):
            raise Refused(wrong_type(path, self.word, value))
        if self.rest is not None:
            self.rest(value, path)


def text(max_length: int | None = None, pattern: str | None = None) -> Check:
    if max_length is None and pattern is None:
        return Check("a string", (str,))
    matches = re.compile(pattern).search if pattern else None

    def rest(value: str, path: str) -> None:
        if max_length is not None and len(value) > max_length:
            raise Refused(too_long(path, max_length, len(value)))
        if matches and not matches(value):
            raise Refused(wrong_pattern(path, pattern or ""))

    return Check("a string", (str,), rest)


def choice(*supported: str) -> Check:
    def rest(value: str, path: str) -> None:
        if value not in supported:
            raise Refused(wrong_value(path, value, supported))

    return Check("a string", (str,), rest)


def integer(low: int | None = None, high: int | None = None) -> Check:
    return Check("an integer", (int,), _within("integer", low, high))


def number(low: float | None = None, high: float | None = None) -> Check:
    return Check("a number", (int, float), _within("decimal", low, high))


def _within(kind: str, low: float | None, high: float | None) -> Rest:
    def rest(value: float, path: str) -> None:
        if low is not None and value < low:
            raise Refused(out_of_range(path, kind, "below minimum", low, value))
        if high is not None and value > high:
            raise Refused(out_of_range(path, kind, "above maximum", high, value))

    return rest


def array(of: Check, max_length: int | None = None) -> Check:
    def rest(value: list[Any], path: str) -> None:
        if max_length is not None and len(value) > max_length:
            expected = f"Expected an array with maximum length {max_length}, but got an array with length {len(value)} instead."
            raise Refused(Problem("array_above_max_length", f"Invalid '{path}': array too long. {expected}", path))
        for index, element in enumerate(value):
            of(element, f"{path}[{index}]")

    return Check("an array of objects" if of.word == "an object" else "an array", (list,), rest)


def members(required: str = "", /, **checks: Check) -> Check:
    """An object with these members and no others; `required` are their names, space between them."""
    needed = required.split()

    def rest(value: Mapping[str, Any], path: str) -> None:
        prefix = f"{path}." if path else ""
        for name in needed:
            if name not in value:
                raise Refused(missing(prefix + name))
        for name, member in value.items():
            check = checks.get(name)
            if check is None:
                raise Refused(unknown(prefix + name))
            if not check.accepts(member):
                check(member, prefix + name)

    return Check("an object", (dict,), rest)


def tagged(tag: str = "type", default: str | None = None, /, **forms: Check) -> Check:
    """An object whose member `tag` says which form it has; in names, `__` stands for `/`."""
    by_tag = {name.replace("__", "/"): form.rest or form for name, form in forms.items()}  # that it is an object is known by then
    known = choice(*by_tag)

    def rest(value: Mapping[str, Any], path: str) -> None:
        name = value.get(tag, default)
        form = by_tag.get(name) if isinstance(name, str) else None
        if form is None:
            place = f"{path}.{tag}" if path else tag
            if tag not in value:
                raise Refused(missing(place))
            known(name, place)
        else:
            form(value, path)

    return Check("an object", (dict,), rest)


def anything() -> Check:
    return Check("a value", (object, bool))


def mapping(of: Check, max_length: int | None = None) -> Check:
    """An object with free member names."""

    def rest(value: Mapping[str, Any], path: str) -> None:
        if max_length is not None and len(value) > max_length:
            text = (
                f"Invalid '{path}': too many properties. Expected an object with at most {max_length} properties, "
                f"but got an object with {len(value)} properties instead."
            )
            raise Refused(Problem("object_above_max_properties", text, path))
        for name, member in value.items():
            of(member, f"{path}.{name}")

    return Check("an object", (dict,), rest)


def either(*checks: Check) -> Check:
    """The first check whose JSON type fits decides."""
    words = list(dict.fromkeys(check.word for check in checks if check.word != "null"))
    word = words[0] if len(words) == 1 else f"one of {', '.join(words[:-1])} or {words[-1]}"

    def rest(value: Any, path: str) -> None:
        next(check for check in checks if check.fits(value))(value, path)

    return Check(word, tuple(kind for check in checks for kind in check.types), rest)


NULL = Check("null", (type(None),))


def nullable(check: Check) -> Check:
    return either(check, NULL)
