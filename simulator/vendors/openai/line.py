"""What carries an open session: the connection, as the parts of the session see it, and the scripts that run on it."""

from __future__ import annotations

from typing import Protocol

from simulator.script import Running, Script, until
from simulator.vendors.openai.events import Json, ServerEffect, ServerHappening
from simulator.vendors.openai.failures import Fatal

Word = Json | list[Json] | Fatal
"""What a script of the server says: an event in the GA shape, several of one instant, or what ends the connection."""
Steps = Script[Word, None]
"""A script of the server."""
Play = Running[Word, None]
"""Such a script under way."""


class Line(Protocol):
    """The connection."""

    @property
    def now_s(self) -> float:
        """What time it is."""

    def send(self, *events: Json) -> None:
        """Emit server events, given in the GA shape."""

    def order(self, effect: ServerEffect) -> None:
        """Any other effect."""

    def play(self, script: Steps) -> Play:
        """Start a script and keep it going."""

    def tell(self, play: Play, event: ServerHappening) -> None:
        """Hand an event to a script that waits for it."""

    def stop(self, play: Play) -> None:
        """Kill a script; what it does to clean up happens now."""

    def close(self, code: int | None, reason: str) -> None:
        """Close the connection."""


def wait(seconds: float) -> Steps:
    """Let time pass; none of it when `seconds` is not positive."""
    if seconds > 0:
        yield from until(timeout_s=seconds)
