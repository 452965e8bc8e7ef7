"""The legs of one `dial` verb: who rings, who has won, what is told about it at the end.

Source: jambonz.md 4.5 and 5.2 (dial.js at 389c65e2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from simulator.jambonz import tracks
from simulator.jambonz.answer_detection import detect
from simulator.jambonz.bridge import Bridge
from simulator.jambonz.events import DialMoved, Digit, Effect
from simulator.jambonz.keys import KeyCollector, patterns_of
from simulator.jambonz.messages import B3_WHEN_TRACING_IS_OFF
from simulator.jambonz.schema import VerbData
from simulator.jambonz.targets import Target, targets_of
from simulator.script import Running, Script, until

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

Json = dict[str, Any]

RING_S = 60.0
STAYS = ("completed", "no-answer")
"""A result that no later status replaces."""
NEEDS_MEDIA = ("anchorMedia", "listen", "stream", "transcribe", "dub", "amd")
"""With one of these, jambonz stays in the path of the media."""


@dataclass(slots=True)
class Dialling:
    """One `dial` verb at work. The legs tell it how they fare; the verb's script waits for `DialMoved` and looks."""

    verb: VerbData
    call: Call
    results: Json = field(default_factory=dict)
    legs: dict[int, Call] = field(default_factory=dict)
    """Those that ring, or are asked whether they take the call."""
    winner: Call | None = None
    bridge: Bridge | None = None
    detached: bool = False
    """The winner has got a session of its own: the verb goes on without anybody until it is killed."""
    rings_until_s: float | None = None
    lasts_until_s: float | None = None
    media_path: str = "full-media"
    ended: bool = False
    holding: Running[Effect, None] | None = None
    """What who is on hold hears."""
    ears: list[Running[Effect, None]] = field(default_factory=list)
    """What listens to the two who are connected, or transcribes them."""

    @property
    def data(self) -> Json:
        """The verb's properties."""
        return self.verb.data

    @property
    def over(self) -> bool:
        """Whether nobody is left to talk to."""
        return not self.legs and self.winner is None and not self.detached

    # --- calling

    def begin(self) -> None:
        """Call everybody at once."""
        targets = targets_of(self.data, self.call.invite.host)
        self.rings_until_s = self.call.now_s + float(self.data.get("timeout") or RING_S)
        for target in targets:
            self._invite(target)

    def _invite(self, target: Target) -> None:
        from_ = str(self.data.get("callerId") or self.call.info.from_)
        headers = {**(self.data.get("headers") or {}), **target.headers}
        leg = self.call.exchange.place(self.call, target.to, from_)
        self.legs[leg.leg] = leg
        self.call.exchange.ring(leg, self, target, headers)

    # --- what the legs tell

    def told(self, leg: Call, sip_status: int | None) -> None:
        """The status of a leg has changed; the last one is the result, until one stays."""
        if self.results.get("dial_call_status") not in STAYS:
            self._result(leg, leg.info.call_status, sip_status)
        if leg.info.call_status == "early-media" and len(self.legs) == 1 and not self.data.get("dialMusic"):
            self.connect(leg)
        elif leg.info.call_status == "in-progress":
            self.rings_until_s = None  # the ring timer stops with the first answer, be it declined later

    def _result(self, leg: Call, status: str, sip_status: int | None) -> None:
        told = {"dial_call_status": status, "dial_sip_status": sip_status, "dial_call_sid": leg.info.call_sid, "dial_sbc_callid": leg.info.sbc_callid}
        self.results = {name: value for name, value in told.items() if value is not None}

    def accept(self, leg: Call) -> None:
        """This leg has won: connect it, answer the caller who was waiting for that, drop the others."""
        del self.legs[leg.leg]
        self.winner, self.rings_until_s = leg, None
        self._result(leg, "completed", 200)
        self.connect(leg)
        self.call.answer()
        for other in list(self.legs.values()):
            self.drop(other)
        if limit := self.data.get("timeLimit"):
            self.lasts_until_s = self.call.now_s + float(limit)
        for dub in self.data.get("dub") or []:
            tracks.dub(leg, dub)
        self._watch_keys(self.call, "parentCall")
        self._watch_keys(leg, "childCall")
        if amd := self.data.get("amd"):
            leg.beside(detect(leg, cast("Json", amd), self.call))
        self.call.tell(DialMoved())

    def gone(self, leg: Call) -> None:
        """A leg is over, by whomever."""
        self.legs.pop(leg.leg, None)
        if self.winner is leg:
            self.winner = None
        self.call.tell(DialMoved())

    # --- what the verb wants

    def connect(self, leg: Call) -> None:
        """Let caller and leg hear each other."""
        if self.bridge is None:
            self.bridge = Bridge(self.call, leg)
        elif leg not in (self.bridge.one, self.bridge.other):
            self.bridge.part()
            self.bridge = Bridge(self.call, leg)
        if self.data.get("exitMediaPath"):
            self.media_path = "no-media"
        elif not any(self.data.get(name) for name in NEEDS_MEDIA):
            self.media_path = "partial-media"
        self.bridge.join(self.media_path)

    def drop(self, leg: Call) -> None:
        """This leg is not wanted any more: CANCEL, or BYE."""
        if leg.answered_at_s is None:
            leg.cancel()
        else:
            leg.hang_up("jambonz")
            leg.let_go()

    def end(self) -> None:
        """Drop everybody."""
        self.ended = True
        for leg in [*self.legs.values(), *([self.winner] if self.winner is not None else [])]:
            self.drop(leg)
        if self.bridge is not None:
            self.bridge.part()

    def detach(self) -> Call | None:
        """The connected leg gets a session of its own: it is this verb's no longer."""
        leg, self.winner = self.winner, None
        if leg is not None:
            self.detached = True
            if self.bridge is not None:
                self.bridge.part()
        return leg

    # --- keys

    def _watch_keys(self, call: Call, party: str) -> None:
        patterns = patterns_of(self.data.get("dtmfCapture"), party)
        if patterns and self.data.get("dtmfHook"):
            call.beside(self._keys(call, KeyCollector(patterns)))

    def _keys(self, call: Call, collector: KeyCollector) -> Script[Effect, None]:
        """`dtmfHook` for every match; it wants an acknowledgement whose verbs are ignored (dial.js `_onInfo`)."""
        while True:
            pressed = yield from until(Digit)
            if self.ended or self.detached:
                return
            match = collector.press(pressed.digit, call.now_s)
            if match is not None:
                data = {"dtmf": match, **call.info.payload()}
                self.call.requestor.send("verb:hook", data, self.data["dtmfHook"], B3_WHEN_TRACING_IS_OFF)
