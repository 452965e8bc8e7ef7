"""The key mapper (jambonz.md 2.2); the table is what the real server answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.snakecase import UNTOUCHED, snake_case, snake_cased

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("key", "mapped"),
    [
        ("callSid", "call_sid"),
        ("X-CID", "x_cid"),
        ("X-Foo-Bar", "x_foo_bar"),
        ("response.audio", "response_audio"),
        ("$ref", "ref"),
        ("$schema", "schema"),
        ("additionalProperties", "additional_properties"),
        ("sipURI", "sip_u_r_i"),
        ("getUserID", "get_user_i_d"),
        ("ALLCAPS", "allcaps"),
        ("H264", "h264"),
        ("éclair", "clair"),
        ("_customerData", "customerdata"),
        ("trailing_", "trailing"),
        ("a1B2", "a1b2"),
        ("naïveKey", "na_ve_key"),
        ("call_sid", "call_sid"),
        ("two words", "two_words"),
        ("Two wordsHere", "two_wordshere"),
        ("a__b", "a_b"),
        ("", ""),
        ("_", ""),
        ("__typename", "typename"),
    ],
)
def test_a_key(key: str, mapped: str) -> None:
    assert snake_case(key) == mapped


@given(st.text(max_size=20))
def test_a_mapped_key_has_no_capitals_and_no_separators_but_single_underscores(key: str) -> None:
    mapped = snake_case(key)
    assert "__" not in mapped
    assert not mapped.startswith("_")
    assert not any(letter.isascii() and letter.isupper() for letter in mapped)


@given(st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,5}){0,3}", fullmatch=True))
def test_a_key_in_snake_case_stays_as_it_is(key: str) -> None:
    assert snake_case(key) == key


def values(value: Any) -> list[Any]:
    """Everything that is no container, in order, without the keys."""
    if isinstance(value, dict):
        return [leaf for member in value.values() for leaf in values(member)]
    if isinstance(value, list):
        return [leaf for member in value for leaf in values(member)]
    return [value]


@given(JSON)
def test_values_are_never_changed(value: Any) -> None:
    before = values(value)
    assert all(leaf in before for leaf in values(snake_cased(value)))  # some may be lost: two keys may become one, as in the real server


@given(JSON)
def test_mapping_twice_is_mapping_once(value: Any) -> None:
    once = snake_cased(value)
    assert snake_cased(once) == once


@pytest.mark.parametrize("name", sorted(UNTOUCHED))
def test_some_keys_are_left_alone_with_all_that_is_in_them_at_any_depth(name: str) -> None:
    value = {"someList": [{name: {"innerKey": {"X-Y": 1}}}]}
    assert snake_cased(value) == {"some_list": [{name: {"innerKey": {"X-Y": 1}}}]}
