"""What a connection orders, in order: events in the dialect of the client; a stall keeps back what goes over the wire."""

from __future__ import annotations

from collections import deque

from simulator.ids import Ids
from simulator.vendors.openai.dialects import to_beta
from simulator.vendors.openai.events import Dialect, Emit, Json, ServerEffect


class Orders:
    """Effects until they are taken. `stalled_until_s` is when those kept back may go, None when nothing is kept back."""

    def __init__(self) -> None:
        self._ready: list[ServerEffect] = []
        self._held: deque[ServerEffect] = deque()
        self.stalled_until_s: float | None = None

    def order(self, *effects: ServerEffect) -> None:
        """Effects that the client does not see: no stall holds them."""
        self._ready += effects

    def release(self, effect: ServerEffect) -> None:
        """An effect on the wire."""
        (self._ready if self.stalled_until_s is None else self._held).append(effect)

    def stall(self, until_s: float) -> None:
        self.stalled_until_s = max(self.stalled_until_s or 0.0, until_s)

    def wake(self, now_s: float) -> None:
        """A stall may be over."""
        if self.stalled_until_s is not None and self.stalled_until_s <= now_s:
            self.stalled_until_s = None
            self._ready += self._held
            self._held.clear()

    def drop(self) -> None:
        """Nobody will receive what is kept back."""
        self.stalled_until_s = None
        self._held.clear()

    def take(self) -> list[ServerEffect]:
        taken, self._ready = self._ready, []
        return taken


class Outbox(Orders):
    """Orders of a connection whose events have ids and a dialect."""

    def __init__(self, dialect: Dialect, ids: Ids) -> None:
        super().__init__()
        self._dialect, self._ids = dialect, ids

    def send(self, event: Json, now_s: float) -> None:
        """A server event, given in the GA shape; it gets its id here."""
        event["event_id"] = self._ids.openai("event", now_s)
        if self._dialect == "beta":
            beta = to_beta(event)
            if beta is None:
                return
            event = beta
        (self._ready if self.stalled_until_s is None else self._held).append(Emit(event))

    def send_raw(self, event: Json, now_s: float) -> None:
        """Exactly this event; only an id is added if there is none."""
        self.release(Emit({"type": event.get("type"), "event_id": event.get("event_id") or self._ids.openai("event", now_s)} | event))
