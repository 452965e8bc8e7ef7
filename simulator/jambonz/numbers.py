"""Numbers of an application, as far as a call can use them: JSON knows numbers that are larger than any time or count."""

from __future__ import annotations

from math import isnan

MOST = 1e9


def seconds(value: object, default: float = 0.0) -> float:
    """A time in seconds from 0 to a billion; `default` for what is no number."""
    try:
        number = float(str(value)) if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return default
    return default if isnan(number) else min(MOST, max(0.0, number))


def count(value: object, default: int = 0) -> int:
    """A whole number from 0 to a billion; `default` for what is no number."""
    return int(seconds(value, default))
