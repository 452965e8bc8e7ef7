"""A run as one page: every scenario with the lanes of its call. The page needs nothing else, no network and no script.

Whatever a call has said is text on it, twice over: everything is escaped, and the page's own policy allows the one style and the one
script that it was made with (by their hashes), and nothing else.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

import msgspec

from simulator.journal import Frame
from simulator.report.lanes import LANES, gist, way
from simulator.report.plain import plain, plain_lines
from simulator.report.result import Result
from simulator.report.run import Run
from simulator.report.text import explanation

MOST_CHARACTERS = 24_000_000
"""Of the page; frames for which there is no room are left out, those of what passed first."""
MOST_FRAMES = 3_000
"""Of a call: of more than that, the first and the last ones are shown."""
MOST_OF_A_FRAME = 8_000
MOST_OF_A_GIST = 160
MOST_LINES = 200
MOST_LINE = 2_000
MOST_NAME = 300

MARKS = {"passed": "✓", "failed": "✗", "error": "!"}
REFERENCE = re.compile(r"#(0|[1-9][0-9]{0,8})\b")


def html(run: Run) -> str:
    """The page: what did not pass comes first, each with its reason first."""
    ordered = [*run.bad, *(result for result in run.results if result.outcome == "passed")]
    style, script = _own("page.css"), _own("page.js")
    # what is not named here is not allowed
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        '<meta name="viewport" content="width=device-width">\n<title>jambonz-sim</title>\n',
        f"<style>{style}</style>\n</head>\n<body>\n",
        f"<h1>{_text(run.headline)}</h1>\n",
        *(f'<pre class="why">{_lines([*([f"{one.where}:"] if one.where else []), *one.lines()])}</pre>\n' for one in run.unexplained),
        '<ol class="list">\n',
        *(_entry(number, result) for number, result in enumerate(ordered, 1)),
        *(f"<li>· {_text(one.name)} <span class=file>{_text(one.file)}</span> not played</li>\n" for one in run.not_played),
        "</ol>\n",
        '<p id="tools" hidden><input id="search" type="search" placeholder="only frames with …" aria-label="only frames with"> ',
        '<label><input id="calm" type="checkbox" checked> without pieces of sound and text</label></p>\n',
    ]
    room = MOST_CHARACTERS - sum(map(len, parts))
    for number, result in enumerate(ordered, 1):
        section = _section(number, result, room)
        room -= len(section)
        parts.append(section)
    return "".join([*parts, f"<script>{script}</script>\n</body>\n</html>\n"])


@cache
def _own(name: str) -> str:
    return (files("simulator.report") / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _text(text: str, most: int = MOST_NAME) -> str:
    return escape(plain(text, most))


def _lines(lines: list[str]) -> str:
    return escape(plain_lines(lines, most_lines=MOST_LINES, most=MOST_LINE))


def _entry(number: int, result: Result) -> str:
    warnings = len({finding.code for finding in result.findings if finding.rule.severity == "warning"})
    warned = f' <span class="warned">{warnings} warning{"s" if warnings > 1 else ""}</span>' if warnings else ""
    return f'<li><a class="{result.outcome}" href="#s{number}">{MARKS[result.outcome]} {_text(result.name)}</a>{warned} {_times(result)}</li>\n'


def _times(result: Result) -> str:
    return f'<span class="times">{result.virtual_s:.1f} s in {result.wall_ms:.0f} ms</span>'


def _section(number: int, result: Result, room: int) -> str:
    """One scenario; `room` is for how many characters there is room: frames that do not fit are left out, and at last even the reason."""
    if room <= 0:
        return f'<p class="scenario" id="s{number}">{MARKS[result.outcome]} {_text(result.name)}: left out here, as the page is full</p>\n'
    unfolded = " open" if number == 1 and result.outcome != "passed" else ""
    seqs = {frame.seq for frame in result.journal.frames}
    why = _linked(_lines(explanation(result)), number, seqs)
    warned = [line for finding in result.findings if finding.rule.severity == "warning" for line in finding.lines()]
    head = (
        f'<details class="scenario" id="s{number}"{unfolded}>'
        f'<summary><span class="{result.outcome}">{MARKS[result.outcome]}</span> {_text(result.name)} {_times(result)}</summary>\n'
        f'<div class="file">{_text(f"{result.file}:{result.line}, seed {result.seed}")}</div>\n'
        + (f'<pre class="why">{why}</pre>\n' if why else "")
        + (f'<pre class="warned">{_linked(_lines(warned), number, seqs)}</pre>\n' if warned else "")
        + f'<div class="lanes">{"".join(f"<span>{name}</span>" for name in LANES)}</div>\n'
    )
    found = {finding.frame.seq for finding in result.findings if finding.frame is not None}
    rows, left, room = [], 0, room - len(head)
    frames = result.journal.frames
    for place, frame in enumerate(frames):
        row = "" if MOST_FRAMES // 2 <= place < len(frames) - MOST_FRAMES // 2 else _frame(frame, number, found)
        if not row or len(row) > room:
            left += 1
        else:
            rows.append(row)
            room -= len(row)
    note = f"<p>{left} frames are left out here; a journal (--journal) has all of them.</p>\n" if left else ""
    return f"{head}{''.join(rows)}{note}</details>\n"


def _linked(escaped: str, number: int, seqs: set[int]) -> str:
    """`#101` in escaped text leads to that frame."""

    def link(match: re.Match[str]) -> str:
        return f'<a href="#s{number}f{match[1]}">{match[0]}</a>' if int(match[1]) in seqs else match[0]

    return REFERENCE.sub(link, escaped)


def _frame(frame: Frame, number: int, found: set[int]) -> str:
    start, end = way(frame)
    column = f"{min(start, end) + 1}{max(start, end) + 1}" if start != end else f"{start + 1}"
    about = f": {said}" if (said := gist(frame)) and said != frame.kind else ""
    kind = _text(f"{frame.kind}{about}{f' (call {frame.leg})' if frame.leg else ''}", MOST_OF_A_GIST)
    label = f"{kind} →" if end > start else f"← {kind}" if end < start else kind
    classes = ["frame", *(["delta"] if frame.kind.endswith(".delta") else []), *(["found"] if frame.seq in found else [])]
    source = "" if frame.source in LANES else f"{_text(frame.source)}: "
    return (
        f'<details class="{" ".join(classes)}" id="s{number}f{frame.seq}"><summary><span>{frame.at_s:.3f} s</span><span>#{frame.seq}</span>'
        f'<span class="c{column}{" right" if end > start else ""}">{source}{label}</span></summary><pre>{escape(_content(frame))}</pre></details>\n'
    )


def _content(frame: Frame) -> str:
    """The frame, laid out as JSON, cut where it becomes long."""
    try:
        compact = json.dumps(frame.frame, ensure_ascii=False, default=lambda value: f"<{len(value)} bytes of audio>")
    except (RecursionError, TypeError, ValueError):
        return "(this frame cannot be shown as JSON)"
    try:
        text = msgspec.json.format(compact.encode(errors="backslashreplace"), indent=2).decode()
    except (RecursionError, msgspec.DecodeError):
        text = compact  # such as NaN, which is no JSON, but was said
    lines = text[:MOST_OF_A_FRAME].split("\n")
    more = [f"… {len(text) - MOST_OF_A_FRAME} more characters"] if len(text) > MOST_OF_A_FRAME else []
    return plain_lines([*lines, *more], most_lines=len(lines) + 1, most=MOST_OF_A_FRAME)
