"""J010."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.journal import Journal
from simulator.rules.registry import Broken, rule

SECRET = re.compile(r"<secret:[0-9a-f]+>")


def without_keys(value: Any) -> Any:
    """An application's frame without the places where a key belongs: `auth` of a verb, `wsAuth` of a listen."""
    if isinstance(value, dict):
        return {name: without_keys(member) for name, member in value.items() if name not in ("auth", "wsAuth")}
    if isinstance(value, list):
        return [without_keys(member) for member in value]
    return value


@rule(
    "J010",
    "a secret goes only where it belongs",
    why="what is sent to a model or to a backend is stored there, and what stands in a payload is logged by jambonz",
    remedy="give the key in the verb's auth and nowhere else",
    source="security",
)
def secrets(journal: Journal) -> Broken:
    """A key of the application in its other members, in what the model is told, or in a backend's URL or body."""
    for frame in (journal.frames[number] for number in journal.with_secrets):
        if frame.kind == "malformed":
            continue  # where in it the key stands cannot be told; J006 is about it
        if frame.link == "app" and frame.source == "app":
            shown = json.dumps(without_keys(frame.frame), default=str)
        elif (frame.link == "model" and frame.source == "jambonz" and frame.kind != "connect") or (frame.link == "world" and frame.kind == "request"):
            visible = {name: value for name, value in frame.frame.items() if name not in ("headers", "audio")}
            shown = json.dumps(visible, default=str)
        else:
            continue
        if found := SECRET.search(shown):
            yield f"{found[0]} stands in {frame.kind} on the {frame.link} link", frame
