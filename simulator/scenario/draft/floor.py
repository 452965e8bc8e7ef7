"""Who had the floor in a recorded call: since when it was the caller's turn, and how much of the assistant had been heard."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.journal import Frame


@dataclass(slots=True)
class Floor:
    """One call, read frame by frame. `quiet_s` is since when it is the caller's turn, `playing_s` since when the caller hears something."""

    answered_s: float | None = None
    playing_s: float | None = None
    changed_s: float = 0.0
    created: dict[str, float] = field(default_factory=dict)
    """When each response was requested that is not done."""
    busy: set[str] = field(default_factory=set)

    @property
    def quiet_s(self) -> float | None:
        """None while somebody else is speaking, or about to."""
        return None if self.answered_s is None or self.playing_s is not None or self.busy else self.changed_s

    def read(self, frame: Frame) -> None:
        """One more frame of this call."""
        before = self.quiet_s is not None
        match frame.link, frame.kind:
            case "media", "sip_response" if frame.frame.get("status") == 200:
                self.answered_s = frame.at_s
            case "media", "answers":
                self.answered_s = frame.at_s
            case "media", "playing":
                self.playing_s = frame.at_s
            case "media", "heard":
                self.playing_s = None
            case "model", "response.created":
                number = _id(frame)
                self.created[number] = frame.at_s
                self.busy.add(number)
            case "model", "response.done":
                self.busy.discard(_id(frame))
            case "model", "act" if "response_id" in frame.frame:
                self.created.setdefault(frame.frame["response_id"], frame.at_s)
                self.busy.add(frame.frame["response_id"])
            case "model", "closed":
                self.busy.clear()
        if not before and self.quiet_s is not None:
            self.changed_s = frame.at_s


def _id(frame: Frame) -> str:
    response = frame.frame.get("response")
    return str(response.get("id")) if isinstance(response, dict) else ""
