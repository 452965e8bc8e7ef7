from __future__ import annotations

import pytest

from simulator.jambonz import javascript


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e-7, "1.25e-7"),
        (0.000001, "0.000001"),
        (123456789012345678901, "123456789012345680000"),
        (10**400, "Infinity"),
        ([1, None, ["a", True]], "1,,a,true"),
        ({}, "[object Object]"),
        (None, "null"),
    ],
)
def test_values_are_printed_as_javascript_prints_them(value: object, text: str) -> None:
    assert javascript.text(value) == text


def test_whole_number_keys_come_first_and_ascending() -> None:
    assert javascript.keys({"b": 1, "10": 1, "9": 1, "01": 1, "-1": 1, "a": 1}) == ["9", "10", "b", "01", "-1", "a"]


@pytest.mark.parametrize(("value", "taken"), [([], True), ({}, True), ("", False), (0, False), (None, False), ("0", True)])
def test_empty_objects_and_lists_are_true(value: object, taken: bool) -> None:
    assert javascript.truthy(value) is taken
