"""Which files this process reads, and that what it imports is what stands in them now."""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from simulator.modes.watch.sight import Stamp, is_noise, stamp

OURS = str(Path(__file__).parents[2])
LIBRARIES = tuple({OURS, *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))})
WRITING = os.O_WRONLY | os.O_RDWR


def is_theirs(path: str, project: str) -> bool:
    """Whether this absolute path is the application's: Python source outside of all libraries, or anything in the folder of the project."""
    if path.startswith(tuple(folder + os.sep for folder in LIBRARIES)) or "site-packages" in path:
        return False
    below = path.startswith(project + os.sep)
    return path.endswith(".py") or (below and not is_noise(os.path.relpath(path, project)))


class Reading:
    """Notes every file of the `project` that is opened, with the stamp it had then. What is also written is no source, and left out.

    An audit hook stays for as long as the process; outside of `noting` it does nothing.
    """

    def __init__(self, project: str) -> None:
        self._project, self._notes = project, False
        self._read: dict[str, Stamp | None] = {}
        self._written: set[str] = set()
        sys.addaudithook(self._hear)

    @contextmanager
    def noting(self) -> Iterator[dict[str, Stamp | None]]:
        """What is read within this block, as it comes."""
        self._read, self._notes = {}, True
        try:
            yield self._read
        finally:
            self._notes = False

    def begin(self) -> None:
        """From now on, for good."""
        self._notes = True

    def taken(self) -> Mapping[str, Stamp | None]:
        """What was read since this was last asked."""
        read, self._read = self._read, {}
        return {path: at for path, at in read.items() if path not in self._written}

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event != "open" or not self._notes:
            return
        path, _, flags = details
        if not isinstance(path, str):
            return
        path = os.path.abspath(path)
        if isinstance(flags, int) and flags & WRITING:
            self._written.add(path)
        elif path not in self._read and is_theirs(path, self._project):
            self._read[path] = stamp(path)


class _FromSource(SourceFileLoader):
    """Compiles what stands in the file: a cache from the same second, of the same size, would pass for it."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _Finder:
    def __init__(self, project: str) -> None:
        self._project = project

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not is_theirs(os.path.abspath(spec.loader.path), self._project):
            return None
        spec.loader = _FromSource(spec.loader.name, spec.loader.path)
        return spec


def import_from_source(project: str) -> None:
    """From now on, modules of the project are imported from their source, never from a cache."""
    importlib.invalidate_caches()
    sys.meta_path.insert(0, _Finder(project))
