"""Orders from anywhere: whatever comes is done or refused in words, and nothing is raised."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import SimError
from simulator.modes.live import Live, commands
from tests.playing import project

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from(
    ["phone", "text", "digits", "on", "step", "hz", "scenario", "speed", "call", "file", "from", "to", "headers", "id", "env_vars"]
)
ACTORS = st.sampled_from(["caller", "model", "world", "expect", "any_order"])
WORDS = st.sampled_from(["say", "fail", "stub", "hang_up", "noise", "fault", "heard", "who", "within", "call", "emit"])
STEPS = st.dictionaries(ACTORS, st.dictionaries(WORDS, JSON, max_size=3) | JSON, max_size=2)
ORDERS = st.dictionaries(MEMBERS, JSON, max_size=4).flatmap(
    lambda members: st.sampled_from([*commands.KINDS, "nothing"]).map(lambda do: {**members, "do": do})
)


@pytest.fixture(scope="module")
def live() -> Live:
    """Of which nothing has been started: every order that needs a call is refused."""
    return Live(project(), environ={})


def orders_without_a_loop(order: Any) -> bool:
    """Orders that would begin something, for which there is no loop here."""
    return isinstance(order, dict) and order.get("do") in ("call", "play", "reload")


@settings(max_examples=150, deadline=None)
@given(order=JSON | ORDERS | STEPS.map(lambda step: {"do": "step", "step": step}))
def test_any_order_is_answered_once_and_in_json(order: Any, live: Live) -> None:
    answers: list[dict[str, Any]] = []
    if orders_without_a_loop(order):
        with suppress(SimError):
            commands.read(order)
        return
    live.order(order, answers.append)
    assert [answer["is"] in ("done", "refused") for answer in answers] == [True]
    json.dumps(answers, default=str)
    if answers[0]["is"] == "refused":
        assert answers[0]["problem"]


@given(data=st.binary(max_size=100))
def test_any_sound_is_heard_or_thrown_away(data: bytes, live: Live) -> None:
    live.hear(data)


def test_deep_nesting_is_refused(live: Live) -> None:
    step: Any = {}
    for _ in range(5_000):
        step = {"caller": step}
    answers: list[dict[str, Any]] = []
    live.order({"do": "step", "step": step}, answers.append)
    assert answers[0]["is"] == "refused"


@pytest.mark.parametrize("do", list(commands.KINDS))
def test_every_command_names_the_member_it_does_not_know(do: str) -> None:
    with pytest.raises(SimError, match="has no member 'colour'"):
        commands.read({"do": do, "colour": "red"})
