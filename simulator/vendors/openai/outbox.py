"""What a connection orders, in the dialect of its client."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.ids import Ids
from simulator.vendors.openai.dialects import to_beta
from simulator.vendors.openai.events import Dialect, Emit, Json
from simulator.vendors.openai.orders import Orders


class Outbox(Orders):
    """Orders of one client: server events get an id and the dialect's shape."""

    def __init__(self, dialect: Dialect, ids: Ids) -> None:
        super().__init__()
        self._dialect, self._ids = dialect, ids

    def send(self, events: Sequence[Json], now_s: float) -> None:
        """Server events, given in the GA shape; they get their ids here."""
        for event, event_id in zip(events, self._ids.several_openai("event", len(events), now_s), strict=True):
            event["event_id"] = event_id
        if self._dialect == "beta":
            events = [beta for event in events if (beta := to_beta(event)) is not None]
        (self._ready if self.stalled_until_s is None else self._held).extend(map(Emit, events))

    def send_raw(self, event: Json, now_s: float) -> None:
        """Exactly this event; only an id is added if there is none."""
        self.release(Emit({"type": event.get("type"), "event_id": event.get("event_id") or self._ids.openai("event", now_s)} | event))
