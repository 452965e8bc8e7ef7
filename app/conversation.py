"""When the model is told what a tool has answered: the core, without sockets, tasks or a clock of its own.

jambonz asks the model for a response by itself after every `llm:tool-output`, and ends the call on any `error` of the
model. A response asked for while another one is active is such an error; so is one that voice activity detection wants
to start while ours is running. So outputs are held back until nobody has the floor and the turn's tools have all
answered. All but the last are then given to the model silently, and the last one together with the request to speak.
Sources: protocol/jambonz.md 6.4-6.7; protocol/openai-realtime.md 4.7, 4.10, 4.12.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, assert_never

EVENTS = (
    "response.created",
    "response.done",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "error",
)
"""Events of the model without which outputs cannot be timed; named alike in both dialects, and known to every jambonz."""

PATIENCE_S = 5.0
"""How long to believe in a response that is due, or was active when messages may have been lost. A caller in silence
for ever is worse than the small risk of speaking too early."""


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    """The model begins a response."""


@dataclass(frozen=True, slots=True)
class ResponseDone:
    """The model's response is over: completed, cancelled, incomplete or failed."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller begins to speak; an active response gets cancelled."""


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The caller has finished; the model answers without being asked."""


@dataclass(frozen=True, slots=True)
class Called:
    """The model calls a tool, in the response that is active."""

    call_id: str
    name: object
    arguments: object


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool has answered; `output` is JSON as text."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class Reconnected:
    """jambonz is back on a new socket; what was under way on the old one may be lost, in both directions."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """`wake_at_s` has come."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The `llm` verb or the call is over: nobody listens any more."""


Event = ResponseCreated | ResponseDone | SpeechStarted | SpeechStopped | Called | Returned | Reconnected | Timeout | Ended


@dataclass(frozen=True, slots=True)
class Run:
    """Start a tool; its answer comes back as `Returned`."""

    call_id: str
    name: object
    arguments: object


@dataclass(frozen=True, slots=True)
class Tell:
    """Give the model an output and ask for nothing (`llm:update`)."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class TellAndAsk:
    """Give the model an output; jambonz asks it for a response (`llm:tool-output`)."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing is to be done about a tool call, for the log."""

    call_id: str
    reason: str


Effect = Run | Tell | TellAndAsk | Drop


class Floor(Enum):
    """Who speaks, or is about to."""

    FREE = "nobody"
    CALLER = "the caller speaks; the model will answer unasked"
    DUE = "a response has been asked for and has not begun"
    MODEL = "a response is active"


@dataclass(slots=True)
class _Call:
    """A tool call that the model waits for."""

    turn: int
    output: str | None = None


@dataclass(slots=True)
class Conversation:
    """One `llm` verb's worth of talk. The model has at most one response at a time."""

    wake_at_s: float | None = None
    floor: Floor = Floor.FREE
    ended: bool = False
    _turn: int = 0
    _known: set[str] = field(default_factory=set)
    _open: dict[str, _Call] = field(default_factory=dict)
    _unconfirmed: dict[str, str] = field(default_factory=dict)
    """Outputs given away that no response has followed yet."""
    _may_be_lost: bool = False

    @property
    def owed(self) -> tuple[str, ...]:
        """Ids of the tool calls that the model still waits for, in the order it made them."""
        return tuple(self._open)

    def receive(self, event: Event, now_s: float) -> list[Effect]:
        if self.ended:
            return [Drop(event.call_id, "the conversation is over")] if isinstance(event, Called | Returned) else []
        match event:
            case ResponseCreated():
                self._turn += 1
                self._unconfirmed, self._may_be_lost = {}, False
                # The response to the caller comes after the caller's end. An earlier one, ours, is about to be cancelled.
                if self.floor is not Floor.CALLER:
                    self._give_floor(Floor.MODEL)
            case ResponseDone():
                # While the caller speaks this is the cancelled response, and the floor stays with the caller.
                if self.floor is Floor.MODEL:
                    self._give_floor(Floor.FREE)
            case SpeechStarted():
                self._give_floor(Floor.CALLER)
            case SpeechStopped():
                if self.floor is Floor.CALLER:
                    self._give_floor(Floor.DUE, now_s + PATIENCE_S)
            case Called(call_id):
                return [Drop(call_id, "called a second time")] if call_id in self._known else self._called(event, now_s)
            case Returned(call_id, output):
                if call_id not in self._open:
                    return [Drop(call_id, "nobody waits for this output")]
                self._open[call_id].output = output
            case Reconnected():
                if self.floor is not Floor.FREE or self._unconfirmed:
                    self._may_be_lost = True
                    self.wake_at_s = now_s + PATIENCE_S
            case Timeout():
                if self._may_be_lost:
                    self._take_back()
                self._give_floor(Floor.FREE)
            case Ended():
                self.ended, self.wake_at_s = True, None
                return [Drop(call_id, "the conversation ended first") for call_id in self._open]
            case other:
                assert_never(other)
        return self._answers(now_s)

    def _give_floor(self, floor: Floor, until_s: float | None = None) -> None:
        self.floor, self.wake_at_s = floor, until_s

    def _called(self, call: Called, now_s: float) -> list[Effect]:
        if self.floor in (Floor.FREE, Floor.DUE):
            # There is a response although nobody told us: it is active now, and its end may have been missed as well.
            self._give_floor(Floor.MODEL, now_s + PATIENCE_S)
        self._known.add(call.call_id)
        self._open[call.call_id] = _Call(self._turn)
        return [Run(call.call_id, call.name, call.arguments)]

    def _answers(self, now_s: float) -> list[Effect]:
        """The outputs of all turns that are complete, if the model may be asked to speak about them now."""
        if self.floor is not Floor.FREE:
            return []
        waiting = {call.turn for call in self._open.values() if call.output is None}
        ready = {call_id: call.output for call_id, call in self._open.items() if call.output is not None and call.turn not in waiting}
        if not ready:
            return []
        for call_id in ready:
            del self._open[call_id]
        self._unconfirmed |= ready
        self._give_floor(Floor.DUE, now_s + PATIENCE_S)
        *silent, (last, output) = ready.items()
        return [*(Tell(call_id, text) for call_id, text in silent), TellAndAsk(last, output)]

    def _take_back(self) -> None:
        """Outputs that went out before the socket broke, and that no response has followed, are given once more."""
        self._open |= {call_id: _Call(self._turn, output) for call_id, output in self._unconfirmed.items()}
        self._unconfirmed, self._may_be_lost = {}, False


def event_of(message: dict[str, Any]) -> Event | None:
    """What an `llm:event` means to the conversation; None for all that do not matter to it."""
    match message.get("type"):
        case "response.created":
            return ResponseCreated()
        case "response.done":
            return ResponseDone()
        case "input_audio_buffer.speech_started":
            return SpeechStarted()
        case "input_audio_buffer.speech_stopped":
            return SpeechStopped()
        case _:
            return None
