"""Which events an application receives: the table of jambonz.md 6.3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.vendors.filter import EventFilter
from simulator.vendors.openai.task import SERVER_EVENTS

L = set(SERVER_EVENTS)
STRANGERS = {"response.output_audio.delta", "response.output_audio_transcript.done", "conversation.item.added", "some.future.event", "*"}
EVERYTHING = L | STRANGERS


def delivered(events: list[str] | None) -> set[str]:
    chosen = EventFilter.parse(events, SERVER_EVENTS)
    return {name for name in EVERYTHING if chosen.delivers(name)}


def test_thirty_names_are_known() -> None:
    assert len(SERVER_EVENTS) == len(L) == 30


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (None, L),
        (["all"], L),
        (["all", "response.done"], L),
        (["all", "-error"], EVERYTHING - {"error"}),
        (["all", "-response.*"], {name for name in EVERYTHING if name not in L or not name.startswith("response")}),
        (["-error"], EVERYTHING),
        ([], EVERYTHING),
        (["nothing.*"], EVERYTHING),
        (["*"], {"*"}),
        (["nothing"], set()),
        (["error", "-error"], {"error"}),
        (["response.output_audio_transcript.done"], {"response.output_audio_transcript.done"}),
        (
            ["response.audio.*"],
            {"response.audio.delta", "response.audio.done", "response.audio_transcript.delta", "response.audio_transcript.done"},
        ),
        (["error", "session.*"], {"error", "session.created", "session.updated"}),
        (["response.done", "-response.*"], {"response.done"}),
    ],
    ids=lambda value: " ".join(value) or "empty" if isinstance(value, list) else "",
)
def test_what_is_delivered(events: list[str] | None, expected: set[str]) -> None:
    assert delivered(events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["-error"], L - {"error"}),
        (["-response.*", "-error"], {name for name in L if not name.startswith("response") and name != "error"}),
        ([], set()),
        (["nothing.*"], set()),
        (["nothing.*", "-error"], set()),
        (None, L),
        (["all", "-error"], EVERYTHING - {"error"}),
        (["error"], {"error"}),
    ],
    ids=lambda value: " ".join(value) or "empty" if isinstance(value, list) else "",
)
def test_what_is_meant_where_an_empty_list_does_not_mean_everything(events: list[str] | None, expected: set[str]) -> None:
    chosen = EventFilter.parse(events, SERVER_EVENTS)
    assert {name for name in EVERYTHING if chosen.means(name)} == expected


@pytest.mark.parametrize(
    ("wildcard", "count"),
    [
        ("response.*", 14),
        ("conversation.item.*", 5),
        ("conversation.*", 6),
        ("response.audio.*", 4),
        ("input_audio_buffer.*", 4),
        ("output_audio.*", 2),
    ],
)
def test_how_many_names_a_wildcard_stands_for(wildcard: str, count: int) -> None:
    assert len(delivered([wildcard])) == count


@pytest.mark.parametrize("name", SERVER_EVENTS)
def test_every_known_name_can_be_asked_for_and_left_out_alone(name: str) -> None:
    assert delivered([name]) == {name}
    assert delivered(["all", f"-{name}"]) == EVERYTHING - {name}


@given(st.lists(st.sampled_from(["all", "error", "-error", "response.*", "-response.*", "x", "-x"]), max_size=4), st.sampled_from(sorted(EVERYTHING)))
def test_the_order_of_the_list_means_nothing(events: list[str], name: str) -> None:
    assert EventFilter.parse(events, SERVER_EVENTS).delivers(name) is EventFilter.parse(events[::-1], SERVER_EVENTS).delivers(name)
