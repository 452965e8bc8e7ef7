"""What waits for a connection to the application, or for the acknowledgement of `session:reconnect` (jambonz.md 1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.jambonz.defects import STUCK_QUEUE, UNORDERED_FLUSH, Defects, met
from simulator.jambonz.events import Note
from simulator.jambonz.messages import WANTS_NO_ACK

Json = dict[str, Any]


def wants_ack(message: Json) -> bool:
    """Whether somebody waits for the acknowledgement of this message."""
    return message["type"] not in WANTS_NO_ACK


@dataclass(slots=True)
class Backlog:
    """Messages in the order in which they came about. Once it is `stuck`, nothing leaves it any more."""

    defects: Defects
    stuck: bool = False
    _messages: list[Json] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        """What waits."""
        return [str(message["type"]) for message in self._messages]

    @property
    def messages(self) -> list[Json]:
        """What waits, in the order in which it came about."""
        return list(self._messages)

    def add(self, message: Json) -> None:
        """One more."""
        self._messages.append(message)

    def take(self) -> list[Json]:
        """All of them; nothing is left."""
        messages, self._messages = self._messages, []
        return messages

    def flush(self) -> tuple[list[Json], list[Note]]:
        """All of them in the order in which they are sent after a reconnect: first what wants an acknowledgement (WR:215-228)."""
        waiting = self.take()
        if UNORDERED_FLUSH not in self.defects:
            return waiting, []
        ordered = sorted(waiting, key=lambda message: not wants_ack(message))
        if ordered == waiting:
            return waiting, []
        sent, came = (", ".join(str(message["type"]) for message in order) for order in (ordered, waiting))
        return ordered, [met(UNORDERED_FLUSH, f"sent as {sent}; they had come about as {came}")]

    def stick(self) -> list[Note]:
        """The first acknowledgement came after a drop: the real server goes on waiting for the reconnect that has been (WR:244-261)."""
        self.stuck = STUCK_QUEUE in self.defects
        did = "the socket dropped before session:new was acknowledged: every later message to the application is kept back"
        return [met(STUCK_QUEUE, did)] if self.stuck else []

    def losses(self) -> list[Note]:
        """What is thrown away if the session ends now, where somebody waits for an answer to it."""
        lost = not self.stuck and any(wants_ack(message) for message in self._messages)
        return [Note("app", "undelivered", {"types": self.types})] if lost else []
