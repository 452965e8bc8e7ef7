"""Two calls as the page gets them: what differs, beside the frames of both. Not more than a page may hold."""

from __future__ import annotations

import json
from typing import Any

from simulator.report.difference import ABSENT, Row, difference
from simulator.report.plain import plain
from simulator.report.result import Result
from simulator.report.run import Run
from simulator.report.view import embeddable

MOST_ROWS = 20_000
MOST_BYTES = 1_500_000
MOST_VALUE = 400
MOST_PATH = 200


def ordered(run: Run) -> list[Result]:
    """As the page numbers them, from 1: what did not pass comes first."""
    return [*run.bad, *(result for result in run.results if result.outcome == "passed")]


def compared(run: Run, left: Result, right: Result) -> str:
    """A document `{left, right, rows, left_out}`: numbers of the two calls, and rows `[seq or null, seq or null, [[path, left, right]]]`."""
    calls = ordered(run)
    rows = difference(left.journal.frames, right.journal.frames)
    told: list[str] = []
    room = MOST_BYTES
    for row in rows[:MOST_ROWS]:
        text = embeddable(_row(row))
        room -= len(text) + 1
        if room < 0:
            break
        told.append(text)
    head = embeddable({"left": _number(calls, left), "right": _number(calls, right), "left_out": len(rows) - len(told)})
    return f'{head[:-1]},"rows":[{",".join(told)}]}}'


def _number(calls: list[Result], result: Result) -> int:
    return next(number for number, one in enumerate(calls, 1) if one is result)


def _row(row: Row) -> list[Any]:
    told: list[Any] = [row.left, row.right]
    return [*told, [[plain(one.path, MOST_PATH), _value(one.left), _value(one.right)] for one in row.fields]] if row.fields else told


def _value(value: Any) -> str | None:
    """As it is shown: JSON, on one line; None where there is nothing."""
    if value is ABSENT:
        return None
    try:
        return plain(json.dumps(value, ensure_ascii=False, default=_sound), MOST_VALUE)
    except RecursionError:
        return "…"


def _sound(value: object) -> str:
    return f"<{len(value)} bytes of audio>" if isinstance(value, bytes) else "…"
