"""Which scenarios are played: every one by exactly one shard, and those that failed the last time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.journal import Journal
from simulator.modes.cli import main
from simulator.modes.selection import LastFailed, Shard, shard_of
from simulator.report.result import Outcome, Result
from simulator.scenario.load import Scenario, loads

CALLS = loads("name: a\nsteps:\n  - caller: {hang_up: true}\n---\nname: b\nsteps:\n  - caller: {hang_up: true}\n", "calls/x.yaml")


def result(scenario: Scenario, outcome: Outcome) -> Result:
    return Result(scenario.id, scenario.file, outcome, Journal())


@given(count=st.integers(0, 60), of=st.integers(1, 12))
def test_all_shards_together_play_everything_once_and_share_it_fairly(count: int, of: int) -> None:
    every = [replace(CALLS[0], name=str(number)) for number in range(count)]
    parts = [Shard(number, of).part(every) for number in range(1, of + 1)]
    assert sorted(int(one.name) for part in parts for one in part) == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/2/3", "1 / 2", "1/9999999", "¹/²"])
def test_what_is_no_shard_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no shard"):
        shard_of(text)


def test_a_failure_is_remembered_until_it_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a, b = CALLS
    last = LastFailed(tmp_path)
    last.learn([result(a, "failed"), result(b, "error")], CALLS)
    assert LastFailed(tmp_path).of(CALLS) == [a, b]
    LastFailed(tmp_path).learn([result(a, "passed")], CALLS)
    assert LastFailed(tmp_path).of(CALLS) == [b], "what was not played keeps its place"
    LastFailed(tmp_path).learn([], [a])
    assert LastFailed(tmp_path).of(CALLS) == [], "its file does not have it any more"
    assert (tmp_path / ".jambonz-sim/.gitignore").read_text() == "*\n"


def test_nothing_is_written_when_nothing_has_failed(tmp_path: Path) -> None:
    LastFailed(tmp_path).learn([result(CALLS[0], "passed")], CALLS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[", "[]", "5", '{"failed": 5}', '{"failed": [5, ["x"], [1, 2], {"a": 1}]}', "[" * 100_000, "\udcff"])
def test_a_broken_memory_is_no_memory(content: str, tmp_path: Path) -> None:
    file = tmp_path / ".jambonz-sim" / "last-failed.json"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8", errors="surrogateescape")
    assert LastFailed(tmp_path).of(CALLS) == []
    LastFailed(tmp_path).learn([result(CALLS[0], "failed")], CALLS)
    assert len(json.loads(file.read_text())["failed"]) == 1


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jambonz-sim.toml").write_text('app = "tests.rubbish:good"\nscenarios = "calls"\n')
    (tmp_path / "calls").mkdir()
    for name, says in (("one", "Hello."), ("two", "Bye."), ("three", "Hello.")):
        (tmp_path / "calls" / f"{name}.yaml").write_text(f"name: {name}\nsteps:\n  - expect: {{say: {says}}}\n")
    return tmp_path


def played(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    code = main(["run", "--json", *arguments])
    out, err = capsys.readouterr()
    return code, [one["name"] for one in json.loads(out)["scenarios"]] if out else [], err


def test_the_command_line_plays_what_failed_until_it_is_mended(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert played(capsys, "--last-failed") == (1, ["one", "three", "two"], "jambonz-sim: none of them failed last time: all are played\n")
    assert played(capsys, "--last-failed") == (1, ["two"], "")
    assert played(capsys, "calls/one.yaml")[:2] == (0, ["one"])
    (project / "calls/two.yaml").write_text("name: two\nsteps:\n  - expect: {say: Hello.}\n")
    assert played(capsys, "--last-failed") == (0, ["two"], "")
    assert played(capsys, "--last-failed")[1] == ["one", "three", "two"]


def test_the_command_line_plays_its_shard(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert project.is_dir()
    assert played(capsys, "--shard", "1/2")[1] == ["one", "two"]
    assert played(capsys, "--shard", "2/2")[1] == ["three"]
    assert played(capsys, "--shard", "4/4") == (0, [], "jambonz-sim: there are fewer scenarios than parts: this part has none\n")
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--shard", "3/2"])
    assert stopped.value.code == 2
    assert "there are 1/2 to 2/2" in capsys.readouterr().err
