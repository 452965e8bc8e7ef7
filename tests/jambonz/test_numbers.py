"""Numbers of an application, as far as a call can use them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.jambonz.events import AppSaid
from simulator.jambonz.numbers import MOST, count, seconds
from tests.jambonz.playbook import ANSWER, Playbook, command, pause, said, spoken

HUGE = float("inf")


@pytest.mark.parametrize(
    ("value", "found"), [(2, 2.0), ("2.5", 2.5), (-1, 0.0), (HUGE, MOST), (float("nan"), 7.0), (None, 7.0), ([], 7.0), ("x", 7.0), (10**400, 7.0)]
)
def test_times(value: object, found: float) -> None:
    assert seconds(value, 7.0) == found


@given(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=9), st.lists(st.none(), max_size=1)))
def test_whatever_it_is_there_is_a_count(value: object) -> None:
    assert 0 <= count(value) <= MOST


VERBS: list[dict[str, Any]] = [
    {"verb": "gather", "minDigits": "HUGE", "minBargeinWordCount": "HUGE", "interDigitTimeout": "HUGE", "timeout": "HUGE", "input": ["speech"]},
    {"verb": "config", "amd": {"actionHook": "/a", "thresholdWordCount": "HUGE", "digitCount": "HUGE", "timers": {"decisionTimeoutMs": "HUGE"}}},
    {"verb": "config", "actionHookDelayAction": {"enabled": True, "retries": "HUGE", "noResponseTimeout": "HUGE"}},
    {"verb": "play", "url": "https://files.test/a.wav", "seekOffset": "HUGE", "timeoutSecs": "HUGE"},
    {"verb": "dtmf", "dtmf": "1", "duration": "HUGE"},
]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: "-".join(verb))
def test_no_number_breaks_the_feature_server(book: Playbook, verb: dict[str, Any]) -> None:
    book.begins(ANSWER, pause(60))
    sent = command("redirect", [{**verb, **({"bargein": True} if verb["verb"] == "gather" else {})}])
    book >> AppSaid(sent.text.replace('"HUGE"', "1e999"))  # a number to JSON, and infinity to those who read it
    book >> spoken("one two three")
    book.at(30.0)
    assert not book.notes("dropped")


def test_text_without_a_sound_is_over_at_once_however_often(book: Playbook) -> None:
    book.begins(said(" ") | {"loop": "forever"}, pause(5))
    assert book.call.verb is not None
    assert book.call.verb.name == "pause"
