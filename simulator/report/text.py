"""Results as text: one line a scenario while they come, failures last, first failure first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TextIO

from simulator.report.last_words import last_words
from simulator.report.result import Result

MOST_RULES = 6
"""Of how many rules a failed call tells; of each, the first finding."""

GREEN, RED, YELLOW, DIM, BOLD, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """NO_COLOR and FORCE_COLOR win; else colour on a terminal only."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


class TextReport:
    """Writes to `stream` as results come in."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self._stream, self._colour = stream, colour

    def line(self, result: Result) -> None:
        """One scenario."""
        mark, tint = {"passed": ("✓", GREEN), "failed": ("✗", RED), "error": ("!", RED)}[result.outcome]
        warnings = sum(finding.rule.severity == "warning" for finding in result.findings)
        note = self._tinted(f"  {warnings} warning{'s' if warnings > 1 else ''}", YELLOW) if warnings else ""
        times = self._tinted(f"{result.virtual_s:7.1f} s in {result.wall_ms:5.0f} ms", DIM)
        self._write(f"{self._tinted(mark, tint)} {times}  {printable(result.name)}{note}")

    def end(self, results: Sequence[Result], wall_s: float) -> None:
        """Failures, then the summary."""
        bad = [result for result in results if result.outcome != "passed"]
        for result in bad:
            self._write("")
            self._write(self._tinted(f"{'FAILED' if result.outcome == 'failed' else 'ERROR'}  {printable(result.name)}", BOLD + RED))
            for line in explanation(result):
                self._write(f"  {printable(line)}")
        virtual_s = sum(result.virtual_s for result in results)
        parts = [f"{len(results) - len(bad)} passed"]
        parts += [f"{count} {name}" for name in ("failed", "error") if (count := sum(result.outcome == name for result in bad))]
        speed = f", {virtual_s / wall_s:,.0f} times real time" if wall_s > 0 and virtual_s else ""
        text = f"{', '.join(parts)}: {virtual_s:.1f} s of calls in {wall_s:.2f} s{speed}"
        self._write("")
        self._write(self._tinted(text, RED if bad else GREEN))

    def _tinted(self, text: str, tint: str) -> str:
        return f"{tint}{text}{PLAIN}" if self._colour else text

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


def explanation(result: Result) -> list[str]:
    """Why a scenario did not pass, in at most about 25 lines for each failure."""
    lines: list[str] = []
    if result.error is not None:
        lines += result.error.splitlines()
    for failure in result.failures:
        lines += failure.lines()
    told = {failure.kind for failure in result.failures}
    serious = [finding for finding in result.findings if finding.rule.severity == "error" and finding.code not in told]
    if result.failures and serious:
        lines.append("what the rules found in this call:")
    for code in list(dict.fromkeys(finding.code for finding in serious))[:MOST_RULES]:
        first, *more = (finding for finding in serious if finding.code == code)
        said, *rest = first.lines()
        lines += [f"{said}, and {len(more)} more" if more else said, *rest]
    if result.log and (result.failures or result.error):
        lines.append("the application's last words:")
        lines += [f"  {line}" for line in last_words(result.log)]
    return lines


UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Text of a frame may hold anything: what would steer a terminal, turn the line around or be no character is shown, not obeyed."""
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
