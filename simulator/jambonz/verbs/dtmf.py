"""`dtmf`: sends keys to the caller's side, one after the other."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.numbers import seconds
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script, until

DURATION_MS = 500
BETWEEN_MS = 250
AFTER_MS = 750


@verb("dtmf")
def dtmf(data: VerbData, call: Call) -> Script[Effect, None]:
    """No hook; takes the time of its keys, killed without a word (jambonz.md 5.2)."""
    digits, duration_ms = str(data.data["dtmf"]), (seconds(data.data.get("duration")) or DURATION_MS)
    call.note("sends_digits", digits=digits, duration_ms=duration_ms)
    yield from until(timeout_s=(len(digits) * (duration_ms + BETWEEN_MS) + AFTER_MS) / 1000)
