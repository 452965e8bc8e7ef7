"""`tag`: attaches `data` to the call; from then on it is `customerData` in every payload, keys untouched."""

from __future__ import annotations

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("tag")
def tag(data: VerbData, call: Call) -> Script[Effect, None]:
    """Ends at once; no hook."""
    call.info = call.info.changed(customer_data=data.data.get("data"))
    return
    yield
