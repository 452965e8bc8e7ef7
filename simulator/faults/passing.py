"""Something on its way over a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["to", "from"]
"""As seen from the far end of the line, the application or the model: to it, or from it."""

Kind = Literal["frame", "request", "opening", "close"]
"""A `request` over HTTP is a frame and opens a connection of its own; an `opening` and a `close` are those of a websocket."""

Connection = int | str
"""What tells the connections of a line apart: order is kept on each of them, not between them."""

NAMES = ("msgid", "tool_call_id", "call_id", "webhook", "event_id", "response_id")
"""Members that tell frames apart, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Passing:
    """`frame` is what faults look at, with a `type`; `load` belongs to the link, which gets it back when it arrives.

    `leg` is the number of the call. An opening or a close is met by faults of the whole line only.
    """

    direction: Direction
    connection: Connection
    kind: Kind
    frame: dict[str, Any]
    load: Any = None
    size_bytes: int = 0
    leg: int = 0

    @property
    def type(self) -> str:
        """The type of its frame."""
        return str(self.frame.get("type") or next(iter(self.frame), "empty"))

    @property
    def is_frame(self) -> bool:
        """Whether it carries something that was said."""
        return self.kind in ("frame", "request")

    @property
    def names(self) -> dict[str, Any]:
        """Its ids: what an answer to it would name, or what it answers."""
        return dict(_names(self.frame))


def _names(frame: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    response, data = _part(frame, "response"), _part(frame, "data")
    yield from (("response_id", found) for found in (response.get("id"),) if isinstance(found, str))
    yield from (("tool_call_id", found) for found in (_part(data, "item").get("call_id"),) if isinstance(found, str))
    for part in (_part(frame, "item"), data, frame):
        yield from ((name, found) for name in NAMES if isinstance(found := part.get(name), str | int))


def _part(whole: dict[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
