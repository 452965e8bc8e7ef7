"""Two calls connected with each other: what one party says is what the other hears, as samples in time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.jambonz.media import LINE_HZ, over_the_line
from simulator.speech import Speech

if TYPE_CHECKING:
    from simulator.jambonz.call import Call


@dataclass(slots=True)
class Bridge:
    """Joins two calls from `join` to `part`. A call that is muted is not heard by the other."""

    one: Call
    other: Call
    joined: bool = False
    muted: dict[int, bool] = field(default_factory=dict)

    def join(self, media_path: str = "full-media") -> None:
        """Connect them. What played for one of them alone ends; what somebody is saying right now is heard from here on."""
        if self.joined:
            return
        self.joined = True
        for call in (self.one, self.other):
            call.stop_playing()
            call.bridge = self
        self.one.note("bridged", leg_of_other=self.other.leg, media_path=media_path)
        for call in (self.one, self.other):
            self._catch_up(call)

    def part(self) -> None:
        """Disconnect them: nothing of the other is heard any more."""
        if not self.joined:
            return
        self.joined = False
        for call in (self.one, self.other):
            call.bridge = None
        for call in (self.one, self.other):
            call.stop_playing()
        self.one.note("unbridged", leg_of_other=self.other.leg)

    def carry(self, speaker: Call, speech: Speech) -> None:
        """One of them begins to say something."""
        if not self.muted.get(speaker.leg):
            self._far_end(speaker).play(over_the_line(speech, LINE_HZ), LINE_HZ)

    def mute(self, call: Call, muted: bool) -> None:
        """Whether this call is muted: from now on, in the middle of a word if need be."""
        if self.muted.get(call.leg, False) == muted:
            return
        self.muted[call.leg] = muted
        if self.joined and muted:
            self._far_end(call).stop_playing()
        elif self.joined:
            self._catch_up(call)

    def _far_end(self, call: Call) -> Call:
        return self.other if call is self.one else self.one

    def _catch_up(self, speaker: Call) -> None:
        """What is being said already is heard without its beginning."""
        if speaker.line.busy_until_s > speaker.now_s and not self.muted.get(speaker.leg):
            self._far_end(speaker).play(speaker.line.between(speaker.now_s, speaker.line.busy_until_s, LINE_HZ), LINE_HZ)
