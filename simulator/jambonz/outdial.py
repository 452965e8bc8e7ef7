"""An INVITE that jambonz sends: from the first ring to the final response. Both `dial` and the REST API call somebody this way.

Source: jambonz.md 4.4 and 4.5 (place-outdial.js:217-328, create-call.js:360-387 at 389c65e2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import CancelInvite, Effect, InvitePhone, PhoneAnswered, PhoneRang, PhoneRefused
from simulator.script import Killed, Script, Timeout, until

Json = dict[str, Any]

NO_ANSWER = 487
REQUEST_TERMINATED = (NO_ANSWER, "Request Terminated")


@dataclass(frozen=True, slots=True)
class Outdial:
    """Whom to call and how. `busy` are the statuses told as `busy`; `reasons` whether provisional statuses tell theirs."""

    to: str
    from_: str
    name: str = ""
    headers: Json = field(default_factory=dict)
    timeout_s: float | None = None
    busy: frozenset[int] = frozenset({486, 600})
    reasons: bool = True


Told = Callable[[Call, int | None], None]
"""Is told of every change of the call's status: the call, and the SIP status that came with it."""


def nobody(call: Call, sip_status: int | None) -> None:
    """Nobody but the application wants to know."""


def ring(call: Call, outdial: Outdial, told: Told = nobody) -> Script[Effect, bool]:
    """Call somebody; whether they answered. After `timeout_s`, or when killed, the INVITE is cancelled.

    The application is told of every status. An answer that crosses the CANCEL is hung up at once.
    """
    call.do(InvitePhone(outdial.to, outdial.from_, outdial.name, outdial.headers))
    _status(call, told, "trying", 100, "Trying")
    deadline_s = None if outdial.timeout_s is None else call.now_s + outdial.timeout_s
    try:
        while True:
            left_s = None if deadline_s is None else max(0.0, deadline_s - call.now_s)
            happened = yield from until(PhoneRang, PhoneAnswered, PhoneRefused, timeout_s=left_s)
            match happened:
                case PhoneRang(early_media):
                    sip = (183, "Session Progress") if early_media else (180, "Ringing")
                    _status(call, told, "early-media" if early_media else "ringing", sip[0], sip[1] if outdial.reasons else None)
                case PhoneAnswered():
                    answered(call)
                    _status(call, told, "in-progress", 200, "OK")
                    return True
                case PhoneRefused():
                    _failed(call, happened, outdial, told)
                    return False
                case Timeout():
                    break
    except Killed:
        pass
    yield from _cancel(call, outdial, told)
    return False


def _cancel(call: Call, outdial: Outdial, told: Told) -> Script[Effect, None]:
    call.cancelled = True
    call.note("sip_cancel", by="jambonz")
    call.do(CancelInvite())
    final = yield from until(PhoneAnswered, PhoneRefused)
    if isinstance(final, PhoneRefused):
        _failed(call, final, outdial, told)
        return
    answered(call)  # the 200 had been on its way: an answered call that ends at once
    call.end("completed", "jambonz", REQUEST_TERMINATED)
    told(call, NO_ANSWER)


def answered(call: Call) -> None:
    """The called phone was picked up: from now on the call has a duration, and needs no response of ours."""
    call.answered_at_s, call.responded = call.now_s, True


def _status(call: Call, told: Told, status: str, sip_status: int, sip_reason: str | None) -> None:
    reason = {} if sip_reason is None else {"sip_reason": sip_reason}
    call.info = call.info.changed(call_status=status, sip_status=sip_status, **reason)
    call.notify_status()
    told(call, sip_status)


def _failed(call: Call, refused: PhoneRefused, outdial: Outdial, told: Told) -> None:
    status = "busy" if refused.status in outdial.busy else "no-answer" if refused.status == NO_ANSWER else "failed"
    call.end(status, "jambonz", (refused.status, refused.reason))
    told(call, refused.status)
