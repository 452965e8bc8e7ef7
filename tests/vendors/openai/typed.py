"""Every server event, read strictly by the typed models of the `openai` package, in both dialects."""

from __future__ import annotations

import json

from openai.types.beta import realtime as beta
from pydantic import TypeAdapter

from simulator.vendors.openai.events import Dialect, Json
from simulator.vendors.openai.wire import to_wire
from tests.modes.openai.clients import models

SECRET = {"value": "ek_0", "expires_at": 0}
BETA_ITEM: TypeAdapter[beta.ConversationItem] = TypeAdapter(beta.ConversationItem)
BETA_TRANSCRIPTION: TypeAdapter[beta.TranscriptionSessionUpdatedEvent] = TypeAdapter(beta.TranscriptionSessionUpdatedEvent)


def validate(dialect: Dialect, event: Json) -> None:
    """Raises pydantic's ValidationError (or KeyError for an event the package does not know).

    Of beta the package has no model for four events; each is held against the nearest: the item in `retrieved`, the session of
    transcription (whose `client_secret` it demands, where the wire has null, 2.3), and GA's `timeout_triggered`, which is the same.
    """
    text = to_wire(event)
    match dialect, event["type"]:
        case "beta", "transcription_session.created" | "transcription_session.updated":
            session = json.loads(text)["session"] | {"client_secret": SECRET}
            BETA_TRANSCRIPTION.validate_python(event | {"type": "transcription_session.updated", "session": session}, strict=True)
        case "beta", "conversation.item.retrieved":
            BETA_ITEM.validate_json(json.dumps(json.loads(text)["item"]), strict=True)
        case "beta", "input_audio_buffer.timeout_triggered":
            models("ga")[event["type"]].validate_json(text, strict=True)
        case _, name:
            models(dialect)[name].validate_json(text, strict=True)
