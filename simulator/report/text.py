"""Results as text: one line a scenario while they come, failures last, first failure first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from simulator.report.explanation import explanation, printable
from simulator.report.result import Result

__all__ = ["TextReport", "explanation", "printable", "wants_colour"]

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
