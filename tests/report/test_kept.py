"""A journal file that is read again: the same call with the same result; and whatever else a file may hold is said, and breaks nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.explanation import explanation
from simulator.report.kept import Kept, header, read
from simulator.report.result import Result
from simulator.report.run import Run
from simulator.report.view import view
from simulator.rules import ask_all
from tests.playing import play, shipped
from tests.report.runs import NASTY, failed


def kept(result: Result) -> str:
    return result.journal.text(header(result))


def back(text: str | bytes, name: str = "call.jsonl") -> Kept:
    data = text if isinstance(text, bytes) else text.encode(errors="backslashreplace")
    return read(data.splitlines(keepends=True), name)


def line(seq: Any, kind: str = "ack", **more: Any) -> str:
    return json.dumps({"seq": seq, "at_s": 1.0, "link": "app", "from": "app", "kind": kind, "frame": {}} | more)


# --- a file of ours


@pytest.mark.parametrize("file", ["tools/weather.yaml", "tools/backend-slow.yaml", "faults/model-line-breaks.yaml", "smoke.yaml"])
def test_a_call_is_the_same_when_it_is_read_again(file: str) -> None:
    scenarios = [one for one in shipped() if one.file.endswith(file)] or shipped()[:1]
    result = play(scenarios[0])
    again = back(kept(result))
    assert (again.notes, again.judged) == ((), True)
    assert again.result.journal.text(wall=False) == result.journal.text(wall=False)
    for name in ("name", "file", "line", "outcome", "seed", "failures", "log", "error", "exit_code"):
        assert getattr(again.result, name) == getattr(result, name), name
    assert [(one.code, one.text) for one in again.result.findings] == [(one.code, one.text) for one in result.findings]


def test_a_failure_is_told_as_it_was_told() -> None:
    result = failed("no weather", "expected tool_output, nearest #3", "first", "second", findings=(), log=("KeyError",), virtual_s=2.5, seed=7)
    again = back(kept(result)).result
    assert explanation(again) == explanation(result)
    assert (again.virtual_s, again.seed, str(again.failures[0].where)) == (2.5, 7, "calls/greeting.yaml:4:5")


def test_no_key_is_kept() -> None:
    assert "sk-live" not in kept(failed(NASTY, NASTY, NASTY, log=(NASTY,)))


def test_rules_asked_again_find_what_they_found() -> None:
    """Of every shipped scenario: a file without a result is judged by its frames alone."""
    for scenario in shipped()[::7]:
        result = play(scenario)
        again = back(result.journal.text({"scenario": scenario.name}))
        assert not again.judged
        assert [(one.code, one.text, one.frame and one.frame.seq) for one in again.result.findings] == [
            (one.code, one.text, one.frame and one.frame.seq) for one in ask_all(result.journal)
        ], scenario.id


# --- a file of anybody's


def test_a_broken_line_is_named_and_stands_among_the_frames() -> None:
    found = back("\n".join(['{"schema_version":1,"outcome":"passed","result":{}}', line(0), '{"seq": 1, "at', line(2, "last")]))
    assert [(frame.seq, frame.kind) for frame in found.result.journal.frames] == [(0, "ack"), (1, "unreadable"), (2, "last")]
    (note,) = found.notes
    assert note.startswith("call.jsonl:3: it is not JSON:")
    assert "line 3" in found.result.journal.frames[1].frame["problem"]


def test_a_file_that_was_cut_short_is_shown_up_to_there() -> None:
    found = back("\n".join([line(0), line(1)[:30]]))
    assert [frame.kind for frame in found.result.journal.frames] == ["ack", "unreadable"]


def test_frames_that_are_missing_leave_a_gap_and_numbers_stay() -> None:
    found = back("\n".join([line(0), line(4)]))
    assert [frame.kind for frame in found.result.journal.frames] == ["ack", *["unreadable"] * 3, "ack"]
    assert found.notes[0] == "call.jsonl:2: 3 frames are missing before it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (line(10**12), "its seq is 1000000000000, and 0 was expected"),
        (f"{line(0)}\n{line(0)}", "its seq is 0, and 1 was expected"),
        (line(True), "'seq' is true"),
        (line(0, at_s=1e999), "'at_s' is Infinity"),
        (line(0, at_s="1"), "'at_s' is \"1\""),
        (line(0, wall_ms=None), "'wall_ms' is null"),
        (line(0, frame=[]), "'frame' is a list"),
        (line(0, link=None), "'link' is null"),
        (line(0, leg=-1), "'leg' is -1"),
        ("[" * 100_000, "nested too deep"),
        ('{"seq":' + "9" * 5000 + "}", "a number is too long"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("7", "it is no object"),
        ("", "holds no frame of a call"),
        ('{"schema_version":9}', "schema_version is 9"),
    ],
)
def test_what_is_no_frame_is_said(text: str | bytes, said: str) -> None:
    assert said in "\n".join(back(text).notes)


def test_a_line_longer_than_any_frame_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.report.kept.LONGEST_LINE", 100)
    assert "longer than 100 bytes" in back(line(0, frame={"x": "y" * 100})).notes[0]


def test_notes_and_frames_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.report.kept.MOST_FRAMES", 10)
    found = back("\n".join([*("x" for _ in range(500)), *(line(seq) for seq in range(20))]))
    assert len(found.notes) < 110
    assert len(found.result.journal.frames) == 10
    assert any("400 more lines" in note or "401 more lines" in note for note in found.notes)


def test_a_key_in_a_file_that_somebody_has_written_is_hidden() -> None:
    found = back(line(0, frame={"apiKey": "sk-live0123456789"}))
    assert "sk-live" not in found.result.journal.text()


NAMES = ["type", "data", "verb", "text", "msgid", "response", "item", "number", "heard_s", "command", "problem", "where", "line", "seq", "code"]
KINDS = [
    "ack",
    "verb",
    "request",
    "reply",
    "command",
    "closed",
    "open",
    "response.done",
    "call:status",
    "verb:hook",
    "llm:tool-call",
    "heard",
    "unstubbed",
    "dropped",
    "x",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
members = st.fixed_dictionaries({}, optional=dict.fromkeys(("scenario", "file", "seed", "outcome", "result", "schema_version"), json_values))
frames = st.fixed_dictionaries(
    {
        "link": st.sampled_from(["app", "model", "media", "world", "moon"]),
        "from": st.sampled_from(["app", "jambonz", "model", "caller", "world", "x"]),
        "kind": st.sampled_from(KINDS),
        "frame": st.dictionaries(st.sampled_from(NAMES[:9]), json_values, max_size=5),
        "leg": st.sampled_from([0, 0, 1]),
    }
)


@given(members, st.lists(frames, max_size=12), st.booleans())
def test_no_file_breaks_the_reader_or_the_page(head: dict[str, Any], some: list[dict[str, Any]], with_result: bool) -> None:
    if with_result:
        head = head | {"outcome": "failed"}
    lines = [json.dumps({"schema_version": 1} | head), *(json.dumps({"seq": seq, "at_s": seq} | one) for seq, one in enumerate(some))]
    found = back("\n".join(lines))
    assert len(found.result.journal.frames) == len(some)
    view(Run((found.result,), 0))
