"""The verbs, one file each. A verb is a script: `(verb, call) -> Script`, registered by its name on the wire."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from simulator.jambonz.schema import VerbData
from simulator.jambonz.verbs.registry import SCRIPTS, verb

VERBS = (
    *("agent", "alert", "answer", "bots", "conference", "config", "dequeue", "dial", "dtmf", "dub", "enqueue"),
    *(
        "gather",
        "hangup",
        "leave",
        "listen",
        "llm",
        "message",
        "pause",
        "play",
        "redirect",
        "say",
        "sip_decline",
        "sip_refer",
        "sip_request",
        "tag",
        "transcribe",
    ),
)
for _name in VERBS:
    import_module(f"{__name__}.{_name}")

NEEDS_ANSWER = frozenset({"hangup", "sip:refer", "sip:request"})
"""On an unanswered call these are skipped: a precondition fails, and nobody is told (jambonz.md 4.2)."""

ANSWERS = frozenset(
    {
        *("agent", "answer", "say", "play", "gather", "listen", "transcribe", "llm", "dtmf", "enqueue", "dequeue", "conference", "dub"),
        *("dialogflow", "lex", "rasa"),
    }
)
EARLY_MEDIA = frozenset({"say", "play", "listen", "transcribe"})
CONFIG_NEEDS_MEDIA = (("bargeIn", "enable"), ("record", "action"), ("listen", "url"), ("transcribe", "enable"))

__all__ = ["NEEDS_ANSWER", "SCRIPTS", "answers", "verb"]


def answers(verb: VerbData) -> bool:
    """Whether this verb, as written, answers an unanswered call before it runs (jambonz.md 4.2)."""
    data: dict[str, Any] = verb.data
    if verb.name == "config":
        nested = any(isinstance(data.get(outer), dict) and data[outer].get(inner) for outer, inner in CONFIG_NEEDS_MEDIA)
        return nested or "amd" in data or "boostAudioSignal" in data
    if verb.name == "dial":
        return data.get("answerOnBridge") is not True
    return verb.name in ANSWERS and not (verb.name in EARLY_MEDIA and data.get("earlyMedia"))
