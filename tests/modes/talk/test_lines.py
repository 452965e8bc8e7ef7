"""What is typed, and what is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import SimError, UsageError
from simulator.modes.live import commands
from simulator.modes.live.live import Live
from simulator.modes.talk.lines import TROUBLES, command_of, lines_of
from tests.playing import project


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("What is the weather?", {"do": "say", "text": "What is the weather?"}),
        ("/interrupt wait", {"do": "interrupt", "text": "wait"}),
        ("/press 1#", {"do": "press", "digits": "1#"}),
        ("/fail rate_limit_exceeded", {"do": "step", "step": {"model": {"fail": "rate_limit_exceeded"}}}),
        ("/hang_up", {"do": "hang_up"}),
        ("/call", {"do": "call"}),
        ("/save kept.yaml", {"do": "save", "call": "c1", "file": "kept.yaml"}),
        ('/step {"caller": {"wait": "1s"}}', {"do": "step", "step": {"caller": {"wait": "1s"}}}),
    ],
)
def test_a_line_is_a_command(typed: str, command: dict[str, Any]) -> None:
    assert command_of(typed, "c1") == command
    assert commands.read(command)


@pytest.mark.parametrize("typed", ["/dance", "/press", "/trouble none", "/step {", "/save"])
def test_what_is_no_command_is_said(typed: str) -> None:
    with pytest.raises(UsageError):
        command_of(typed, None)


@pytest.mark.parametrize("name", list(TROUBLES))
def test_every_trouble_is_a_step_that_can_be_played(name: str) -> None:
    answers: list[dict[str, Any]] = []
    Live(project(), environ={}).order({"do": "step", "step": TROUBLES[name][1]}, answers.append)
    assert [answer["is"] for answer in answers] == ["done"]


@given(st.text(min_size=1, max_size=60))
def test_anything_can_be_typed(typed: str) -> None:
    try:
        command = command_of(typed, "c1")
    except SimError as error:
        assert error.problem  # noqa: PT017 - either is fine
        return
    assert command["do"] in commands.KINDS


def test_frames_cannot_steer_the_terminal() -> None:
    shown = list(lines_of({"is": "speaks", "phone": "a", "text": "hi\x1b[2J\nthere", "item_id": "", "lasts_s": 1}))
    assert all("\x1b" not in line.text and "\n" not in line.text for line in shown)
