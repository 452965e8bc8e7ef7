"""`jambonz-sim scenario`: from journals to a scenario file, checked at once if one likes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.modes.cli import main
from simulator.scenario.load import load, loads
from tests.playing import ROOT, SCENARIOS, play

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command where the bundled application is configured; its exit code, standard output and standard error."""
    monkeypatch.chdir(ROOT)

    def running(*arguments: str | Path) -> tuple[int, str, str]:
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return running


@pytest.fixture
def journals(tmp_path: Path) -> Path:
    """Two recorded calls; the first is that of a scenario with a name, the second has none."""
    for number, path in enumerate(("tools/weather.yaml", "barge-in/during-speech.yaml")):
        scenario = load(SCENARIOS / path, env={})[0]
        header = {"scenario": scenario.id} if number == 0 else {}
        play(scenario).journal.write(tmp_path / f"{number}.jsonl", header)
    return tmp_path


def test_a_journal_becomes_a_scenario_on_standard_output(sim: Run, journals: Path) -> None:
    code, out, err = sim("scenario", journals / "0.jsonl")
    assert (code, err) == (0, "")
    (made,) = loads(out)
    assert made.name == "the caller asks for the weather in Berlin"


def test_a_folder_of_journals_becomes_a_file_that_passes(sim: Run, journals: Path) -> None:
    file = journals / "kept" / "both.yaml"
    code, out, err = sim("scenario", journals, "-o", file, "--check")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        f"wrote {file}",
        "the caller asks for the weather in Berlin: it passes",
        "the caller says: And in Paris?: it passes",
    ]
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")
    assert [made.name for made in load(file, env={})] == ["the caller asks for the weather in Berlin", "the caller says: And in Paris?"]


def test_several_calls_of_one_name_are_numbered(sim: Run, journals: Path) -> None:
    code, out, _ = sim("scenario", journals, "--name", "kept")
    assert code == 0
    assert [made.name for made in loads(out)] == ["kept", "kept (2)"]


def test_a_check_that_does_not_hold_says_why(sim: Run, journals: Path) -> None:
    journal = journals / "0.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8").replace("/toolCall", "/elsewhere"), encoding="utf-8")
    code, _, err = sim("scenario", journal, "--check")
    assert code == 1
    assert "the caller asks for the weather in Berlin: it does not pass" in err
    assert "/elsewhere" in err


def test_a_file_that_is_there_is_kept(sim: Run, journals: Path) -> None:
    there = journals / "mine.yaml"
    there.write_text("mine", encoding="utf-8")
    code, _, err = sim("scenario", journals / "0.jsonl", "-o", there)
    assert (code, there.read_text(encoding="utf-8")) == (2, "mine")
    assert "is there already" in err


@pytest.mark.parametrize(
    ("name", "said"), [("nothing.jsonl", "there is no"), ("empty", "there are no journals in"), ("bad.jsonl", "is no line of a journal")]
)
def test_what_is_no_journal_is_refused(sim: Run, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.jsonl").write_bytes(b"hello\n")
    code, out, err = sim("scenario", tmp_path / name)
    assert (code, out) == (2, "")
    assert said in err


def test_a_file_that_is_no_text_is_refused(sim: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b"\xff\xfe")
    code, _, err = sim("scenario", tmp_path / "bad.jsonl")
    assert code == 2
    assert "cannot be read" in err
