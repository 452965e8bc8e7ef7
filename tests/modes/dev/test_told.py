"""A page that comes late knows what all others know; and an endless session is not kept whole."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from simulator.modes.dev.discretion import Discretion
from simulator.modes.dev.rates import Bucket
from simulator.modes.dev.told import AT_ONCE, MOST_CALLS, Told


def told(*messages: dict[str, Any]) -> Told:
    found = Told()
    for message in messages:
        found.note(message)
    return found


def state(call: str, what: str = "up", phone: str = "a") -> dict[str, Any]:
    return {"is": "call", "call": call, "phone": phone, "state": what}


def frames(call: str, *seqs: int) -> dict[str, Any]:
    return {"is": "frames", "call": call, "frames": [{"seq": seq} for seq in seqs]}


def test_the_last_word_of_each_call_and_all_of_its_frames_and_findings() -> None:
    again = told(
        {"is": "app", "state": "starting"}, state("c1", "ringing"), frames("c1", 0, 1), {"is": "now", "call": "c1", "at_s": 1},
        {"is": "finding", "call": "c1", "finding": {"code": "J001"}}, state("c1"), frames("c1", 2), {"is": "app", "state": "ready"},
        {"is": "speaks", "phone": "a", "text": "x"}, state("c1", "over"), {"is": "result", "call": "c1", "outcome": "passed"},
    )  # fmt: skip
    assert list(again.again()) == [
        {"is": "app", "state": "ready"},
        state("c1", "over"),
        frames("c1", 0, 1, 2),
        {"is": "finding", "call": "c1", "finding": {"code": "J001"}},
        {"is": "result", "call": "c1", "outcome": "passed"},
    ]


def test_frames_go_over_in_parts() -> None:
    parts = [message for message in told(frames("c1", *range(1000))).again() if message["is"] == "frames"]
    assert [len(part["frames"]) for part in parts] == [AT_ONCE, AT_ONCE, 1000 - 2 * AT_ONCE]


def test_the_oldest_calls_are_forgotten() -> None:
    again = told(*(state(f"c{number}", "over") for number in range(MOST_CALLS + 5)))
    assert [message["call"] for message in again.again()] == [f"c{number}" for number in range(5, MOST_CALLS + 5)]


def test_of_an_endless_call_the_middle_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.modes.dev.told.FIRST_FRAMES", 2)
    monkeypatch.setattr("simulator.modes.dev.told.LAST_FRAMES", 3)
    (part,) = told(frames("c1", *range(100))).again()
    assert [frame["seq"] for frame in part["frames"]] == [0, 1, 97, 98, 99]


def test_phones_in_use() -> None:
    assert told(state("c1", "over", "a"), state("c2", "up", "b"), state("c3", "ringing", "a")).phones_in_use == ["b", "a"]


# --- keys


@pytest.mark.parametrize("key", ["hunter2hunter2", 'quo"ted\\and<more>', "schlüssel-mit-ü", "sk-live0123456789"])
def test_no_key_of_the_environment_or_the_configuration_goes_out(key: str) -> None:
    discretion = Discretion({"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": key}, {"DB_PASSWORD": key[::-1]})
    text = discretion.text({"is": "app", "state": "failed", "problem": f"cannot log in with {key}", "deep": [{"x": f"{key[::-1]} /usr/bin:/bin"}]})
    message = json.loads(text)
    assert key not in message["problem"]
    assert "<secret:" in message["problem"]
    assert message["deep"][0]["x"].endswith("/usr/bin:/bin")
    assert key[::-1] not in message["deep"][0]["x"]


def test_what_is_named_like_a_secret_goes_out_as_its_hash() -> None:
    call = {"is": "call", "env_vars": {"API_KEY": "abc", "city": "Berlin"}, "headers": {"Authorization": "Bearer x"}}
    message = json.loads(Discretion().text(call))
    assert message["env_vars"]["API_KEY"].startswith("<secret:")
    assert message["headers"]["Authorization"].startswith("<secret:")
    assert message["env_vars"]["city"] == "Berlin"


def test_whatever_a_frame_holds_it_becomes_json() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (math.nan, math.inf, b"1234", deep, "\ud800"):
        assert json.loads(Discretion().text({"is": "frames", "call": "c1", "frames": [{"frame": value}]}))["is"] == "frames"


def test_a_bucket_takes_what_it_can_hold_and_leaks() -> None:
    bucket = Bucket(most=10, a_second=2, now_s=0.0)
    assert [bucket.takes(6, 0.0), bucket.takes(6, 0.0), bucket.takes(6, 1.0), bucket.takes(6, 100.0), bucket.takes(11, 1000.0)] == [
        True, False, True, True, False,
    ]  # fmt: skip
