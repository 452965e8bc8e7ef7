"""An application that never took the call: that is no failure of a scenario, and here is said why, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from simulator.errors import AppError
from simulator.host import AppRef
from simulator.journal import Journal
from simulator.scenario.failure import Failure

WEBSOCKET = "its websocket must answer within 1.5 s and choose the subprotocol ws.jambonz.org"
BY_REASON = {
    r"\b40[13]\b": "it asks who we are: set username and password as the portal has them, or let its websocket in without",
    r"\b(?:200|400|405|426|501)\b": "what answers there is no websocket: is that its path? Set `path` for module:factory, or mend the URL; "
    "an application of webhooks is named with http://",
    r"\b404\b": "is that the path of its websocket? Set `path` for module:factory, or mend the URL",
    r"\b3\d\d\b": "jambonz follows few redirects: name the URL they lead to; is that the path of its websocket? Set `path`, or mend the URL",
    r"\b5\d\d\b": "see what it has logged",
    r"ECONNREFUSED|Connect call failed|actively refused": "does it run, and listen there?",
    r"ECONNRESET|other side closed": "somebody listens there, and hangs up: does it run on that port, or speak TLS, so that the URL begins with {secure}://?",
    r"gaierror|ENOTFOUND|Name or service": "is {host!r} spelt right, and does this machine know the name?",
    r"CERTIFICATE_VERIFY_FAILED|certificate": "we must trust its certificate: name its authority in SSL_CERT_FILE, or serve without TLS here: {plain}://",
    r"WRONG_VERSION_NUMBER|RECORD_LAYER|SSLError": "it does not speak TLS there: is that its port? Without TLS the URL begins with {plain}://",
    r"timed out": f"{WEBSOCKET}: what listens there?",
}
"""What to do, by what the reason says."""

REFUSING = (401, 403, 404, 405, 426)
"""What a web server answers where no handler is, or to somebody it does not know."""


def unreached(app: AppRef, journal: Journal) -> AppError | None:
    """Why it never took the call; None when it did."""
    problem, remedy = _webhook(app, journal) if app.over_http else _websocket(app, journal)
    if not problem:
        return None
    ended = how_it_ended(journal)
    return AppError(f"{problem}; {ended}" if ended else problem, remedy)


def how_it_ended(journal: Journal) -> str | None:
    """Of a process of ours that ended in the middle of the call."""
    for frame in journal.select("app", "app", "exited"):
        return f"its process ended at {frame.at_s:.3f} s: {frame.frame['status']}"
    return None


def with_its_end(failure: Failure, journal: Journal) -> Failure:
    """What failed because the process had ended says so first."""
    ended = how_it_ended(journal)
    return failure if ended is None else replace(failure, details=(f"the application: {ended}", *failure.details))


def _websocket(app: AppRef, journal: Journal) -> tuple[str, str]:
    refusals = [frame.frame for frame in journal.select("app", "app", "refuse")]
    if not refusals or any(journal.select("app", "app", "open")):
        return "", ""
    reason = refusals[0]["reason"]
    return f"{_named(app)} does not take the connection{_to(app)}: {reason}", _remedy(reason, app.url, WEBSOCKET)


def _webhook(app: AppRef, journal: Journal) -> tuple[str, str]:
    said = [frame for frame in journal.select("app", "app") if "webhook" in frame.frame]
    if not said or any(frame.frame.get("status") not in (None, *REFUSING) for frame in said):
        return "", ""
    first: dict[str, Any] = said[0].frame
    if said[0].kind == "refuse":
        return f"{_named(app)} does not answer{_to(app)}: {first['reason']}", _remedy(first["reason"], app.url, "does it run, and listen there?")
    status = first["status"]
    if status in (401, 403):
        return f"{_named(app)} does not let us in{_to(app)}: it answers {status}", "set username and password as the portal has them"
    if status == 426:
        return f"{_named(app)} has no webhook{_to(app)}: it answers 426", 'it wants a websocket there: name it with ws://, or set transport = "ws"'
    remedy = "is that its path, and its method? Set `path` and `method`, or mend the URL; a websocket application is named with ws://"
    return f"{_named(app)} has no webhook{_to(app)}: it answers {status}", remedy


def _named(app: AppRef) -> str:
    return f"the application {app}"


def _to(app: AppRef) -> str:
    """Where it was looked for, unless that is its name."""
    if app.over_http:
        return f" at {app.url}"
    return "" if str(app) == app.url else f" to {app.url}"


def _remedy(reason: str, url: str, otherwise: str) -> str:
    parts = urlsplit(url)
    plain = parts.scheme.removesuffix("s") if parts.scheme in ("wss", "https") else parts.scheme
    found = next((remedy for pattern, remedy in BY_REASON.items() if re.search(pattern, reason)), otherwise)
    return found.format(host=parts.hostname, plain=plain, secure=f"{plain}s")
