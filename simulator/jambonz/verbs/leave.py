"""`leave`: means something only among the verbs of a queue's wait hook."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, dropped
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script, until_killed


@verb("leave")
def leave(data: VerbData, call: Call) -> Script[Effect, None]:
    """At the top level it blocks until it is killed (jambonz.md 5.2)."""
    why = "the call is in no queue: the verb waits until it is killed, and those behind it do not run"
    call.do(dropped("verb leave", why, "send it in the ack of a waitHook", data.data))
    yield from until_killed()
