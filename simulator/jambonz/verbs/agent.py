"""`agent`: speech recognition, a text model and speech synthesis wired together (profile 10; the conversation is in `agent.py`)."""

from __future__ import annotations

from simulator.jambonz.agent import Agent
from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script


@verb("agent")
def agent(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `completion_reason` and, where the model gave one, `error`."""
    conversation = Agent(data, call)
    call.speech_to_speech = conversation
    conversation.connect()
    try:
        results = yield from conversation.converse()
    except Killed:
        results = {"completion_reason": "normal conversation end"}
        conversation.close()
    try:
        yield from action_hook(call, data, {name: value for name, value in results.items() if value is not None})
    finally:
        conversation.close()
        call.speech_to_speech = None
