"""Ids: the same seed draws the same ones, and every kind has dice of its own."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ids import BASE58, BASE62, EPOCH_S, OPENAI_EPOCH_S, Ids, base62, iso_time

SEEDS = st.one_of(st.integers(), st.text(max_size=20))
KINDS = {
    "uuid": lambda ids: ids.uuid(),
    "call_sid": lambda ids: ids.uuid("call_sid"),
    "msgid": lambda ids: ids.msgid(),
    "item": lambda ids: ids.openai("item", 1.0),
    "resp": lambda ids: ids.openai("resp", 1.0),
    "tool_call": lambda ids: ids.tool_call(),
}


def drawn(ids: Ids, kind: str, count: int = 5) -> list[str]:
    return [KINDS[kind](ids) for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
@given(seed=SEEDS)
def test_the_same_seed_draws_the_same_ids(kind: str, seed: int | str) -> None:
    assert drawn(Ids(seed), kind) == drawn(Ids(seed), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_draws_others(kind: str) -> None:
    assert not set(drawn(Ids(1), kind, 50)) & set(drawn(Ids(2), kind, 50))


@pytest.mark.parametrize("kind", KINDS)
def test_no_id_is_drawn_twice(kind: str) -> None:
    assert len(set(drawn(Ids(7), kind, 2000))) == 2000


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=30), st.sampled_from(sorted(KINDS)))
def test_one_more_id_of_a_kind_does_not_rename_those_of_another(others: list[str], kind: str) -> None:
    alone, disturbed = Ids(3), Ids(3)
    found = []
    for other in others:
        if other != kind:
            drawn(disturbed, other, 1)
    found += drawn(disturbed, kind)
    assert found == drawn(alone, kind)


def test_dice_are_the_same_ones_whenever_they_are_asked_for() -> None:
    ids = Ids(1)
    assert ids.dice("noise") is ids.dice("noise")
    assert ids.dice("noise") is not ids.dice("other")


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("msgid", f"[{BASE58}]{{22}}"),
        ("item", "item_[0-9A-Za-z]{21}"),
        ("resp", "resp_[0-9A-Za-z]{21}"),
        ("tool_call", "call_[0-9A-Za-z]{16}"),
    ],
)
def test_the_shape_of_ids(kind: str, shape: str) -> None:
    assert all(re.fullmatch(shape, one) for one in drawn(Ids(0), kind, 100))


def test_uuids_are_of_version_4() -> None:
    assert all(UUID(one).version == 4 for one in drawn(Ids(0), "uuid", 100))


def number_of(text: str) -> int:
    value = 0
    for digit in text:
        value = value * 62 + BASE62.index(digit)
    return value


@given(st.floats(0.0, 1e7))
def test_the_time_part_of_an_openai_id_is_the_second_it_was_made_in(now_s: float) -> None:
    made = Ids(0).openai("item", now_s)
    stamp = made.removeprefix("item_")[:5]
    assert number_of(stamp) + OPENAI_EPOCH_S == EPOCH_S + int(now_s)


def test_ids_of_one_second_have_one_time_part_and_those_of_the_next_another() -> None:
    ids = Ids(0)
    parts = [ids.openai("item", now_s)[5:10] for now_s in (0.0, 0.999, 1.0, 1.5, 0.5)]
    assert [part == parts[0] for part in parts] == [True, True, False, False, True]


@given(st.integers(0, 62**5 - 1))
def test_base62_reads_back(number: int) -> None:
    text = base62(number, 5)
    assert (len(text), number_of(text)) == (5, number)


def test_base62_keeps_the_last_digits_of_what_is_too_long() -> None:
    assert base62(62 + 1, 1) == "1"


def test_the_clock_shows_a_moment_with_milliseconds() -> None:
    assert [iso_time(at_s) for at_s in (0.0, 1.5, 86_399.9999)] == [
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:01.500Z",
        "2026-01-02T00:00:00.000Z",
    ]
