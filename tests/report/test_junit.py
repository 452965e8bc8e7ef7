"""JUnit XML: of the shape that CI servers share, and never greener than the exit code."""

from __future__ import annotations

from xml.etree import ElementTree as XML

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import AppError, ScenarioError, ScenarioErrors, Where
from simulator.report.junit import classname, junit
from simulator.report.run import NotPlayed, Run, Trouble
from tests.report.runs import NASTY, broken, failed, finding, passed, run

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
    "system-out": set(),
}
COUNTS = ("tests", "failures", "errors", "skipped")
ATTRIBUTES = {
    "testsuites": {"name", *COUNTS, "time"},
    "testsuite": {"name", *COUNTS, "time"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}
TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def read(whole: Run, folder: str = "") -> XML.Element:
    """The document, once it has been seen to be of the shape that JUnit's readers share, with counts that add up."""
    text = junit(whole, folder)
    root = XML.fromstring(text.encode())
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert set(element.attrib) == ATTRIBUTES[element.tag]
    for group in (root, *root):
        assert int(group.attrib["tests"]) == len(list(group.iter("testcase")))
        for count, tag in TAGS.items():
            assert int(group.attrib[count]) == len(list(group.iter(tag)))
    for case in root.iter("testcase"):
        assert sum(child.tag in TAGS.values() for child in case) <= 1
        assert float(case.attrib["time"]) >= 0
    return root


def is_green(root: XML.Element) -> bool:
    return root.find(".//failure") is None and root.find(".//error") is None


def test_a_scenario_is_a_case_of_the_suite_of_its_file() -> None:
    root = read(run(passed("one", wall_ms=12.5), passed("two"), passed("three", file="calls/other.yaml"), wall_s=0.25))
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("calls/greeting.yaml", "2"), ("calls/other.yaml", "1")]
    assert [(case.get("classname"), case.get("name"), case.get("time")) for case in root.iter("testcase")] == [
        ("calls.greeting", "one", "0.013"),
        ("calls.greeting", "two", "0.000"),
        ("calls.other", "three", "0.000"),
    ]
    assert is_green(root)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("scenarios/tools/weather.yaml", "scenarios.tools.weather"),
        ("weather.yml", "weather_yml"),
        ("../v1.2/weather.yaml", "v1_2.weather"),
        ("/home/me/weather.yaml", "home.me.weather"),
    ],
)
def test_a_case_is_named_by_its_file(file: str, name: str) -> None:
    assert classname(file) == name


def test_a_case_has_the_same_name_however_its_file_was_named_and_however_it_went() -> None:
    runs = [run(passed()), run(failed()), run(broken(file="/repository/calls/greeting.yaml")), run(passed(seed=7, wall_ms=9.0, line=30))]
    names = {(case.get("classname"), case.get("name")) for one in runs for case in read(one, "/repository").iter("testcase")}
    assert names == {("calls.greeting", "the caller is greeted")}


def test_a_failure_says_what_was_expected_first_and_then_everything() -> None:
    (failure,) = read(run(failed("one", 'expected heard: "hello"', "nearest: #3"))).iter("failure")
    assert (failure.get("type"), failure.get("message")) == ("step", 'expected heard: "hello"')
    assert failure.text == 'calls/greeting.yaml:4:5: expected heard: "hello"\n    nearest: #3'


@pytest.mark.parametrize(("code", "kind"), [(2, "ScenarioError"), (3, "AppError"), (70, "SimulatorError")])
def test_an_error_says_whose_fault_it_is(code: int, kind: str) -> None:
    (error,) = read(run(broken(code=code))).iter("error")
    assert (error.get("type"), error.get("message")) == (kind, "the application did not start")


def test_warnings_are_told_and_turn_nothing_red() -> None:
    root = read(run(passed(findings=(finding("J016", "dub"), finding("J016", "again")))))
    (said,) = root.iter("system-out")
    assert "J016" in (said.text or "")
    assert "dub" in (said.text or "")
    assert is_green(root)


