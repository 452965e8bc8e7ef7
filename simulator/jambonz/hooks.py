"""Asking the application: messages that want an acknowledgement, and what may come in one.

Source: jambonz.md 1.6 and 3.1 (task.js `performAction`, ws-requestor.js at 389c65e2).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from simulator.jambonz.events import Acked, Effect, Note, Unacked, dropped
from simulator.jambonz.hook import Written
from simulator.jambonz.hook import hook_name as hook_name  # where scripts look for it
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.script import Script, Waiting, until

if TYPE_CHECKING:
    from simulator.jambonz.call import Call


class Unanswered(Exception):
    """A hook got no usable answer: no ack in time, the socket dropped, or verbs that are not valid (jambonz.md 1.6).

    `message` is what the real server's error says; a missing ack is a bare text there and so has none.
    """

    def __init__(self, why: str, message: str | None = None) -> None:
        super().__init__(why)
        self.message = message


def answer_to(msgid: str) -> Waiting[Acked | Unacked]:
    """Wait for what becomes of a message that was sent."""
    return until(Acked, Unacked, where=lambda event: event.msgid == msgid)


def request(call: Call, type_: str, data: dict[str, Any], hook: Written = None, b3: str | None = None) -> Waiting[Any]:
    """Send a message that wants an acknowledgement and wait for it; its `data`. Raises `Unanswered`."""
    msgid = call.requestor.send(type_, data, hook, b3)
    if msgid is None:
        return None
    answer = yield from answer_to(msgid)
    if isinstance(answer, Unacked):
        raise Unanswered(answer.why, answer.message)
    return answer.data


CONFIRM_SESSION_MAY = frozenset({"config", "gather", "say", "tag"})
"""What may replace the verbs of a `dial:confirm` later on (constants.json:37; its `plays` is a slip, so `play` may not)."""


def action_hook(call: Call, verb: VerbData, results: dict[str, Any], type_: str = "verb:hook", *, expects_verbs: bool = True) -> Waiting[bool]:
    """Call the verb's `actionHook` with call info and `results`; verbs in the ack replace the stack. Whether they did.

    With `expects_verbs` false they are ignored (jambonz.md 5.4). Nothing is sent when the verb names no hook. Raises `Unanswered`.
    """
    hook = verb.data.get("actionHook")
    if not hook:
        return False
    call.awaits_hook = True  # a verb that awaits its hook has ended already: killing it changes nothing
    try:
        data = yield from request(call, type_, {**call.info.payload(), **results, **verb.identity}, hook, B3_WHEN_TRACING_IS_OFF)
    finally:
        call.awaits_hook = False
    if not expects_verbs:
        if isinstance(data, list) and data:
            why = "the verb was replaced by a redirect, whose verbs run"
            call.do(dropped(f"verbs in the ack of {hook_name(hook)}", why, "acknowledge without data when redirecting", data))
        return False
    return take_verbs(call, data, f"the ack of {hook_name(hook)}")


def take_verbs(call: Call, data: Any, where: str) -> bool:
    """Verbs that came in an ack become the stack. Raises `Unanswered` when one is not valid."""
    verbs = verbs_in(call, data, where)
    if verbs:
        call.stack = deque(verbs)
    return bool(verbs)


def verbs_in(call: Call, data: Any, where: str) -> list[VerbData]:
    """The verbs that came in an ack, none where there are none or the call is over. Raises `Unanswered` when one is not valid."""
    if not isinstance(data, list) or not data:
        if data not in (None, []):
            call.do(dropped(f"the data of {where}", "it is not a list of verbs", "acknowledge with a list of verbs or without data", data))
        return []
    if call.over:
        call.do(dropped(f"verbs in {where}", "the call is over", "acknowledge without data once call_status is completed", data))
        return []
    verbs = normalize(data, call.profile)
    if isinstance(verbs, Refusal):
        call.do(Note("app", "refused_verbs", refusal_note(verbs, where)))
        raise Unanswered(verbs.text, verbs.text)
    if call.confirming and (lost := [verb.name for verb in verbs if verb.name not in CONFIRM_SESSION_MAY]):
        why = f"in a dial:confirm session only {', '.join(sorted(CONFIRM_SESSION_MAY))} may come later"
        call.do(dropped(f"{', '.join(lost)} in {where}", why, "send them in the ack of dial:confirm itself", data))
        verbs = [verb for verb in verbs if verb.name in CONFIRM_SESSION_MAY]
    return verbs


def report(call: Call, hook: Any, results: dict[str, Any], what: str) -> Script[Effect, bool]:
    """A hook of something that goes on beside the verbs: verbs in its ack replace the stack, a missing ack is only logged (jambonz.md 1.6).

    Whether it was answered. `results` are sent as they are: most have call info in them. Without a hook nothing is sent.
    """
    if not hook:
        return True
    try:
        data = yield from request(call, "verb:hook", results, hook, B3_WHEN_TRACING_IS_OFF)
        verbs = verbs_in(call, data, f"the ack of {hook_name(hook)}")
    except Unanswered as failure:
        call.do(Note("app", "hook_failed", {"what": what, "hook": hook_name(hook), "why": str(failure), "consequence": "it is logged, nothing else"}))
        return False
    if verbs:
        call.replace(verbs)
    return True


def refusal_note(refusal: Refusal, where: str) -> dict[str, Any]:
    """What the journal says about verbs that were refused."""
    return {"text": refusal.text, "path": refusal.path, "remedy": refusal.remedy, "in": where}
