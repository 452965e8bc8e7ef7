"""The life of a call, from INVITE to the end: ask the application, carry out its verbs one by one, clean up.

Source: jambonz.md sections 4 and 5.1 (inbound-call-session.js, call-session.js:1318-1428 at 389c65e2).
"""

from __future__ import annotations

from collections import deque

from simulator.jambonz.barge_in import takes_over
from simulator.jambonz.call import Call
from simulator.jambonz.company import company
from simulator.jambonz.events import CallOver, Effect, Note, dropped
from simulator.jambonz.hooks import Unanswered, refusal_note, request
from simulator.jambonz.messages import session_new_data
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.jambonz.verbs import NEEDS_ANSWER, SCRIPTS, answers
from simulator.jambonz.verbs.registry import PlayFileNotFound
from simulator.script import Killed, Script


def live(call: Call) -> Script[Effect, None]:
    """The whole call."""
    try:
        data = yield from request(call, "session:new", session_new_data(call.invite))
    except Unanswered as failure:
        _refuse(call, failure.message or "unknown")
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
    call.info = call.info.changed(call_status="trying", sip_status=100, sip_reason="Trying")
    call.notify_status()
    yield from carry_out(call)
    clean_up(call)


def _refuse(call: Call, reason: str) -> None:
    """480 to the caller; close 1001 to the application, which is told nothing else (middleware.js:481-494)."""
    if not call.over:  # a caller who has cancelled meanwhile is gone already
        call.respond(480, x_reason=reason)
        call.note("call_ended", status="failed", by="jambonz", sip_status=480)
    call.over = True
    call.close_sockets(1001)
    call.do(CallOver())


def carry_out(call: Call) -> Script[Effect, None]:
    """The verbs, one by one. On a websocket a session without any waits for commands; that of a `dial:confirm` ends (CS:1395-1417)."""
    while not call.over:
        if not call.stack:
            if call.confirming or not call.requestor.takes_commands:
                return
            call.note("idle")
            waiting = company(call)
            yield from call.idle()
            waiting.leave()
            if not call.stack:
                return
        verb = call.stack.popleft()
        call.notify_loop("starting", verb)
        if not _skipped(call, verb):
            try:
                yield from _run(verb, call)
            except Unanswered as failure:
                call.do(Note("app", "verb_failed", {"verb": verb.name, "why": str(failure), "consequence": "the call is hung up"}))
                return


def _run(verb: VerbData, call: Call) -> Script[Effect, None]:
    if answers(verb):
        call.answer()
    call.verb, call.kill_reason = verb, None
    try:
        call.note("verb", verb=verb.name)
        yield from SCRIPTS[verb.name](verb, call)
    except Killed:
        pass
    except PlayFileNotFound:
        return  # the server's loop goes on with the next verb and does not say that this one has finished
    finally:
        call.verb = None
    call.notify_loop("finished", verb)


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
    if answers(verb) and not answered and not call.media.available:
        why = "there is no media server to answer the call on: the server skips it and the phone rings on"
        call.do(dropped(f"verb {verb.name}", why, "nothing the application can do", verb.data))
        call.crankback = True
        return True
    if takes_over(call, verb):
        call.note("taken_over", verb=verb.name, by="bargeIn")
        return True
    if verb.name not in SCRIPTS:
        call.do(Note("app", "not_simulated", {"what": f"verb {verb.name}", "instead": "it is skipped"}))
        return True
    return False


def clean_up(call: Call) -> None:
    """BYE, or a final response for a call that was never answered; then the socket is closed with 1000."""
    status, reason = (480, {"x_reason": "crankback: media server failure"}) if call.crankback else (603, {})
    if call.answered_at_s is None:
        call.respond(status, **reason)
    if not call.over and call.answered_at_s is not None:
        call.hang_up("jambonz")
    elif not call.over:
        call.note("call_ended", status="failed", by="jambonz", sip_status=status)
    call.over = True
    call.close_sockets(1000)
    call.do(CallOver())
