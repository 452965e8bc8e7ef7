"""The words of `JSON.parse`, as Node.js 20.20 has them."""

from __future__ import annotations

import json

import pytest

from simulator.jambonz.json_mistakes import mistake


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Unexpected end of JSON input"),
        ("hello", "Unexpected token 'h', \"hello\" is not valid JSON"),
        ("not json", "Unexpected token 'o', \"not json\" is not valid JSON"),
        ("nul", "Unexpected end of JSON input"),
        ("tru e", "Unexpected token ' ', \"tru e\" is not valid JSON"),
        ('{"type": "ack", "msgid": oops, "data": []}', """Unexpected token 'o', ..." "msgid": oops, "dat"... is not valid JSON"""),
        ('{"type": "command", "command": "redirect", "data": [}', """Unexpected token '}', ..." "data": [}" is not valid JSON"""),
        ('{"a":nope, "b": "xxxxxxxxxxxxxxxxxx"}', """Unexpected token 'o', "{"a":nope, "b": "... is not valid JSON"""),
        ("x" * 30, "Unexpected token 'x', \"xxxxxxxxxx\"... is not valid JSON"),
        ('{"a":1,}', "Expected double-quoted property name in JSON at position 7"),
        ('{"a":1,', "Expected double-quoted property name in JSON at position 7"),
        ("{", "Expected property name or '}' in JSON at position 1"),
        ("{a:1}", "Expected property name or '}' in JSON at position 1"),
        ("[1,]", "Unexpected token ']', \"[1,]\" is not valid JSON"),
        ("[", "Unexpected end of JSON input"),
        ('{"type":', "Unexpected end of JSON input"),
        ('{"type":"ack"', "Expected ',' or '}' after property value in JSON at position 13"),
        ('{"a":[1,{"b":2 3}]}', "Expected ',' or '}' after property value in JSON at position 15"),
        ("[1 2]", "Expected ',' or ']' after array element in JSON at position 3"),
        ('["[{" 2]', "Expected ',' or ']' after array element in JSON at position 6"),
        ('{"a" 1}', "Expected ':' after property name in JSON at position 5"),
        ('{"a":1} x', "Unexpected non-whitespace character after JSON at position 8"),
        ('"abc', "Unterminated string in JSON at position 4"),
        ('"a\nb"', "Bad control character in string literal in JSON at position 2"),
        ('"\\x"', "Bad escaped character in JSON at position 2"),
        ('"\\u12x"', "Bad Unicode escape in JSON at position 5"),
        ("-", "No number after minus sign in JSON at position 1"),
        ("01", "Unexpected number in JSON at position 1"),
        ("1.", "Unterminated fractional number in JSON at position 2"),
        ("[1.e]", "Unterminated fractional number in JSON at position 3"),
    ],
)
def test_a_mistake_is_told_as_javascript_tells_it(text: str, says: str) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    assert mistake(text, raised.value) == says
