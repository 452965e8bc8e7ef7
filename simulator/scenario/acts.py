"""What a scenario orders while it is played, and what it is told. `leg` is the number of the call that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.faults import Heal, Lay
from simulator.journal import Frame
from simulator.scenario.failure import Failure
from simulator.scenario.steps import Step
from simulator.script import Timeout
from simulator.speech import Speech
from simulator.vendors.openai.events import Answer, Mishear, Refuse, ResponseRequested
from simulator.vendors.openai.faults import Blow, Upon
from simulator.world.backends import Backend

# --- events


@dataclass(frozen=True, slots=True)
class Noted:
    """New frames stand in the journal: everything that happened at one instant is told at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The model of a call was asked for a response."""

    request: ResponseRequested
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A response that was asked for is not wanted any more."""

    response_id: str
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """Every call is over and every connection is closed: nothing more will happen, unless somebody calls again."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Play this step now: said to a player whose steps come one by one. `number` is what the step is called in the answer."""

    number: int
    step: Step


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this step any more: it ends where it is."""

    number: int


@dataclass(frozen=True, slots=True)
class Curtain:
    """No more steps will come. `judged`: the call is brought to its end as a scenario is; else everybody hangs up at once."""

    judged: bool


@dataclass(frozen=True, slots=True)
class Next:
    """Go on: said to a player that waits for it before each step."""


Event = Noted | Asked | Withdrawn | Settled | Timeout | Cue | Cancel | Curtain | Next


# --- effects


@dataclass(frozen=True, slots=True)
class Dial:
    """Somebody (`who` of `phones:`) calls the application."""

    who: str


@dataclass(frozen=True, slots=True)
class Speak:
    """The caller begins to say this."""

    speech: Speech
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys."""

    digits: str
    leg: int = 0


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller hangs up."""

    headers: dict[str, str] = field(default_factory=dict)
    leg: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """The caller's side sends a SIP request within the call."""

    method: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    leg: int = 0


@dataclass(frozen=True, slots=True)
class MishearCaller:
    """Speech recognition gets the caller's next words wrong, is less sure of them, or fails with an error."""

    text: str | None
    confidence: float | None
    failure: str | None
    leg: int = 0


@dataclass(frozen=True, slots=True)
class PickUp:
    """A phone that rings is answered."""

    leg: int = 0


@dataclass(frozen=True, slots=True)
class Decline:
    """A phone that rings is declined, with a SIP status."""

    status: int
    leg: int = 0


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """The model answers an open request for a response."""

    response_id: str
    answer: Answer
    leg: int = 0


ToModel = Refuse | Mishear | Blow | Upon


@dataclass(frozen=True, slots=True)
class TellModel:
    """Something happens to the model server, now or (said before there is a connection) to the next one."""

    happening: ToModel
    leg: int = 0


@dataclass(frozen=True, slots=True)
class RefuseModel:
    """The next connection to the model is not made: an HTTP status at the upgrade, or no answer at all (None)."""

    status: int | None
    leg: int = 0


@dataclass(frozen=True, slots=True)
class AddBackend:
    """A backend answers differently from now on."""

    backend: Backend


@dataclass(frozen=True, slots=True)
class ToLine:
    """A fault is laid on the line to the application or to the model, or the line is healed."""

    line: Literal["app", "model"]
    order: Lay | Heal


@dataclass(frozen=True, slots=True)
class AskApi:
    """Somebody asks the REST API: about the call `leg`, or (`create`, `list`) none. `who` is called by `create`, None the caller."""

    api: Literal["create", "update", "delete", "get", "list"]
    leg: int | None = None
    who: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Played:
    """A step that was asked for by a `Cue` has ended: with the frame that fitted an expectation, or with a failure, or was cancelled."""

    number: int
    fitted: Frame | None = None
    failure: Failure | None = None


Act = (
    Dial
    | Speak
    | Press
    | HangUp
    | Request
    | MishearCaller
    | PickUp
    | Decline
    | AnswerModel
    | TellModel
    | RefuseModel
    | AddBackend
    | ToLine
    | AskApi
    | Played
)
