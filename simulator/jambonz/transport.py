"""The seam between a call and whatever carries its messages to the application: a websocket (`requestor`) or webhooks (`webhook`)."""

from __future__ import annotations

from typing import Any, Protocol

from simulator.jambonz.hook import Hook, Written


class Transport(Protocol):
    """The application, as a call sees it. What becomes of a message that is awaited is told as `Acked` or `Unacked`."""

    hook: Hook
    now_s: float

    @property
    def takes_commands(self) -> bool:
        """Whether the application can speak unasked: then a session without verbs waits for it, and tokens can be streamed."""

    def send(self, type_: str, data: dict[str, Any] | None = None, hook: Written = None, b3: str | None = None, *, ignores: str = "") -> str | None:
        """Send a message; by what its answer will be known, or None when it is discarded. `ignores`: why verbs in the answer mean nothing."""

    def asks_webhook(self, hook: Written) -> bool:
        """Whether what is sent to this hook leaves as an HTTP request, whose response is the answer."""

    def close(self, code: int) -> None:
        """The session is over (1000), or never began (1001)."""

    @property
    def owed(self) -> dict[str, float]:
        """Answers the application owes, and since when."""

    @property
    def held_back(self) -> list[dict[str, Any]]:
        """Messages that wait for a connection."""

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be woken."""

    def wake(self) -> None:
        """Time has come for something."""
