"""Patterns: what fits, what does not, and where the difference is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.pattern import MISSING, WORDS, Literally, captured, difference, show

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


@pytest.mark.parametrize(
    ("choices", "value", "said"),
    [
        (
            [{"type": "error", "code": "a"}, {"type": "done", "id": 1}],
            {"type": "done", "id": 2},
            "id: expected 1 (in the nearest of any_of), got 2",
        ),
        ([{"type": "error"}, "done"], {"type": "done"}, 'expected any of {"type": "error"}, "done", got {"type": "done"}'),
        ([{"a": 1, "b": {"c": 2}}], {"a": 1, "b": {"c": 3}}, "b.c: expected 2 (in the nearest of any_of), got 3"),
    ],
)
def test_of_several_mappings_the_nearest_is_told(choices: list[Any], value: Any, said: str) -> None:
    assert told({"any_of": choices}, value) == [said]


# --- literally


@given(ANY.filter(lambda value: value == value and "nan" not in repr(value)))
def test_whatever_is_meant_literally_fits_itself(value: Any) -> None:
    assert fits(Literally(value), value)
    assert fits({"a": [Literally(value)]}, {"a": [value], "b": 1})


@given(ANY, ANY)
def test_and_nothing_else(value: Any, other: Any) -> None:
    if fits(Literally(value), other):
        assert value == other
    else:
        assert told(Literally(value), other) == [f"expected {show(value)}, got {show(other)}"]


@pytest.mark.parametrize(
    ("value", "other"), [("*", "x"), ("/x/", "x"), ({"a": 1}, {"a": 1, "b": 2}), ({"as": "n"}, 1), (["..."], []), ({"a": 1}, {"a": True})]
)
def test_what_is_magic_in_a_pattern_is_not(value: Any, other: Any) -> None:
    assert not fits(Literally(value), other)


def test_it_is_shown_as_what_it_means() -> None:
    assert show({"id": Literally("*")}) == '{"id": "*"}'


# --- captures


def capturing(pattern: Any, names: list[str]) -> Any:
    """The pattern with a name for every place in it where something can be captured."""
    if isinstance(pattern, dict):
        if len(pattern) == 1 and next(iter(pattern)) in WORDS:
            return pattern
        pattern = {key: capturing(member, names) for key, member in pattern.items()}
    elif isinstance(pattern, list):
        pattern = [item if item == "..." else capturing(item, names) for item in pattern]
    names.append(f"n{len(names)}")
    return {"as": names[-1], "matches": pattern}


PATTERNS = st.recursive(
    PLAIN | st.sampled_from(["*", "/a/", "/(b)(?P<group>c?)/", "..."]) | st.builds(lambda number: {"less_than": number}, st.integers()),
    lambda inner: (
        st.lists(inner | st.just("..."), max_size=4)
        | st.dictionaries(PLAIN_TEXT, inner, max_size=3)
        | st.builds(lambda choices: {"any_of": choices}, st.lists(inner, max_size=3))
        | st.builds(lambda pattern: {"not": pattern}, inner)
        | st.builds(lambda pattern: {"contains": pattern}, inner)
    ),
    max_leaves=10,
)


@given(PATTERNS, ANY)
def test_capturing_never_changes_whether_a_pattern_fits(pattern: Any, value: Any) -> None:
    names: list[str] = []
    asked = capturing(pattern, names)
    assert fits(asked, value) is fits(pattern, value)
    if fits(asked, value):
        assert set(captured(asked, value)) >= set(names[-1:])


@given(PLAIN)
def test_everything_in_a_value_can_be_captured(value: Any) -> None:
    names: list[str] = []
    asked = capturing(value, names)
    assert sorted(captured(asked, value)) == sorted(names)
    assert captured(asked, value)[names[-1]] == value


@pytest.mark.parametrize(
    ("pattern", "value", "found"),
    [
        ({"as": "x"}, 3, {"x": 3}),
        ({"as": "x"}, None, {"x": None}),
        ({"id": {"as": "x"}, "n": 1}, {"id": "a", "n": 1}, {"x": "a"}),
        ({"as": "all", "matches": {"id": {"as": "id"}}}, {"id": "a", "n": 1}, {"all": {"id": "a", "n": 1}, "id": "a"}),
        ([{"as": "a"}, "*", {"as": "b"}], [1, 2, 3], {"a": 1, "b": 3}),
        (["...", {"as": "x", "matches": {"n": 1}}, "..."], [{"n": 2}, {"n": 1, "m": 1}, {"n": 1, "m": 2}], {"x": {"n": 1, "m": 1}}),
        (["...", {"as": "x"}], [1, 2, 3], {"x": 3}),
        ([{"as": "x"}, "...", {"as": "y"}, {"as": "z"}], [1, 2, 3, 4], {"x": 1, "y": 3, "z": 4}),
        ({"contains": {"n": {"as": "x", "matches": {"more_than": 1}}}}, [{"n": 1}, {"n": 2}, {"n": 3}], {"x": 2}),
        ({"contains": {"n": {"as": "x"}}}, {"n": 1, "m": 2}, {"x": 1}),
        ("/order (?P<order>[0-9]+)(?P<more>!)?/", "your order 42 is here", {"order": "42", "more": ""}),
        ("/(?P<n>[0-9.]+)/", {"price": 9.7}, {"n": "9.7"}),
        ({"as": "sound"}, b"\0\1", {"sound": "AAE="}),
        ({"as": "event"}, {"delta": b"\0\1"}, {"event": {"delta": "AAE="}}),
        ({"as": "x", "matches": "*", "more": 1}, {"as": "x", "matches": 2, "more": 1}, {}),
    ],
)
def test_what_is_captured(pattern: Any, value: Any, found: dict[str, Any]) -> None:
    assert fits(pattern, value)
    assert captured(pattern, value) == found


def test_what_is_not_there_cannot_be_captured() -> None:
    assert told({"id": {"as": "x"}}, {}) == ["id: expected something to capture as x, got nothing"]
    assert told({"id": {"as": "x", "matches": {"not": "a"}}}, {}) == ["id: expected something to capture as x, got nothing"]


def test_what_does_not_fit_is_told_as_without_the_name() -> None:
    assert told({"id": {"as": "x", "matches": {"n": 1}}}, {"id": {"n": 2}}) == ["id.n: expected 1, got 2"]


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
