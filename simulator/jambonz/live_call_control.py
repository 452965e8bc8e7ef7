"""Commands about the legs of a call: who hears whom, what is whispered to whom, who gets a session of its own.

Source: jambonz.md 3.3 (call-session.js:1492-2076 at 389c65e2). Most of them need a `dial` verb that is connected.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.bridge import Bridge
from simulator.jambonz.call import Call
from simulator.jambonz.dialling import Dialling
from simulator.jambonz.events import CallRefused, Effect, Note, dropped
from simulator.jambonz.hooks import Unanswered, refusal_note, request
from simulator.jambonz.media_commands import MEDIA_COMMANDS
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import Refusal, VerbData, normalize
from simulator.jambonz.verbs.registry import aside
from simulator.script import Script

Frame = dict[str, Any]

MEDIA_PATHS = ("no-media", "partial-media", "full-media")


def connected(call: Call, what: str, frame: Frame) -> Dialling | None:
    """The running `dial` verb with its winner; otherwise the command is dropped."""
    dialling: Dialling | None = call.dialling
    if dialling is None or call.verb is None or dialling.winner is None:
        why = "no dial verb is connected: it is not running, still ringing, or over"
        call.do(dropped(what, why, "send it once the dialled leg is in-progress", frame))
        return None
    return dialling


def leg_of(call: Call, frame: Frame) -> Call:
    """Whom `callSid` means: the leg that a `dial` verb has connected, or else the call itself."""
    dialling: Dialling | None = call.dialling
    winner = dialling.winner if dialling is not None else None
    return winner if winner is not None and frame.get("callSid") == winner.info.call_sid else call


# --- who is heard


def mute(call: Call, frame: Frame) -> str:
    """`mute:status`: the media proxy lets nothing through from this leg, or lets it through again."""
    dialling = connected(call, "command mute:status", frame)
    if dialling is None or dialling.bridge is None:
        return "dropped"
    data = frame["data"]
    muted = (data.get("mute_status") if isinstance(data, dict) else data) == "mute"
    leg = leg_of(call, frame)
    leg.note("muted" if muted else "unmuted")
    dialling.bridge.mute(leg, muted)
    return "muted" if muted else "unmuted"


def media_path(call: Call, frame: Frame) -> str:
    """`media:path`: who handles the sound of the two; they hear each other in any case. The path it has already is refused."""
    dialling = connected(call, "command media:path", frame)
    if dialling is None:
        return "dropped"
    path = frame["data"]
    if path not in MEDIA_PATHS or path == dialling.media_path:
        why = f"the media path is {path} already" if path == dialling.media_path else f"there is no media path {path!r}"
        call.do(dropped("command media:path", f"{why}: the server only logs it", f"known: {', '.join(MEDIA_PATHS)}", frame))
        return "dropped"
    dialling.media_path = path
    call.note("media_path", path=path)
    return "done"


def whisper(call: Call, frame: Frame) -> str:
    """`whisper`: `say` and `play` for one party alone, the caller unless `callSid` names the other; meanwhile they do not hear each other."""
    dialling = connected(call, "command whisper", frame)
    if dialling is None or dialling.bridge is None:
        return "dropped"
    data = frame["data"]
    wanted = data.get("whisper") if isinstance(data, dict) else None
    verbs = normalize(wanted if isinstance(wanted, list) else [wanted], call.profile)
    if isinstance(verbs, Refusal):
        call.do(dropped("command whisper", verbs.text, verbs.remedy or "send {whisper: verb or [verbs]}", refusal_note(verbs, "command whisper")))
        return "dropped"
    if any(verb.name not in ("say", "play") for verb in verbs):
        call.do(dropped("command whisper", "only say and play can be whispered", "send say or play", frame))
        return "dropped"
    leg = leg_of(call, frame)
    leg.beside(_whisper(leg, verbs, dialling, dialling.bridge))
    return "done"


def _whisper(leg: Call, verbs: list[VerbData], dialling: Dialling, bridge: Bridge) -> Script[Effect, None]:
    bridge.part()
    for verb in verbs:
        if leg.over or dialling.ended:
            return
        yield from aside(VerbData(verb.name, {**verb.data, "loop": 1}), leg)
    if not (leg.over or dialling.ended or dialling.detached):
        bridge.join(dialling.media_path)


def dtmf(call: Call, frame: Frame) -> str:
    """`dtmf`: a key for whoever `callSid` means, the caller without it."""
    return MEDIA_COMMANDS["dtmf"](leg_of(call, frame), frame)


# --- new calls, and sessions


def dial(call: Call, frame: Frame) -> str:
    """`dial`: a call of its own, as the REST API makes it; what that would refuse is a `jambonz:error` (CS:1533)."""
    made = call.exchange.create(frame["data"])
    if isinstance(made, CallRefused):
        call.notify("jambonz:error", made.body)
        return "refused"
    call.do(Note("app", "created", {"sid": made.sid, "call_id": made.call_id}))
    return f"created {made.sid}"


def child(call: Call, frame: Frame, verbs: Any) -> bool:
    """Verbs for the dialled leg: it gets a session of its own and carries them out. Whether it did; invalid ones change nothing."""
    dialling = connected(call, "command redirect for the child call", frame)
    if dialling is None:
        return False
    wanted = normalize(verbs, call.profile)
    if isinstance(wanted, Refusal):
        why = f"{wanted.text}: the server logs an unhandled rejection, and nothing happens"
        call.do(dropped("command redirect for the child call", why, wanted.remedy or "send valid verbs", refusal_note(wanted, "child_call")))
        return False
    leg = dialling.detach()
    if leg is None:
        return False
    call.exchange.grow_up(leg, call)
    leg.replace(wanted)
    return True


def ask(call: Call, frame: Frame) -> Script[Effect, None]:
    """`call_hook` and `child_call_hook`: `session:redirect` to each; without an ack everything stays as it is."""
    data = frame["data"]
    verbs = verbs_of_child = None
    try:
        if hook := data.get("call_hook"):
            verbs = yield from _ask(call, call, hook)
        if (hook := data.get("child_call_hook")) and (dialling := connected(call, "child_call_hook", frame)) and dialling.winner:
            verbs_of_child = yield from _ask(call, dialling.winner, hook)
    except Unanswered:
        return
    if verbs_of_child is not None:
        child(call, frame, verbs_of_child)
    take(call, verbs)


def _ask(call: Call, about: Call, hook: Any) -> Script[Effect, Any]:
    if call.requestor.asks_webhook(hook) and not call.requestor.asks_webhook("/"):
        _leave_for_webhooks(call, hook)
    return (yield from request(call, "session:redirect", about.info.payload(), hook))


def _leave_for_webhooks(call: Call, hook: Any) -> None:
    """Hooks go over HTTP from now on; the socket is closed with 1000, and what was told there is not told any more (WR:95-105)."""
    socket = call.requestor
    call.exchange.hand_over(call, hook)
    socket.close(1000)
    if call.status_hook is not None and call.notifier is None:
        why = "a redirect to a webhook closes the socket, and the status still goes there"
        call.do(dropped("every later call:status", why, "use the redirect verb, which leaves the socket open, or a status hook of its own"))


def referred(call: Call, dialling: Dialling, details: dict[str, Any]) -> Script[Effect, bool]:
    """One of the two connected parties asks for a transfer (REFER): the application has verbs for the other one. Whether it answered.

    The caller goes on with them; a dialled leg gets a session of its own for them (dial.js `handleRefer`).
    """
    session, hook = dialling.call, dialling.data.get("referHook")
    other = dialling.winner if call is session else session
    if not hook or other is None:
        return False
    payload = {**call.info.payload(), "refer_details": {**details, "referred_call_sid": other.info.call_sid}}
    try:
        verbs = yield from request(session, "verb:hook", payload, hook, B3_WHEN_TRACING_IS_OFF)
    except Unanswered:
        return False
    if dialling.bridge is not None:
        dialling.bridge.part()
    if isinstance(verbs, list) and verbs:
        if other is session:
            take(session, verbs)
        else:
            child(session, {"command": "redirect"}, verbs)
    return True


def take(call: Call, verbs: Any) -> None:
    """What a hook or a command has for the call itself: a list replaces the stack, nothing kills the current verb."""
    if verbs is None:
        call.kill_verb()
        return
    wanted = normalize(verbs if isinstance(verbs, list) else [], call.profile)
    if isinstance(wanted, Refusal):
        why = f"{wanted.text}: the server logs an unhandled rejection, and nothing happens"
        call.do(dropped("command redirect", why, wanted.remedy or "send valid verbs", refusal_note(wanted, "command redirect")))
        return
    call.replace(wanted)
