"""What a client may order, one function for each type of client event (openai-realtime.md 3.2).

A command gets an event that fits its form, in the GA shape, or raises `Refused`; whoever calls it turns that into one `error`.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.vendors.openai import forms, messages
from simulator.vendors.openai.conversation import client_item
from simulator.vendors.openai.dialects import from_beta
from simulator.vendors.openai.errors import (
    NO_ACTIVE_RESPONSE,
    VOICE_IS_FIXED,
    Problem,
    Refused,
    missing,
    wrong_audio,
    wrong_type,
    wrong_value,
)
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.session import check_modalities
from simulator.vendors.openai.talk import Talk
from simulator.vendors.openai.wire import audio_bytes

Command = Callable[[Talk, Json], None]
NO_TRANSLATION = Problem("invalid_parameter", "Passing a translation session event to a realtime session is not allowed.")


def obey(talk: Talk, event: Json) -> None:
    """Check a client event in the words of its dialect, then do what it says."""
    name = event.get("type")
    if name == "input_audio_buffer.append" and len(event) == 2 and type(event.get("audio")) is bytes and event["audio"]:
        talk.hear(event["audio"])  # the way nearly all events take
        return
    if "type" not in event:
        raise Refused(missing("type"))
    if not isinstance(name, str):
        raise Refused(wrong_type("type", "a string", name))
    form = forms.CLIENT_EVENTS[talk.dialect].get(name)
    if form is None:
        raise Refused(wrong_value("type", name, forms.TYPES[talk.dialect]))
    form(event, "")
    if name.endswith("session.update"):
        talk.session.check(event["session"], name)
    elif name == "response.create" and event.get("response"):
        forms.response(talk.dialect, talk.session.model)(event["response"], "response")
    if talk.dialect == "beta":
        event = from_beta(event)
    COMMANDS[event["type"]](talk, event)


def event_id(event: Json) -> str | None:
    """The client's own id of an event, as far as it may be echoed."""
    given = event.get("event_id")
    return given if isinstance(given, str) else None


def session_update(talk: Talk, event: Json) -> None:
    talk.session.update(event["session"], has_spoken=talk.conversation.has_spoken, responding=talk.responding)
    talk.configure()
    talk.send(messages.session_updated(talk.session.values))
    talk.list_mcp_tools()


def input_audio_append(talk: Talk, event: Json) -> None:
    audio = audio_bytes(event["audio"])
    if not audio:
        raise Refused(wrong_audio("audio", "an invalid value" if audio is None else "empty bytes"))
    talk.hear(audio)


def input_audio_commit(talk: Talk, _event: Json) -> None:
    talk.commit()


def input_audio_clear(talk: Talk, _event: Json) -> None:
    talk.clear()


def item_create(talk: Talk, event: Json) -> None:
    item, previous_item_id = event["item"], event.get("previous_item_id")
    known = item.get("id") in talk.conversation
    if known and talk.settings.duplicate_items == "ignore":
        return
    talk.conversation.check_create(item, previous_item_id, again=talk.settings.duplicate_items == "append")
    if item["type"] == "function_call" and not item.get("call_id"):
        item = item | {"call_id": talk.ids.tool_call()}
    entry = client_item(item, item.get("id") or talk.new_id("item"), talk.ear.fmt)
    if entry.audio:
        talk.budget.take(entry.audio_ms, "item.content")
    previous = talk.conversation.add(entry, previous_item_id)
    talk.send(messages.item_added(previous, entry.item))
    talk.send(messages.item_done(previous, entry.item))
    if item["type"] == "function_call_output":
        talk.tool_returned(item["call_id"])


def item_retrieve(talk: Talk, event: Json) -> None:
    talk.send(messages.item_retrieved(talk.conversation.retrieved(event["item_id"])))


def item_truncate(talk: Talk, event: Json) -> None:
    numbers = event["item_id"], event["content_index"], event["audio_end_ms"]
    talk.conversation.truncate(*numbers)
    talk.send(messages.item_truncated(*numbers))


def item_delete(talk: Talk, event: Json) -> None:
    entry = talk.conversation.delete(event["item_id"])
    talk.send(messages.item_deleted(event["item_id"]))
    if entry.item["type"] == "function_call":
        talk.tool_returned(entry.item["call_id"])


def response_create(talk: Talk, event: Json) -> None:
    asked = {name: value for name, value in (event.get("response") or {}).items() if value is not None}
    check_modalities(asked.get("output_modalities"), "response", talk.dialect)
    voice = talk.session.values.get("audio", {}).get("output", {}).get("voice")
    in_conversation = asked.get("conversation") != "none"
    if in_conversation and talk.conversation.has_spoken and asked.get("audio", {}).get("output", {}).get("voice", voice) != voice:
        raise Refused(VOICE_IS_FIXED)
    talk.request(asked, by="client")


def response_cancel(talk: Talk, event: Json) -> None:
    response = talk.cancellable(event.get("response_id"))
    if response is None:
        raise Refused(NO_ACTIVE_RESPONSE)
    talk.cancel(response, "client_cancelled")


def translation_append(_talk: Talk, _event: Json) -> None:
    """Listed by the live parser, but meant for translation sessions; the words are ours."""
    raise Refused(NO_TRANSLATION)


def session_close(talk: Talk, _event: Json) -> None:
    """Listed by the live parser; that it closes normally is our guess."""
    talk.hang_up()


COMMANDS: dict[str, Command] = {
    "session.update": session_update,
    "session.close": session_close,
    "input_audio_buffer.append": input_audio_append,
    "session.input_audio_buffer.append": translation_append,
    "input_audio_buffer.commit": input_audio_commit,
    "input_audio_buffer.clear": input_audio_clear,
    "conversation.item.create": item_create,
    "conversation.item.truncate": item_truncate,
    "conversation.item.delete": item_delete,
    "conversation.item.retrieve": item_retrieve,
    "response.create": response_create,
    "response.cancel": response_cancel,
}
