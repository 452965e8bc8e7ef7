"""Something on its way over a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["to", "from"]
"""As seen from the far end of the line, the application or the model: to it, or from it."""

Kind = Literal["frame", "request", "opening", "close"]
"""A `request` over HTTP is a frame and opens a connection of its own; an `opening` and a `close` are those of a websocket."""

Connection = int | str
"""What tells the connections of a line apart: order is kept on each of them, not between them."""

NAMES = ("msgid", "tool_call_id", "webhook", "event_id", "response_id")
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
        """Its ids, for a journal: by which it can be told from others, and what it is about."""
        response, item = _part(self.frame, "response"), _part(self.frame, "item")
        found = {"response_id": response.get("id"), "tool_call_id": self.tool_call_id}
        for part in (item, _part(self.frame, "data"), self.frame):
            found |= {name: part[name] for name in NAMES if name in part}
        return {name: value for name, value in found.items() if isinstance(value, str | int)}

    @property
    def debts(self) -> dict[str, Any]:
        """Ids of what it asks for, or answers: an acknowledgement, the answer to a request, the output of a tool."""
        found = {"msgid": self.frame.get("msgid"), "webhook": self.frame.get("webhook"), "tool_call_id": self.tool_call_id}
        return {name: value for name, value in found.items() if isinstance(value, str | int)}

    @property
    def tool_call_id(self) -> str | None:
        """Of a call of a tool, or of its output; what only tells of one has none."""
        data, item = _part(self.frame, "data"), _part(self.frame, "item")
        if self.direction == "from" and self.frame.get("type") == "command":
            item = _part(data, "item")
        for found in (self.frame.get("tool_call_id"), data.get("tool_call_id"), item.get("call_id")):
            if isinstance(found, str):
                return found
        return None


def _part(whole: dict[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
