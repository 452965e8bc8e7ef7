"""One of two connected parties puts the other on hold: the `onHoldHook` of a `dial` verb has something for who is waiting.

Source: jambonz.md 5.6 (dial.js:1092-1115 at 389c65e2). Inferred: without the hook the two stay connected.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.events import Effect, Note, dropped
from simulator.jambonz.hooks import Unanswered, hook_name, refusal_note, request
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.jambonz.verbs.registry import aside
from simulator.script import Killed, Script, until_killed

Json = dict[str, Any]

MAY = frozenset({"say", "play", "pause"})


def hold(call: Call, dialling: Dialling, headers: Json) -> None:
    """This party holds the call."""
    other = dialling.winner if call is dialling.call else dialling.call
    if dialling.data.get("onHoldHook") and other is not None and (dialling.holding is None or dialling.holding.done):
        dialling.holding = other.beside(_waiting(call, other, dialling, headers))


def take_back(dialling: Dialling) -> None:
    """Nobody is on hold any more."""
    if dialling.holding is not None:
        dialling.holding.kill(dialling.call.now_s)


def _waiting(holder: Call, other: Call, dialling: Dialling, headers: Json) -> Script[Effect, None]:
    """The hook is asked again whenever its verbs are done; without verbs, or an answer, there is silence."""
    if dialling.bridge is not None:
        dialling.bridge.part()
    try:
        while verbs := (yield from _ask(holder, dialling, headers)):
            for verb in verbs:
                yield from aside(verb, other)
                if other.over or dialling.ended or dialling.detached:
                    return
        yield from until_killed()
    except Killed:
        other.stop_playing()
    if dialling.bridge is not None and dialling.winner is not None and not dialling.ended:
        dialling.bridge.join(dialling.media_path)


def _ask(holder: Call, dialling: Dialling, headers: Json) -> Script[Effect, list[VerbData]]:
    session, hook = dialling.call, dialling.data["onHoldHook"]
    info, given = holder.info, {name.lower(): value for name, value in headers.items()}
    detail = {"from": given.get("from", f"<sip:{info.from_}@{holder.invite.host}>"), "to": given.get("to", f"<sip:{info.to}@{holder.invite.host}>")}
    try:
        data = yield from request(session, "verb:hook", {**session.info.payload(), "hold_detail": detail}, hook, B3_WHEN_TRACING_IS_OFF)
    except Unanswered:
        return []
    if not isinstance(data, list) or not data:
        return []
    verbs = normalize(data, session.profile)
    if isinstance(verbs, Refusal):
        session.do(Note("app", "refused_verbs", refusal_note(verbs, f"the ack of {hook_name(hook)}")))
        return []
    if any(verb.name not in MAY for verb in verbs):
        session.do(dropped(f"verbs in the ack of {hook_name(hook)}", "only say, play and pause can be heard on hold", "send those alone", data))
        return []
    return verbs
