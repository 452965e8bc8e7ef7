"""`dialogflow`, `lex`, `rasa`: conversations with other vendors' bots, which this simulator does not know."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect, Note
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("dialogflow")
@verb("lex")
@verb("rasa")
def bot(data: VerbData, call: Call) -> Script[Effect, None]:
    """Answers the call as the real one does, and ends at once without its hooks."""
    what = {"what": f"verb {data.name}", "instead": "it ends at once, without a conversation and without its hooks"}
    yield Note("app", "not_simulated", what)
    call.note("bot", vendor=data.name)
