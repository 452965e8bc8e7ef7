"""Values as YAML that reads like a person's: one step a line, quotes only where they are needed, and any text safe."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from simulator.scenario.document import resolve

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./\-]*|/[A-Za-z0-9_.\-/]+")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
SENTENCE = re.compile(r"[A-Za-z][A-Za-z0-9_\- ]*[A-Za-z0-9]")
URL = re.compile(r"(?:[A-Z]+ )?https?://[A-Za-z0-9_.\-/]+(?::[0-9]+)?[A-Za-z0-9_.\-/]*")
DURATION = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)")
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
LOST = "\ufffd"
SPOKEN = ("say", "interrupt", "heard", "hang_up")
"""Keys whose text is always quoted: words of people."""


def flow(value: Any, key: str = "") -> str:
    """`value` in flow style, on one line; `key` is where it stands."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(name))}: {flow(member, str(name))}" for name, member in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(member, key) for member in value) + "]"
    if isinstance(value, str):
        return text(value, quoted=key in SPOKEN)
    return json.dumps(value)


def text(written: str, *, quoted: bool = False) -> str:
    """A text as a scalar that is read as this very text; `${` is written as `$${`, for it means itself.

    Half a surrogate pair, which no file can hold, becomes U+FFFD.
    """
    plain = PLAIN.fullmatch(written) or DURATION.fullmatch(written) or URL.fullmatch(written) or SENTENCE.fullmatch(written)
    if plain and not quoted and len(written) <= 100 and resolve(written) == written and written.lower() not in ("yes", "no", "on", "off", "y", "n"):
        return written
    escaped = written.replace("${", "$${").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + UNSAFE.sub(_escape, escaped) + '"'


def _key(name: str) -> str:
    return name if KEY.fullmatch(name) and resolve(name) == name else text(name, quoted=True)


def _escape(found: re.Match[str]) -> str:
    character, code = found[0], ord(found[0])
    if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
        return LOST
    return ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
