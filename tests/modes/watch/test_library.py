"""Scenario files that are loaded again when they, or what they read, have changed; and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.modes.watch.library import Library
from simulator.modes.watch.reading import Reading
from tests.wav import wav

CALL = "name: {name}\nsteps:\n  - caller: {step}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/a.yaml").write_text(CALL.format(name="a", step="{hang_up: true}"))
    (tmp_path / "calls/b.yaml").write_text(CALL.format(name="b", step="!include _step.yaml"))
    (tmp_path / "calls/_step.yaml").write_text("hang_up: true\n")
    return tmp_path


@pytest.fixture
def library(folder: Path) -> Library:
    library = Library(Reading(str(folder)), {})
    assert [one.id for one in library.refresh(["calls"], None, None)] == ["a", "b"]
    return library


def loaded(library: Library, *changed: Path) -> list[str]:
    return [one.id for one in library.refresh(["calls"], None, {str(one) for one in changed})]


def test_only_what_has_changed_is_loaded_again(folder: Path, library: Library) -> None:
    assert loaded(library, folder / "calls/a.yaml") == ["a"]
    assert loaded(library, folder / "calls/_step.yaml") == ["b"], "what includes it"
    assert loaded(library, folder / "README.md") == []
    assert [one.id for one in library.refresh(["calls"], 7, None)] == ["a", "b"]
    assert {one.seed for one in library.scenarios} == {7}


def test_a_sound_file_belongs_to_its_scenario(folder: Path, library: Library) -> None:
    sound = folder / "calls/hello.wav"
    sound.write_bytes(wav(bytes(3200), 8_000))
    (folder / "calls/c.yaml").write_text(CALL.format(name="c", step="{play: hello.wav, says: hello}"))
    assert loaded(library) == ["c"], "it is new"
    assert str(sound) in library.read
    assert loaded(library, sound) == ["c"]


def test_a_file_that_is_gone_is_forgotten(folder: Path, library: Library) -> None:
    (folder / "calls/a.yaml").unlink()
    assert loaded(library, folder / "calls/a.yaml") == []
    assert [one.id for one in library.scenarios] == ["b"]


def test_a_mistake_is_said_and_the_others_can_be_played(folder: Path, library: Library) -> None:
    (folder / "calls/a.yaml").write_text("name: a\nstips: []\n")
    assert loaded(library, folder / "calls/a.yaml") == []
    assert [one.id for one in library.scenarios] == ["b"]
    assert "calls/a.yaml:2:1:" in library.errors[0]
    (folder / "calls/a.yaml").write_text(CALL.format(name="a", step="{hang_up: true}"))
    assert loaded(library, folder / "calls/a.yaml") == ["a"]
    assert library.errors == []


def test_what_a_file_misses_may_come(folder: Path, library: Library) -> None:
    (folder / "calls/_step.yaml").unlink()
    assert loaded(library, folder / "calls/_step.yaml") == []
    assert "there is no file" in library.errors[0]
    (folder / "calls/_step.yaml").write_text("hang_up: true\n")
    assert loaded(library, folder / "calls/_step.yaml") == ["b"]


def test_a_folder_that_is_gone_is_said(folder: Path, library: Library) -> None:
    (folder / "calls").rename(folder / "elsewhere")
    assert loaded(library) == []
    assert "there is no file or folder calls" in library.errors[0]
    (folder / "elsewhere").rename(folder / "calls")
    assert loaded(library) == ["a", "b"]
