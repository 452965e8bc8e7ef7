"""`gather`: collects speech or keys from the caller. What it collects and when it ends is in `collecting.py`."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.collecting import Collecting, complain
from simulator.jambonz.company import company
from simulator.jambonz.events import Effect, Note
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script


@verb("gather")
def gather(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `dtmfDetected` with `digits`, `speechDetected` or `stt-low-confidence` with `speech`, `error` with `details`, or `timeout`.

    Killed, it says nothing.
    """
    if "speechTimeout" in data.data:
        what = {"what": "gather.speechTimeout", "instead": "the recogniser ends an utterance after half a second of silence"}
        call.do(Note("app", "not_simulated", what))
    collecting = Collecting(data, call)
    try:
        results = yield from collecting.run()
    except Killed:
        call.stop_playing()
        return
    call.stop_playing()
    if call.over:
        return
    waiting = company(call, data, noise=results["reason"] in ("dtmfDetected", "speechDetected"))
    try:
        yield from action_hook(call, data, results)
    except Unanswered as failure:
        complain(call, data, failure)
    finally:
        waiting.leave()
