"""What is looked at, what has changed there, and when a change is whole."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.modes.watch.sight import PATIENCE_S, QUIET_S, Settling, Sight, Tree, ignored_by_git, is_noise, stamp


def test_a_save_in_several_steps_is_one_change() -> None:
    settling = Settling()
    assert settling.receive({"a"}, 1.00) == frozenset()
    assert settling.receive({"b"}, 1.04) == frozenset()
    assert settling.receive((), 1.08) == frozenset(), "it has been quiet for 40 ms only"
    assert settling.receive((), 1.05 + QUIET_S) == {"a", "b"}
    assert settling.receive((), 2.00) == frozenset(), "each change is told once"
    assert settling.receive({"a"}, 3.00) == frozenset()
    assert settling.receive((), 3.01 + QUIET_S) == {"a"}


def test_what_changes_without_end_is_not_waited_for_without_end() -> None:
    settling = Settling()
    times_s = [number * QUIET_S / 2 for number in range(100)]
    told_s = [now_s for now_s in times_s if settling.receive({"a"}, now_s)]
    assert told_s[0] == pytest.approx(PATIENCE_S, abs=QUIET_S)


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc"), max_size=2), st.floats(0, 0.2)), max_size=30))
def test_every_change_is_told_and_nothing_else(saves: list[tuple[set[str], float]]) -> None:
    settling, now_s, saved, told = Settling(), 0.0, set(), set()
    for files, later_s in saves:
        now_s += later_s
        saved |= files
        told |= settling.receive(files, now_s)
        assert told <= saved
    assert told | settling.receive((), now_s + 2 * QUIET_S) == saved


def looking(files: list[Path], trees: list[Tree] | None = None) -> Sight:
    sight = Sight()
    sight.aim({str(file): stamp(str(file)) for file in files}, trees or [])
    return sight


def test_a_file_is_seen_to_be_saved_replaced_deleted_and_to_come(tmp_path: Path) -> None:
    file, other = tmp_path / "app.py", tmp_path / "new.py"
    file.write_text("one")
    sight = looking([file, other])
    assert sight.look() == set()
    file.write_text("two two")
    assert sight.look() == {str(file)}
    before = file.stat()
    (tmp_path / "x").write_text("two twe")
    os.utime(tmp_path / "x", ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(tmp_path / "x", file)  # as editors do; of the same size, and within the same tick of the clock
    assert sight.look() == {str(file)}
    other.touch()
    file.unlink()
    assert sight.look() == {str(file), str(other)}
    assert sight.look() == set()


def test_what_was_saved_after_it_was_read_is_a_change_although_nobody_looked(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("as it was read")
    read = stamp(str(file))
    file.write_text("as it was saved while it was being imported")
    sight = Sight()
    sight.aim({str(file): read}, [Tree(str(tmp_path))])
    assert sight.look() == {str(file)}


def test_a_folder_is_seen_without_its_noise(tmp_path: Path) -> None:
    for name in ("src/app.js", "node_modules/x/index.js", ".git/HEAD", "src/__pycache__/a.pyc", "calls/a.yaml", "server.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    tree = Tree(str(tmp_path), without=(str(tmp_path / "calls"),))
    sight = looking([], [tree])
    for name in (
        "src/app.js",
        "node_modules/x/index.js",
        ".git/HEAD",
        "src/__pycache__/a.pyc",
        "calls/a.yaml",
        "server.log",
        "src/new.js",
        "src/.#app.js",
    ):
        (tmp_path / name).write_text("2 2")
    assert sight.look() == {str(tmp_path / "src/app.js"), str(tmp_path / "src/new.js")}
    (tmp_path / "src/new.js").unlink()
    sight.aim({}, [tree])
    assert sight.look() == {str(tmp_path / "src/new.js")}


@pytest.mark.parametrize(
    ("path", "noise"), [("a/b.py", False), (".venv/a.py", True), ("a/~b.py", False), ("b.py~", True), (".env", False), ("4913", True)]
)
def test_noise(path: str, noise: bool) -> None:
    assert is_noise(path.replace("/", os.sep)) == noise


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_what_git_ignores_is_ignored(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=30)
    (tmp_path / ".gitignore").write_text("data/\n*.sock\n")
    paths = [str(tmp_path / name) for name in ("data/x y", "app.js", "b.sock")]
    assert ignored_by_git(paths, str(tmp_path)) == {paths[0], paths[2]}


def test_where_there_is_no_repository_nothing_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ignored_by_git([str(tmp_path / "a")], str(tmp_path)) == set()
