"""Why a scenario did not pass, in at most 25 lines: what to do first, then how things stood; what does not fit is counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from simulator.journal import Frame
from simulator.report.causes import by_cause, in_short, remedy_of, said
from simulator.report.last_frames import last_frames
from simulator.report.last_words import last_words
from simulator.report.result import Result
from simulator.rules import Finding
from simulator.scenario.debts import owed
from simulator.scenario.failure import MAX_LINES, Failure

MAX_WIDTH = 198
"""Of a line; whoever indents it by two stays below 200."""

HEADLINE = 12
"""Lines of the answer proper: place, problem, cause, difference, remedy."""

LAST_WORDS = 6
"""How many of the last lines that the application has said a failure shows."""

CODE = re.compile(r"\bJ\d{3}\b")
"""Of a rule."""

UNPRINTABLE = re.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def printable(text: str) -> str:
    """Text of a frame may hold anything: what would steer a terminal, turn the line around or be no character is shown, not obeyed."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that belong together, below a `title` or none. Parts of a lower `rank` are cut last."""

    rank: int
    lines: list[str]
    title: str = ""


def explanation(result: Result) -> list[str]:
    """Why a scenario did not pass; nothing for one that did. Printable lines of bounded length; `#3` is the frame with that number."""
    if result.outcome == "passed":
        return []
    parts = [Part(0, _error(result))] if result.error is not None else []
    parts += [Part(0 if number == 0 else 1, _told(failure, first=number == 0)) for number, failure in enumerate(result.failures)]
    parts += _circumstances(result)
    return _fitted(parts)


def _error(result: Result) -> list[str]:
    lines = [line for text in str(result.error).splitlines() for line in folded(text, most=3)]
    return lines[:HEADLINE]


def _told(failure: Failure, *, first: bool) -> list[str]:
    """The answer proper. Of what comes second, only what it is and what to do."""
    head = folded(f"{failure.where}: {failure.problem}", most=3, indent="    ")
    tail = folded(f"    remedy: {failure.remedy}", most=2, indent="      ") if failure.remedy else []
    if not first:
        return [*head[:2], *tail]
    causes = [line for one in failure.because[:3] for line in folded(f"    because: {one}", most=2, indent="      ")]
    room = HEADLINE - len(head) - len(tail)
    causes = causes[: room - 1]
    room -= len(causes)
    body = [line for detail in failure.details for line in folded(f"    {detail}", most=2, indent="      ")]
    if len(body) > room:
        body = [*body[: room - 1], f"    … {len(body) - room + 1} more lines"] if room > 0 else []
    return [*head, *causes, *body, *tail]


def _circumstances(result: Result) -> list[Part]:
    """How things stood when the first failure was noticed, and what else is wrong."""
    if not result.failures and result.error is None:
        return []
    first = result.failures[0] if result.failures else None
    told = {failure.kind for failure in result.failures} | {cause.split(" ", 1)[0] for failure in result.failures for cause in failure.because}
    told |= {code for failure in result.failures for code in CODE.findall(failure.problem)}
    parts = []
    if first is not None and first.seq is not None:
        frames = [frame for frame in result.journal.of_leg(first.leg) if frame.seq < first.seq]
        parts.append(Part(2, [f"  {line}" for debt in owed(frames, result.journal) for line in folded(str(debt), most=1)], "owed at that moment:"))
        if first.afterwards:
            parts.append(Part(2, [f"  {line}" for one in first.afterwards for line in folded(one, most=2)], "and then:"))
    parts.append(Part(3, _others(result.findings, told), "the rules found besides:" if first is not None else "the rules found:"))
    parts.append(Part(4, _last_words(result.log), "the application's last words:"))
    if first is not None and first.seq is not None:
        parts.append(Part(5, _last_frames(first, result.journal.frames), "the last frames of each link until then:"))
    return [part for part in parts if part.lines]


def _others(findings: Sequence[Finding], told: set[str]) -> list[str]:
    """What was found and is no cause, each rule once, with what to do."""
    lines = []
    serious = [finding for finding in by_cause(findings) if finding.rule.severity == "error" and finding.code not in told]
    for code in dict.fromkeys(finding.code for finding in serious):
        first, *more = (finding for finding in serious if finding.code == code)
        text = said(first) + (f", and {len(more)} more" if more else "")
        lines += [f"  {line}" for line in folded(text, most=2, indent="  ")]
        lines += [f"  {line}" for line in folded(f"  remedy: {in_short(remedy_of(first))}", most=1)]
    return lines


def _last_words(log: Sequence[str]) -> list[str]:
    counted: dict[str, int] = {}
    for line in (shown for words in last_words(log) for shown in folded(words, most=1)):
        counted[line] = counted.pop(line, 0) + 1
    told = [f"{line} ({count} times)" if count > 1 else line for line, count in list(counted.items())[-LAST_WORDS:]]
    return [f"  {line}" for one in told for line in folded(one, most=1)]


def _last_frames(failure: Failure, frames: Sequence[Frame]) -> list[str]:
    seq = failure.seq or 0
    there = [frame for frame in frames if frame.seq < seq and (frame.leg == failure.leg or frame.link == "world" or failure.leg < 0)]
    return [f"  {printable(line)}" for line in last_frames(there, MAX_WIDTH - 40)]


def _fitted(parts: Sequence[Part]) -> list[str]:
    """All parts, in order, in 25 lines: those of a high rank are cut first, to nothing rather than to a bare title."""
    wanted = sum(len(part.lines) + bool(part.title) for part in parts)
    room = MAX_LINES if wanted <= MAX_LINES else MAX_LINES - 1
    kept: dict[int, int] = {}
    for place, part in sorted(enumerate(parts), key=lambda item: item[1].rank):
        title = bool(part.title)
        kept[place] = min(len(part.lines), max(0, room - title))
        room -= kept[place] + (title if kept[place] else 0)
    lines, left = [], 0
    for place, part in enumerate(parts):
        left += len(part.lines) - kept[place]
        lines += [part.title, *part.lines[: kept[place]]] if part.title and kept[place] else part.lines[: kept[place]]
    return [*lines, f"and {left} more lines (--journal DIR has every frame)"] if left else lines


def folded(text: str, *, most: int, indent: str = "") -> list[str]:
    """`text` in at most `most` lines that can be printed; what does not fit is cut."""
    text = printable(text)
    if len(text) <= MAX_WIDTH - 4:
        return [text]
    begin = text[: len(text) - len(text.lstrip())]
    width = MAX_WIDTH - 8
    lines = wrap(text.strip(), width, subsequent_indent=indent, break_on_hyphens=False, max_lines=most, placeholder=" …")
    return [f"{begin}{line}" if number == 0 else line for number, line in enumerate(lines)]


def because(failure: Failure, causes: Sequence[Finding]) -> Failure:
    """`failure` with what the rules say has led to it; the remedy of the first cause is its own unless it knows better."""
    if not causes:
        return failure
    texts = [f"{said(one)}{f', and {more} more' if (more := sum(other.code == one.code for other in causes) - 1) else ''}" for one in _firsts(causes)]
    return replace(failure, because=tuple(texts), remedy=in_short(remedy_of(causes[0])))


def _firsts(findings: Sequence[Finding]) -> list[Finding]:
    return list({finding.code: finding for finding in reversed(findings)}.values())[::-1]
