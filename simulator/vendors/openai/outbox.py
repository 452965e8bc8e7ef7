"""What a connection orders, in the dialect of its client."""

from __future__ import annotations

from simulator.ids import Ids
from simulator.vendors.openai.dialects import to_beta
from simulator.vendors.openai.events import Dialect, Emit, Json
from simulator.vendors.openai.orders import Orders


class Outbox(Orders):
    """Orders of one client: server events get an id and the dialect's shape."""

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
        self.release(Emit(event))

    def send_raw(self, event: Json, now_s: float) -> None:
        """Exactly this event; only an id is added if there is none."""
        self.release(Emit({"type": event.get("type"), "event_id": event.get("event_id") or self._ids.openai("event", now_s)} | event))
