"""What `show` shows: the page of one or many calls, or of two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import UsageError
from simulator.modes.dev.pages import index
from simulator.modes.show.shelf import MOST_FILES, journals, run_of, take
from simulator.report.compared import compared
from simulator.report.html import html
from simulator.report.run import Run
from simulator.report.view import documents, view

MOST_NOTES = 20
"""That are printed; the page has more."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Calls, and what two of them differ in (embeddable JSON), if that was asked for."""

    run: Run
    difference: str | None = None

    @property
    def notes(self) -> list[str]:
        """What could not be read, for the terminal."""
        told = [trouble.problem for trouble in self.run.troubles]
        return told if len(told) <= MOST_NOTES else [*told[:MOST_NOTES], f"and {len(told) - MOST_NOTES} more notes, which the page has"]

    def page(self) -> str:
        """One file that needs nothing else."""
        return html(self.run, self._more())

    def served(self) -> str:
        """For our own server, which has the script and the style."""
        return index({**dict(documents(view(self.run))), **self._more()})

    def _more(self) -> dict[str, str]:
        return {} if self.difference is None else {"difference": self.difference}


def showing(paths: Sequence[Path]) -> Showing:
    """One path is shown, two files are compared. Raises UsageError."""
    if len(paths) > 2 or (len(paths) == 2 and any(path.is_dir() for path in paths)):
        raise UsageError("two journals can be compared, not more, and no folders", "name one journal or folder, or two journal files")
    if len(paths) == 2:
        left, right = (take(file) for path in paths for file in journals(path))
        run = run_of([left, right])
        return Showing(run, compared(run, left.result, right.result))
    files = journals(paths[0])
    return Showing(run_of([take(file) for file in files[:MOST_FILES]], len(files) - MOST_FILES if len(files) > MOST_FILES else 0))
