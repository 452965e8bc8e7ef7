"""What a page is given of a run: what did not pass first, frames as they were, and not more than there is room for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Frame, Journal
from simulator.report import view as module
from simulator.report.run import Run, Trouble
from simulator.report.text import explanation
from simulator.report.view import embeddable, view
from simulator.rules import RULES, Finding
from tests.report.runs import NASTY, broken, failed, finding, passed, run


def journal(*contents: dict[str, Any]) -> Journal:
    whole = Journal()
    for number, content in enumerate(contents):
        whole.note("app", "app", "command", content, at_s=number / 2)
    return whole


def shown(whole: Run) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    found = view(whole)
    return json.loads(found.run), [json.loads(frames) for frames in found.calls]


def test_what_did_not_pass_comes_first_with_place_problem_difference_and_remedy() -> None:
    result = failed("one", "expected say", "nearest: #3")
    told, _ = shown(run(passed("fine"), result, broken("two")))
    assert [(call["number"], call["name"], call["outcome"]) for call in told["calls"]] == [
        (1, "one", "failed"),
        (2, "two", "error"),
        (3, "fine", "passed"),
    ]
    (why,) = told["calls"][0]["failures"]
    assert (why["where"], why["problem"], why["details"]) == (
        {"file": "calls/greeting.yaml", "line": 4, "column": 5},
        "expected say",
        ["nearest: #3"],
    )
    assert told["calls"][0]["explanation"] == explanation(result)
    assert told["calls"][1]["error"] == "the application did not start\n    mend it"


def test_frames_go_over_as_the_lines_of_a_journal_have_them() -> None:
    calls = journal({"command": "redirect"}, {"said": "grüße ✓"})
    _, (frames,) = shown(run(passed(journal=calls)))
    assert frames == [json.loads(frame.line()) for frame in calls.frames]


def test_a_finding_names_its_frame_and_its_remedy() -> None:
    calls = journal({})
    told, _ = shown(run(passed(journal=calls, findings=(Finding(RULES["J016"], "dub", calls.frames[0]), finding("J001")))))
    first, second = told["calls"][0]["findings"]
    assert (first["code"], first["seq"], first["remedy"]) == ("J016", 0, RULES["J016"].remedy)
    assert "seq" not in second


def test_what_ended_the_run_is_told() -> None:
    told, _ = shown(run(exit_code=130, troubles=(Trouble("Interrupted", "the run was interrupted"),)))
    assert told["troubles"] == [{"where": None, "lines": ["the run was interrupted"]}]


# --- room


def test_of_a_long_call_the_first_and_the_last_frames_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FRAMES", 10)
    told, (frames,) = shown(run(failed(journal=journal(*[{"n": number} for number in range(15)]))))
    assert [frame["seq"] for frame in frames] == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    assert (told["calls"][0]["frames"], told["calls"][0]["left_out"]) == (15, 5)


def test_data_stay_below_their_bound_and_what_failed_gets_the_room_in_equal_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 60_000)
    calls = journal(*[{"said": "x" * 1_000}] * 30)
    whole = view(run(passed("fine", journal=calls), failed("one", journal=calls), failed("two", journal=calls)))
    assert sum(map(len, whole.calls)) <= 60_000
    kept = [len(json.loads(frames)) for frames in whole.calls]
    assert kept[0] == pytest.approx(kept[1], abs=1)
    assert kept[0] > 20
    assert kept[2] == 0
    assert [call["left_out"] for call in json.loads(whole.run)["calls"]] == [30 - count for count in kept]


def test_a_call_that_passed_is_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 20_000)
    small, large = journal({"n": 1}), journal(*[{"said": "x" * 3_000}] * 15)
    _, (first, second, third) = shown(run(passed("a", journal=small), passed("b", journal=large), passed("c", journal=small)))
    assert [len(first), len(second), len(third)] == [1, 0, 1]


@pytest.mark.parametrize(
    "content",
    [
        {"a": "x" * 1_000_000},
        {"a": ["x" * 50] * 5_000},
        {f"key {number}": "x" * 30 for number in range(5_000)},
        {"a": {"b": {"c": ["x" * 9_000] * 9}}},
    ],
)
def test_a_large_frame_is_cut_and_says_so(content: dict[str, Any]) -> None:
    _, ((frame,),) = shown(run(passed(journal=journal(content))))
    assert frame["cut"] > 0
    assert frame["frame"].keys() <= content.keys()
    assert frame["frame"]
    assert len(embeddable(frame)) <= module.MOST_OF_A_FRAME


def test_a_frame_nested_without_end_is_no_reason_to_stop() -> None:
    content: dict[str, Any] = {}
    for _ in range(100_000):
        content = {"a": content}
    nested = Journal()
    nested.frames.append(Frame(0, 0.0, 0.0, "app", "app", "command", content))
    _, ((frame,),) = shown(run(passed(journal=nested)))
    assert frame["frame"]["a"]["a"]


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": [float("inf")]}, {"a": "\ud800"}, {"a": b"\0" * 480}, {"a": NASTY}])
def test_a_frame_is_there_whatever_it_holds(content: dict[str, Any]) -> None:
    text = view(run(passed(journal=journal(content)))).calls[0]
    text.encode()
    assert json.loads(text, parse_constant=lambda said: pytest.fail(f"{said} is no JSON"))[0]["frame"].keys() == {"a"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
)


@given(JSON)
def test_what_is_embedded_is_read_back_as_it_was_and_holds_no_markup(value: Any) -> None:
    text = embeddable(value)
    assert json.loads(text) == value
    assert not set("<>&\n\r\u2028\u2029\u202e") & set(text)
