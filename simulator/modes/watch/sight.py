"""Files as they are looked at, again and again: which of them are not what they were.

Looking costs a `stat` for each file. Unlike the notices of an operating system it also sees what another machine, or the host of a container,
has saved; and there is no limit to run into.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

Stamp = tuple[int, int, int]
"""When a file was changed (ns), its size, its inode: an editor that saves by renaming changes the last."""

QUIET_S = 0.05
"""So long nothing else may change: a save can be several files, or one in several steps."""

PATIENCE_S = 1.0
"""When something changes without end, it is not waited for any longer."""

MOST_FILES = 20_000
NOISE = {"node_modules", "venv", "env", "dist", "build", "target", "coverage", "tmp", "logs", "vendor", "site-packages"}
"""Folders that nobody edits; and all whose names begin with `.` or `__`."""
NOISY = (".pyc", ".pyo", ".swp", ".swx", ".tmp", ".log", ".bak", "~", ".db", ".sqlite", ".sqlite3", "-journal", "-wal", "-shm", ".jsonl", ".pid")


@dataclass(frozen=True, slots=True)
class Tree:
    """All files below a folder that are no noise, or those with one of these endings; but not what lies in `without`."""

    folder: str
    endings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def stamp(path: str) -> Stamp | None:
    """What it is now; None when there is no such file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def is_noise(path: str) -> bool:
    """Whether nobody edits it; `path` is relative to the folder that is watched."""
    *folders, name = path.split(os.sep)
    return any(_is_noisy_folder(folder) for folder in folders) or _is_noisy_file(name)


def _is_noisy_folder(name: str) -> bool:
    return name in NOISE or (name.startswith((".", "__")) and name not in (".", ".."))


def _is_noisy_file(name: str) -> bool:
    return name.endswith(NOISY) or name.startswith((".#", "#")) or name == "4913"  # the last is how vim tries a folder


class Sight:
    """What is looked at. `aim` says what, `look` answers what has changed since it was last looked at, or read."""

    def __init__(self) -> None:
        self._files: dict[str, Stamp | None] = {}
        self._trees: dict[Tree, dict[str, Stamp | None]] = {}

    def aim(self, files: Mapping[str, Stamp | None], trees: Collection[Tree]) -> None:
        """Look at these. `files` come with the stamps they had when they were read: what was saved since is a change."""
        self._files = {path: self._files.get(path, at) for path, at in files.items()}
        self._trees = {tree: self._trees[tree] if tree in self._trees else _found(tree) for tree in trees}

    def look(self) -> set[str]:
        """What has changed, come, or gone."""
        changed = {path for path, at in self._files.items() if stamp(path) != at}
        self._files |= {path: stamp(path) for path in changed}
        for tree, before in self._trees.items():
            now = _found(tree)
            changed |= {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
            self._trees[tree] = now
        return changed


def _found(tree: Tree) -> dict[str, Stamp | None]:
    found: dict[str, Stamp | None] = {}
    for path in _below(tree.folder, tree.without):
        if path.endswith(tree.endings) if tree.endings else not _is_noisy_file(os.path.basename(path)):
            found[path] = stamp(path)
            if len(found) >= MOST_FILES:
                break
    return found


def _below(folder: str, without: tuple[str, ...]) -> Iterator[str]:
    for directory, names, files in os.walk(folder):
        names[:] = [name for name in names if not _is_noisy_folder(name) and os.path.join(directory, name) not in without]
        yield from (os.path.join(directory, name) for name in files)


class Settling:
    """Changes, gathered until nothing more changes. Is told the time; a script of saves in, what was saved together out."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._first_s = self._last_s = 0.0

    def receive(self, changed: Collection[str], now_s: float) -> frozenset[str]:
        """What has settled: nothing, as long as more is coming."""
        if changed:
            self._first_s = self._first_s if self._changed else now_s
            self._changed |= set(changed)
            self._last_s = now_s
        if not self._changed or (now_s - self._last_s < QUIET_S and now_s - self._first_s < PATIENCE_S):
            return frozenset()
        settled, self._changed = frozenset(self._changed), set()
        return settled


def ignored_by_git(paths: Collection[str], folder: str) -> set[str]:
    """Those that git ignores there; none where there is no git, or no repository."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = "\0".join(paths).encode("utf-8", "surrogateescape")
        done = subprocess.run(["git", "check-ignore", "-z", "--stdin"], cwd=folder, input=asked, capture_output=True, timeout=2.0, check=False)
        return set(done.stdout.decode("utf-8", "surrogateescape").split("\0")) & set(paths)
    return set()
