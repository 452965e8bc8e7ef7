"""Values of Python as a scenario has them written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScenarioError, Where
from simulator.modes.simulate.writing import node_of
from simulator.pattern import difference
from simulator.scenario.document import Problems, plain
from simulator.scenario.shapes import INVALID, Seconds

HERE = Where("test_it.py", 1, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def said(value: Any) -> Any:
    problems = Problems()
    node = node_of(value, HERE, problems)
    problems.raise_if_any()
    return plain(node)


@given(JSON)
def test_what_json_can_say_is_said_as_it_is(value: Any) -> None:
    assert said(value) == value


@given(st.floats(min_value=0, max_value=86_400))
def test_a_number_is_a_duration_in_seconds(seconds: float) -> None:
    problems = Problems()
    read = Seconds().read(node_of(seconds, HERE, problems), "wait", problems)
    assert not problems.errors
    assert read == pytest.approx(seconds, abs=1e-8)


@pytest.mark.parametrize("value", [-1, float("inf"), 1e9, True, "soon", None, [1]])
def test_what_is_no_duration_is_a_problem(value: Any) -> None:
    problems = Problems()
    assert Seconds().read(node_of(value, HERE, problems), "wait", problems) is INVALID
    assert len(problems.errors) == 1


@given(st.text(alphabet="aB.\n", max_size=5), st.sampled_from(["a.b", "^a", "b$", "[ab] +", "a|B"]), st.sets(st.sampled_from(list(re.RegexFlag))))
def test_a_regular_expression_finds_what_it_finds_in_python(text: str, regex: str, flags: set[re.RegexFlag]) -> None:
    all_flags = re.RegexFlag(0)
    for flag in flags - {re.DEBUG, re.LOCALE, re.UNICODE, re.TEMPLATE if hasattr(re, "TEMPLATE") else re.DEBUG}:
        all_flags |= flag
    pattern = re.compile(regex, all_flags)
    assert (not difference(said(pattern), text)) == bool(pattern.search(text))


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", re.compile(b"x"), {"deep": [{"er": 1j}]}])
def test_what_no_file_could_hold_is_told(value: Any) -> None:
    with pytest.raises(ScenarioError, match=r"test_it\.py:1:1: .* cannot be a part of a step"):
        said(value)


def test_what_holds_itself_is_told() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ScenarioError, match="nested more than 50 deep"):
        said(endless)
