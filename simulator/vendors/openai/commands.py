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
        talk.hearing.append(event["audio"])  # the way nearly all events take
        return
    session = talk.context.session
    if "type" not in event:
        raise Refused(missing("type"))
    if not isinstance(name, str):
        raise Refused(wrong_type("type", "a string", name))
    form = forms.CLIENT_EVENTS[session.dialect].get(name)
    if form is None:
        raise Refused(wrong_value("type", name, forms.TYPES[session.dialect]))
    form(event, "")
    if name.endswith("session.update"):
        session.check(event["session"], name)
    elif name == "response.create" and event.get("response"):
        forms.response(session.dialect, session.model)(event["response"], "response")
    if session.dialect == "beta":
        event = from_beta(event)
    COMMANDS[event["type"]](talk, event)


def event_id(event: Json) -> str | None:
    """The client's own id of an event, as far as it may be echoed."""
    given = event.get("event_id")
    return given if isinstance(given, str) else None


def session_update(talk: Talk, event: Json) -> None:
    context = talk.context
    context.session.update(event["session"], has_spoken=context.conversation.has_spoken, responding=talk.responses.active is not None)
    talk.hearing.configure()
    context.line.send(messages.session_updated(context.session.values))
    talk.list_mcp_tools()


def input_audio_append(talk: Talk, event: Json) -> None:
    audio = audio_bytes(event["audio"])
    if not audio:
        raise Refused(wrong_audio("audio", "an invalid value" if audio is None else "empty bytes"))
    talk.hearing.append(audio)


def input_audio_commit(talk: Talk, _event: Json) -> None:
    talk.hearing.commit()


def input_audio_clear(talk: Talk, _event: Json) -> None:
    talk.hearing.clear()


def item_create(talk: Talk, event: Json) -> None:
    context, item, previous_item_id = talk.context, event["item"], event.get("previous_item_id")
    conversation, duplicates = context.conversation, context.settings.duplicate_items
    if duplicates == "ignore" and item.get("id") in conversation:
        return
    conversation.check_create(item, previous_item_id, again=duplicates == "append")
    if item["type"] == "function_call" and not item.get("call_id"):
        item = item | {"call_id": context.ids.tool_call()}
    entry = client_item(item, item.get("id") or context.new_id("item"), context.heard_format)
    if entry.audio:
        talk.hearing.budget.take(entry.audio_ms, "item.content")
    previous = conversation.add(entry, previous_item_id)
    context.line.send(messages.item_added(previous, entry.item), messages.item_done(previous, entry.item))
    if item["type"] == "function_call_output":
        context.debts.output_came(item["call_id"])


def item_retrieve(talk: Talk, event: Json) -> None:
    context = talk.context
    context.line.send(messages.item_retrieved(context.conversation.retrieved(event["item_id"])))


def item_truncate(talk: Talk, event: Json) -> None:
    context, numbers = talk.context, (event["item_id"], event["content_index"], event["audio_end_ms"])
    context.conversation.truncate(*numbers)
    context.line.send(messages.item_truncated(*numbers))


def item_delete(talk: Talk, event: Json) -> None:
    context = talk.context
    entry = context.conversation.delete(event["item_id"])
    context.line.send(messages.item_deleted(event["item_id"]))
    if entry.item["type"] == "function_call":
        context.debts.output_came(entry.item["call_id"])


def response_create(talk: Talk, event: Json) -> None:
    context, asked = talk.context, {name: value for name, value in (event.get("response") or {}).items() if value is not None}
    check_modalities(asked.get("output_modalities"), "response", context.dialect)
    voice = context.session.values.get("audio", {}).get("output", {}).get("voice")
    in_conversation = asked.get("conversation") != "none"
    if in_conversation and context.conversation.has_spoken and asked.get("audio", {}).get("output", {}).get("voice", voice) != voice:
        raise Refused(VOICE_IS_FIXED)
    talk.responses.request(asked, by="client")


def response_cancel(talk: Talk, event: Json) -> None:
    response = talk.responses.cancellable(event.get("response_id"))
    if response is None:
        raise Refused(NO_ACTIVE_RESPONSE)
    talk.responses.cancel(response, "client_cancelled")


def translation_append(_talk: Talk, _event: Json) -> None:
    """Listed by the live parser, but meant for translation sessions; the words are ours."""
    raise Refused(NO_TRANSLATION)


def session_close(talk: Talk, _event: Json) -> None:
    """Listed by the live parser; that it closes normally is our guess."""
    talk.context.line.close(1000, "")


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
