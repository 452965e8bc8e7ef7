"""What an unquoted word means: the core schema of YAML 1.2."""

from __future__ import annotations

import re
from math import isfinite

from simulator.scenario.document.tree import Value

_CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve(text: str) -> Value:
    """The value of `text`. There is no infinity, which JSON has not, and no `+` before a number, which is a telephone number here."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "-.0123456789" or len(text) > 100:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text) and isfinite(number := float(text)):
        return number
    return text