# --- never greener than the exit code


def test_a_scenario_that_was_not_played_is_skipped() -> None:
    root = read(run(failed("one"), not_played=(NotPlayed("two", "calls/greeting.yaml"), NotPlayed("three", "calls/other.yaml"))))
    assert [(suite.get("name"), suite.get("tests"), suite.get("skipped")) for suite in root] == [
        ("calls/greeting.yaml", "2", "1"),
        ("calls/other.yaml", "1", "1"),
    ]


def test_a_run_that_was_interrupted_is_red_although_everything_played_had_passed() -> None:
    root = read(run(passed("one"), exit_code=130, troubles=(Trouble("Interrupted", "the run was interrupted"),)))
    assert [error.get("type") for error in root.iter("error")] == ["Interrupted"]


def test_everything_that_is_wrong_with_the_scenario_files_is_an_error() -> None:
    errors = [ScenarioError(problem, "mend it", Where("calls/a.yaml", line, 1)) for line, problem in ((3, "no such step"), (9, "no such key"))]
    root = read(run(exit_code=2, troubles=Trouble.of(ScenarioErrors(errors))))
    assert [error.get("message") for error in root.iter("error")] == ["calls/a.yaml:3:1: no such step", "calls/a.yaml:9:1: no such key"]


def test_a_run_that_could_not_begin_is_an_error() -> None:
    root = read(run(exit_code=3, troubles=Trouble.of(AppError("no module", "name one"))))
    assert [(case.get("classname"), case.get("name")) for case in root.iter("testcase")] == [("jambonz-sim", "the run")]
    assert [(error.get("type"), error.text) for error in root.iter("error")] == [("AppError", "no module\n    name one")]


RESULTS = st.sampled_from([passed, failed, broken]).flatmap(lambda make: st.builds(make, st.text(max_size=20)))


@given(st.lists(RESULTS, max_size=5), st.sampled_from([0, 1, 2, 3, 5, 70, 130]), st.booleans())
def test_it_is_green_only_when_the_exit_code_is_0(results: list[object], code: int, troubled: bool) -> None:
    whole = Run(tuple(results), code, troubles=(Trouble("Any", "why"),) if troubled else ())  # type: ignore[arg-type]
    if code:
        assert not is_green(read(whole))


def test_a_result_that_passed_with_a_bad_exit_code_is_no_pass() -> None:
    assert not is_green(read(run(passed(exit_code=70))))


# --- hostile text


@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=30), max_size=4), st.text(max_size=30))
def test_whatever_a_call_has_said_the_document_can_be_read(name: str, problem: str, details: list[str], log: str) -> None:
    root = read(run(failed(name, problem, *details, log=(log,)), broken(name, problem or "x"), passed(name, findings=(finding("J016", problem),))))
    assert len(list(root.iter("testcase"))) == 3


def test_what_xml_forbids_is_shown_by_its_number_and_keys_are_hashed() -> None:
    text = junit(run(failed(NASTY, NASTY, NASTY, log=(NASTY,)), broken(NASTY, NASTY)))
    root = XML.fromstring(text.encode())
    assert "sk-live" not in text
    assert not set("\x1b\x00\r\u202e\uffff") & set(text)
    (failure,) = root.iter("failure")
    assert "\\x1b[2J\\x00\\r\\n::error::forged\\u202e\\ud800\\uffff" in failure.attrib["message"]
    assert "</script><img src=x onerror=alert(1)>" in failure.attrib["message"]


def test_names_that_differ_only_in_what_xml_forbids_still_differ() -> None:
    cases = list(read(run(passed("a\x00"), passed("a\x01"), passed("a"))).iter("testcase"))
    assert len({case.get("name") for case in cases}) == 3


def test_a_document_stays_small_whatever_was_said() -> None:
    huge = "x" * 1_000_000
    text = junit(run(failed(huge, huge, *[huge] * 500, log=(huge,) * 500)))
    assert len(text) < 200_000
