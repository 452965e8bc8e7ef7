"""`alert`: a platform alert, for whoever runs jambonz. (Its documentation says that the caller gets a SIP 180; the caller does not.)"""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("alert")
def alert(data: VerbData, call: Call) -> Script[Effect, None]:
    """Ends at once; no hook."""
    call.note("alert", message=data.data["message"])
    return
    yield
