"""Which findings are told as the cause of a failure, and which beside it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.journal import Frame
from simulator.report.causes import ORDER, by_cause, causes, in_short, remedy_of, said
from simulator.rules import RULES, Finding
from simulator.scenario.failure import Failure
from tests.report.runs import HERE


def finding(code: str, seq: int = 3, *, leg: int = 0, kind: str = "dropped", text: str = "it went wrong", **frame: Any) -> Finding:
    return Finding(RULES[code], text, Frame(seq, float(seq), 0.0, "app", "jambonz", kind, frame, leg))


def failure(**more: Any) -> Failure:
    return Failure(HERE, "expected say: Hello", **{"about": "say", "seq": 10, **more})


def codes(failed: Failure, *found: Finding) -> list[str]:
    return [one.code for one in causes(failed, found, failed_at_s=10.0)]


def test_causes_come_before_symptoms() -> None:
    assert codes(failure(), finding("J012"), finding("J003"), finding("J001"), finding("J014")) == ["J014", "J003", "J001", "J012"]


def test_every_rule_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(RULES)
    assert [one.code for one in by_cause([finding(code) for code in RULES])] == list(ORDER)


def test_what_went_wrong_later_is_no_cause() -> None:
    assert codes(failure(), finding("J014", seq=10)) == []


def test_an_ack_that_was_missing_then_is_one_although_it_was_noticed_later() -> None:
    assert codes(failure(), finding("J001", seq=14, kind="ack_timeout", after_s=5.0)) == ["J001"]
    assert codes(failure(), finding("J001", seq=16, kind="ack_timeout", after_s=5.0)) == []


def test_what_happened_in_another_call_is_no_cause() -> None:
    assert codes(failure(leg=1), finding("J014")) == []


@pytest.mark.parametrize(
    ("code", "about", "leads"), [("J007", "event", True), ("J007", "say", False), ("J013", "call", True), ("J010", "say", False)]
)
def test_some_rules_explain_some_expectations_only(code: str, about: str, leads: bool) -> None:
    assert codes(failure(about=about), finding(code)) == ([code] if leads else [])


def test_a_consequence_cannot_have_changed_what_came_before_it() -> None:
    assert codes(failure(nearest=2), finding("J012", seq=3)) == []
    assert codes(failure(nearest=4), finding("J012", seq=3)) == ["J012"]
    assert codes(failure(nearest=2), finding("J003", seq=3)) == ["J003"], "it is what was sent that is wrong"


def test_warnings_and_what_is_certain_need_no_cause() -> None:
    assert codes(failure(), finding("J022")) == []
    assert codes(failure(certain=True), finding("J014")) == []
    assert codes(failure(kind="J005"), finding("J014")) == []


def test_what_the_server_says_of_a_frame_is_its_remedy_and_told_once() -> None:
    one = finding("J005", text="command x: nobody knows it; did you mean 'y'? Known: x, y.", remedy="did you mean 'y'? Known: x, y.")
    assert said(one) == "J005 command x: nobody knows it (#3 at 3.000 s)"
    assert in_short(remedy_of(one)) == "did you mean 'y'?"
    assert remedy_of(finding("J001")) == RULES["J001"].remedy


def test_what_the_model_refuses_has_a_remedy_by_its_code() -> None:
    refused = finding("J012", error={"code": "conversation_already_has_active_response"})
    assert remedy_of(refused).startswith("wait for response.done")
    assert remedy_of(finding("J012", error={"code": "anything"})) == RULES["J012"].remedy
