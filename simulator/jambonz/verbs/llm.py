"""`llm`: speech to speech with a model, vendor `openai` (and `microsoft`, the same protocol on Azure).

Facts: jambonz.md section 6. The conversation itself is in `speech_to_speech.py`; here is its frame: connect, wait for the
end, call the hook.
"""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, LlmEnded
from simulator.jambonz.hooks import action_hook
from simulator.jambonz.schema import VerbData
from simulator.jambonz.speech_to_speech import SpeechToSpeech
from simulator.jambonz.verbs.registry import verb
from simulator.script import Killed, Script, until


@verb("llm")
def llm(data: VerbData, call: Call) -> Script[Effect, None]:
    """Hook: `completion_reason` and, where the model gave one, `error`. An unanswered hook ends the call.

    When the model ended it, the session is deleted after the ack; when it was killed, before the hook (recordings
    `openai_error_event`, `llm_plain_caller_hangup`).
    """
    conversation = SpeechToSpeech(data, call)
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
