"""`say`: text to speech for the caller, as long as its text; or a stream of text that is still being written."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.hooks import Unanswered
from simulator.jambonz.schema import VerbData
from simulator.jambonz.speech_stream import auto_streams, say_stream
from simulator.jambonz.verbs.registry import verb
from simulator.jambonz.voice import fails, speak_texts
from simulator.script import Killed, Script


@verb("say")
def say(data: VerbData, call: Call) -> Script[Effect, None]:
    """Has no hook. A failure of speech synthesis is a `jambonz:error`, then the next verb (recording `call_tts_fails`).

    Raises `Unanswered`, which ends the call, when an application that is a webhook wants to stream (jambonz.md 7.1).
    """
    if data.data.get("stream") is True or auto_streams(call, data):
        if call.requestor.asks_webhook("/"):
            raise Unanswered("say with stream: true needs a websocket, over which the text would come; the application is a webhook")
        yield from say_stream(data, call)
        return
    if fails(call, data):
        return
    try:
        yield from speak_texts(call, data)
    except Killed:
        call.notify_verb("kill-playback", data)
        call.stop_playing()
