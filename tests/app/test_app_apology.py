"""What the caller is told when the conversation ends by itself."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import apology as words
from app.apology import apology, spoken, try_again_in_s

LIMIT = "Rate limit reached for gpt-realtime in organization org-X on tokens per min (TPM): Limit 40000, Used 34514, Requested 6665."


@pytest.mark.parametrize(
    ("hint", "spoken_wait"),
    [
        ("20s", "20 seconds"),
        ("1.768s", "2 seconds"),
        ("1s", "1 second"),
        ("1.0s", "1 second"),
        ("1.1s", "2 seconds"),
        ("121ms", "1 second"),
        ("0ms", "1 second"),
        ("1500ms", "2 seconds"),
        ("1m26.4s", "1 minute and 27 seconds"),
        ("1m0s", "1 minute"),
        ("6m1s", "6 minutes and 1 second"),
        ("59.2s", "1 minute"),
        ("1h0m0s", "1 hour"),
        ("2h3m4s", "2 hours and 4 minutes"),
        ("1d2h", "26 hours"),
        ("20 seconds", "20 seconds"),
        ("1 minute 5 seconds", "1 minute and 5 seconds"),
    ],
)
def test_the_rate_limit_is_spoken_with_the_time_to_wait(hint: str, spoken_wait: str) -> None:
    error = {"type": "tokens", "code": "rate_limit_exceeded", "message": f"{LIMIT} Please try again in {hint}. Visit https://platform.openai.com"}
    assert apology("server failure", error) == f"Sorry, you have exceeded your open AI rate limits. Please try again in {spoken_wait}."


@pytest.mark.parametrize("message", [LIMIT, "", None, 20, "Please try again in a while.", "try again in s", "Please try again in -5s."])
def test_the_rate_limit_is_spoken_without_a_time_when_none_is_told(message: object) -> None:
    error = {"code": "rate_limit_exceeded", "message": message}
    assert apology("server error", error) == "Sorry, you have exceeded your open AI rate limits."


@pytest.mark.parametrize(
    ("reason", "error", "sentence"),
    [
        ("server failure", {"type": "insufficient_quota", "code": "insufficient_quota"}, words.QUOTA_EXHAUSTED),
        ("server failure", {"type": "insufficient_quota", "code": "credit_balance_exhausted"}, words.QUOTA_EXHAUSTED),
        ("server error", {"type": "insufficient_quota", "code": None}, words.QUOTA_EXHAUSTED),
        ("server failure", {"type": "server_error", "code": None}, words.SERVER_FAILED),
        ("server failure", None, words.SERVER_FAILED),
        ("server failure", "rate_limit_exceeded", words.SERVER_FAILED),
        ("server failure", {"code": ["rate_limit_exceeded"], "type": {}}, words.SERVER_FAILED),
        ("server error", {"type": "invalid_request_error", "code": "invalid_value"}, words.SERVER_ERROR),
        ("server error", {"type": "invalid_request_error", "code": "session_expired"}, words.EXPIRED),
        ("server error", {"type": "invalid_request_error", "code": "beta_api_shape_disabled"}, words.MISCONFIGURED),
        ("connection failure", None, words.CONNECTION_FAILED),
        ("disconnect from remote end", None, words.DISCONNECTED),
        ("client error calling function", {"status_code": 500}, words.UNKNOWN),
        ("disconnect from remote end", {"code": "rate_limit_exceeded"}, words.DISCONNECTED),
        ("something new", None, words.UNKNOWN),
        (None, None, words.UNKNOWN),
        (["server failure"], None, words.UNKNOWN),
        ({}, {}, words.UNKNOWN),
    ],
)
def test_every_other_end_has_its_sentence(reason: object, error: object, sentence: str) -> None:
    assert apology(reason, error) == sentence


def test_no_two_ends_sound_the_same() -> None:
    sentences = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, str) and value.startswith("Sorry")]
    assert len(set(sentences)) == len(sentences) == 10


def test_a_normal_end_needs_no_words() -> None:
    assert apology("normal conversation end") is None
    assert apology("normal conversation end", {"code": "rate_limit_exceeded"}) is None


@given(st.integers(0, 23), st.integers(0, 59), st.decimals(0, 59, places=3))
def test_a_wait_is_never_told_too_short_nor_a_second_too_long(hours: int, minutes: int, seconds: Decimal) -> None:
    hint = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or hours else "") + f"{seconds}s"
    exact = hours * 3600 + minutes * 60 + seconds
    told = try_again_in_s(f"{LIMIT} Please try again in {hint}. Visit https://platform.openai.com to learn more.")
    assert told == max(1, math.ceil(exact))


@given(st.integers(1, 200_000))
def test_a_spoken_duration_means_what_it_says(seconds: int) -> None:
    units = {"second": 1, "minute": 60, "hour": 3600}
    parts = [part.split() for part in spoken(seconds).split(" and ")]
    meant = sum(int(count) * units[unit.removesuffix("s")] for count, unit in parts)
    assert seconds <= meant < seconds + (60 if seconds >= 3600 else 1)
    assert all(unit.endswith("s") == (count != "1") for count, unit in parts)
    assert all(int(count) > 0 for count, _ in parts)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@given(
    st.sampled_from(["server failure", "server error", "connection failure"]) | json_values,
    json_values | st.fixed_dictionaries({"code": json_values | st.just("rate_limit_exceeded"), "message": json_values | st.text()}),
)
def test_whatever_the_wire_carries_there_are_words(reason: object, error: object) -> None:
    sentence = apology(reason, error)
    assert sentence is None or sentence.endswith(".")
