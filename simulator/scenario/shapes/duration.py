"""Durations: written with a unit, seconds inside."""

from __future__ import annotations

import re
from typing import Any

from simulator.scenario.document import Node, Problems, Scalar, resolve
from simulator.scenario.shapes.shape import INVALID, PLACEHOLDER_PATTERN, Json, Shape

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+")
_DURATION_PART = re.compile(r"([0-9.]+)(ms|s|m|h)")
LONGEST_S = 24 * 3600.0


def seconds_of(text: str) -> float | None:
    """`300ms`, `1.5s`, `1m30s` in seconds; None when it is no duration."""
    if len(text) > 40 or not _DURATION.fullmatch(text):
        return None
    return round(sum(float(number) * _UNITS_S[unit] for number, unit in _DURATION_PART.findall(text)), 9)


def duration_of(seconds: float) -> str:
    """Seconds as a person writes them."""
    return f"{seconds:g}s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:g}ms"


_OTHER_UNITS = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
}
_NEARLY = re.compile(r"(?P<number>[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>[A-Za-z]+)")


def _meant(text: str) -> str:
    """What to write instead of something that is nearly a duration."""
    found = _NEARLY.fullmatch(text.strip())
    unit = _OTHER_UNITS.get(found["unit"].lower()) if found else None
    if found is None or unit is None:
        return "units are ms, s, m and h, right behind the number"
    return f"write {found['number'].replace(',', '.')}{unit}"


class Seconds(Shape):
    expects = "a duration like 300ms or 1.5s"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, bool)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar) or node.broken:
            return self.wrong(node, name, problems, "one duration, with its unit")
        seconds = seconds_of(node.written + node.unit)
        if seconds is None:
            if isinstance(resolve(node.written), (int, float)) and not isinstance(node.value, bool):
                number = node.written.lstrip("+-")
                return self.wrong(node, name, problems, f"say the unit: {number}s or {number}ms")
            return self.wrong(node, name, problems, _meant(node.written))
        if seconds > LONGEST_S:
            problems.add(node.where, f"{name}: {node.written} is longer than a day", "write a duration like 300ms or 1.5s")
            return INVALID
        return seconds

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "string", "pattern": rf"^({_DURATION.pattern})$|{PLACEHOLDER_PATTERN}"}

    def written(self, value: Any) -> Any:
        return duration_of(value)
