"""How JavaScript names, orders and prints JSON values: the real server's texts depend on it."""

from __future__ import annotations

from decimal import Decimal
from math import inf, isinf

LARGEST_INDEX = 2**32 - 2


def type_of(value: object) -> str:
    """What `typeof` answers for a value that came from JSON; null and lists are objects."""
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case _:
            return "object"


def keys(value: object) -> list[str]:
    """The keys `for..in` visits, in its order: whole numbers first and ascending, then as written; scalars have none."""
    match value:
        case dict():
            numbers = sorted((key for key in value if _is_index(key)), key=int)
            return numbers + [key for key in value if not _is_index(key)]
        case list() | str():
            return [str(position) for position in range(len(value))]
        case _:
            return []


def items(value: object) -> list[object] | None:
    """What `for..of` visits; None when the value is not iterable, which throws."""
    return list(value) if isinstance(value, list | str) else None


def truthy(value: object) -> bool:
    """Whether `if (value)` is taken; every object and list is, even an empty one."""
    return isinstance(value, dict | list) or bool(value)


def text(value: object) -> str:
    """What a template literal prints for a value that came from JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number(value)
        case str():
            return value
        case list():
            return ",".join("" if item is None else text(item) for item in value)
        case _:
            return "[object Object]"


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and int(key) <= LARGEST_INDEX


def _number(value: float) -> str:
    """ECMAScript Number::toString: the shortest digits that read back, plain between 1e-6 and 1e21."""
    try:
        double = float(value)
    except OverflowError:
        double = inf if value > 0 else -inf
    if isinf(double):
        return "Infinity" if double > 0 else "-Infinity"
    if double == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + int(exponent)  # the decimal point stands after this many digits
    minus = "-" if sign else ""
    if len(shown) <= point <= 21:
        return minus + shown.ljust(point, "0")
    if 0 < point <= 21:
        return f"{minus}{shown[:point]}.{shown[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{shown}"
    fraction = f".{shown[1:]}" if len(shown) > 1 else ""
    return f"{minus}{shown[0]}{fraction}e{point - 1:+d}"
