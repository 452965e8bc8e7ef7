"""What a connection orders, in order: events in the dialect of the client; a stall keeps back what goes over the wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from simulator.ids import Ids
from simulator.vendors.openai.dialects import to_beta
from simulator.vendors.openai.events import Dialect, Emit, Json, ServerEffect


class Outbox:
    """Effects until they are taken. `stalled_until_s` is when those kept back may go, None when nothing is kept back."""

    def __init__(self, dialect: Dialect, ids: Ids) -> None:
        self._dialect, self._ids = dialect, ids
        self._ready: list[ServerEffect] = []
        self._held: deque[ServerEffect] = deque()
        self.stalled_until_s: float | None = None

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

    def order(self, effect: ServerEffect) -> None:
        """An effect that the client does not see: no stall holds it."""
        self._ready.append(effect)

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
