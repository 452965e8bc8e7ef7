"""`sip:decline`: a final response to the INVITE. On an answered call the loop has skipped it already."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("sip:decline")
def sip_decline(data: VerbData, call: Call) -> Script[Effect, None]:
    """`call:status` failed with the status and reason given. Source: recording `call_sip_decline`.

    Without a reason the application is told the previous one, as with every status that has none (jambonz.md 4.4).
    """
    status, reason = int(data.data["status"]), data.data.get("reason")
    call.verb = None
    call.respond(status, **({"reason": reason} if reason else {}), x_reason="SIP Decline Verb")
    call.end("failed", "app", (status, str(reason) if reason else call.info.sip_reason))
    return
    yield
