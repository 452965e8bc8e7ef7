"""`conference`: everybody in one of the same name hears everybody else.

Facts: jambonz.md 5.2 and 5.4 (conference.js). Killed or not, it says goodbye to the conference, then calls its hook, whose verbs win
even over a redirect; without an ack the next verb runs.
"""

from __future__ import annotations

from contextlib import suppress

from simulator.jambonz.call import Call
from simulator.jambonz.conference import Member
from simulator.jambonz.events import ConferenceMoved, Effect, Note
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.messages import raw_call_info
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.interlude import Interlude
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until

LEFT_OUT = ("endConferenceDuration", "record", "listen", "stream", "distributeDtmf")
GAP_S = 0.75
"""Silence before the `waitHook` is asked, each time."""


class Full(Exception):
    """The media server lets nobody more in. Inferred: the verb fails there, so its hook is not called and the next verb runs."""


@verb("conference")
def conference(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: call info only."""
    call.leave_out(data, *LEFT_OUT)
    for event in ("start-talking", "stop-talking"):
        if event in (data.data.get("statusEvents") or []):
            call.do(Note("app", "not_simulated", {"what": f"conference.statusEvents {event}", "instead": "it is never told"}))
    member = Member(call, call.exchange.conference(call.info.account_sid, str(data.data["name"])), data.data)
    try:
        yield from _attend(member, data)
    except Full:
        why = "the conference has as many members as maxParticipants allows"
        call.do(Note("app", "verb_failed", {"verb": "conference", "why": why, "consequence": "the next verb runs; its actionHook is not called"}))
        return
    except Killed:
        pass
    member.leave()
    with suppress(Unanswered):
        yield from action_hook(call, data, {})


def _attend(member: Member, data: VerbData) -> Script[Effect, None]:
    """Come in as soon as one may, and stay until put out."""
    call = member.call
    member.arrive()
    if not member.may_enter:
        yield from _wait(member, data)
    if hook := data.data.get("enterHook"):
        yield from _interlude(call, "enterHook", hook).once()
        if call.verb is not data:
            return  # killed, or the caller has hung up, while listening
    if not member.enter():
        raise Full
    with call.controls.obeyed(mute_status=lambda ordered: _muted(member, ordered)):
        while not member.out:
            yield from until(ConferenceMoved)


def _muted(member: Member, ordered: object) -> None:
    """The command `mute:status`: `mute`, or anything else to be heard again."""
    member.mute((ordered.get("mute_status") if isinstance(ordered, dict) else ordered) == "mute")


def _wait(member: Member, data: VerbData) -> Script[Effect, None]:
    hook = data.data.get("waitHook")
    interlude = _interlude(member.call, "waitHook", hook) if hook else None
    try:
        if interlude is not None:
            interlude.begin()
        while not member.may_enter:
            yield from until(ConferenceMoved)
    finally:
        if interlude is not None:
            interlude.end()


def _interlude(call: Call, name: str, hook: object) -> Interlude:
    """Its hook is told the fields of the server's own object (jambonz.md 2.4)."""
    return Interlude(call, name, hook, lambda: raw_call_info(call.invite, call.info), GAP_S)
