"""`jambonz-sim show`: what it takes, what it refuses, and what it writes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.modes.cli import main
from simulator.modes.show.showing import showing
from simulator.report.kept import header
from tests.playing import play, shipped
from tests.report.runs import NASTY, failed
from tests.report.test_html import Page


def journal(folder: Path, name: str = "call.jsonl", city: str = "weather") -> Path:
    result = play(next(one for one in shipped() if one.file.endswith(f"tools/{city}.yaml")))
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    result.journal.write(path, header(result))
    return path


def document(text: str, name: str) -> object:
    return json.loads(Page(text).text[name])


def test_a_folder_is_shown_with_all_below_it_what_failed_first(tmp_path: Path) -> None:
    journal(tmp_path, "a/fine.jsonl")
    bad = failed("not so fine")
    bad.journal.note("app", "app", "ack", {}, at_s=0.0)
    bad.journal.write(tmp_path / "bad.jsonl", header(bad))
    (tmp_path / "notes.txt").write_text("no journal")
    shown = showing([tmp_path])
    run = document(shown.page(), "run")
    assert isinstance(run, dict)
    assert [(call["name"], call["outcome"]) for call in run["calls"]] == [("not so fine", "failed"), (run["calls"][1]["name"], "passed")]
    assert (shown.notes, run["troubles"]) == ([], [])


def test_the_page_in_a_file_and_the_served_one_have_the_same_data(tmp_path: Path) -> None:
    shown = showing([journal(tmp_path)])
    assert Page(shown.page()).text["call-1"] == Page(shown.served()).text["call-1"]
    assert Page(shown.page()).text["run"] == Page(shown.served()).text["run"]


def test_two_journals_are_compared(tmp_path: Path) -> None:
    one = journal(tmp_path)
    other = tmp_path / "other.jsonl"
    other.write_text(one.read_text().replace("Berlin", "Bonn"))
    found = document(showing([one, other]).page(), "difference")
    assert isinstance(found, dict)
    assert (found["left"], found["right"], found["left_out"]) == (1, 2, 0)
    differing = [row for row in found["rows"] if len(row) == 3]
    assert len(differing) > 5
    assert all("Berlin" in left and "Bonn" in right for _, _, fields in differing for _, left, right in fields)


def test_two_calls_of_which_the_right_one_failed_keep_their_sides(tmp_path: Path) -> None:
    left, right = journal(tmp_path), tmp_path / "bad.jsonl"
    bad = failed("bad")
    bad.journal.note("app", "app", "ack", {}, at_s=0.0)
    bad.journal.write(right, header(bad))
    found = document(showing([left, right]).page(), "difference")
    assert isinstance(found, dict)
    assert (found["left"], found["right"]) == (2, 1), "the page puts what failed first"


def test_no_word_of_a_journal_becomes_markup(tmp_path: Path) -> None:
    nasty = failed(NASTY, NASTY)
    nasty.journal.note("app", "app", NASTY, {"type": NASTY, "data": NASTY}, at_s=0.0)
    for name in ("one", "other"):
        nasty.journal.write(tmp_path / f"{name}.jsonl", header(nasty))
        nasty.journal.frames[0].frame["data"] = f"{NASTY} and more"
    shown = showing([tmp_path / "one.jsonl", tmp_path / "other.jsonl"])
    for text in (shown.page(), shown.served()):
        tags = Page(text).tags
        assert "img" not in tags
        assert tags.count("script") == 5
        assert "sk-live" not in text


def test_a_folder_of_too_many_says_how_many_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.modes.show.showing.MOST_FILES", 2)
    for number in range(5):
        (tmp_path / f"{number}.jsonl").write_text("{}")
    assert any("3 more journals are not shown" in note for note in showing([tmp_path]).notes)


def test_a_file_that_is_too_large_is_shown_up_to_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = journal(tmp_path)
    monkeypatch.setattr("simulator.modes.show.shelf.MOST_BYTES", 10_000)
    shown = showing([path])
    assert 3 < len(shown.run.results[0].journal.frames) < 30
    assert any("what is behind the first 10000 bytes is left out" in note for note in shown.notes)


def test_a_line_without_end_costs_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.modes.show.shelf.LONGEST_LINE", 1_000)
    monkeypatch.setattr("simulator.report.kept.LONGEST_LINE", 1_000)
    path = tmp_path / "call.jsonl"
    frame = '{"seq":0,"at_s":0,"link":"app","from":"app","kind":"ack","frame":{}}\n'
    path.write_text("x" * 100_000 + "\n" + frame)
    shown = showing([path])
    assert [note.partition(".jsonl")[2] for note in shown.notes[:1]] == [":1: it is longer than 1000 bytes"]
    assert len(shown.run.results[0].journal.frames) == 1


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["none.jsonl"], "there is no none.jsonl"),
        (["."], "there is no journal (*.jsonl) in ."),
        (["/dev/null"], "/dev/null is neither a file nor a folder"),
        (["a", "b", "c"], "two journals can be compared, not more"),
        ([".", "."], "two journals can be compared, not more, and no folders"),
    ],
)
def test_what_cannot_be_shown(paths: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as refused:
        showing([Path(path) for path in paths])
    assert said in refused.value.problem
    assert refused.value.remedy


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        showing([tmp_path / "pipe.jsonl"])
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        showing([tmp_path / "pipe.jsonl"] * 2)
    with pytest.raises(UsageError, match="there is no journal"):
        showing([tmp_path])


def test_the_page_is_written_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(journal(tmp_path)), "--html", str(tmp_path / "page.html")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'page.html'}\n"
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_written_is_a_mistake_of_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(journal(tmp_path)), "--html", str(tmp_path / "no/such/page.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com"])
def test_others_are_let_in_only_when_that_is_said(host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(journal(tmp_path)), "--host", host]) == 2
    said = capsys.readouterr().err
    assert "can be reached from other machines" in said
    assert "--listen-anyway" in said
