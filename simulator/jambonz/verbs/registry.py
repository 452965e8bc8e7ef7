"""Where verbs are found by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.jambonz.events import Effect, Note
from simulator.jambonz.hooks import Unanswered
from simulator.jambonz.schema import VerbData
from simulator.script import Script

if TYPE_CHECKING:
    from simulator.jambonz.call import Call

VerbScript = Callable[[VerbData, "Call"], Script[Effect, None]]

SCRIPTS: dict[str, VerbScript] = {}


class PlayFileNotFound(Exception):
    """A file is missing: the loop goes on with the next verb, and does not say that this one has finished."""


def aside(verb: VerbData, call: Call) -> Script[Effect, None]:
    """A verb outside the loop: whispered, or played meanwhile. What goes wrong with it ends it, and nothing else."""
    try:
        yield from SCRIPTS[verb.name](verb, call)
    except (PlayFileNotFound, Unanswered) as failure:
        why = "a file was not found" if isinstance(failure, PlayFileNotFound) else str(failure)
        call.do(Note("app", "verb_failed", {"verb": verb.name, "why": why, "consequence": "it is logged, nothing else"}))


def verb(name: str) -> Callable[[VerbScript], VerbScript]:
    """Register a script under the name the verb has on the wire."""

    def register(script: VerbScript) -> VerbScript:
        SCRIPTS[name] = script
        return script

    return register
