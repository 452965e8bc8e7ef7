"""`hangup`: BYE. On an unanswered call the loop has skipped it already, unless that defect is switched off."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("hangup")
def hangup(data: VerbData, call: Call) -> Script[Effect, None]:
    """BYE with `headers`, `call:status` completed by jambonz; no hook. Not skipped, it declines an unanswered call, as `sip:decline` does."""
    call.verb = None
    if call.answered_at_s is None:
        call.respond(603)
        call.end("failed", "app", (603, "Decline"))
        return
    call.hang_up("app", data.data.get("headers"))
    return
    yield
