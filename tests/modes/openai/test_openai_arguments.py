"""Arguments made up for a tool fit its schema, whatever the schema is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from simulator.modes.openai.arguments import Arguments

MEMBERS: tuple[dict[str, Any], ...] = (
    {"type": "string"}, {"type": "string", "minLength": 12, "maxLength": 20}, {"type": "string", "format": "date-time"},
    {"type": "string", "format": "email"}, {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}, {"type": "string", "enum": ["a", "b"]},
    {"type": "integer", "minimum": 3, "maximum": 4}, {"type": "integer", "multipleOf": 5, "minimum": 7}, {"type": "integer", "maximum": -1},
    {"type": "number", "exclusiveMinimum": 1, "maximum": 2}, {"type": "boolean"}, {"type": ["null", "integer"]}, {"type": "null"}, {"const": 7},
    {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4}, {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    {"allOf": [{"type": "object", "properties": {"x": {"type": "integer"}}}, {"required": ["x"]}]}, {"$ref": "#/$defs/place"},
    {"oneOf": [{"type": "string"}, {"type": "boolean"}]}, {},
)  # fmt: skip
DEFS = {"place": {"type": "object", "properties": {"city": {"type": "string"}, "inner": {"$ref": "#/$defs/place"}}, "required": ["city"]}}


@given(st.lists(st.sampled_from(MEMBERS), max_size=5), st.data(), st.sampled_from(["", "four 4 in Paris for b", "2026-01-31"]), st.integers(0, 5))
@settings(deadline=None, max_examples=150)
def test_arguments_fit_their_schema(members: list[dict[str, Any]], data: st.DataObject, text: str, seed: int) -> None:
    properties = {f"m{number}": member for number, member in enumerate(members)}
    required = [name for name in properties if data.draw(st.booleans())]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False, "$defs": DEFS}
    drawn = Arguments(seed).of(schema, text)
    assert drawn is not None
    Draft202012Validator(schema).validate(drawn)
    assert Arguments(seed).of(schema, text) == drawn


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "^never this$"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/nowhere"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "object", "properties": [1, 2], "required": 3},
        {"type": "object", "properties": {"a": {"type": "draw", "minimum": "x"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "array", "minItems": 10**9}}, "required": ["a"]},
        {"$schema": ["?"], "type": "object", "properties": {"a": {"type": {}}}},
        {"type": "integer"},
    ],
)
def test_schemas_that_nothing_fits_are_given_up(schema: dict[str, Any]) -> None:
    assert Arguments(0).of(schema, "text") is None


def test_a_tool_without_parameters_takes_none() -> None:
    assert Arguments(0).of(None, "") == {}
