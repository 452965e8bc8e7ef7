"""Where verbs are found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.jambonz.events import Effect
from simulator.jambonz.schema import VerbData
from simulator.script import Script

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

VerbScript = Callable[[VerbData, "Call"], Script[Effect, None]]

SCRIPTS: dict[str, VerbScript] = {}


def verb(name: str) -> Callable[[VerbScript], VerbScript]:
    """Register a script under the name the verb has on the wire."""

    def register(script: VerbScript) -> VerbScript:
        SCRIPTS[name] = script
        return script

    return register
