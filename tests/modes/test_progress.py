"""How far a round is, as its numbers, its line and its words; told the time, never waiting for it."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Journal
from simulator.modes.progress import FEWEST_COLUMNS, HEARTBEAT_S, Progress, fitting
from simulator.report.result import Outcome, Result
from simulator.scenario.load import Scenario, loads

CALLS = loads("---\n".join(f"name: call {number}\nsteps:\n  - caller: {{hang_up: true}}\n" for number in range(4)))


def result(scenario: Scenario, outcome: Outcome = "passed") -> Result:
    return Result(scenario.id, scenario.file, outcome, Journal())


def test_the_line_counts_what_is_done_and_names_what_is_being_played() -> None:
    progress = Progress(4, now_s=100.0)
    assert progress.line(100.0, 80) == "─" * 20 + " 0/4  0.0 s"
    progress.begins(CALLS[0])
    progress.begins(CALLS[1])
    assert progress.line(101.25, 80) == "─" * 20 + " 0/4  1.2 s  call 0 (and 1 more)"
    progress.ends(result(CALLS[0], "failed"))
    assert progress.line(102.0, 80) == "━" * 5 + "─" * 15 + " 1/4  1 failed  2.0 s  call 1"
    assert progress.line(102.0, 80, ("#", ".")).startswith("#####...............")
    assert progress.line(102.0, 40) == "1/4  1 failed  2.0 s  call 1"
    assert progress.line(102.0, 24) == "1/4  1 failed  2.0 s  c"
    assert progress.line(102.0, FEWEST_COLUMNS - 1) == ""


def test_a_name_cannot_steer_the_terminal() -> None:
    (evil,) = loads('name: "\\e[2J\\nboo"\nsteps:\n  - caller: {hang_up: true}\n')
    progress = Progress(1, 0)
    progress.begins(evil)
    assert "\\x1b[2J\\nboo" in progress.line(0, 100)
    assert "\x1b" not in progress.line(0, 100) + str(progress.heartbeat(HEARTBEAT_S))


def test_silence_is_broken_after_ten_seconds_and_only_silence() -> None:
    progress = Progress(4, now_s=0)
    progress.begins(CALLS[0])
    assert progress.heartbeat(9.9) is None
    assert progress.heartbeat(10.0) == "0 of 4 played after 10 s, now: call 0"
    assert progress.heartbeat(10.1) is None
    progress.ends(result(CALLS[0], "error"))
    progress.said(15.0)
    assert progress.heartbeat(24.9) is None, "a result has been told at 15 s"
    assert progress.heartbeat(25.0) == "1 of 4 played, 1 failed after 25 s"


def cells(text: str) -> int:
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


@given(text=st.text("aé日́ｗ "), columns=st.integers(0, 30))
def test_what_is_cut_fits_and_nothing_more_would(text: str, columns: int) -> None:
    cut = fitting(text, columns)
    assert text.startswith(cut)
    assert cells(cut) <= columns
    assert cut == text or cells(text[: len(cut) + 1]) > columns


@pytest.mark.parametrize("columns", [20, 59, 60, 79, 200])
def test_the_line_never_reaches_the_last_column(columns: int) -> None:
    (wide,) = loads(f"name: {'日' * 300}\nsteps:\n  - caller: {{hang_up: true}}\n")
    progress = Progress(1, 0)
    progress.begins(wide)
    assert cells(progress.line(0, columns)) < columns
