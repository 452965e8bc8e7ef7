"""`sip:decline`: a final response to the INVITE. On an answered call the loop has skipped it already."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script

REASONS = {404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 503: "Service Unavailable", 603: "Decline"}


@verb("sip:decline")
def sip_decline(data: VerbData, call: Call) -> Script[Effect, None]:
    """`call:status` failed with the status and reason given. Source: recording `call_sip_decline`."""
    status = int(data.data["status"])
    reason = str(data.data.get("reason") or REASONS.get(status, "Declined"))
    call.verb = None
    call.respond(status, reason=reason, x_reason="SIP Decline Verb")
    call.end("failed", "app", (status, reason))
    return
    yield
