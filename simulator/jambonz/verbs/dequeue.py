"""`dequeue`: takes the next caller out of a queue, and is connected with them.

Facts: jambonz.md 5.2 and 5.4 (dequeue.js). It looks after one second and then every five, until there is somebody or the timeout is
over. Nobody waits for the ack of its hook: the next verb runs, until verbs in that ack replace it. `hangup` is the result when the
servers of two calls do not reach each other, which cannot happen on one. Inferred: killed before anybody was there it is `timeout`.
"""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Played, QueueMoved
from simulator.jambonz.hooks import report
from simulator.jambonz.media import bong
from simulator.jambonz.numbers import seconds
from simulator.jambonz.queues import Meeting
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until

FIRST_LOOK_S, NEXT_LOOK_S = 1.0, 5.0


@verb("dequeue")
def dequeue(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `dequeue_result`."""
    meeting: Meeting | None = None
    try:
        meeting = yield from _look(data, call)
        if meeting is not None:
            yield from _talk(data, call, meeting)
    except Killed:
        call.stop_playing()
    if meeting is not None:
        meeting.end()
    call.beside(_report(data, call, "timeout" if meeting is None else "complete"))


def _report(data: VerbData, call: Call, result: str) -> Script[Effect, None]:
    results = {**call.info.payload(), "dequeue_result": result, **data.identity}
    yield from report(call, data.data.get("actionHook"), results, "the actionHook of dequeue")


def _look(data: VerbData, call: Call) -> Script[Effect, Meeting | None]:
    """Whom it has taken out of the queue; None when there was nobody in time."""
    queue = call.exchange.queue(call.info.account_sid, str(data.data["name"]))
    timeout_s = seconds(data.data.get("timeout"))
    left_s = timeout_s if timeout_s > 0 else None
    look_s = FIRST_LOOK_S
    while left_s is None or left_s > look_s:
        yield from until(timeout_s=look_s)
        meeting = queue.take(call, data.data.get("callSid"))
        if meeting is not None:
            return meeting
        left_s = None if left_s is None else left_s - look_s
        look_s = NEXT_LOOK_S
    yield from until(timeout_s=left_s)
    return None


def _talk(data: VerbData, call: Call, meeting: Meeting) -> Script[Effect, None]:
    """Be connected, after the tone where one is wanted, until either is gone."""
    if data.data.get("beep"):
        tone = bong()
        call.play(tone.pcm, tone.rate_hz)
        yield from until(Played)
    meeting.connect()
    while not meeting.over:
        yield from until(QueueMoved)
