"""`enqueue`: waits in a queue until somebody takes the caller out of it, and is then connected with them.

Facts: jambonz.md 5.2 and 5.4 (enqueue.js). Killed by a redirect, verbs in the ack of its hook are ignored; without an ack the next
verb runs. Inferred: killed while waiting, by whatever, its result is `hangup`.
"""

from __future__ import annotations

from contextlib import suppress

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, QueueMoved
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.queues import Place, Queue, queue_wait_data
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.interlude import LISTENING, Interlude
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until

GAP_S = 0.5
"""Silence before the `waitHook` is asked, each time."""
MAY = LISTENING | {"leave", "tag"}


@verb("enqueue")
def enqueue(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `queue_sid`, `queue_time` in whole seconds since the beginning, `queue_result`."""
    queue = call.exchange.queue(call.info.account_sid, str(data.data["name"]))
    place = queue.join(call, data.data.get("priority"))
    with suppress(Killed):
        yield from _wait(data, place, queue)
    replaced = call.kill_reason == "replaced"
    if place.interlude is not None:
        place.interlude.end()
    queue.leave(place)
    if place.meeting is not None:
        place.meeting.end()
    left = place.interlude is not None and place.interlude.left
    result = "bridged" if place.meeting is not None else "leave" if left else "hangup"
    results = {"queue_sid": queue.sid, "queue_time": int(call.now_s - place.since_s), "queue_result": result}
    with suppress(Unanswered):
        yield from action_hook(call, data, results, expects_verbs=not replaced)


def _wait(data: VerbData, place: Place, queue: Queue) -> Script[Effect, None]:
    """Listen to what the `waitHook` gives until it says `leave` or somebody comes; then talk to them until either is gone."""
    call = place.call
    if hook := data.data.get("waitHook"):
        place.interlude = Interlude(call, "waitHook", hook, lambda: _told(place, queue), GAP_S, MAY)
        place.interlude.begin()
    while place.meeting is None and not (place.interlude is not None and place.interlude.left):
        yield from until(QueueMoved)
    while place.meeting is not None and not place.meeting.over:
        yield from until(QueueMoved)


def _told(place: Place, queue: Queue) -> dict[str, object]:
    return queue_wait_data(queue.sid, place.call.now_s - place.since_s, len(queue.places), queue.places.index(place), place.call.info)
