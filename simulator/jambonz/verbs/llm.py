"""`llm`: speech to speech with a model, by one of the vendors of `vendors/known.py`.

Facts: jambonz.md sections 6 and 8. The conversation itself is in `speech_to_speech.py`; here is its frame: connect, wait for the
end, call the hook.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, LlmEnded, Note, ignored
from simulator.jambonz.hooks import action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.speech_to_speech import SpeechToSpeech
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until
from simulator.vendors.known import VENDORS


@verb("llm")
def llm(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `completion_reason` and, where the model gave one, `error`. An unanswered hook ends the call.

    When the model ended it, the session is deleted after the ack; when it was killed, before the hook (recordings
    `openai_error_event`, `llm_plain_caller_hangup`).
    """
    vendor = VENDORS.get(str(data.data.get("vendor")))
    if vendor is None:
        what = f"vendor {data.data.get('vendor')} of the llm verb"
        call.do(Note("app", "not_simulated", {"what": what, "instead": "the connection to it fails"}))
        yield from action_hook(call, data, {"completion_reason": "connection failure"})
        return
    call.leave_out(data, "handoff", "hangup", "responseTimeoutMs", "cancelOnResponseTimeout", "cancelOnBargeIn", "mcpServers")
    _say_what_is_not_delivered(data.data, call)
    conversation = SpeechToSpeech(data, call, vendor)
    call.speech_to_speech = conversation
    conversation.connect()
    try:
        ended = yield from until(LlmEnded)
    except Killed:
        ended = LlmEnded("normal conversation end")
        conversation.close()
    results: dict[str, Any] = {"completion_reason": ended.completion_reason}
    if ended.error is not None:
        results["error"] = ended.error
    try:
        yield from action_hook(call, data, results)
    finally:
        conversation.close()
        call.speech_to_speech = None


def _say_what_is_not_delivered(data: dict[str, Any], call: Call) -> None:
    """Events that are asked for and never come."""
    events = data.get("events")
    if isinstance(events, list) and events and not data.get("eventHook"):
        call.do(ignored("llm.events", "without an eventHook no event is delivered", "give the verb an eventHook, or leave events out"))
    elif isinstance(events, list) and "response.audio.delta" in events:
        call.do(ignored("response.audio.delta in llm.events", "the media module keeps the audio", "leave it out"))
