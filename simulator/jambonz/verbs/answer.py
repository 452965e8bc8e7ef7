"""`answer`: 200 OK. The loop answers before it runs; nothing is left to do."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("answer")
def answer(data: VerbData, call: Call) -> Script[Effect, None]:  # noqa: ARG001 - the shape of a verb
    """Ends at once; no hook."""
    return
    yield
