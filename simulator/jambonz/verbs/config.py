"""`config`: settings for the rest of the call; ends at once and has no hook of its own."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Note
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script

WITHOUT_EFFECT_HERE = ("bargeIn", "record", "listen", "transcribe", "amd", "ttsStream", "actionHookDelayAction", "fillerNoise")
"""Background features of media that this simulator does not play yet; the journal says so when one is asked for."""


@verb("config")
def config(data: VerbData, call: Call) -> Script[Effect, None]:
    """`notifyEvents` can be switched on, and never off again (tasks/config.js:137)."""
    if data.data.get("notifyEvents"):
        call.notify_events = True
    for name in WITHOUT_EFFECT_HERE:
        if name in data.data:
            call.do(Note("app", "not_simulated", {"what": f"config.{name}", "instead": "nothing happens"}))
    return
    yield
