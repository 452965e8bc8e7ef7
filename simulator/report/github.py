"""A run for GitHub Actions: annotations on the lines of the YAML, and a summary of the step.

Source: GitHub's documentation of workflow commands (`::error file=…,line=…,col=…,title=…::message`; `%`, CR and LF are escaped, in
properties `:` and `,` too; a step shows ten annotations of a kind) and of `GITHUB_STEP_SUMMARY` (Markdown, at most 1 MiB a step).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import PurePath
from typing import Literal

from simulator.errors import Where
from simulator.report.plain import plain, plain_lines
from simulator.report.result import Result
from simulator.report.run import Run, Trouble
from simulator.report.text import explanation

MOST_ANNOTATIONS = 10
MOST_TITLE = 200
MOST_MESSAGE_LINES = 25
MOST_LINE = 400
MOST_TOLD = 50
"""Of how many scenarios that did not pass the summary tells."""
MOST_SUMMARY_BYTES = 512 * 1024

Level = Literal["error", "warning", "notice"]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on a place of a file; `also` says how many more scenarios it is true of."""

    level: Level
    title: str
    lines: tuple[str, ...]
    where: Where | None = None
    also: int = 0


def workflow_commands(run: Run, folder: str, repository: str) -> str:
    """Annotations, one a line, the most telling first: at most ten, of which the last counts what was left out.

    Files are named from `folder`, and are shown by GitHub when they lie in `repository` (both absolute).
    """
    ranked = _ranked(run)
    if len(ranked) > MOST_ANNOTATIONS:
        left = len(ranked) - MOST_ANNOTATIONS + 1
        ranked = [*ranked[: MOST_ANNOTATIONS - 1], Annotation("notice", f"{left} more remarks", ("They are in the log of this step.",))]
    return "".join(f"{_command(one, folder, repository)}\n" for one in ranked)


def _ranked(run: Run) -> list[Annotation]:
    """What ended the run; then errors, as they may be the cause of all the rest; failures, of every scenario the first one first; warnings.

    What is said in the same words of many scenarios is one annotation, at the first of them.
    """
    errors = [_of_error(result) for result in run.bad if result.error is not None or not result.failures]
    failures = [one for depth in range(max((len(result.failures) for result in run.bad), default=0)) for one in _of_failures(run, depth)]
    everything = [*map(_of_trouble, run.unexplained), *_merged(errors, by_place=False), *_merged(failures, by_place=True)]
    return [*everything, *_merged(_of_warnings(run), by_place=False)]


def _merged(some: list[Annotation], *, by_place: bool) -> list[Annotation]:
    first: dict[object, Annotation] = {}
    for one in some:
        key = (one.title, one.where) if by_place else one.title
        known = first.get(key)
        first[key] = one if known is None else replace(known, also=known.also + 1)
    return list(first.values())


def _of_trouble(trouble: Trouble) -> Annotation:
    return Annotation("error", trouble.problem.partition("\n")[0], tuple(trouble.lines()), trouble.where)


def _of_error(result: Result) -> Annotation:
    lines = explanation(result) or [f"exit code {result.exit_code}"]
    return Annotation("error", lines[0], (result.name, *lines), Where(result.file, result.line, 1))


def _of_failures(run: Run, depth: int) -> Iterator[Annotation]:
    """The failures that are number `depth` of their scenarios."""
    for result in run.bad:
        if depth < len(result.failures):
            failure = result.failures[depth]
            yield Annotation("error", failure.problem, (result.name, *failure.lines()), failure.where)


def _of_warnings(run: Run) -> list[Annotation]:
    found = {(finding.code, result.file, result.name): (finding, result) for result in run.results for finding in reversed(result.findings)}
    return [
        Annotation("warning", f"{one.code} {one.rule.title}", (result.name, *one.lines()), Where(result.file, result.line, 1))
        for one, result in found.values()
        if one.rule.severity == "warning"
    ]


def _command(one: Annotation, folder: str, repository: str) -> str:
    lines = [*one.lines, *([f"and so in {one.also} more scenario{'s' if one.also > 1 else ''}"] if one.also else [])]
    properties = {"title": plain(one.title, MOST_TITLE)}
    if one.where is not None and (file := in_repository(one.where.file, folder, repository)) is not None:
        properties = {"file": plain(file, MOST_LINE), "line": str(one.where.line), "col": str(one.where.column)} | properties
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{one.level} {told}::{_data(plain_lines(lines, most_lines=MOST_MESSAGE_LINES, most=MOST_LINE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def in_repository(file: str, folder: str, repository: str) -> str | None:
    """The name of `file`, a person's from `folder`, as the repository has it; None when it lies outside."""
    path = posixpath.normpath(posixpath.join(PurePath(folder).as_posix(), PurePath(file).as_posix()))
    home = PurePath(repository).as_posix().rstrip("/") + "/"
    return path.removeprefix(home) if path.startswith(home) else None


def summary(run: Run) -> str:
    """Markdown for the summary of the step: the headline, and what went wrong, to unfold. Nothing that a call has said is Markdown."""
    mark = "✓" if run.exit_code == 0 else "✗"
    parts = [f"### {mark} jambonz-sim: {run.headline}\n"]
    for trouble in run.unexplained:
        place = f"{trouble.where}: " if trouble.where is not None else ""
        parts.append(_folded(f"{place}{trouble.problem}", trouble.lines(), unfolded=True))
    for number, result in enumerate(run.bad[:MOST_TOLD]):
        parts.append(_folded(f"{result.outcome}: {result.name}", explanation(result), unfolded=number == 0))
    text, told = parts[0], 1
    for part in parts[1:]:
        if len((text + part).encode()) > MOST_SUMMARY_BYTES:
            break
        text, told = text + part, told + 1
    left = len(parts) - told + max(0, len(run.bad) - MOST_TOLD)
    return f"{text}\n{left} more did not pass.\n" if left else text


def _folded(title: str, lines: list[str], *, unfolded: bool) -> str:
    """A part to unfold. The empty line matters: behind it `pre` begins a block of its own, which only `</pre>` ends."""
    text = plain_lines(lines, most_lines=200, most=MOST_LINE)
    begin = "<details open>" if unfolded else "<details>"
    return f"\n{begin}<summary>{escape(plain(title, MOST_TITLE))}</summary>\n\n<pre>\n{escape(text)}\n</pre>\n</details>\n"
