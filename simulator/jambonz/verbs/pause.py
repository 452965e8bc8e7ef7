"""`pause`: waits `length` seconds. On an unanswered call that is ringing time."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script, until


@verb("pause")
def pause(data: VerbData, call: Call) -> Script[Effect, None]:  # noqa: ARG001 - the shape of a verb
    """No hook; killed without a word."""
    yield from until(timeout_s=float(data.data.get("length", 0)))
