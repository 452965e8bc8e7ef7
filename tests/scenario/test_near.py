"""What somebody may have meant by a name, and in what two texts differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.near import differ_only_in, is_name, likeness, nearest


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("response.dnoe", ["response.done", "response.created"], "response.done"),
        ("/finale", ["/event", "/final"], "/final"),
        ("banana", ["response.done"], None),
        ("response.done", ["response.done"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_name_is_meant_if_any_is_near(name: str, names: list[str], meant: str | None) -> None:
    assert nearest(name, names) == meant


@pytest.mark.parametrize(
    ("expected", "actual", "what"),
    [
        ("Hello, there.", "Hello there", "punctuation"),
        ("Hello  there.", "Hello there.", "spaces"),
        ("hello there.", "Hello there.", "upper and lower case"),
        ("hello there", "Hello, there!", "punctuation, and upper and lower case"),
        ("Hello there.", "Hello Berlin.", None),
        ("in 20 seconds", "in 2 seconds", None),
    ],
)
def test_texts_that_differ_in_nothing_that_is_heard(expected: str, actual: str, what: str | None) -> None:
    assert differ_only_in(expected, actual) == what


@pytest.mark.parametrize(
    ("pattern", "is_one"), [("hangup", True), ("*", False), ("...", False), ("/a|b/", False), ("", False), (5, False), ({}, False)]
)
def test_a_name_is_plain_text(pattern: object, is_one: bool) -> None:
    assert is_name(pattern) is is_one


@given(st.text(), st.text())
def test_likeness_is_a_share(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, one) == 1.0
