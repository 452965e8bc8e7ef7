"""One response, from its request to its rate limits: the order recipes of openai-realtime.md 4.2 to 4.6, 4.10 and 4.11.

Each function below is a script and reads in the order of the wire. Killing it closes out what is open, in the order of 4.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from simulator.script import Killed, until
from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.conversation import Conversation, Entry, call_item, message_item
from simulator.vendors.openai.events import Answer, Answered, CallMcp, CallTool, Fail, Json, Say
from simulator.vendors.openai.failures import BILLING, INCOMPLETE, failure, quota_gone
from simulator.vendors.openai.formats import Format, format_of, sound
from simulator.vendors.openai.mcp import ARGUMENT_TOKENS, mcp_call
from simulator.vendors.openai.output import Steps, close_item, open_item, wait
from simulator.vendors.openai.usage import Tokens

if TYPE_CHECKING:
    from simulator.vendors.openai.talk import Talk

WORDS = re.compile(r"\s*\S+|\s+$")
MEMBERS = ("output_modalities", "max_output_tokens", "temperature")
"""What a response shows of its session besides audio."""
NOT_SENT = 13
"""Text tokens of an audio reply beyond its transcript (5.5)."""


class Response:
    """What is known of one response. `conversation` is None for an out-of-band one; `values` are its settings, in the GA shape."""

    __slots__ = (
        "answer", "answered_at_s", "asked", "cancel_reason", "conversation", "given", "id", "made", "metadata", "output", "speed", "status",
        "status_details", "usage", "values",
    )  # fmt: skip

    def __init__(self, response_id: str, values: Json, metadata: Json | None, speed: float, conversation: Conversation | None, given: Tokens) -> None:
        self.id, self.values, self.metadata, self.speed, self.conversation, self.given = response_id, values, metadata, speed, conversation, given
        self.asked: Json = {}
        self.answer: Answer | None = None
        self.answered_at_s = 0.0
        self.cancel_reason = "client_cancelled"
        self.status = "in_progress"
        self.status_details: Json | None = None
        self.output: list[Json] = []
        self.made = Tokens()
        self.usage: Json | None = None

    @property
    def format(self) -> Format:
        return format_of(self.values["audio"]["output"]["format"])

    @property
    def text_only(self) -> bool:
        return bool(self.values["output_modalities"] == ["text"])

    def cancelled(self) -> None:
        self.status, self.status_details = "cancelled", {"type": "cancelled", "reason": self.cancel_reason}

    def failed(self, fail: Fail, error: Json) -> None:
        if fail.code in INCOMPLETE:
            self.status, self.status_details = "incomplete", {"type": "incomplete", "reason": fail.code}
        else:
            self.status, self.status_details = "failed", {"type": "failed", "error": error}

    def shown(self) -> Json:
        """The response object (7.1), in the order of the wire."""
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": self.status_details,
            "output": list(self.output),
            "conversation_id": self.conversation.id if self.conversation else None,
            **self.values,
            "usage": self.usage,
            "metadata": self.metadata,
        }


def response_values(session: Json, asked: Json) -> Json:
    """The settings a response shows: the session's, overridden."""
    speaks, wanted = session["audio"]["output"], asked.get("audio", {}).get("output", {})
    voice = {"format": wanted.get("format", speaks["format"]), "voice": wanted.get("voice", speaks["voice"])}
    return {name: asked.get(name, session[name]) for name in MEMBERS if name in session} | {"audio": {"output": voice}}


def respond(response: Response, talk: Talk) -> Steps:
    """The whole life of a response; `talk` knows it as active until its `response.done`."""
    pace = talk.settings
    default = response.conversation is not None
    killed = False
    try:
        yield from wait(pace.created_after_s)
    except Killed:
        killed = True
    yield messages.response_created(response.shown())
    if default and talk.dialect == "beta":
        yield talk.rate_limits()
    try:
        if killed:
            raise Killed
        yield from _answered(response, talk)
        response.status = "completed" if response.status == "in_progress" else response.status
    except Killed:
        response.cancelled()
    unheard = response.status == "failed" or not response.output
    response.usage = usage.usage(Tokens(), Tokens()) if unheard else usage.usage(response.given, response.made, talk.account.cached_tokens)
    talk.response_done(response)
    yield messages.response_done(response.shown())
    if default and talk.dialect == "ga" and not (response.status == "cancelled" and not response.output):
        yield from wait(pace.rate_limits_after_s)
        yield talk.rate_limits()
    if response.status == "failed" and response.status_details and response.status_details["error"]["code"] in BILLING:
        yield from wait(pace.quota_close_after_s)
        yield quota_gone(response.status_details["error"])


