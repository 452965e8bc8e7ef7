"""The life of a leg that a `dial` verb has called: it rings, is asked, is connected, and ends, or gets a session of its own.

Source: jambonz.md 2.5 and 4.5 (place-outdial.js:217-494 at 389c65e2).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.events import CallOver, Effect, Note, dropped
from simulator.jambonz.hooks import Unanswered, hook_name, refusal_note, request
from simulator.jambonz.life import carry_out, clean_up
from simulator.jambonz.outdial import Outdial, ring
from simulator.jambonz.schema import Refusal, normalize
from simulator.script import Killed, Script

if TYPE_CHECKING:
    from simulator.jambonz.targets import Target


NOT_WHEN_ASKED = frozenset({"sip:decline", "dial"})
"""What the application that is asked whether a leg takes the call may not use (place-outdial.js `_executeApp`)."""


def live_in_dial(leg: Call, dialling: Dialling, target: Target, headers: dict[str, Any]) -> Script[Effect, None]:
    """The whole of it."""
    outdial = Outdial(target.to, leg.info.from_, str(dialling.data.get("callerName") or ""), headers)
    if (yield from ring(leg, outdial, dialling.told)):
        try:
            taken = not target.confirm_hook or (yield from _confirmed(leg, target.confirm_hook))
        except Killed:
            taken = False
        if leg.ended_by == "caller":
            dialling.told(leg, None)  # hung up while being asked
        elif not taken and not leg.over:
            leg.hang_up("jambonz")
        if not leg.over:
            dialling.accept(leg)
            if not leg.over:
                yield from leg.idle()
            if leg.parent is None:
                if leg.stack:  # a session that begins without verbs ends at once, unlike one that has run out of them
                    yield from carry_out(leg)
                clean_up(leg)
                return
    leg.do(CallOver())
    dialling.gone(leg)


def _confirmed(leg: Call, hook: Any) -> Script[Effect, bool]:
    """Whether who has answered takes the call: `dial:confirm`, and its verbs for them alone. No ack, or a bad one, declines."""
    try:
        data = yield from request(leg, "dial:confirm", leg.info.payload(), hook)
    except Unanswered:
        return False
    if leg.over or data is None or data == []:
        return not leg.over
    where = f"the ack of dial:confirm {hook_name(hook)}"
    verbs = normalize(data, leg.profile)
    if isinstance(verbs, Refusal):
        leg.do(Note("app", "refused_verbs", refusal_note(verbs, where)))
        return False
    if unfit := [verb.name for verb in verbs if verb.name in NOT_WHEN_ASKED]:
        why = f"{unfit[0]} may not stand there: the leg is hung up"
        leg.do(dropped(f"verbs in {where}", why, "ask with say, play and gather; to decline, hangup", data))
        return False
    leg.confirming = True
    leg.stack = deque(verbs)
    yield from carry_out(leg)
    leg.confirming = False
    return not leg.over
