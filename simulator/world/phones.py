"""The phones that can be called, and how each of them behaves: it rings, is answered, declined, or left ringing.

A core: `receive(event, now_s)` answers what the phones do; who has the say over a phone without a manner of its own is the scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from simulator.jambonz.events import CallerSpoke, CallOver, CancelInvite, InvitePhone, PhoneAnswered, PhoneBeeped, PhoneRang, PhoneRefused
from simulator.script import Timeout, soonest
from simulator.speech import Speech, speak

REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}
NOT_FOUND, BUSY, CANCELLED = 404, 486, 487
BEEP_HZ = 1_000


@dataclass(frozen=True, slots=True)
class Manner:
    """What a phone does when it is called: after `after_s` it is answered, or declined with `declines`; None leaves it ringing.

    `rings` is false for one that refuses at once. `early_media` is heard before the answer, `greeting` after it; a machine gives a
    tone (`beeps`) when it has greeted.
    """

    after_s: float | None = None
    declines: int | None = None
    rings: bool = True
    early_media: str = ""
    greeting: str = ""
    beeps: bool = False


@dataclass(frozen=True, slots=True)
class PickUp:
    """Somebody answers the phone that rings in this call."""

    leg: int


@dataclass(frozen=True, slots=True)
class Decline:
    """Somebody declines the call, with a SIP status."""

    leg: int
    status: int


@dataclass(frozen=True, slots=True)
class Did:
    """For the journal: what a phone did."""

    leg: int
    kind: str
    frame: dict[str, Any] = field(default_factory=dict)


Happened = InvitePhone | CancelInvite | CallOver | PickUp | Decline | Timeout
Outcome = Did | PhoneRang | PhoneAnswered | PhoneRefused | PhoneBeeped | CallerSpoke


@dataclass(slots=True)
class _Ringing:
    manner: Manner
    due_s: float | None


class Phones:
    """All of them. `numbers` says who has which number, None for the caller of `call:`; `manners` how they behave."""

    def __init__(self, numbers: Mapping[str | None, str], manners: Mapping[str | None, Manner]) -> None:
        self._numbers, self._manners = numbers, manners
        self._in_call: dict[int, str | None] = {}
        self._ringing: dict[int, _Ringing] = {}
        self._beeps: dict[int, float] = {}

    def takes_part(self, leg: int, who: str | None) -> None:
        """This phone has begun a call itself."""
        self._in_call[leg] = who

    @property
    def wake_at_s(self) -> float | None:
        """When a phone does something by itself."""
        return soonest(*(ringing.due_s for ringing in self._ringing.values()), *self._beeps.values())

    def receive(self, event: Happened, now_s: float) -> list[Outcome]:
        """Something happened to a phone, or time has come."""
        match event:
            case InvitePhone():
                return self._called(event, now_s)
            case PickUp(leg):
                return self._answers(leg, now_s)
            case Decline(leg, status):
                return self._refuses(leg, status, "declines")
            case CancelInvite(leg):
                return self._refuses(leg, CANCELLED, "cancelled")
            case CallOver(leg):
                self._forget(leg)
                return []
            case Timeout():
                return self._due(now_s)
            case other:
                assert_never(other)

    def _called(self, event: InvitePhone, now_s: float) -> list[Outcome]:
        more = {"name": event.name, "headers": event.headers}
        invite = {"from": event.from_, "to": event.to} | {name: value for name, value in more.items() if value}
        owners = [who for who, number in self._numbers.items() if same_address(number, event.to)]
        if not owners:
            return [Did(event.leg, "unreachable", {**invite, "status": NOT_FOUND}), PhoneRefused(NOT_FOUND, REASONS[NOT_FOUND], event.leg)]
        who = owners[0]
        if who in self._in_call.values():
            return [Did(event.leg, "busy", {**invite, "phone": who or "caller"}), PhoneRefused(BUSY, REASONS[BUSY], event.leg)]
        self._in_call[event.leg] = who
        manner = self._manners.get(who, Manner())
        self._ringing[event.leg] = _Ringing(manner, None if manner.after_s is None else now_s + manner.after_s)
        outcomes: list[Outcome] = [Did(event.leg, "called", {"who": who, **invite})]
        if manner.rings:
            outcomes += [Did(event.leg, "rings", {}), PhoneRang(bool(manner.early_media), event.leg)]
            if manner.early_media:
                outcomes += _says(event.leg, speak(manner.early_media))
        return [*outcomes, *self._due(now_s)]

    def _due(self, now_s: float) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for leg, ringing in list(self._ringing.items()):
            if ringing.due_s is not None and now_s >= ringing.due_s:
                declines = ringing.manner.declines
                outcomes += self._answers(leg, now_s) if declines is None else self._refuses(leg, declines, "declines")
        for leg, due_s in list(self._beeps.items()):
            if now_s >= due_s:
                del self._beeps[leg]
                outcomes += [Did(leg, "beeps", {"frequency_hz": BEEP_HZ}), PhoneBeeped(BEEP_HZ, leg)]
        return outcomes

    def _answers(self, leg: int, now_s: float) -> list[Outcome]:
        ringing = self._ringing.pop(leg, None)
        if ringing is None:
            return []
        outcomes: list[Outcome] = [Did(leg, "answers"), PhoneAnswered(leg)]
        greeting = speak(ringing.manner.greeting)
        if greeting.text:
            outcomes += _says(leg, greeting)
        if ringing.manner.beeps:
            self._beeps[leg] = now_s + greeting.duration_s
        return outcomes

    def _refuses(self, leg: int, status: int, kind: str) -> list[Outcome]:
        """A final response; what has been answered, or is over, cannot be refused any more."""
        if self._ringing.pop(leg, None) is None:
            return []
        self._forget(leg)
        return [Did(leg, kind, {"status": status}), PhoneRefused(status, REASONS.get(status, "Declined"), leg)]

    def _forget(self, leg: int) -> None:
        for known in (self._ringing, self._in_call, self._beeps):
            known.pop(leg, None)


def _says(leg: int, speech: Speech) -> list[Outcome]:
    return [Did(leg, "speaks", {"text": speech.text, "duration_s": round(speech.duration_s, 3)}), CallerSpoke(speech, leg)]


def same_address(number: str, called: str) -> bool:
    """Whether who is called has this number: as it is written, or as the user of `sip:user@host` or `user@host`."""
    bare = called.removeprefix("sips:").removeprefix("sip:")
    return number in (called, bare, bare.partition("@")[0])
