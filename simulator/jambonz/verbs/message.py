"""`message`: an SMS. What the carrier makes of it is the scenario's."""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import report
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script

CARRIER = "simulated-carrier"


@verb("message")
def message(data: VerbData, call: Call) -> Script[Effect, None]:
    """Ends at once; its hook is not awaited, though verbs in the ack replace the stack. Runs on an unanswered call too."""
    settings, status = data.data, call.far_end.sms
    sid = str(settings.get("message_sid") or call.ids.uuid("message_sid"))
    carrier = str(settings.get("carrier") or CARRIER)
    sent = {name: settings[name] for name in ("to", "from", "text", "media") if name in settings}
    call.note("sms", **sent, message_sid=sid, status=status)
    results: dict[str, Any] = {"message_sid": sid, "message_status": status}
    if status == "success":
        results |= {"carrier": carrier, "carrier_message_id": call.ids.uuid("carrier_message_id")}
    elif status == "failure":
        results |= {"carrier": carrier, "message_failure_reason": "the carrier has refused the message"}
    call.beside(_tell(data, call, results))
    return
    yield


def _tell(data: VerbData, call: Call, results: dict[str, Any]) -> Script[Effect, None]:
    yield from report(call, data.data.get("actionHook"), {**call.info.payload(), **results, **data.identity}, "message")
