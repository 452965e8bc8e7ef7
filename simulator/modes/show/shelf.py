"""Journals on disk: one file, or all of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from simulator.errors import UsageError
from simulator.report.kept import LONGEST_LINE, Kept, read
from simulator.report.run import Run, Trouble

MOST_FILES = 2_000
MOST_BYTES = 300_000_000
"""Of one file; a recording of ours ends at 256 MiB."""
SUFFIX = ".jsonl"


def journals(path: Path) -> list[Path]:
    """The file, or all journals in the folder and below it, in the order of their names. Raises UsageError."""
    remedy = "name a journal, or the folder that `jambonz-sim run --journal DIR` has filled"
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"there is no {path}" if not path.exists() else f"{path} is neither a file nor a folder", remedy)
    try:
        found = sorted(one for one in path.rglob(f"*{SUFFIX}") if one.is_file())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", remedy) from error
    if not found:
        raise UsageError(f"there is no journal (*{SUFFIX}) in {path}", remedy)
    return found


def take(path: Path, name: str | None = None) -> Kept:
    """The call in a file. Raises UsageError when it cannot be read at all; `name` is how its notes call it."""
    try:
        with path.open("rb") as file:
            kept = read(_lines(file), name or str(path))
        size = path.stat().st_size
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", "name a journal that this user may read") from error
    if size <= MOST_BYTES:
        return kept
    return replace(kept, notes=(*kept.notes, f"{path}: what is behind the first {MOST_BYTES} bytes is left out, of {size}"))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines, none of them longer than one byte more than may be; what is behind that of a longer one is passed over."""
    left = MOST_BYTES
    while left > 0 and (line := file.readline(LONGEST_LINE + 1)):
        left -= len(line)
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n") and (line := file.readline(LONGEST_LINE + 1)):
            left -= len(line)


def run_of(taken: Sequence[Kept], left_out: int = 0) -> Run:
    """All of them as a run, with the notes on what could not be read."""
    notes = [note for one in taken for note in one.notes]
    if unjudged := sum(not one.judged for one in taken):
        which = "this journal does" if len(taken) == 1 else f"{unjudged} of the journals do"
        notes.append(f"{which} not tell a result: the rules were asked again, and what a scenario expected is not known")
    if left_out:
        notes.append(f"{left_out} more journals are not shown: at most {MOST_FILES} are; name a folder with fewer, or one file")
    results = tuple(one.result for one in taken)
    troubles = tuple(Trouble("Journal", note) for note in notes)
    return Run(results, max((result.exit_code for result in results), default=0), sum(result.wall_ms for result in results) / 1000, troubles=troubles)
