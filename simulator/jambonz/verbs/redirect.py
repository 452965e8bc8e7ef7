"""`redirect`: asks another hook for verbs, with `session:redirect`; without an answer the call ends.

A relative hook is asked on the same socket, an absolute `ws(s)` one on a new socket, where the session goes on: the old one
only hears `call:status` until the end (jambonz.md 5.5; redirect.js:22-36). An `http(s)` one would be a webhook from there on.
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
    if hook.startswith(("ws://", "wss://")):
        call.exchange.hand_over(call, hook)
    elif "://" in hook:
        call.do(Note("app", "not_simulated", {"what": f"redirect to {hook}, a webhook", "instead": "it is asked on the same socket"}))
    yield from action_hook(call, data, {}, "session:redirect")
