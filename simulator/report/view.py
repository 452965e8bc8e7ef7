"""A run as the page gets it: values for JSON, with nothing in them that must not leave the machine, and not more than a page may hold.

Frames go over as the lines of a journal file have them, each call's as a document of its own, so that a page with hundreds of calls
reads the one that is looked at. Frames for which there is no room are left out, and counted: those of what passed first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.errors import Where
from simulator.journal import SCHEMA_VERSION, Frame
from simulator.report.plain import plain
from simulator.report.result import Result
from simulator.report.run import Run
from simulator.report.text import explanation
from simulator.rules import Finding

MOST_BYTES = 4_500_000
"""Of all data together; what cannot be left out (names, reasons) has its own bounds and comes first."""
MOST_FRAMES = 20_000
"""Of a call: of more than that, the first and the last ones are shown."""
MOST_OF_A_FRAME = 16_000
MOST_OF_A_TEXT = 2_000
MOST_MEMBERS = 100
MOST_DEPTH = 60
MOST_LINES = 200
MOST_LINE = 2_000
MOST_NAME = 300
MOST_FINDINGS = 200

NEVER_IN_A_SCRIPT = re.compile("[<>&\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
"""What could end or open an element, a comment or a character reference, and what no text may hold: in JSON all of it has an escape."""


@dataclass(frozen=True, slots=True)
class View:
    """`run` is what the list shows; `calls` the frames of each scenario, in its order; both are JSON that may stand inside an HTML script."""

    run: str
    calls: tuple[str, ...]


def view(run: Run) -> View:
    """What did not pass comes first. It also gets the room first, each its share; then what passed, while there is any."""
    ordered = [*run.bad, *(result for result in run.results if result.outcome == "passed")]
    documents: list[str] = []
    told: list[dict[str, Any]] = []
    room = MOST_BYTES
    for number, result in enumerate(ordered, 1):
        share = room // max(1, len(run.bad) - number + 1)
        document, count = _frames(result.journal.frames, share)
        if count < len(result.journal.frames) and result.outcome == "passed":
            document, count = "[]", 0  # half a call that passed tells nobody anything
        room -= len(document)
        documents.append(document)
        told.append(_call(number, result, left_out=len(result.journal.frames) - count))
    whole = {
        "schema_version": SCHEMA_VERSION,
        "headline": plain(run.headline, MOST_NAME),
        "exit_code": run.exit_code,
        "calls": told,
        "not_played": [{"name": plain(one.name, MOST_NAME), "file": plain(one.file, MOST_NAME), "line": one.line} for one in run.not_played],
        "troubles": [
            {"where": None if one.where is None else plain(str(one.where), MOST_NAME), "lines": _lines(one.lines())} for one in run.unexplained
        ],
    }
    return View(embeddable(whole), tuple(documents))


def _call(number: int, result: Result, left_out: int) -> dict[str, Any]:
    return {
        "number": number,
        "name": plain(result.name, MOST_NAME),
        "file": plain(result.file, MOST_NAME),
        "line": result.line,
        "outcome": result.outcome,
        "seed": result.seed,
        "virtual_s": round(result.virtual_s, 3),
        "wall_ms": round(result.wall_ms, 1),
        "failures": [
            {
                "where": _place(failure.where),
                "kind": plain(failure.kind, MOST_NAME),
                "problem": plain(failure.problem, MOST_LINE),
                "details": _lines(failure.details),
                "remedy": plain(failure.remedy, MOST_LINE),
            }
            for failure in result.failures
        ],
        "error": None
        if result.error is None and result.outcome != "error"
        else "\n".join(_lines((result.error or f"exit code {result.exit_code}").splitlines())),
        "explanation": _lines(explanation(result)),
        "findings": [_finding(finding) for finding in result.findings[:MOST_FINDINGS]],
        "log": _lines(result.log[-MOST_LINES:]),
        "frames": len(result.journal.frames),
        "left_out": left_out,
    }


def _place(where: Where) -> dict[str, Any]:
    return {"file": plain(where.file, MOST_NAME), "line": where.line, "column": where.column}


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"code": finding.code, "severity": finding.rule.severity, "title": finding.rule.title}
    told |= {"text": plain(finding.text, MOST_LINE), "why": finding.rule.why, "remedy": finding.rule.remedy}
    return told if finding.frame is None else told | {"seq": finding.frame.seq}


def _lines(lines: Sequence[str]) -> list[str]:
    shown = [plain(line, MOST_LINE) for line in lines[:MOST_LINES]]
    return [*shown, f"… {len(lines) - len(shown)} more lines"] if len(lines) > len(shown) else shown


def _frames(frames: Sequence[Frame], room: int) -> tuple[str, int]:
    """A list of frames that is no longer than `room`, and how many they are: of too many, the first and the last ones."""
    first: list[str] = []
    rest: list[str] = []
    left = min(len(frames), MOST_FRAMES)
    ahead, behind = iter(frames), reversed(frames)
    while left > 0:
        side, come_from = (first, ahead) if len(first) <= len(rest) else (rest, behind)
        text = _frame(next(come_from))
        room -= len(text) + 1
        if room < 2:
            break
        side.append(text)
        left -= 1
    return f"[{','.join([*first, *reversed(rest)])}]", len(first) + len(rest)


def _frame(frame: Frame) -> str:
    entry: dict[str, Any] = {"seq": frame.seq, "at_s": round(frame.at_s, 6), "wall_ms": round(frame.wall_ms, 1)}
    entry |= {"link": _named(frame.link), "from": _named(frame.source), "kind": _named(frame.kind)}
    if frame.leg:
        entry["leg"] = frame.leg
    whole = embeddable(entry | {"frame": frame.frame})
    if len(whole) <= MOST_OF_A_FRAME:
        return whole
    for texts, members in ((MOST_OF_A_TEXT, MOST_MEMBERS), (200, 20), (40, 5)):
        shorter = embeddable(entry | {"frame": _cut(frame.frame, texts, members), "cut": 0})
        if len(shorter) <= MOST_OF_A_FRAME:
            return f"{shorter[:-2]}{len(whole) - len(shorter)}}}"  # its last member is `cut`
    return embeddable(entry | {"frame": {}, "cut": len(whole)})


@lru_cache(maxsize=4096)
def _named(name: str) -> str:
    """A kind is what an application calls its message: anything."""
    return plain(name, MOST_NAME)


def _cut(value: Any, texts: int, members: int, depth: int = 12) -> Any:
    """The same with its long texts, lists and depths cut."""
    if isinstance(value, str):
        return value if len(value) <= texts else f"{value[:texts]}…"
    if isinstance(value, dict | list) and depth == 0:
        return "…"
    if isinstance(value, dict):
        return {str(name)[:texts]: _cut(one, texts, members, depth - 1) for name, one in list(value.items())[:members]}
    if isinstance(value, list):
        return [_cut(one, texts, members, depth - 1) for one in value[:members]]
    return value


def embeddable(value: Any) -> str:
    """JSON, on one line, that may stand inside `<script type="application/json">`: a browser reads it back as it was, and finds no markup in it."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_told)
    except (RecursionError, ValueError):  # nested without end, or NaN, which is no JSON but was said
        text = json.dumps(_tame(value), ensure_ascii=False, separators=(",", ":"), default=_told)
    return NEVER_IN_A_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _told(value: object) -> str:
    return f"<{len(value)} bytes of audio>" if isinstance(value, bytes) else f"<{type(value).__name__}>"


def _tame(value: Any, depth: int = MOST_DEPTH) -> Any:
    if isinstance(value, float) and not -1e309 < value < 1e309:
        return str(value)
    if isinstance(value, dict | list) and depth == 0:
        return "…"
    if isinstance(value, dict):
        return {str(name): _tame(one, depth - 1) for name, one in value.items()}
    return [_tame(one, depth - 1) for one in value] if isinstance(value, list) else value


def documents(shown: View) -> Iterator[tuple[str, str]]:
    """Every document with the id under which the page looks for it."""
    yield "run", shown.run
    for number, frames in enumerate(shown.calls, 1):
        yield f"call-{number}", frames
