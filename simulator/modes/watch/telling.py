"""What is said on stdout between and behind rounds; at once, because somebody waits for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence

from simulator.report.result import Result
from simulator.report.text import TextReport, printable, wants_colour


def say(*lines: str) -> None:
    """These lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def name_of(file: str) -> str:
    """A file as people name it here."""
    return printable(os.path.relpath(file))


def say_changed(files: Collection[str]) -> None:
    """Why there is another round."""
    more = f" and {len(files) - 1} more have" if len(files) > 1 else " has"
    say(f"\n> {name_of(min(files))}{more} changed")


def report() -> TextReport:
    """Results as text, for stdout as it is just now."""
    return TextReport(sys.stdout, colour=wants_colour(sys.stdout, os.environ))


def sum_up(results: Sequence[Result], wall_s: float, failing: int) -> None:
    """The failures of a round, and its summary; of all scenarios, `failing` failed when they were last played."""
    report().end(results, wall_s)
    others = failing - sum(result.outcome != "passed" for result in results)
    if others > 0:
        say(f"{others} other{'s' if others > 1 else ''} failed when last played")
