"""The line to the application: its websockets, its webhooks, and the faults between them and the feature server.

Told and asked like a core: `receive(event, now_s)`, `wake_at_s`. What faults have done stands in the journal, noted by `scenario`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, assert_never

from simulator.faults import Arrives, Connection, Enter, Expired, Heal, Lay, Line, Lost, Passing, Refused, Severed, Struck
from simulator.faults.effects import Effect, about
from simulator.faults.verdict import Breaks
from simulator.jambonz.environment import Environment
from simulator.link import AppLinks
from simulator.link import Tell as TellOfSocket
from simulator.script import Timeout
from simulator.webhook_link import Tell as TellOfWebhook
from simulator.webhook_link import WebhookLink, request_of

DIALLING = "a connection to the app is being made"
"""How a requestor calls that debt."""


class AppLine:
    """`note(leg, source, kind, frame)` writes down what webhooks and faults do, `note_socket(socket, …)` what passes on websockets.

    `happen(event)` has `receive` called with it, in its turn.
    """

    def __init__(
        self,
        tell: Callable[[Any], None],
        note_socket: Callable[[int, str, str, dict[str, Any]], None],
        note: Callable[[int, str, str, dict[str, Any]], None],
        happen: Callable[[Enter], None],
        leg_of: Callable[[int], int],
        dice: Callable[[str], Random],
    ) -> None:
        self._note, self._happen, self._leg_of = note, happen, leg_of
        environment = Environment()
        self._line = Line("app", dice, opening_limit_s=environment.handshake_limit_s)
        tell_of_socket: TellOfSocket = tell
        tell_of_webhook: TellOfWebhook = tell
        self.sockets = AppLinks(tell_of_socket, note_socket, environment, self, leg_of)
        self.webhooks = WebhookLink(tell_of_webhook, note, self)

    # --- what the stage asks

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        return self._line.wake_at_s

    def excuses(self, debt: str) -> bool:
        """Whether the application cannot be the one who owes this: it has not got the question, or its answer is under way (or lost)."""
        if self._line.is_clear and not self._line.settled:
            return False
        if debt == DIALLING:
            return self._line.is_opening
        ids = {*self._line.settled, *(name for passing in self._line.under_way() for name in passing.debts.items())}
        return any(debt.endswith(f"request {found})" if name == "webhook" else f"({found})") for name, found in ids)

    def receive(self, event: Lay | Heal | Enter | Timeout, now_s: float) -> None:
        """Something was ordered or sets out, or time has come."""
        self._do(self._line.receive(event, now_s))

    def abort(self) -> None:
        """Drop whatever there is, at the end of a stage."""
        self.sockets.abort()

    @property
    def held_back(self) -> list[str]:
        """For people: what is under way."""
        return [f"{passing.type} ({passing.direction} the app)" for passing in self._line.under_way()]

    # --- as the gate of the links

    @property
    def is_open(self) -> bool:
        """Whether nothing is in the way of anything."""
        return self._line.is_clear

    def lets_through(self, passing: Passing) -> bool:
        """Whether nothing is in the way of this; else it waits for its turn."""
        enter = self._line.admit(passing)
        if enter is not None:
            self._happen(enter)
        return enter is None

    def stands(self, connection: Connection, leg: int) -> None:
        """A connection is being made."""
        self._line.stands(connection, leg)

    def ends(self, connection: Connection) -> None:
        """A connection is over."""
        self._do(self._line.ends(connection))

    def is_stuck(self, connection: Connection) -> bool:
        """Whether nothing will move on it any more."""
        return self._line.is_stuck(connection)

    # --- what faults do

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Struck(passing=passing, leg=leg):
                    self._note(leg, "scenario", "fault", effect.noted("app"))
                case Lost(passing):
                    self._note(passing.leg, "scenario", "fault", effect.noted("app"))
                case Arrives(passing, breaks, late_s):
                    self._arrives(passing, breaks, late_s)
                case Severed(connection, code):
                    if isinstance(connection, int):
                        self.sockets[connection].severed(code)
                    else:
                        self.webhooks.severed(request_of(connection))
                case Refused(passing, status):
                    if isinstance(passing.connection, int):
                        self.sockets[passing.connection].refused(status)
                    else:
                        self.webhooks.refused(request_of(passing.connection), status)
                case Expired(passing):
                    assert isinstance(passing.connection, int)
                    self.sockets[passing.connection].expired()
                case other:
                    assert_never(other)

    def _arrives(self, passing: Passing, breaks: Breaks | None, late_s: float) -> None:
        if passing.direction == "to" and passing.is_frame and late_s > 0:
            self._note(passing.leg, "scenario", "delivered", {**about(passing, "app"), "late_s": round(late_s, 6)})
        if isinstance(passing.connection, int):
            self.sockets[passing.connection].arrives(passing, breaks)
        else:
            self.webhooks.arrives(passing, breaks)
