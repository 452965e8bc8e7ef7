"""`sip:refer`: asks the caller's side to call somebody else, and waits for what comes of it.

Facts: jambonz.md 5.2 and 11.1. Source: tasks/sip_refer.js, of a neighbouring commit. What the caller's side answers is the scenario's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import Unanswered, action_hook, request
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script, until

NOTIFY_S = 15.0
"""How long a final NOTIFY is waited for, from the 202 on."""


@verb("sip:refer")
def sip_refer(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `refer_status` and, after a 202, `final_referred_call_status`. The caller's BYE ends it without a hook.

    `eventHook` gets `{event, call_status}`, without call info, for each NOTIFY. Missing acks are only logged.
    """
    settings, referral = data.data, call.far_end.referral
    refer = {"refer_to": _uri(call, str(settings["referTo"])), "referred_by": _uri(call, str(settings.get("referredBy") or call.info.from_))}
    if name := settings.get("referredByDisplayName"):
        refer["referred_by"] = f'"{name}" <{refer["referred_by"]}>'
    call.note("sip_request", method="REFER", **refer, headers=settings.get("headers") or {})
    call.note("sip_answer", method="REFER", status=referral.status)
    results: dict[str, Any] = {"refer_status": referral.status}
    if referral.status == 202:
        final = yield from _notifications(data, call)
        if final is not None:
            results["final_referred_call_status"] = final
    with suppress(Unanswered):
        yield from action_hook(call, data, results)


def _notifications(data: VerbData, call: Call) -> Script[Effect, int | None]:
    """The final status of the new call, None when nobody has told it in time."""
    deadline_s = call.now_s + NOTIFY_S
    for status in call.far_end.referral.notify:
        due_s = call.now_s + call.far_end.referral.after_s
        yield from until(timeout_s=max(0.0, min(due_s, deadline_s) - call.now_s))
        if due_s > deadline_s:
            return None
        call.note("sip_notify", status=status)
        hook = data.data.get("eventHook")
        if hook:
            event = {"event": "transfer-status", "call_status": status}
            with suppress(Unanswered):
                yield from request(call, "verb:hook", event, hook, B3_WHEN_TRACING_IS_OFF)
        if status >= 200:
            return status
    yield from until(timeout_s=max(0.0, deadline_s - call.now_s))
    return None


def _uri(call: Call, written: str) -> str:
    """A number becomes a URI at the host the call came from."""
    return written if written.startswith(("<", "sip", '"')) else f"sip:{written}@{call.invite.host}"
