"""`redirect`: asks another hook for verbs, with `session:redirect`; without an answer the call ends.

A relative hook is asked where the session is. An absolute one of another server takes the session along: a websocket opens for
`ws(s)`, requests are made for `http(s)`, and the application that is left only hears `call:status` until the end (jambonz.md
5.5; redirect.js:22-36). A websocket that follows webhooks begins with `session:new` (HR:126-136).
"""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hook import Hook, is_http, is_websocket
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
    over_http = call.requestor.asks_webhook("/")
    if is_websocket(hook) or (is_http(hook) and not (over_http and Hook.parse(hook).origin == call.requestor.hook.origin)):
        call.exchange.hand_over(call, hook)
    yield from action_hook(call, data, {}, "session:new" if over_http and is_websocket(hook) else "session:redirect")