def _answered(response: Response, talk: Talk) -> Steps:
    """Wait for the answer, then play it."""
    pace, created_at_s = talk.settings, talk.now_s
    if response.answer is None:
        yield from until(Answered)
    answer = response.answer or Answer()
    earliest_s = pace.first_item_s if answer.items or answer.fail is None else pace.failed_after_s
    yield from wait(max(created_at_s + earliest_s, response.answered_at_s + answer.after_s) - talk.now_s)
    for index, item in enumerate(answer.items):
        end = "incomplete" if answer.fail is not None and index == len(answer.items) - 1 else "completed"
        match item:
            case CallTool():
                yield from _function_call(item, response, talk, index, end)
            case CallMcp() if talk.dialect == "ga":
                yield from mcp_call(item, response, talk, index, end)
            case CallMcp():  # beta knows no MCP
                yield from _function_call(CallTool(item.name, item.arguments), response, talk, index, end)
            case Say(text_only=text_only) if text_only or response.text_only:
                yield from _text_message(item, response, talk, index, end)
            case Say():
                yield from _audio_message(item, response, talk, index, end)
    if answer.items:
        yield from wait(pace.done_after_s)
    if answer.fail is not None:
        response.failed(answer.fail, failure(answer.fail, talk.session.model, talk.session.id))


def _audio_message(say: Say, response: Response, talk: Talk, index: int, end: str) -> Steps:
    pace, fmt = talk.settings, response.format
    audio, words, sent = sound(say, fmt, response.speed), WORDS.findall(say.text), 0
    entry = Entry(message_item(talk.new_id("item")), fmt, audio)
    place = (response.id, entry.id, index)
    killed: Killed | None = None
    yield from open_item(entry, response, index)
    yield messages.content_part_added(place, {"type": "audio", "transcript": ""})
    try:
        yield from wait(pace.first_audio_s - pace.first_item_s)
        begun_s = talk.now_s
        for start, stop in chunks(len(audio), fmt, pace.chunks_ms):
            if pace.speed_factor > 0:
                yield from wait(begun_s + start / fmt.bytes_per_ms / 1000 / pace.speed_factor - talk.now_s)
            due = ceil(len(words) * (stop + pace.transcript_ahead_ms * fmt.bytes_per_ms) / len(audio))
            for word in words[sent:due]:
                yield messages.content_delta("response.output_audio_transcript.delta", place, word, talk.padding(word))
            sent = min(max(sent, due), len(words))
            entry.length_bytes = stop
            if response.conversation is not None:
                response.conversation.has_spoken = True
            yield messages.audio_delta(place, audio[start:stop])
    except Killed as kill:
        killed, end = kill, "incomplete"
    entry.transcript = transcript = "".join(words[:sent])
    response.made += Tokens(usage.text_tokens(transcript) + NOT_SENT, usage.spoken_tokens(entry.audio_ms))
    yield messages.audio_done(place)
    yield messages.transcript_done(place, transcript)
    yield messages.content_part_done(place, {"type": "audio", "transcript": transcript})
    entry.item = entry.item | {"status": end, "content": [{"type": "output_audio", "transcript": transcript}]}
    yield from close_item(entry, response, index)
    if killed:
        raise killed


def _text_message(say: Say, response: Response, talk: Talk, index: int, end: str) -> Steps:
    entry = Entry(message_item(talk.new_id("item")), response.format)
    place = (response.id, entry.id, index)
    words = WORDS.findall(say.text)
    sent = 0
    killed: Killed | None = None
    yield from open_item(entry, response, index)
    yield messages.content_part_added(place, {"type": "text", "text": ""})
    try:
        for word in words:
            sent += 1
            yield messages.content_delta("response.output_text.delta", place, word, talk.padding(word))
            yield from wait(talk.settings.token_s)
    except Killed as kill:
        killed, end = kill, "incomplete"
    text = "".join(words[:sent])
    response.made += Tokens(usage.text_tokens(text) + 2)
    yield messages.text_done(place, text)
    yield messages.content_part_done(place, {"type": "text", "text": text})
    entry.item = entry.item | {"status": end, "content": [{"type": "output_text", "text": text}]}
    yield from close_item(entry, response, index)
    if killed:
        raise killed


def _function_call(call: CallTool, response: Response, talk: Talk, index: int, end: str) -> Steps:
    call_id = call.call_id or talk.ids.tool_call()
    entry = Entry(call_item(talk.new_id("item"), call.name, call_id), response.format)
    place = (response.id, entry.id, index)
    tokens = ARGUMENT_TOKENS.findall(call.arguments)
    sent = 0
    killed: Killed | None = None
    yield from open_item(entry, response, index)
    try:
        for token in tokens:
            sent += 1
            yield messages.arguments_delta(place, call_id, token, talk.padding(token))
            yield from wait(talk.settings.token_s)
    except Killed as kill:
        killed, end = kill, "incomplete"
    arguments = "".join(tokens[:sent])
    response.made += Tokens(usage.text_tokens(call.name) + usage.text_tokens(arguments) + NOT_SENT)
    yield messages.arguments_done(place, call_id, call.name, arguments)
    entry.item = entry.item | {"status": end, "arguments": arguments}
    if end == "completed" and response.conversation is not None:
        talk.tool_called(call_id, call.name)
    yield from close_item(entry, response, index)
    if killed:
        raise killed


def chunks(length: int, fmt: Format, chunks_ms: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Where each audio delta begins and ends, in bytes: whole samples, the remainder last."""
    start = 0
    number = 0
    while start < length:
        stop = min(length, start + chunks_ms[min(number, len(chunks_ms) - 1)] * fmt.bytes_per_ms)
        yield start, stop
        start, number = stop, number + 1
