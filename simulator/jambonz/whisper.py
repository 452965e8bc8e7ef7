"""`whisper`: something is said or played into a call in which a verb goes on (call-session.js `_lccWhisper`, listen.js `whisper`)."""

from __future__ import annotations

from typing import Any

from simulator.jambonz.call import Call
from simulator.jambonz.events import Effect
from simulator.jambonz.refusal import Refusal
from simulator.jambonz.schema import VerbData, normalize
from simulator.jambonz.verbs.registry import aside
from simulator.script import Script

WHISPERED = ("say", "play")


def whisper_to(call: Call, data: Any) -> str | None:
    """Carry out `{whisper: verb or [verbs]}` beside the running verb; why nothing comes of it, or None."""
    whisper = data.get("whisper") if isinstance(data, dict) else None
    if not isinstance(whisper, dict | list):
        return "its data has no whisper with a verb or a list of verbs: the server raises where nobody catches"
    verbs = normalize(whisper if isinstance(whisper, list) else [whisper], call.profile)
    if isinstance(verbs, Refusal):
        return f"{verbs.text}: the server logs it, and nothing happens"
    strange = next((verb.name for verb in verbs if verb.name not in WHISPERED), None)
    if strange is not None:
        return f"only say and play can be whispered, not {strange}"
    call.beside(_one_after_the_other(verbs, call))
    return None


def _one_after_the_other(verbs: list[VerbData], call: Call) -> Script[Effect, None]:
    for verb in verbs:
        if call.over:
            return
        yield from aside(verb, call)
