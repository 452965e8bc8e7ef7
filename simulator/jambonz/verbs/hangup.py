"""`hangup`: BYE. On an unanswered call the loop has skipped it already."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("hangup")
def hangup(data: VerbData, call: Call) -> Script[Effect, None]:
    """BYE with `headers`, `call:status` completed by jambonz; no hook."""
    call.verb = None
    call.hang_up("app", data.data.get("headers"))
    return
    yield
