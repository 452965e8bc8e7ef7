"""What GitHub Actions shows of a run: annotations on the lines of the YAML, and a summary of the step."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScenarioError, Where
from simulator.report.github import MOST_SUMMARY_BYTES, in_repository, summary, workflow_commands
from simulator.report.run import NotPlayed, Run, Trouble
from tests.report.runs import FILE, NASTY, broken, failed, finding, passed, run

COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:]*)::(?P<message>.*)")


def unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def commands(whole: Run, folder: str = "/repo", repository: str = "/repo") -> list[tuple[str, dict[str, str], str]]:
    """The annotations as GitHub's runner understands them: level, properties, message."""
    found = []
    for line in workflow_commands(whole, folder, repository).splitlines():
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        properties = dict(one.split("=", 1) for one in match["properties"].split(","))
        found.append((match["level"], {name: unescaped(value) for name, value in properties.items()}, unescaped(match["message"])))
    return found


def test_a_failure_stands_at_its_line_of_the_yaml() -> None:
    assert commands(run(failed("one", "expected heard: 50%, or so", "nearest: #3"))) == [
        (
            "error",
            {"file": FILE, "line": "4", "col": "5", "title": "expected heard: 50%, or so"},
            "one\ncalls/greeting.yaml:4:5: expected heard: 50%, or so\n    nearest: #3",
        )
    ]


def test_percent_line_ends_colons_and_commas_are_escaped() -> None:
    assert workflow_commands(run(failed("100%", "a: b, c")), "/repo", "/repo") == (
        f"::error file={FILE},line=4,col=5,title=a%3A b%2C c::100%25%0A{FILE}:4:5: a: b, c\n"
    )


def test_nothing_is_annotated_when_all_is_well() -> None:
    assert workflow_commands(run(passed()), "/repo", "/repo") == ""


@pytest.mark.parametrize(
    ("file", "folder", "name"),
    [
        ("calls/a.yaml", "/repo", "calls/a.yaml"),
        ("calls/a.yaml", "/repo/voice", "voice/calls/a.yaml"),
        ("../calls/a.yaml", "/repo/voice", "calls/a.yaml"),
        ("/repo/calls/a.yaml", "/repo/voice", "calls/a.yaml"),
        ("../../a.yaml", "/repo/voice", None),
        ("/elsewhere/a.yaml", "/repo", None),
        ("/repository/a.yaml", "/repo", None),
    ],
)
def test_a_file_is_named_as_the_repository_has_it(file: str, folder: str, name: str | None) -> None:
    assert in_repository(file, folder, "/repo") == name


def test_what_lies_outside_of_the_repository_is_annotated_without_a_place() -> None:
    ((_, properties, message),) = commands(run(failed(where=Where("/elsewhere/a.yaml", 1, 1))))
    assert properties.keys() == {"title"}
    assert "/elsewhere/a.yaml:1:1" in message


# --- the most telling first


def test_what_ended_the_run_comes_first_then_errors_then_failures_then_warnings() -> None:
    whole = run(
        passed("warned", findings=(finding("J016"),)),
        failed("one"),
        broken("two"),
        exit_code=130,
        troubles=(Trouble("Interrupted", "the run was interrupted"),),
    )
    assert [(level, properties["title"].split(" ")[0]) for level, properties, _ in commands(whole)] == [
        ("error", "the"),
        ("error", "the"),
        ("error", "expected"),
        ("warning", "J016"),
    ]
    assert [message.splitlines()[0] for _, _, message in commands(whole)] == ["the run was interrupted", "two", "one", "warned"]


def test_the_first_failure_of_each_scenario_comes_before_the_second_of_any() -> None:
    one, two = failed("one", "a", where=Where(FILE, 1, 1)), failed("two", "c", where=Where(FILE, 3, 1))
    more = failed("x", "b", where=Where(FILE, 2, 1)).failures
    whole = run(passed("one", outcome="failed", exit_code=1, failures=one.failures + more), two)
    assert [properties["title"] for _, properties, _ in commands(whole)] == ["a", "c", "b"]


def test_an_error_of_a_scenario_stands_where_the_scenario_begins() -> None:
    ((_, properties, message),) = commands(run(broken(line=17)))
    assert (properties["file"], properties["line"]) == (FILE, "17")
    assert message.splitlines()[1:] == ["the application did not start", "    mend it"]


