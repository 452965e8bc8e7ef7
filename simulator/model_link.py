"""The model's leg: between the feature server's media module and a model server there is no socket, only events in memory.

A core like those it joins: `receive(event, now_s)`, `wake_at_s`, `owed`. It notes what passes, and plays what a scenario has
planned for connections that do not exist yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never
from urllib.parse import parse_qsl, urlsplit

import msgspec

from simulator.errors import SimulatorError
from simulator.faults import Arrives, Enter, Expired, Line, Lost, Passing, Refused, Severed, Struck, without_its_end
from simulator.faults.effects import Effect as LineEffect
from simulator.faults.passing import Direction, Kind
from simulator.faults.verdict import Breaks
from simulator.ids import Ids
from simulator.jambonz.events import CloseModel, ConnectModel, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable, SendModel
from simulator.journal import redact
from simulator.scenario.acts import AnswerModel, Asked, RefuseModel, TellModel, ToModel, Withdrawn
from simulator.script import Timeout, soonest
from simulator.vendors.chat.server import ChatServer
from simulator.vendors.elevenlabs.server import AgentServer
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.admission import settings_at
from simulator.vendors.openai.debts import OWES_OUTPUT
from simulator.vendors.openai.faults import Fault, FaultyServer, Happening, Upon
from simulator.vendors.openai.faults import Struck as StruckInside
from simulator.vendors.openai.prompt import Prompt
from simulator.vendors.openai.server import ModelServer
from simulator.vendors.openai.settings import Settings

CONNECT_S = 0.05
"""How long the websocket to the model takes to open."""

IN_MEMORY = Settings(chunks_ms=(100, 150, 500, 1000))
"""Audio comes in pieces of up to a second here; a client on a socket gets those of the real server."""

CLOSES_WITH: dict[Breaks, int] = {"utf8": 1007, "protocol": 1002}
"""How a websocket ends on which somebody cannot read on (RFC 6455, 7.4.1); of the media module's own inferred."""

SERVERS: dict[str, type[AgentServer] | type[ChatServer]] = {"elevenlabs": AgentServer, "chat": ChatServer}
"""Who answers for a vendor; for all others it is the OpenAI server."""

Order = ConnectModel | SendModel | CloseModel | AnswerModel | TellModel | RefuseModel | LineEffect | Timeout
Outcome = ModelConnected | ModelUnreachable | ModelSaid | ModelClosed | Asked | Withdrawn | Enter


