"""`redirect`: asks another hook for verbs, with `session:redirect`; without an answer the call ends.

A relative hook is asked on the same socket. An absolute one would open a connection to another server (jambonz.md 5.5),
which a simulated call does not have yet: it is asked here too, and that is written down.
"""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Note
from simulator.jambonz.hooks import Unanswered, action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("redirect")
def redirect(data: VerbData, call: Call) -> Script[Effect, None]:
    """Raises `Unanswered`, which ends the call, when no ack comes."""
    hook = data.data.get("actionHook", "")
    if not isinstance(hook, str):
        raise Unanswered("a redirect to an object: the server looks for the text of a URL and raises (base-requestor.js:68)")
    if "://" in hook:
        call.do(Note("app", "not_simulated", {"what": f"redirect to {hook} on a socket of its own", "instead": "it is asked on the same socket"}))
    yield from action_hook(call, data, {}, "session:redirect")
