"""`dub`: additional audio tracks under the call; see `tracks.py`."""

from __future__ import annotations

from simulator.jambonz import tracks
from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import verb
from simulator.script import Script


@verb("dub")
def dub(data: VerbData, call: Call) -> Script[Effect, None]:
    """Ends at once, while the track plays on; no hook."""
    tracks.dub(call, data.data)
    return
    yield
