"""Queues of callers, and how one of them and who takes them out meet.

Source: jambonz.md 5.2 (enqueue.js, dequeue.js; the order of a queue: realtimedb-helpers, sorted sets).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.jambonz.bridge import Bridge
from simulator.jambonz.events import QueueMoved
from simulator.jambonz.messages import CallInfo

if TYPE_CHECKING:
    from simulator.jambonz.call import Call
    from simulator.jambonz.verbs.interlude import Interlude

Json = dict[str, Any]

LAST = 999
"""The priority of who names none; lower ones come first."""


def queue_wait_data(sid: str, waited_s: float, size: int, position: int, info: CallInfo) -> Json:
    """`data` of the `waitHook` of `enqueue`: whole seconds, the position from 0, two ids of the call, and nothing else (enqueue.js:314-349)."""
    tag = {} if info.customer_data is None else {"customerData": info.customer_data}
    queue = {"queue_sid": sid, "queue_time": int(waited_s), "queue_size": size, "queue_position": position}
    return {**queue, "call_sid": info.call_sid, "call_id": info.call_id, **tag}


@dataclass(slots=True, eq=False)
class Place:
    """A caller's place in a queue, since when, and whom they have met there."""

    call: Call
    priority: float
    since_s: float
    interlude: Interlude | None = None
    """What is listened to meanwhile."""
    meeting: Meeting | None = None


@dataclass(slots=True)
class Queue:
    """All of one name. `places` are in the order in which they are taken: by priority, then by time."""

    sid: str
    places: list[Place] = field(default_factory=list)

    def join(self, call: Call, priority: float | None) -> Place:
        """Get in line."""
        place = Place(call, LAST if priority is None else priority, call.now_s)
        ahead = sum(other.priority <= place.priority for other in self.places)
        self.places.insert(ahead, place)
        call.note("queue_joined", queue=self.sid, position=ahead, size=len(self.places))
        return place

    def leave(self, place: Place) -> None:
        """Get out of line, if still in it."""
        if place in self.places:
            self.places.remove(place)
            place.call.note("queue_left", queue=self.sid, size=len(self.places))

    def take(self, by: Call, call_sid: str | None) -> Meeting | None:
        """The next in line, or the one of that sid, leaves the queue for `by`; None when there is none."""
        for place in self.places:
            if not call_sid or place.call.info.call_sid.endswith(call_sid):
                self.leave(place)
                return Meeting(place, by)
        return None


@dataclass(slots=True, eq=False)
class Meeting:
    """Two calls that have found each other: one that was waiting, and one that has taken it out of a queue. Either may end it."""

    place: Place
    taker: Call
    over: bool = False
    bridge: Bridge = field(init=False)

    def __post_init__(self) -> None:
        self.bridge = Bridge(self.taker, self.place.call)
        self.place.meeting = self
        if self.place.interlude is not None:
            self.place.interlude.end()

    def connect(self) -> None:
        """Let them hear each other."""
        if not self.over:
            self.bridge.join()

    def end(self) -> None:
        """Part them; each goes on with what comes next."""
        if self.over:
            return
        self.over = True
        self.bridge.part()
        for call in (self.taker, self.place.call):
            _moved(call)


def _moved(call: Call) -> None:
    """Let its verb look at what has changed, after everything else of this instant: the servers tell each other by HTTP."""
    call.soon(lambda: call.tell(QueueMoved()))