def test_a_mistake_in_a_scenario_file_stands_at_its_place() -> None:
    trouble = Trouble.of(ScenarioError("there is no step 'sya'", "did you mean 'say'?", Where(FILE, 9, 7)))
    ((_, properties, _),) = commands(run(exit_code=2, troubles=trouble))
    assert properties == {"file": FILE, "line": "9", "col": "7", "title": "there is no step 'sya'"}


def test_the_same_of_many_scenarios_is_said_once() -> None:
    whole = run(*[broken(f"scenario {number}", file=f"calls/{number}.yaml") for number in range(30)])
    ((_, properties, message),) = commands(whole)
    assert properties["file"] == "calls/0.yaml"
    assert message.splitlines()[-1] == "and so in 29 more scenarios"


def test_a_warning_is_said_once_for_each_rule() -> None:
    warned = (finding("J016", "dub"), finding("J016", "rasa"))
    whole = run(passed("one", findings=warned), passed("two", findings=warned))
    ((level, _, message),) = commands(whole)
    assert level == "warning"
    assert "dub" in message
    assert message.splitlines()[-1] == "and so in 1 more scenario"


def test_at_most_ten_of_which_the_last_counts_the_rest() -> None:
    def failing(count: int) -> Run:
        return run(*[failed(f"scenario {number}", where=Where(FILE, number + 1, 1)) for number in range(count)])

    assert [level for level, _, _ in commands(failing(10))] == ["error"] * 10
    found = commands(failing(25))
    assert [level for level, _, _ in found] == ["error"] * 9 + ["notice"]
    assert found[-1][1]["title"] == "16 more remarks"


# --- hostile text


@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_a_call_has_said_is_one_command_on_one_line(name: str, problem: str, details: list[str]) -> None:
    ((_, properties, _),) = commands(run(failed(name, problem, *details)))
    assert properties.keys() == {"file", "line", "col", "title"}


def test_a_call_cannot_forge_a_command_and_tells_no_key() -> None:
    text = workflow_commands(run(failed(NASTY, NASTY, NASTY, log=(NASTY,)), broken(NASTY, NASTY)), "/repo", "/repo")
    assert all(line.startswith("::error file=") for line in text.split("\n")[:-1])
    assert "sk-live" not in text
    assert not set("\x1b\x00\r\u202e") & set(text)


# --- the summary


class Tags(HTMLParser):
    """What a reader of HTML would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.append(tag)


def test_the_summary_has_the_headline_and_what_did_not_pass_the_first_unfolded() -> None:
    text = summary(run(passed("fine"), failed("one"), failed("two"), wall_s=0.5, not_played=(NotPlayed("three", FILE),)))
    assert text.startswith("### ✗ jambonz-sim: 1 passed, 2 failed, 1 not played: 0.0 s of calls in 0.50 s\n")
    assert text.count("<details open>") == 1
    assert re.findall("<summary>(.*)</summary>", text) == ["failed: one", "failed: two"]
    assert "calls/greeting.yaml:4:5: expected heard: &quot;hello&quot;" in text


def test_the_summary_of_a_good_run_is_its_headline() -> None:
    assert summary(run(passed())) == "### ✓ jambonz-sim: 1 passed: 0.0 s of calls in 0.00 s\n"


@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=3))
def test_nothing_that_a_call_has_said_becomes_markup_of_the_summary(problem: str, details: list[str]) -> None:
    parser = Tags()
    parser.feed(summary(run(failed(problem, problem, *details, NASTY, log=("</pre>\n\n# title\n<b>",)))))
    assert parser.tags == ["details", "summary", "pre"]


def test_a_summary_stays_below_githubs_limit() -> None:
    huge = "ß" * 100_000
    text = summary(run(*[failed(f"{number}", huge, *[huge] * 30, log=(huge,) * 10) for number in range(80)]))
    assert len(text.encode()) <= MOST_SUMMARY_BYTES + 100
    left = re.search(r"\n(\d+) more did not pass\.\n$", text)
    assert left is not None
    assert int(left[1]) == 80 - text.count("<details")
