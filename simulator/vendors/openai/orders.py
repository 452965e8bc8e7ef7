"""What a connection orders, in order; a stall keeps back what goes over the wire."""

from __future__ import annotations

from simulator.vendors.openai.events import ServerEffect


class Orders:
    """Effects until they are taken. `stalled_until_s` is when those kept back may go, None when nothing is kept back."""

    def __init__(self) -> None:
        self._ready: list[ServerEffect] = []
        self._held: list[ServerEffect] = []
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
