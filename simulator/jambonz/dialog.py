"""Requests of the caller's side within the call: INFO, MESSAGE, REFER, and INVITE again for hold.

Facts: jambonz.md 5.6. Source: call-session.js `_onRequestWithinDialog`, `_onRefer`, `_onReinvite`, of neighbouring commits.
Inferred: what nobody listens for is answered by the SIP library, INFO and MESSAGE with 200; a REFER without a hook is refused with 501.
"""

from __future__ import annotations

import re
from typing import Any

from simulator.jambonz import live_call_control, on_hold
from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.events import CallerRequested, Effect
from simulator.jambonz.hooks import report
from simulator.script import Script

ANSWERS = {"INFO": 200, "MESSAGE": 202}
ON_HOLD = re.compile(r"^a=(?:sendonly|inactive)\s*$", re.MULTILINE)


def requested(call: Call, request: CallerRequested) -> None:
    """Something has come; before the call is answered, and after its end, there is no dialog it could belong to."""
    if call.answered_at_s is None or call.over:
        _respond(call, request.method, 481)
    elif request.method in ANSWERS:
        _informed(call, request)
    elif request.method == "REFER":
        call.beside(_referred(call, request))
    elif request.method == "INVITE":
        holds = ON_HOLD.search(request.body) is not None
        call.note("on_hold" if holds else "off_hold")
        _respond(call, "INVITE", 200)
        dialling: Dialling | None = (call.parent or call).dialling
        if dialling is not None and dialling.winner is not None:
            if holds:
                on_hold.hold(call, dialling, request.headers)
            else:
                on_hold.take_back(dialling)
    else:
        _respond(call, request.method, 501)


def _informed(call: Call, request: CallerRequested) -> None:
    """INFO and MESSAGE are answered at once, whatever the application says."""
    hook = call.features.request_hook
    _respond(call, request.method, ANSWERS[request.method] if hook else 200)
    if hook:
        results = {"sip_method": request.method, "sip_body": request.body, "sip_headers": request.headers}
        call.beside(_report(call, hook, results))


def _report(call: Call, hook: Any, results: dict[str, Any]) -> Script[Effect, None]:
    yield from report(call, hook, {**call.info.payload(), **results}, "sipRequestWithinDialogHook")


def _referred(call: Call, request: CallerRequested) -> Script[Effect, None]:
    """The application decides; 202 when it has answered. While a `dial` verb is connected, its `referHook` is asked."""
    dialling: Dialling | None = (call.parent or call).dialling
    if dialling is not None and dialling.winner is not None:
        answered = yield from live_call_control.referred(call, dialling, refer_details(call, request))
        _respond(call, "REFER", 202 if answered else 501)
        return
    hook = call.features.refer_hook
    answered = False
    if hook:
        results = {"refer_details": refer_details(call, request)}
        answered = yield from report(call, hook, {**call.info.payload(), **results}, "referHook")
    _respond(call, "REFER", 202 if answered else 501)


def refer_details(call: Call, request: CallerRequested) -> dict[str, Any]:
    """`refer_details` of the hook: headers of the REFER, the users in its URIs, and its own X- headers."""
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    to, by = headers.get("refer-to", ""), headers.get("referred-by")
    details = {
        "sip_refer_to": to,
        "refer_to_user": user_of(to),
        "sip_referred_by": by,
        "referred_by_user": user_of(by or "") or None,
        "sip_user_agent": headers.get("user-agent"),
        "referring_call_sid": call.info.call_sid,
        **{name: value for name, value in request.headers.items() if name.lower().startswith("x-")},
    }
    return {name: value for name, value in details.items() if value is not None}


def user_of(uri: str) -> str:
    """The user of a SIP URI, in brackets or not."""
    found = re.search(r"(?:sips?|tel):([^@;>]+)", uri)
    return found[1] if found else ""


def _respond(call: Call, method: str, status: int) -> None:
    call.note("sip_answer", method=method, status=status)
