"""Patterns: what fits, what does not, and where the difference is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.pattern import MISSING, WORDS, difference, show

PLAIN_TEXT = st.text(max_size=8).filter(lambda text: text not in ("*", "...") and not (len(text) >= 2 and text[0] == text[-1] == "/"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | PLAIN_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN_TEXT.filter(lambda key: key not in WORDS), inner, max_size=4),
    max_leaves=15,
)
"""JSON without anything that is magic in a pattern."""
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


def fits(pattern: Any, value: Any) -> bool:
    return not difference(pattern, value)


def told(pattern: Any, value: Any) -> list[str]:
    return [str(mismatch) for mismatch in difference(pattern, value)]


# --- plain values


@given(PLAIN)
def test_a_value_without_magic_fits_itself(value: Any) -> None:
    assert fits(value, value)


@given(st.dictionaries(PLAIN_TEXT.filter(lambda key: key not in WORDS), PLAIN, max_size=4), st.dictionaries(st.text(max_size=8), ANY, max_size=4))
def test_more_members_than_were_asked_for_do_no_harm(pattern: dict[str, Any], more: dict[str, Any]) -> None:
    assert fits(pattern, {**more, **pattern})


@given(ANY)
def test_a_star_is_anything_that_is_there(value: Any) -> None:
    assert fits("*", value)
    assert told("*", MISSING) == ["expected anything, got nothing"]


@given(PLAIN, ANY)
def test_a_difference_is_told_for_any_value_and_nothing_is_raised(pattern: Any, value: Any) -> None:
    for mismatch in difference(pattern, value):
        assert str(mismatch)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [(1, "1"), (1, True), (True, 1), (0, False), (None, False), (None, MISSING), ("", None), ([], {}), ({}, []), ({}, None), ("x", ["x"])],
)
def test_values_of_different_kinds_are_different(pattern: Any, value: Any) -> None:
    assert not fits(pattern, value)


def test_numbers_are_equal_however_they_are_written() -> None:
    assert fits(1, 1.0)
    assert fits({"t": 0.5}, {"t": 0.5})


# --- text


def test_a_regular_expression_is_searched_for_over_all_lines() -> None:
    assert fits("/w.rm.*nice/", "it is warm\nand nice")
    assert told("/cold/", "warm") == ['expected text like /cold/, got "warm"']


@pytest.mark.parametrize(("value", "expected"), [(23.5, True), (True, False), (["warm", 23], True), (None, False), (MISSING, False)])
def test_a_regular_expression_reads_other_values_as_json(value: Any, expected: bool) -> None:
    assert fits("/^.*23/", value) is expected


@pytest.mark.parametrize("text", ["/", "/a", "a/"])
def test_a_single_slash_is_text(text: str) -> None:
    assert fits(text, text)
    assert not fits(text, "a")


# --- lists


def test_lists_fit_item_by_item() -> None:
    assert fits(["answer", {"verb": "pause"}], ["answer", {"verb": "pause", "length": 1}])
    assert told(["answer", "pause"], ["answer"]) == ['[1]: expected "pause", got nothing']
    assert told(["answer"], ["answer", "hangup"]) == ['[1]: expected nothing more, got "hangup"']
    assert told(["answer"], "answer") == ['expected ["answer"], got "answer"']


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (["..."], [], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["a", "..."], ["a"], True),
        (["a", "...", "c"], ["a", "c"], True),
        (["a", "...", "c"], ["a", "b", "b", "c"], True),
        (["a", "...", "c"], ["a", "c", "b"], False),
        (["...", "b", "..."], ["a", "b", "c"], True),
        (["...", "b", "..."], ["a", "c"], False),
        (["...", "a", "b"], ["a", "a", "b"], True),
        (["...", "..."], ["a"], True),
        (["...", {"n": {"more_than": 1}}], [{"n": 1}, {"n": 2}], True),
    ],
)
def test_three_dots_stand_for_any_run_of_items(pattern: list[Any], value: list[Any], expected: bool) -> None:
    assert fits(pattern, value) is expected


@given(st.lists(PLAIN, max_size=4), st.lists(PLAIN, max_size=4), st.lists(PLAIN, max_size=4), st.lists(PLAIN, max_size=4))
def test_whatever_stands_between_three_dots_is_found(before: list[Any], wanted: list[Any], between: list[Any], last: list[Any]) -> None:
    assert fits(["...", *wanted, "...", *last], [*before, *wanted, *between, *last])


def test_many_runs_in_a_long_list_take_no_time() -> None:
    assert not fits(["...", "a"] * 15 + ["b"], ["a"] * 200)
    assert fits(["...", "a"] * 15 + ["...", "b"], ["a"] * 200 + ["b"])


# --- words


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ({"contains": "arm"}, "warm", True),
        ({"contains": "cold"}, "warm", False),
        ({"contains": "a"}, ["a", "b"], True),
        ({"contains": {"n": 1}}, [{"n": 1, "m": 2}], True),
        ({"contains": {"n": 2}}, [{"n": 1}], False),
        ({"contains": {"n": 1}}, {"n": 1, "m": 2}, True),
        ({"contains": "n"}, {"n": 1}, False),
        ({"contains": 1}, 1, False),
        ({"contains": "a"}, MISSING, False),
        ({"less_than": 2}, 1, True),
        ({"less_than": 2}, 2, False),
        ({"less_than": 2}, "1", False),
        ({"less_than": 2}, True, False),
        ({"less_than": 2}, MISSING, False),
        ({"more_than": 0.5}, 1, True),
        ({"more_than": 1}, 1, False),
        ({"more_than": -1}, None, False),
        ({"any_of": ["a", "b"]}, "b", True),
        ({"any_of": ["a", {"n": 1}]}, {"n": 1}, True),
        ({"any_of": ["a", "b"]}, "c", False),
        ({"any_of": []}, "c", False),
        ({"not": "a"}, "b", True),
        ({"not": "a"}, "a", False),
        ({"not": {"contains": "a"}}, "b", True),
        ({"absent": True}, MISSING, True),
        ({"absent": True}, None, False),
        ({"absent": False}, None, True),
        ({"absent": False}, MISSING, False),
    ],
)
def test_words_ask_something_else(pattern: dict[str, Any], value: Any, expected: bool) -> None:
    assert fits(pattern, value) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "said"),
    [
        ({"contains": "cold"}, "warm", 'expected something that contains "cold", got "warm"'),
        ({"less_than": 2}, 3, "expected less than 2, got 3"),
        ({"more_than": 2}, None, "expected more than 2, got null"),
        ({"any_of": ["a", 1]}, "c", 'expected any of "a", 1, got "c"'),
        ({"not": "a"}, "a", 'expected anything but "a", got "a"'),
        ({"absent": True}, 1, "expected nothing, got 1"),
        ({"absent": False}, MISSING, "expected something, got nothing"),
    ],
)
def test_words_say_what_they_missed(pattern: dict[str, Any], value: Any, said: str) -> None:
    assert told(pattern, value) == [said]


@given(st.sampled_from(["contains", "not"]), PLAIN, ANY)
def test_a_word_is_only_one_when_it_stands_alone(word: str, argument: Any, value: Any) -> None:
    assert fits({word: argument, "type": "x"}, {word: argument, "type": "x", "more": value})


@given(PLAIN, ANY)
def test_not_is_the_opposite(pattern: Any, value: Any) -> None:
    assert fits({"not": pattern}, value) is not fits(pattern, value)


@given(st.lists(PLAIN, max_size=4), ANY)
def test_any_of_fits_when_one_of_them_does(choices: list[Any], value: Any) -> None:
    assert fits({"any_of": choices}, value) is any(fits(choice, value) for choice in choices)


# --- where it differs


def test_a_difference_names_the_path() -> None:
    pattern = {"data": {"verbs": ["answer", {"llm": {"vendor": "openai"}}], "n": 1}}
    value = {"data": {"verbs": ["answer", {"llm": {"vendor": "google"}}]}}
    assert told(pattern, value) == ['data.verbs[1].llm.vendor: expected "openai", got "google"', "data.n: expected 1, got nothing"]


def test_a_path_goes_on_from_where_it_began() -> None:
    assert [mismatch.path for mismatch in difference({"a": 1}, {"a": 2}, "query")] == ["query.a"]


def test_what_is_long_is_cut() -> None:
    assert show("x" * 500, 20) == '"' + "x" * 18 + "…"
    assert show(b"abc") == "<3 bytes>"
    assert show(MISSING) == "nothing"
    assert show({"ü": {1}}) == '{"ü": "{1}"}'


def test_of_long_texts_that_begin_alike_only_what_differs_is_shown() -> None:
    begin = "We are open from nine to five on weekdays, and on Sundays we are closed; please call us again "
    (one,) = difference(f"{begin}tomorrow.", f"{begin}on Monday.")
    assert (one.expected, one.actual) == ('"…d; please call us again tomorrow."', '"…d; please call us again on Monday."')
    (other,) = difference("a" * 200, "b" * 200)
    assert other.expected.startswith('"aaa')