class ModelLink:
    """Connections of one call to its model, one at a time; `note(source, kind, frame)` writes down what passes. `leg` is the call's number.

    What goes to the model is written down when it sets out, what comes from it when it arrives. Whatever faults of the `line` may have a say
    in leaves as `Enter`, and comes back as an effect of the line.
    """

    def __init__(
        self, dialect: openai.Dialect, ids: Ids, note: Callable[[str, str, dict[str, Any]], None], leg: int = 0, line: Line | None = None
    ) -> None:
        self._dialect, self._ids, self._note, self._leg = dialect, ids, note, leg
        self._line = line or Line("model", ids.dice)
        self._server: FaultyServer | None = None
        self._made = False
        self._planned: list[ToModel] = []
        self._refusals: list[int | None] = []
        self._opening: tuple[float, openai.Opened | ModelUnreachable] | None = None
        self._outcomes: list[Outcome] = []

    def receive(self, event: Order, now_s: float) -> list[Outcome]:
        """Something was ordered by the feature server or by the scenario, or time has come."""
        match event:
            case SendModel(said):
                self._says(said, now_s)
            case Arrives() | Struck() | Lost() | Severed() | Refused() | Expired():
                self._befalls(event, now_s)
            case Timeout():
                self._wake(now_s)
            case ConnectModel():
                self._connect(event, now_s)
            case CloseModel(code):
                self._close(code, now_s)
            case AnswerModel(response_id, answer):
                self._tell(openai.Answered(response_id, answer), now_s)
            case TellModel(happening):
                self._happens(happening, now_s)
            case RefuseModel(status):
                self._refusals.append(status)
            case other:
                assert_never(other)
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def prompt(self, response_id: str) -> Prompt | None:
        """What an open request is about; None when there is none, or the server is none that can be asked."""
        server = self._server.server if self._server is not None else None
        return server.prompt(response_id) if isinstance(server, ModelServer) else None

    @property
    def is_open(self) -> bool:
        """Whether a connection is there or being made."""
        return self._server is not None

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return soonest(self._opening[0] if self._opening is not None else None, self._server.wake_at_s if self._server is not None else None)

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe the model."""
        return self._server.owed if self._server is not None else {}

    @property
    def owed_by_client(self) -> dict[str, float]:
        """Outputs of tools that the application owes; what the scenario owes is no debt of anybody's, nor what is still under way here."""
        under_way = [f"({passing.tool_call_id})" for passing in self._line.under_way() if passing.connection == self._leg]
        return {debt: since_s for debt, since_s in self.owed.items() if debt.startswith(OWES_OUTPUT) and not debt.endswith(tuple(under_way))}

    def _connect(self, order: ConnectModel, now_s: float) -> None:
        path, mark, query = order.path.partition("?")
        shown = path + mark + "&".join(f"{name}={value}" for name, value in redact(dict(parse_qsl(query))).items())  # Azure's key stands there
        self._note("jambonz", "connect", {"vendor": order.vendor, "host": order.host, "path": shown, "headers": order.headers})
        if self._refusals:
            status = self._refusals.pop(0)
            reason = "no answer" if status is None else f"Unexpected server response: {status}"
            self._note("model", "refused", {"reason": reason})
            self._opening = (now_s + CONNECT_S, ModelUnreachable(reason, self._leg))
            return
        kind = SERVERS.get(order.vendor, ModelServer)
        server = kind(dialect=self._dialect, ids=self._ids, now_s=now_s, settings=settings_at(order.path, IN_MEMORY))
        if isinstance(server, AgentServer) and order.audio_hz is not None:
            server.set_up(*order.audio_hz)
        self._server = FaultyServer(server)
        self._line.stands(self._leg, self._leg)
        self._sets_out("to", "opening", {"type": "connect"}, openai.Opened(dict(parse_qsl(urlsplit(order.path).query)), order.headers), now_s)
        planned, self._planned = self._planned, []
        for happening in planned:
            if isinstance(happening, openai.Refuse) and happening.code != "model_not_found":  # that one brings no error event
                self._note("scenario", "scripted", {"what": "Refuse"})
            self._tell(happening, now_s)

    def _wake(self, now_s: float) -> None:
        if self._opening is not None and now_s >= self._opening[0]:
            opening, self._opening = self._opening[1], None
            if isinstance(opening, ModelUnreachable):
                self._outcomes.append(opening)
                return
            self._sets_out("from", "opening", {"type": "open"}, opening, now_s)
        self._tell(Timeout(), now_s)

    def _close(self, code: int, now_s: float) -> None:
        """jambonz goes: what is under way no longer concerns anybody."""
        self._opening = None
        if self._server is not None:
            self._note("jambonz", "closed", {"code": code})
            self._line.ends(self._leg)
            self._tell(openai.ClientClosed(code), now_s)
            self._gone()

    def _gone(self) -> None:
        self._server, self._made = None, False
        for lost in self._line.ends(self._leg):
            self._befalls(lost, 0.0)

    # --- over the line

    def _sets_out(self, direction: Direction, kind: Kind, frame: dict[str, Any], load: Any, now_s: float) -> None:
        passing = Passing(direction, self._leg, kind, frame, load, weight(frame), self._leg)
        enter = self._line.admit(passing)
        if enter is None:
            self._arrives(passing, None, now_s)
        else:
            self._outcomes.append(enter)

    def _says(self, said: dict[str, Any], now_s: float) -> None:
        if self._server is not None:
            self._note("jambonz", kind_of(said), said)
            if self._line.is_clear:  # as it nearly always is, and then nothing need be weighed
                self._heard(said, None, now_s)
            else:
                self._sets_out("to", "frame", said, said, now_s)

    def _arrives(self, passing: Passing, breaks: Breaks | None, now_s: float) -> None:
        load = passing.load
        match passing.direction, passing.kind:
            case "to", "opening":
                self._opening = (now_s + CONNECT_S, load)
            case "from", "opening":
                self._made = True
                self._note("model", "open", {})
                self._outcomes.append(ModelConnected(self._leg))
                self._tell(load, now_s)
            case "to", _:
                self._heard(load, breaks, now_s)
            case "from", "close":
                self._gone()
                self._note("model", "closed", {"code": load.code or 1006} | ({"reason": load.reason} if load.reason else {}))
                self._outcomes.append(ModelClosed(load.code or 1006, load.reason, self._leg))
            case _:
                self._said(load, breaks, now_s)

    def _heard(self, event: dict[str, Any], breaks: Breaks | None, now_s: float) -> None:
        match breaks:
            case None:
                self._tell(openai.ClientEvent(event), now_s)
            case "json":
                self._tell(openai.ClientText(without_its_end(written(event))), now_s)
            case "utf8" | "protocol":
                self._severed(CLOSES_WITH[breaks], now_s)
            case other:
                assert_never(other)

    def _said(self, event: dict[str, Any], breaks: Breaks | None, now_s: float) -> None:
        match breaks:
            case None:
                self._note("model", kind_of(event), event)
                self._outcomes.append(ModelSaid(event, self._leg))
            case "json":
                what = f"what jambonz does with a {kind_of(event)} of the model that is no JSON"
                self._note("scenario", "not_simulated", {"what": what, "instead": "it is thrown away"})
            case "utf8" | "protocol":
                self._severed(CLOSES_WITH[breaks], now_s)
            case other:
                assert_never(other)

    def _severed(self, code: int, now_s: float) -> None:
        """The connection ends for both sides; while it was being made, that is a failure to make it."""
        if self._server is None:
            return
        made, self._opening = self._made, None
        self._tell(openai.ClientClosed(code), now_s)
        self._gone()
        if not made:
            self._unreachable("read ECONNRESET")
            return
        self._note("scenario", "closed", {"code": code})
        self._outcomes.append(ModelClosed(code, "", self._leg))

    def _unreachable(self, reason: str) -> None:
        self._note("scenario", "refused", {"reason": reason})
        self._outcomes.append(ModelUnreachable(reason, self._leg))

    def _befalls(self, effect: LineEffect, now_s: float) -> None:
        """What a fault of the line has done."""
        match effect:
            case Struck() | Lost():
                self._note("scenario", "fault", effect.noted("model"))
            case Arrives(passing, breaks):
                if self._server is not None:
                    self._arrives(passing, breaks, now_s)
            case Severed(code=code):
                self._severed(code, now_s)
            case Refused(status=status):
                self._gone()
                self._unreachable("connect ECONNREFUSED" if status is None else f"Unexpected server response: {status}")
            case Expired():
                raise SimulatorError("the connection to the model has no time limit")
            case other:
                assert_never(other)

    def _happens(self, happening: ToModel, now_s: float) -> None:
        if self._server is None or isinstance(happening, openai.Refuse):
            if isinstance(happening, (openai.Refuse, openai.Mishear, openai.Stall, Fault, Upon)):
                self._planned.append(happening)
            return
        if isinstance(happening, (openai.Trouble, openai.EmitRaw, openai.Expire)):
            self._note("scenario", "scripted", {"what": type(happening).__name__})
        self._tell(happening, now_s)

    def _tell(self, happening: Happening, now_s: float) -> None:
        if self._server is None:
            return
        for effect in self._server.receive(happening, now_s):
            match effect:
                case openai.Emit(event) if self._line.is_clear:
                    self._said(event, None, now_s)
                case openai.Emit(event):
                    self._sets_out("from", "frame", event, event, now_s)
                case openai.Close():
                    self._sets_out("from", "close", {"type": "close"}, effect, now_s)
                case openai.ResponseRequested():
                    self._outcomes.append(Asked(effect, self._leg))
                case openai.ResponseGone(response_id):
                    self._outcomes.append(Withdrawn(response_id, self._leg))
                case StruckInside():
                    self._note("scenario", *effect.noted())
                case other:
                    assert_never(other)


def kind_of(event: dict[str, Any]) -> str:
    """An event's type; where a vendor gives it none, its first member names it."""
    return str(event.get("type") or next(iter(event), "empty"))


def written(event: dict[str, Any]) -> str:
    """An event as it goes over a wire, with its audio in base64."""
    return msgspec.json.encode(event).decode()


def weight(event: dict[str, Any]) -> int:
    """How many bytes it has there."""
    return len(msgspec.json.encode(event))
