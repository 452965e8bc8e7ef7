"""`sip:request`: any SIP request to the caller's side, such as INFO or MESSAGE."""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script, until

NO_ANSWER_S = 32.0
"""When SIP gives up a request that nobody answers (RFC 3261, timer F)."""


@verb("sip:request")
def sip_request(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `result` success with `sip_status`, or failed with `err`.

    The server catches a hook that was not answered as if the request had failed, and calls it again; a second miss ends the call
    (jambonz.md 1.6). A missing ack is a bare text there, so that `err` is absent.
    """
    method = str(data.data["method"]).upper()
    call.note("sip_request", method=method, headers=data.data.get("headers") or {}, body=data.data.get("body"))
    status = call.far_end.answer(method)
    results: dict[str, Any]
    if status is None:
        yield from until(timeout_s=NO_ANSWER_S)
        results = {"result": "success", "sip_status": 408}
    else:
        results = {"result": "success", "sip_status": status}
    call.note("sip_answer", method=method, status=results["sip_status"])
    try:
        yield from action_hook(call, data, results)
    except Unanswered as failure:
        error = {} if failure.message is None else {"err": failure.message}
        yield from action_hook(call, data, {"result": "failed", **error})
