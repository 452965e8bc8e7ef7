"""`transcribe`: what the caller says goes to a hook as text, until the verb is killed. What it does is in `transcription.py`."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.transcription import Transcription
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("transcribe")
def transcribe(data: VerbData, call: Call) -> Script[Effect, None]:
    """No hook of its own at the end; each transcript is a `verb:hook`, and verbs in its ack replace the stack."""
    transcription = Transcription(call, data.data)
    with call.controls.obeyed(transcribe_status=transcription.obey):
        yield from transcription.run()
