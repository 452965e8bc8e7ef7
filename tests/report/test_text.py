"""What a person reads after a run: a line for each scenario as it comes, and at the end why some failed."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import Where
from simulator.journal import Journal
from simulator.report.result import Result
from simulator.report.text import TextReport, explanation, printable, wants_colour
from simulator.rules import RULES, Finding
from simulator.scenario.failure import MAX_LINES, Failure

HERE = Where("calls/greeting.yaml", 4, 5)
COLOUR = re.compile("\x1b\\[[0-9;]*m")


def result(outcome: str = "passed", **more: Any) -> Result:
    return Result(**{"name": "the caller is greeted", "file": HERE.file, "outcome": outcome, "journal": Journal(), **more})


def failed(*details: str, **more: Any) -> Result:
    return result("failed", **{"failures": (Failure(HERE, 'expected heard: "hello"', details),), **more})


def finding(code: str, text: str = "here") -> Finding:
    return Finding(RULES[code], text, None)


def read(*results: Result, colour: bool = False, wall_s: float = 0.5) -> str:
    stream = io.StringIO()
    report = TextReport(stream, colour=colour)
    for one in results:
        report.line(one)
    report.end(results, wall_s)
    return stream.getvalue()


# --- while they come


def test_a_scenario_is_a_line_with_its_times() -> None:
    text = read(result(virtual_s=12.34, wall_ms=56.7))
    assert text.splitlines()[0] == "✓    12.3 s in    57 ms  the caller is greeted"


@pytest.mark.parametrize(("outcome", "mark"), [("passed", "✓"), ("failed", "✗"), ("error", "!")])
def test_the_line_begins_with_how_it_went(outcome: str, mark: str) -> None:
    assert read(result(outcome)).startswith(f"{mark} ")


def test_warnings_are_counted() -> None:
    assert read(result(findings=(finding("J016"),))).splitlines()[0].endswith("the caller is greeted  1 warning")
    assert read(result(findings=(finding("J016"),) * 3)).splitlines()[0].endswith("the caller is greeted  3 warnings")


def test_a_line_is_there_before_the_next_scenario_is_played() -> None:
    stream = io.StringIO()
    TextReport(stream, colour=False).line(result())
    assert stream.getvalue().endswith("the caller is greeted\n")


# --- at the end


def test_failures_come_last_and_the_summary_at_the_very_end() -> None:
    text = read(failed("nothing of the kind happened", virtual_s=30.0), result(virtual_s=20.0), wall_s=0.5)
    assert text.splitlines()[2:] == [
        "",
        "FAILED  the caller is greeted",
        '  calls/greeting.yaml:4:5: expected heard: "hello"',
        "      nothing of the kind happened",
        "",
        "1 passed, 1 failed: 50.0 s of calls in 0.50 s, 100 times real time",
    ]


def test_an_error_is_told_apart_from_a_failure() -> None:
    text = read(result("error", error="the application did not start\n    mend it"), failed(), failed())
    assert "\nERROR  the caller is greeted\n  the application did not start\n      mend it\n" in text
    assert text.splitlines()[-1] == "0 passed, 2 failed, 1 error: 0.0 s of calls in 0.50 s"


def test_when_all_is_well_there_is_only_the_summary() -> None:
    assert read(result(virtual_s=1.0), wall_s=1.0).splitlines()[1:] == ["", "1 passed: 1.0 s of calls in 1.00 s, 1 times real time"]


def test_no_run_at_all_is_no_division_by_zero() -> None:
    assert read(wall_s=0.0).splitlines() == ["", "0 passed: 0.0 s of calls in 0.00 s"]


# --- why


def test_what_the_rules_found_stands_below_the_failure() -> None:
    assert explanation(failed(findings=(finding("J001", "no ack"), finding("J001", "no other ack"), finding("J016"))))[1:] == [
        "the rules found besides:",
        "  J001 no ack, and 1 more",
        f"    remedy: {RULES['J001'].remedy}",
    ]


def test_a_rule_that_is_itself_the_failure_is_not_told_twice() -> None:
    broken = Failure(HERE, "J001 every hook is acknowledged in time: no ack", kind="J001")
    assert explanation(result("failed", failures=(broken,), findings=(finding("J001"),))) == broken.lines()


def test_of_many_rules_the_first_ones_are_told() -> None:
    findings = tuple(finding(code) for code in RULES if RULES[code].severity == "error")
    lines = explanation(failed(findings=findings))
    assert [line.split()[0] for line in lines if line.startswith("  J")][:3] == ["J009", "J014", "J023"], "causes first"
    assert len(lines) == MAX_LINES
    assert re.fullmatch(r"and \d+ more lines \(--journal DIR has every frame\)", lines[-1])


def test_the_last_words_of_the_application_are_told_when_something_went_wrong() -> None:
    log = tuple(f"ERROR app: {number}" for number in range(10))
    assert explanation(failed(log=log))[-7:] == ["the application's last words:", *(f"  ERROR app: {number}" for number in range(4, 10))]
    assert explanation(result(log=log)) == []


def test_a_word_that_was_said_again_and_again_is_told_once() -> None:
    assert explanation(failed(log=("ERROR app: no",) * 7))[-1] == "  ERROR app: no (7 times)"


def test_what_led_to_a_failure_stands_before_what_differs() -> None:
    failure = Failure(HERE, "expected say: Hello", ("nearest: #3",), "see #3", because=("J001 no ack (#2 at 5.000 s)",))
    assert failure.lines()[1:] == ["    because: J001 no ack (#2 at 5.000 s)", "    nearest: #3", "    remedy: see #3"]


ANY_TEXT = st.text(max_size=300)
FAILURES = st.builds(
    Failure, st.just(HERE), ANY_TEXT, st.lists(ANY_TEXT, max_size=30).map(tuple), ANY_TEXT, because=st.lists(ANY_TEXT, max_size=5).map(tuple),
    seq=st.sampled_from([None, 0, 7]), afterwards=st.lists(ANY_TEXT, max_size=9).map(tuple),
)  # fmt: skip


@given(st.lists(FAILURES, min_size=1, max_size=5), st.lists(ANY_TEXT, max_size=20), st.sets(st.sampled_from(sorted(RULES))))
def test_whatever_has_happened_is_told_in_25_lines_that_fit_a_screen(failures: list[Failure], log: list[str], codes: set[str]) -> None:
    found = tuple(finding(code, "text " * 90) for code in sorted(codes))
    lines = explanation(result("failed", failures=tuple(failures), log=tuple(log), findings=found))
    assert len(lines) <= MAX_LINES
    assert all(len(line) <= 198 and printable(line) == line for line in lines)
    assert lines[0].startswith("calls/greeting.yaml:4:5: ")


@given(st.lists(st.text(max_size=40), max_size=60), st.text(max_size=40))
def test_a_failure_has_at_most_25_lines(details: list[str], remedy: str) -> None:
    lines = Failure(HERE, "problem", tuple(details), remedy).lines()
    assert len(lines) <= MAX_LINES
    assert lines[0] == "calls/greeting.yaml:4:5: problem"
    assert not remedy or lines[-1] == f"    remedy: {remedy}"


def test_what_was_left_out_of_a_failure_is_counted() -> None:
    lines = Failure(HERE, "problem", tuple(str(number) for number in range(40)), "remedy").lines()
    assert lines[-2] == "    … 18 more lines"
    assert len(lines) == 25


# --- colour


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_who_wants_colour(environ: dict[str, str], terminal: bool, expected: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wants_colour(Stream(), environ) is expected


def test_colour_adds_nothing_but_colour() -> None:
    results = (result(findings=(finding("J016"),)), failed(), result("error", error="broken"))
    coloured = read(*results, colour=True)
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == read(*results)


def test_without_colour_no_byte_steers_the_terminal() -> None:
    assert "\x1b" not in read(result(), failed(), result("error", error="broken"))


# --- what frames say is shown, not obeyed

NASTY = "\x1b[2Jgone\x07\r\n\x00\x9b1m\u202eevil\ud800"
HARMLESS = "\\x1b[2Jgone\\x07\\r\\n\\x00\\x9b1m\\u202eevil\\ud800"


@pytest.mark.parametrize("colour", [False, True])
def test_control_characters_are_shown(colour: bool) -> None:
    broken = Failure(HERE, NASTY, (NASTY,), NASTY)
    text = read(result("failed", name=NASTY, failures=(broken,), findings=(finding("J001", NASTY),), log=(NASTY,)), colour=colour)
    assert NASTY not in text
    assert text.count(HARMLESS) == 7
    assert "\x1b" not in COLOUR.sub("", text)


@given(st.text(st.characters(), max_size=40))
def test_whatever_is_printed_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert "\n" not in shown
    assert "\x1b" not in shown
    shown.encode()


@pytest.mark.parametrize("text", ["grüß dich", "日本語", "👩‍👧", "a\tb", "non\u00a0breaking"])
def test_what_is_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text
