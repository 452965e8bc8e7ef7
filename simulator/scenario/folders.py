"""Which files hold scenarios."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from simulator.errors import UsageError, nearest

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
            raise UsageError(f"there is no file or folder {path}", _instead_of(path))
        elif path.suffix not in ENDINGS:
            raise UsageError(f"{path} is not a scenario file", f"scenarios end with {' or '.join(ENDINGS)}")
        else:
            files[path] = None
    return list(files)


MOST_LOOKED_AT = 2_000


def _instead_of(path: Path) -> str:
    """What was probably meant by a path that leads nowhere: without the line behind it, with its ending, or one like it in the neighbourhood."""
    without_line = Path(re.sub(r"(:\d+)+$", "", str(path)))
    if without_line != path and without_line.exists():
        return f"write {without_line}: a file is played as a whole, -k selects scenarios by their names"
    for ending in ENDINGS:
        if (whole := path.with_name(path.name + ending)).is_file():
            return f"did you mean {whole}?"
    neighbours = (
        [str(one) for one in islice(path.parent.iterdir(), MOST_LOOKED_AT) if one.is_dir() or one.suffix in ENDINGS] if path.parent.is_dir() else []
    )
    elsewhere = islice((one for one in _below(Path()) if one.name == path.name), 1)
    near = nearest(str(path), neighbours) or next(map(str, elsewhere), None)
    return f"did you mean {near}?" if near is not None else "name scenario files, or folders that hold some"


def _below(folder: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(folder):
        names[:] = [name for name in names if name[0] not in "_."]
        yield from (Path(directory, file) for file in files if file[0] not in "_." and file.endswith(ENDINGS))
