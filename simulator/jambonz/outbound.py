"""Calls that somebody asks for: the REST API's createCall, and the command `dial`.

Source: jambonz.md 4.4 and 7.3 (create-call.js:360-387, rest_dial.js, at 389c65e2; what is refused: jambonz-api-server accounts.js).
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from simulator.ids import Ids
from simulator.jambonz.answer_detection import detect
from simulator.jambonz.call import Call
from simulator.jambonz.events import CallOver, CallRefused, Effect, Note
from simulator.jambonz.hook import Hook
from simulator.jambonz.hooks import Unanswered, refusal_note, request
from simulator.jambonz.life import carry_out, clean_up
from simulator.jambonz.messages import CallInfo, Invite, outbound_session_new_data
from simulator.jambonz.outdial import Outdial, ring
from simulator.jambonz.schema import Refusal, normalize
from simulator.jambonz.table import refusal
from simulator.jambonz.targets import TEAMS_REFUSED, address_of
from simulator.script import Script, until

Json = dict[str, Any]

RING_S = 60.0
SOCKET_STAYS_S = 5.0
"""How long the socket of a call that has failed stays open."""
SPEECH = {"vendor": "google", "language": "en-US"}
VOICE = "en-US-Wavenet-C"
ABSOLUTE = re.compile(r"(?:https?|wss?):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """An outbound call that can be made: the application it belongs to, whom it calls, and for how long."""

    hook: Hook
    status_hook: str | None
    invite: Invite
    outdial: Outdial
    limit_s: float | None
    amd: Json | None


def order_of(body: Any, known: Invite, app: Hook, ids: Ids) -> Order | CallRefused:
    """What the REST API makes of a body; `known` is the account's application (by `application_sid`), `app` where that one is."""
    problem = _problem(body, known)
    if problem is not None:
        return problem
    mine = body.get("application_sid") == known.info.application_sid
    url, username, password, method = (app.written or app.url, app.username, app.password, app.method) if mine else _hook_of(body["call_hook"])
    found = refusal("rest:dial", {**body, "call_hook": body.get("call_hook") or url}, "")
    if found is not None:
        return CallRefused(500, {"msg": found.text})
    if body["to"]["type"] == "teams":
        return CallRefused(500, {"msg": TEAMS_REFUSED})
    to = str(address_of(body["to"], known.host))
    info = CallInfo(
        call_sid=ids.uuid("call_sid"),
        direction="outbound",
        from_=str(body["from"]),
        to=to,
        call_id=ids.uuid("call_id"),
        sbc_callid=ids.uuid("sbc_callid"),
        account_sid=known.info.account_sid,
        application_sid=known.info.application_sid if mine else "",
        customer_data=body.get("tag"),
    )
    synthesizer, recognizer = _speech(body, known if mine else None)
    invite = replace(known, info=info, headers={}, env_vars=known.env_vars if mine else None, synthesizer=synthesizer, recognizer=recognizer)
    headers = {**(body.get("headers") or {}), **(body["to"].get("headers") or {})}
    timeout_s = float(body.get("timeout") or RING_S)
    outdial = Outdial(to, info.from_, str(body.get("callerName") or ""), headers, timeout_s, frozenset({486, 603}), reasons=False)
    status_hook = body.get("call_status_hook")
    status_url = str((status_hook if isinstance(status_hook, str) else (status_hook or {}).get("url")) or "")
    told_at = status_url if status_url.startswith("http") else ""  # none, or one of a websocket: the call's own socket (create-call.js:250-254)
    limit_s = float(body["timeLimit"]) if body.get("timeLimit") else None
    return Order(Hook.parse(url, username, password, method), told_at, invite, outdial, limit_s, body.get("amd"))


def _problem(body: Any, known: Invite) -> CallRefused | None:
    """What the REST API refuses before a feature server hears of it."""
    if not isinstance(body, dict) or not body.get("from"):
        return CallRefused(400, {"msg": "missing from parameter"})
    to = body.get("to")
    if not isinstance(to, dict) or address_of(to, known.host) is None:
        return CallRefused(400, {"msg": f"missing or invalid to property: {json.dumps(to, separators=(',', ':'), ensure_ascii=False)}"})
    application_sid, hook = body.get("application_sid"), body.get("call_hook")
    if application_sid and application_sid != known.info.application_sid:
        return CallRefused(400, {"msg": f"application_sid not found {application_sid}"})
    if application_sid:
        return None
    if not hook:
        return CallRefused(400, {"msg": "either call_hook or application_sid required"})
    if not isinstance(hook, str) and not (isinstance(hook, dict) and isinstance(hook.get("url"), str)):
        return CallRefused(400, {"msg": "call_hook must be string or an object containing a url property"})
    status_hook = body.get("call_status_hook")
    if isinstance(status_hook, dict) and not isinstance(status_hook.get("url"), str):
        return CallRefused(400, {"msg": "call_status_hook must be string or an object containing a url property"})
    if not ABSOLUTE.match(_hook_of(hook)[0]):
        return CallRefused(400, {"msg": "call_hook url be an absolute url"})
    return None


def _hook_of(hook: Any) -> tuple[str, str | None, str | None, str]:
    if isinstance(hook, str):
        return hook, None, None, "POST"
    return hook["url"], hook.get("username"), hook.get("password"), str(hook.get("method") or "POST").upper()


def _speech(body: Json, known: Invite | None) -> tuple[Json, Json]:
    """Synthesizer and recognizer: those of the body, then those of the application or, without one, the server's own."""
    synthesizer = known.synthesizer if known else {**SPEECH, "voice": VOICE}
    recognizer = known.recognizer if known else SPEECH
    said = {name: body.get(f"speech_synthesis_{name}") for name in ("vendor", "language", "voice")}
    heard = {name: body.get(f"speech_recognizer_{name}") for name in ("vendor", "language")}
    return {**synthesizer, **_given(said)}, {**recognizer, **_given(heard)}


def _given(settings: Json) -> Json:
    return {name: value for name, value in settings.items() if value is not None}


def live_outbound(call: Call, order: Order) -> Script[Effect, None]:
    """The whole call: it rings, the application is asked once it is answered, and may leave it waiting for commands."""
    if not (yield from ring(call, order.outdial)):
        yield from until(timeout_s=SOCKET_STAYS_S)
        call.close_sockets(1000)
        call.do(CallOver())
        return
    call.invite = replace(call.invite, info=call.info)
    if order.limit_s is not None:
        call.beside(_limit(call, order.limit_s))
    if order.amd is not None:
        call.beside(detect(call, order.amd))
    yield from _ask(call)
    yield from carry_out(call)
    clean_up(call)


def _ask(call: Call) -> Script[Effect, None]:
    """`session:new`. Without an ack, or with a bad one, the call stays up and waits for commands (rest_dial.js:119-122)."""
    try:
        data = yield from request(call, "session:new", outbound_session_new_data(call.invite))
    except Unanswered:
        return
    if not isinstance(data, list) or not data:
        return
    verbs = normalize(data, call.profile)
    if isinstance(verbs, Refusal):
        call.do(Note("app", "refused_verbs", refusal_note(verbs, "the ack of session:new")))
    else:
        call.stack = deque(verbs)


def _limit(call: Call, limit_s: float) -> Script[Effect, None]:
    yield from until(timeout_s=limit_s)
    call.hang_up("jambonz")
