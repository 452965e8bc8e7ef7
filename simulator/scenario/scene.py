"""What a playing scenario can see: the journal so far, who speaks, and which responses wait for an answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import Where
from simulator.jambonz.media import Playback
from simulator.journal import Frame, Journal
from simulator.pattern import show
from simulator.scenario.acts import Asked, Noted, Settled, Withdrawn
from simulator.scenario.failure import Failure, StepFailed
from simulator.scenario.steps.model import Lasting, Strike
from simulator.scenario.why import nobody_rang, too_late, why_nobody_asked, why_not_quiet
from simulator.script import Timeout, Waiting, until
from simulator.vendors.openai.events import Answer, ResponseRequested

JOINS = frozenset({"dials", "called"})
"""What a phone does, or what is done to it, at the beginning of a call: frames with `who`."""
NEVER_ARRIVES = frozenset({"drop", "corrupt", "disconnect", "lost"})
"""What faults of a line do to what is never noted then."""
SEEN = JOINS | {
    "response.done", "open", "fault", "scripted", "closed", "sip_response", "rings", "answers", "call_ended", "call_refused"
}  # fmt: skip
"""Kinds of frames that change what is seen."""
NO_CALL = -1
GRACE_S, UNANSWERED_GRACE_S = 1.0, 6.0
"""How long after the end of a call an expectation still waits for a last frame; the socket of an outbound call that failed stays open for 5 s."""


@dataclass(slots=True)
class Scene:
    """One phone's view of it, kept up to date by the player; steps read it and wait on it.

    `who` is a name of `phones:`, None for the caller of `call:`; `leg` the number of the call this phone is in, None before there is one.
    """

    journal: Journal
    playback_of: Callable[[int], Playback]
    who: str | None = None
    leg: int | None = 0
    now_s: float = 0.0
    since: int = 0
    """Expectations look at frames from here on: behind the one that matched last."""
    requests: deque[ResponseRequested] = field(default_factory=deque)
    responding: dict[str, None] = field(default_factory=dict)
    """Responses that were requested and are not done yet, by id (an ordered set)."""
    answered: bool = False
    called: bool = False
    """Whether this phone was called, rather than calling."""
    ringing: bool = False
    """Whether this phone is called, and neither answered nor given up."""
    hung_up: bool = False
    """Whether the caller has."""
    over: Frame | None = None
    settled: bool = False
    connected: bool = False
    _read: int = 0
    default: Answer | None = None
    """How the model answers when no step does."""
    laid: list[Strike] = field(default_factory=list)
    """Faults that wait for their events; each is known by its number, from 1 on."""
    struck: dict[int, int] = field(default_factory=dict)
    """How often each of them has struck."""
    captured: dict[str, Any] = field(default_factory=dict)
    """What steps have captured, by name; all phones of a scenario share it."""

    def frames(self, since: int = 0) -> Sequence[Frame]:
        """What this phone's call is made of: its frames and those of the world."""
        return self.journal.of_leg(NO_CALL if self.leg is None else self.leg, since)

    @property
    def playback(self) -> Playback:
        """What this phone hears; silence before there is a call."""
        return Playback() if self.leg is None else self.playback_of(self.leg)

    def observe(self, event: object) -> None:
        """Something happened."""
        match event:
            case Asked(request, leg) if leg == self.leg:
                self.requests.append(request)
                self.responding[request.response_id] = None
            case Withdrawn(response_id, leg) if leg == self.leg:
                self.responding.pop(response_id, None)
                self.requests = deque(one for one in self.requests if one.response_id != response_id)
            case Settled():
                self.settled = True
        self.read_on()

    def lay(self, fault: Strike) -> int:
        """A fault that waits for its event; answers its number."""
        self.laid.append(fault)
        return len(self.laid)

    def idle_faults(self) -> Iterator[tuple[Strike, int]]:
        """Faults that have not struck as often as they should, and how often they have."""
        for number, fault in enumerate(self.laid, 1):
            wanted = (fault.count or 1) if isinstance(fault, Lasting) else 1
            if (struck := self.struck.get(number, 0)) < wanted:
                yield fault, struck

    def read_on(self) -> None:
        """Take in what the journal holds: several frames may stand there before the first of them is told."""
        frames = self.journal.frames
        while self._read < len(frames):
            self._frame(frames[self._read])
            self._read += 1

    def _frame(self, frame: Frame) -> None:
        if frame.kind not in SEEN:
            return
        if frame.kind in JOINS and frame.link == "media":
            self._joins(frame)
        if frame.leg != self.leg:
            return
        match frame.link, frame.kind:
            case "model", "response.done":
                self.responding.pop(frame.frame["response"].get("id"), None)
            case "model", "open":
                self.connected = True
            case "model", "fault" | "scripted" if (number := frame.frame.get("number")) is not None and frame.frame["what"] != "arm":
                self.struck[number] = self.struck.get(number, 0) + 1
                if frame.frame["event"] == "response.done":  # it was made, whether the client is told or not
                    self.responding.pop(frame.frame.get("response_id", ""), None)
            case "model", "fault" if frame.frame.get("type") == "response.done" and frame.frame["what"] in NEVER_ARRIVES:
                self.responding.pop(frame.frame.get("response_id", ""), None)
            case "model", "closed":
                self.connected = False
                self.responding.clear()
                self.requests.clear()
            case "media", "sip_response" if frame.frame["status"] == 200:
                self.answered = True
            case "media", "called":
                self.called = True
            case "media", "rings":
                self.ringing = True
            case "media", "answers":
                self.answered, self.ringing = True, False
            case "media", "call_ended":
                self.over, self.ringing = frame, False
            case "app", "call_refused":
                self.over = frame

    def _joins(self, frame: Frame) -> None:
        """A phone has begun a call; if it is this one, all that was before is over."""
        self.settled = False
        if self.who is not None and frame.frame.get("who") == self.who:
            self.leg, self.over, self.since = frame.leg, None, frame.seq
            self.answered = self.called = self.ringing = self.hung_up = self.connected = False
            self.requests.clear()
            self.responding.clear()

    # --- what steps ask

    def call_of(self, where: Where) -> int:
        """The number of the call this phone is in."""
        if self.leg is None:
            raise StepFailed(Failure(where, f"{self.who} is in no call", (), f"let them call first: caller: {{dial: true, who: {self.who}}}"))
        return self.leg

    @property
    def quiet(self) -> bool:
        """Whether it is the caller's turn: the call is answered, the assistant was heard to the end and nothing is being made."""
        return self.answered and not self.requests and not self.responding and not self.playback.playing

    def wait(self, left_s: float) -> Waiting[bool]:
        """Wait until anything happens, at most `left_s`; False when that time is over, or nothing can happen any more."""
        if self.over is not None:
            left_s = min(left_s, max(0.0, self.over.at_s + (UNANSWERED_GRACE_S if self.called and not self.answered else GRACE_S) - self.now_s))
        if self.settled or left_s <= 0:
            return False
        happened = yield from until(Noted, Asked, Withdrawn, Settled, timeout_s=left_s)
        return not isinstance(happened, Timeout)

    def turn(self, where: Where, within_s: float, who: str) -> Waiting[None]:
        """Wait politely for the caller's turn."""
        deadline_s = self.now_s + within_s
        while not self.quiet or self.over is not None:
            if self.over is not None:
                raise StepFailed(too_late(self, where, f"{who} cannot do this: the call is over"))
            if not (yield from self.wait(deadline_s - self.now_s)) and not self.quiet:
                why = why_not_quiet(self)
                raise StepFailed(Failure(where, f"{who} waited {within_s:g} s for a turn that never came", (why.said,), why.remedy))

    def rings(self, where: Where, within_s: float, who: str) -> Waiting[None]:
        """Wait until the phone rings."""
        deadline_s = self.now_s + within_s
        while not self.ringing:
            if self.answered and self.over is None:
                raise StepFailed(Failure(where, f"{who} has no call to answer or decline: they are in one"))
            if not (yield from self.wait(deadline_s - self.now_s)) and not self.ringing:
                problem = f"{who} waited {within_s:g} s for the phone to ring"
                raise StepFailed(nobody_rang(self, where, problem))

    def heard(self, where: Where, after_s: float, within_s: float, who: str) -> Waiting[None]:
        """Wait until the caller has heard `after_s` of the assistant's speech: of what plays now, or of what comes next."""
        deadline_s = self.now_s + within_s
        started = self.playback.playing
        while self.playback.heard_s(self.now_s) < after_s - 1e-9 or not self.playback.playing:
            if self.over is not None:
                raise StepFailed(too_late(self, where, f"{who} cannot do this: the call is over"))
            if started and not self.playback.playing:
                problem = f"{who} wanted to wait for {after_s:g} s of the assistant's speech, but it was shorter"
                last = next((frame for frame in reversed(self.frames()) if frame.kind == "heard"), None)
                detail = f"the caller heard {last.frame['heard_s']:g} s: {show(last.frame['text'])}" if last else "nothing was heard"
                raise StepFailed(Failure(where, problem, (detail,), "shorten `after`, or let the model say more"))
            started = started or self.playback.playing
            left_s = deadline_s - self.now_s
            if self.playback.playing:
                left_s = min(left_s, after_s - self.playback.heard_s(self.now_s))
            if left_s <= 0:
                why = why_nobody_asked(self)
                raise StepFailed(Failure(where, f"the assistant did not speak within {within_s:g} s", (why.said,), why.remedy))
            yield from self.wait(left_s)

    # --- what people are told

    def how_it_ended(self) -> str:
        """When and by whom the call was ended."""
        if self.over is None:
            return "the call goes on"
        return f"the call ended at {self.over.at_s:.3f} s: {self.over.frame['status']}, by {self.over.frame['by']}"
