"""`config`: settings for the rest of the call; ends at once and has no hook of its own."""

from __future__ import annotations

from dataclasses import replace

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.transcription import transcribe_beside
from simulator.jambonz.verbs.listen import listen_beside
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script

TAKEN = frozenset({"id", "notifyEvents", "synthesizer", "recognizer", "earlyMedia", "listen", "stream", "transcribe"})
"""What is carried out (`earlyMedia` by ignoring it, as the real server does); of all else the journal says that it is not."""


@verb("config")
def config(data: VerbData, call: Call) -> Script[Effect, None]:
    """`notifyEvents` can be switched on, and never off again (tasks/config.js:137). Voices and recognisers change for later verbs."""
    if data.data.get("notifyEvents"):
        call.notify_events = True
    synthesizer, recognizer = data.data.get("synthesizer") or {}, data.data.get("recognizer") or {}
    call.invite = replace(
        call.invite,
        synthesizer={**call.invite.synthesizer, **synthesizer},
        recognizer={**call.invite.recognizer, **recognizer},
    )
    if isinstance(listen := data.data.get("listen") or data.data.get("stream"), dict):
        listen_beside(call, listen)
    if isinstance(transcribe := data.data.get("transcribe"), dict):
        transcribe_beside(call, transcribe)
    call.leave_out(data, *(name for name in data.data if name not in TAKEN))
    return
    yield
