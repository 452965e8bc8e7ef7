"""Applications that were never reached, or whose process has ended: what is told of them, and what to do."""

from __future__ import annotations

from dataclasses import replace

from simulator.errors import AppError
from simulator.host import AppRef
from simulator.journal import Journal
from simulator.scenario.failure import Failure
from simulator.stage import Stage

UNREACHABLE = {
    "ct": "does it run, and listen there?",
    "4xx": "is that the path of its websocket? Set `path` for module:factory, or mend the URL",
    "5xx": "see what it has logged",
    None: "its websocket must answer within 1.5 s and choose the subprotocol ws.jambonz.org",
}
"""What to do, by the feature server's class of failures."""


NOBODY_LIVES_THERE = (404, 405)
"""What a web server answers where no handler is."""


def unreached(stage: Stage) -> AppError | None:
    """An application that never took the connection is no failure of a scenario: it does not run, or not there."""
    if stage.app.over_http:
        return _deaf(stage.app, stage.journal)
    refusals = [frame.frame for frame in stage.journal.select("app", "app", "refuse")]
    if not refusals or any(stage.journal.select("app", "app", "open")):
        return None
    first, app = refusals[0], stage.app
    problem = f"the application {app} does not take the connection to {app.url}: {first['reason']}"
    ended = _how_it_ended(stage.journal)
    return AppError(f"{problem}; {ended}" if ended else problem, UNREACHABLE[first["class"]])


def _how_it_ended(journal: Journal) -> str | None:
    """Of a process of ours that ended in the middle of the call."""
    for frame in journal.select("app", "app", "exited"):
        return f"its process ended at {frame.at_s:.3f} s: {frame.frame['status']}"
    return None


def with_its_end(failure: Failure | None, journal: Journal) -> Failure | None:
    """What failed because the process had ended says so first."""
    ended = _how_it_ended(journal)
    return failure if failure is None or ended is None else replace(failure, details=(f"the application: {ended}", *failure.details))


def _deaf(app: AppRef, journal: Journal) -> AppError | None:
    """A webhook that nobody answers, or at which nobody lives."""
    said = [frame for frame in journal.select("app", "app") if "webhook" in frame.frame]
    if not said or any(frame.frame.get("status") not in (None, *NOBODY_LIVES_THERE) for frame in said):
        return None
    first, ended = said[0], _how_it_ended(journal)
    if first.kind == "refuse":
        problem, remedy = f"the application {app} does not answer at {app.url}: {first.frame['reason']}", UNREACHABLE["ct"]
    else:
        problem = f"the application {app} has no webhook at {app.url}: it answers {first.frame['status']}"
        remedy = "is that its path, and its method? Set `path` and `method`, or mend the URL"
    return AppError(f"{problem}; {ended}" if ended else problem, remedy)
