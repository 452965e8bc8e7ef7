"""The life of a call, from INVITE to the end: ask the application, carry out its verbs one by one, clean up.

Source: jambonz.md sections 4 and 5.1 (inbound-call-session.js, call-session.js:1318-1428 at 389c65e2).
"""

from __future__ import annotations

from collections import deque

from simulator.jambonz.call import Call, Unanswered, refusal_note
from simulator.jambonz.events import CallOver, Effect, Note, dropped
from simulator.jambonz.messages import session_new_data
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.jambonz.verbs import NEEDS_ANSWER, SCRIPTS, answers
from simulator.script import Killed, Script


def live(call: Call) -> Script[Effect, None]:
    """The whole call."""
    try:
        data = yield from call.request("session:new", session_new_data(call.invite))
    except Unanswered as failure:
        _refuse(call, "unknown" if "timeout" in str(failure) else str(failure))
        return
    verbs = normalize(data, call.profile)
    if isinstance(verbs, Refusal):
        call.do(Note("app", "refused_verbs", refusal_note(verbs, "the ack of session:new")))
        _refuse(call, verbs.text)
        return
    if not verbs:
        call.do(Note("app", "refused_verbs", {"text": "no application provided", "in": "the ack of session:new", "remedy": "send at least one verb"}))
        _refuse(call, "no application provided")
        return
    call.stack = deque(verbs)
    call.notify_status()
    yield from _carry_out(call)
    _clean_up(call)


def _refuse(call: Call, reason: str) -> None:
    """480 to the caller; close 1001 to the application, which is told nothing else (middleware.js:481-494)."""
    call.over = True
    call.note("sip_response", status=480, x_reason=reason)
    call.note("call_ended", status="failed", by="jambonz", sip_status=480)
    call.requestor.close(1001)
    call.do(CallOver())


def _carry_out(call: Call) -> Script[Effect, None]:
    while call.stack and not call.over:
        verb = call.stack.popleft()
        call.notify_loop("starting", verb)
        if _skipped(call, verb):
            continue
        if answers(verb):
            call.answer()
        call.verb = verb
        try:
            call.note("verb", verb=verb.name)
            yield from SCRIPTS[verb.name](verb, call)
        except Killed:
            pass
        except Unanswered as failure:
            call.do(Note("app", "verb_failed", {"verb": verb.name, "why": str(failure), "consequence": "the call is hung up"}))
            return
        finally:
            call.verb = None
        call.notify_loop("finished", verb)
        if not call.stack and not call.over and call.requestor.state != "graceful":
            call.note("idle")
            yield from call.idle()


def _skipped(call: Call, verb: VerbData) -> bool:
    """Whether the verb's precondition fails; then it is skipped, and the application is not told (jambonz.md 4.2)."""
    answered = call.answered_at_s is not None
    if verb.name in NEEDS_ANSWER and not answered:
        why = f"{verb.name} needs an answered call: the server skips it and the phone rings on"
        call.do(dropped(f"verb {verb.name}", why, "refuse an unanswered call with sip:decline, or answer first", verb.data))
        return True
    if verb.name == "sip:decline" and answered:
        call.do(dropped("verb sip:decline", "the call is answered already", "decline first, or use hangup", verb.data))
        return True
    if verb.name not in SCRIPTS:
        call.do(Note("app", "not_simulated", {"what": f"verb {verb.name}", "instead": "it is skipped"}))
        return True
    return False


def _clean_up(call: Call) -> None:
    """BYE, or 603 for a call that was never answered; then the socket is closed with 1000."""
    if not call.over and call.answered_at_s is not None:
        call.hang_up("jambonz")
    elif not call.over:
        call.note("sip_response", status=603)
        call.note("call_ended", status="failed", by="jambonz", sip_status=603)
    call.over = True
    call.requestor.close(1000)
    call.do(CallOver())
