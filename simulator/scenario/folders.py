"""Which files hold scenarios."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.errors import UsageError

ENDINGS = (".yaml", ".yml")


def collect(paths: Iterable[str | Path]) -> list[Path]:
    """The scenario files: those that are named, and all in folders that are named, in order of their paths.

    In folders, what begins with `_` (for fragments to `!include`) or `.` is left alone. Raises UsageError for what is not there.
    """
    files: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            files |= dict.fromkeys(sorted(_below(path), key=lambda file: file.parts))
        elif not path.exists():
            raise UsageError(f"there is no file or folder {path}", "name scenario files, or folders that hold some")
        elif path.suffix not in ENDINGS:
            raise UsageError(f"{path} is not a scenario file", f"scenarios end with {' or '.join(ENDINGS)}")
        else:
            files[path] = None
    return list(files)


def _below(folder: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(folder):
        names[:] = [name for name in names if name[0] not in "_."]
        yield from (Path(directory, file) for file in files if file[0] not in "_." and file.endswith(ENDINGS))
