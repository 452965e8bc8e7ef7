"""A journal file, read back into frames."""

from __future__ import annotations

import json
from typing import Any

from simulator.errors import UsageError
from simulator.journal import SCHEMA_VERSION, Frame

REMEDY = "a journal is what `jambonz-sim run --journal DIR` writes: JSON lines, the first with schema_version"
LONGEST_LINE = 8 * 1024 * 1024


def read_journal(text: str, file: str) -> tuple[dict[str, Any], list[Frame]]:
    """The header and the frames of a journal. Raises `UsageError` when it is none, with the line."""
    header: dict[str, Any] | None = None
    frames: list[Frame] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line) if len(line) <= LONGEST_LINE else None
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            raise UsageError(f"{file}:{number}: this is no line of a journal", REMEDY)
        if header is None:
            if entry.get("schema_version") != SCHEMA_VERSION:
                raise UsageError(f"{file}: schema_version is {entry.get('schema_version')!r}, and {SCHEMA_VERSION} can be read", REMEDY)
            header = entry
            continue
        frames.append(_frame(entry, len(frames), f"{file}:{number}"))
    if header is None or not frames:
        raise UsageError(f"{file}: there are no frames in it", REMEDY)
    return header, frames


def _frame(entry: dict[str, Any], seq: int, where: str) -> Frame:
    at_s, inside, leg = entry.get("at_s"), entry.get("frame"), entry.get("leg", 0)
    names = [entry.get(key) for key in ("link", "from", "kind")]
    if not (isinstance(at_s, (int, float)) and isinstance(inside, dict) and isinstance(leg, int) and all(isinstance(name, str) for name in names)):
        raise UsageError(f"{where}: this is no frame of a journal", "a frame has seq, at_s, link, from, kind and frame")
    wall_ms = entry.get("wall_ms", 0.0)
    took_ms = float(wall_ms) if isinstance(wall_ms, (int, float)) else 0.0
    return Frame(seq, float(at_s), took_ms, str(names[0]), str(names[1]), str(names[2]), inside, leg)
