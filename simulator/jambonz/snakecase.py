"""The key mapper that every payload of the feature server goes through (jambonz.md 2.2).

It is not a plain camel case split: anything that is not a letter or a digit separates, a key without separators is split at
its capitals, and one that is all capitals is only lowered. Observed on the real server; the table in the tests is its.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

UNTOUCHED = frozenset({"customerData", "sip", "env_vars", "args"})
"""Keys left alone with their whole value, at any depth (ws-requestor.js:190)."""

_SEPARATOR = re.compile(r"[\W_]+", re.ASCII)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z])")


@lru_cache(maxsize=2048)
def snake_case(key: str) -> str:
    """One key. `callSid` -> `call_sid`, `X-CID` -> `x_cid`, `sipURI` -> `sip_u_r_i`, `H264` -> `h264`."""
    if key.islower() and "_" in key and key.replace("_", "").isalnum() and key.isascii() and not key.startswith("_") and "__" not in key:
        return key
    words = [word for word in _SEPARATOR.split(key) if word]
    if len(words) > 1 or not words or _SEPARATOR.search(key):
        return "_".join(words).lower()
    word = words[0]
    if word.upper() == word:
        return word.lower()
    return "_".join(_CAPITAL.split(word)).lower()


def snake_cased(value: Any) -> Any:
    """`value` with the keys of every mapping inside it mapped; values are never changed."""
    if isinstance(value, dict):
        return {key if key in UNTOUCHED else snake_case(key): member if key in UNTOUCHED else snake_cased(member) for key, member in value.items()}
    if isinstance(value, list):
        return [snake_cased(member) for member in value]
    return value
