"""Requests that were not made, and calls that went on."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.scenario.hints.missed import Hint, Missed
from simulator.scenario.near import nearest


def request(missed: Missed) -> Hint | None:
    url = missed.expectation.name or (missed.expectation.pattern.get("url") if isinstance(missed.expectation.pattern, Mapping) else None)
    if isinstance(url, str) and "?" in url and not url.startswith("/"):
        return Hint("a request's url is compared without its query", f"write {{url: {url.partition('?')[0]}, query: {{…}}}}", certain=True)
    asked = missed.names("request", "url")
    if not isinstance(url, str) or url in asked or not url.startswith("http"):
        return None
    near = nearest(url, asked)
    return None if near is None else Hint(f"nobody asked {url}, but {near} was asked", f"did you mean {near}?")


def call(missed: Missed) -> Hint | None:
    wanted = missed.expectation.pattern.get("status") if isinstance(missed.expectation.pattern, Mapping) else missed.expectation.pattern
    over = next((frame for frame in missed.frames if frame.link == "media" and frame.kind == "call_ended"), None)
    if over is None and wanted in ("completed", "failed", "busy", "no-answer"):
        idle = next((frame for frame in reversed(missed.frames) if frame.link == "media" and frame.kind in ("idle", "verb")), None)
        if idle is not None and idle.kind == "idle":
            return Hint(
                f"the call goes on: no verb is left since {idle.at_s:.3f} s, and nobody has hung up", "let the application end its verbs with hangup"
            )
        doing = f": the verb {idle.frame['verb']} runs since {idle.at_s:.3f} s" if idle is not None else ""
        return Hint(
            f"the call goes on{doing}, and nobody has hung up", "let the caller hang up, the application send hangup, or wait longer with `within`"
        )
    return None
