"""The key mapper that every payload of the feature server goes through (jambonz.md 2.2).

It is not a plain camel case split but the npm package `to-snake-case` 1.0.0, step by step as there: what is neither letter
nor digit (of ASCII) separates, a key without separators is split at its capitals, and one without lower case beside upper
case is only lowered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

UNTOUCHED = frozenset({"customerData", "sip", "env_vars", "args"})
"""Keys left alone with their whole value, at any depth (ws-requestor.js:190)."""

_NESTED = (dict, list)
_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_SPACE = re.compile(r"[\s\ufeff]")
_HAS_SEPARATOR = re.compile(r"[_\-.:]")
_HAS_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z][a-z]")
_SEPARATED = re.compile(r"[\W_]+(.|\Z)", re.ASCII)
_CAPITALS = re.compile(r"(.)([A-Z]+)")


@lru_cache(maxsize=2048)
def snake_case(key: str) -> str:
    """One key. `callSid` -> `call_sid`, `X-CID` -> `x_cid`, `sipURI` -> `sip_u_r_i`, `H264` -> `h264`."""
    if _PLAIN.fullmatch(key):
        return key
    if _SPACE.search(key):
        lowered = key
    elif _HAS_SEPARATOR.search(key):
        lowered = _apart(key) or key
    elif _HAS_CAMEL.search(key):
        lowered = _CAPITALS.sub(lambda found: f"{found[1]} {' '.join(found[2])}", key)
    else:
        lowered = key
    return _SPACE.sub("_", _apart(lowered.lower()).strip())


def _apart(text: str) -> str:
    return _SEPARATED.sub(lambda found: f" {found[1]}" if found[1] else "", text)


def snake_cased(value: Any) -> Any:
    """`value` with the keys of every mapping inside it mapped; values are never changed."""
    if isinstance(value, dict):
        mapped = {}
        for key, member in value.items():
            if key in UNTOUCHED:
                mapped[key] = member
            else:
                mapped[snake_case(key)] = snake_cased(member) if isinstance(member, _NESTED) else member
        return mapped
    if isinstance(value, list):
        return [snake_cased(member) for member in value]
    return value
