"""What `JSON.parse` says of a text that is not JSON; the real server hands its words on in `jambonz:error`.

The wording is that of V8 in Node.js 20, found from where and why Python's own parser gave up.
"""

from __future__ import annotations

import json
import re

CONTEXT_CHARACTERS = 10
"""How much of a text V8 shows on either side of what it did not expect."""

_FRACTION = re.compile(r"-?[0-9]+\.")
_NUMBER = re.compile(r"-?[0-9]+\Z")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def mistake(text: str, error: json.JSONDecodeError) -> str:
    """The message of the SyntaxError."""
    at = error.pos
    match error.msg.partition(":")[0].partition(" starting")[0]:
        case "Expecting property name enclosed in double quotes":
            after_comma = text[:at].rstrip(" \t\r\n").endswith(",")
            return _at("Expected double-quoted property name" if after_comma else "Expected property name or '}'", at)
        case "Expecting '":
            return _at("Expected ':' after property name", at)
        case "Expecting ',' delimiter":
            after = "']' after array element" if _innermost(text[:at]) == "[" else "'}' after property value"
            return _number(text, at) or _at(f"Expected ',' or {after}", at)
        case "Unterminated string":
            return _at("Unterminated string", len(text))
        case "Invalid control character at" | "Invalid control character":
            return _at("Bad control character in string literal", at)
        case "Invalid \\escape":
            return _at("Bad escaped character", at + 1)
        case "Invalid \\uXXXX escape":
            digits = re.match(r"[0-9a-fA-F]*", text[at + 1 :])
            return _at("Bad Unicode escape", at + 1 + (len(digits[0]) if digits else 0))
        case "Extra data":
            return _number(text, at) or _at("Unexpected non-whitespace character after JSON", at)
        case _:
            return _unexpected(text, at)


def unexpected_start(text: str) -> str:
    """For texts that Python reads and JSON does not know, such as NaN, and for those too deep for Python."""
    return _unexpected(text, len(text) - len(text.lstrip(" \t\r\n")))


def _at(what: str, position: int) -> str:
    return f"{what} in JSON at position {position}" if "JSON" not in what else f"{what} at position {position}"


def _unexpected(text: str, position: int) -> str:
    if text.startswith("-", position):
        return _at("No number after minus sign", position + 1)
    for literal in ("null", "true", "false"):
        if text.startswith(literal[0], position):  # V8 names the first character that is not the literal's
            while literal and text.startswith(literal[0], position):
                position, literal = position + 1, literal[1:]
            break
    if position >= len(text):
        return "Unexpected end of JSON input"
    shown = f'"{text}"'
    if len(text) > 2 * CONTEXT_CHARACTERS:
        start, end = max(0, position - CONTEXT_CHARACTERS), position + CONTEXT_CHARACTERS
        shown = f'{"..." if start else ""}"{text[start:end]}"{"..." if end < len(text) else ""}'
    return f"Unexpected token '{text[position]}', {shown} is not valid JSON"


def _number(text: str, at: int) -> str | None:
    """A number that Python ends before V8 does: `01`, `1.`."""
    before = _NUMBER.search(text[:at])
    if before is None:
        return None
    if fraction := _FRACTION.match(text, before.start()):
        return _at("Unterminated fractional number", fraction.end())
    if text[at : at + 1].isdigit():
        return _at("Unexpected number", at)
    return None


def _innermost(text: str) -> str:
    """The bracket that is still open at the end of `text`."""
    open_: list[str] = []
    for bracket in re.findall(r"[][{}]", _STRING.sub("", text)):
        if bracket in "[{":
            open_.append(bracket)
        elif open_:
            open_.pop()
    return open_[-1] if open_ else ""
