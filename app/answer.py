"""The answer to a new call: the verbs that bring the caller and the assistant together."""

from __future__ import annotations

import json

from app import conversation, dialects, messages
from app.assistant import Assistant
from app.messages import Verb
from app.settings import DIALECTS, Dialect

FINAL_HOOK = "/final"
EVENT_HOOK = "/event"
TOOL_HOOK = "/toolCall"


def answer(assistant: Assistant, dialect: Dialect, api_key: str, model: str | None = None, events: tuple[str, ...] | None = None) -> list[Verb]:
    """Answer, a breath, the assistant; and `hangup`, because a stack that runs out leaves the caller in silence.

    Source: protocol/jambonz.md 6.1-6.3; the original example.
    """
    llm = {
        "verb": "llm",
        "vendor": "openai",
        "model": model or assistant.models[dialect],
        "auth": {"apiKey": api_key},
        "actionHook": FINAL_HOOK,
        "eventHook": EVENT_HOOK,
        "toolHook": TOOL_HOOK,
        "events": list(events) if events else dialects.events((*assistant.events, *conversation.EVENTS)),
        "llmOptions": {
            "response_create": dialects.response_create(assistant, dialect),
            "session_update": dialects.session_update(assistant, dialect),
        },
    }
    return [{"verb": "answer"}, {"verb": "pause", "length": 1}, llm, {"verb": "hangup"}]


def check_size(assistant: Assistant) -> None:
    """Raises ValueError if the assistant is too long for one frame: jambonz would drop the socket, and the call.

    Keys and models are set by the call, so 1 KiB is kept for them and the envelope.
    """
    for dialect in DIALECTS:
        size_bytes = len(json.dumps(messages.ack("", answer(assistant, dialect, "")))) + 1024
        if size_bytes > messages.MAX_FRAME_BYTES:
            raise ValueError(
                f"app/assistant.py: the answer to a new call would take {size_bytes} bytes in the {dialect} dialect; "
                f"jambonz accepts {messages.MAX_FRAME_BYTES}. Shorten the instructions or the tools' descriptions."
            )
