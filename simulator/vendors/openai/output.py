"""Output items: a message that is spoken, one that is written, a function call (openai-realtime.md 4.2 to 4.5, 4.10).

Each function is a script and reads in the order of the wire. Killing it closes out what is open, in the order of 4.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from simulator.script import Killed
from simulator.vendors.openai import messages, usage
from simulator.vendors.openai.context import Context
from simulator.vendors.openai.conversation import Entry, call_item, message_item
from simulator.vendors.openai.events import CallTool, Json, Say
from simulator.vendors.openai.formats import Format, sound
from simulator.vendors.openai.line import Steps, wait
from simulator.vendors.openai.response import Response
from simulator.vendors.openai.usage import Tokens

WORDS = re.compile(r"\s*\S+|\s+$")
"""A delta of text or of a transcript: a word and what is before it."""
ARGUMENT_TOKENS = re.compile(r"\w+|[^\w]+")
"""A delta of arguments."""
NOT_SENT = 13
"""Text tokens of an audio reply beyond its transcript (5.5)."""


def opened(entry: Entry, response: Response, index: int) -> list[Json]:
    """An output item begins; in the default conversation it is an item there at once."""
    entry.grows = True
    response.output.append(entry.item)
    added = messages.output_item_added(response.id, index, entry.item)
    return [added] if response.conversation is None else [added, messages.item_added(response.conversation.add(entry), entry.item)]


def closed(entry: Entry, response: Response, index: int) -> list[Json]:
    """It ends: its last shape is shown to the conversation first."""
    entry.grows = False
    response.output[index] = entry.item
    done = messages.output_item_done(response.id, index, entry.item)
    if response.conversation is None:
        return [done]
    return [messages.item_done(response.conversation.previous(entry.id), entry.item), done]


def audio_message(say: Say, response: Response, context: Context, index: int, end: str) -> Steps:
    pace, fmt = context.settings, response.format
    audio, words, sent = sound(say, fmt, response.speed), WORDS.findall(say.text), 0
    entry = Entry(message_item(context.new_id("item")), fmt, audio)
    place = (response.id, entry.id, index)
    killed: Killed | None = None
    yield opened(entry, response, index)
    yield messages.content_part_added(place, {"type": "audio", "transcript": ""})
    try:
        yield from wait(pace.first_audio_s - pace.first_item_s)
        begun_s = context.now_s
        for start, stop in chunks(len(audio), fmt, pace.chunks_ms):
            if pace.speed_factor > 0:
                yield from wait(begun_s + start / fmt.bytes_per_ms / 1000 / pace.speed_factor - context.now_s)
            due = ceil(len(words) * (stop + pace.transcript_ahead_ms * fmt.bytes_per_ms) / len(audio))
            spoken = words[sent:due]
            yield messages.content_deltas("response.output_audio_transcript.delta", place, spoken, context.padding.of_each(spoken))
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
    yield closed(entry, response, index)
    if killed:
        raise killed


def text_message(say: Say, response: Response, context: Context, index: int, end: str) -> Steps:
    entry = Entry(message_item(context.new_id("item")), response.format)
    place = (response.id, entry.id, index)
    words, token_s = WORDS.findall(say.text), context.settings.token_s
    sent = 0
    killed: Killed | None = None
    yield opened(entry, response, index)
    yield messages.content_part_added(place, {"type": "text", "text": ""})
    try:
        together = 1 if token_s > 0 else len(words)
        while sent < len(words):
            said = words[sent : sent + together]
            sent += together
            yield messages.content_deltas("response.output_text.delta", place, said, context.padding.of_each(said))
            yield from wait(token_s)
    except Killed as kill:
        killed, end = kill, "incomplete"
    text = "".join(words[:sent])
    response.made += Tokens(usage.text_tokens(text) + 2)
    yield messages.text_done(place, text)
    yield messages.content_part_done(place, {"type": "text", "text": text})
    entry.item = entry.item | {"status": end, "content": [{"type": "output_text", "text": text}]}
    yield closed(entry, response, index)
    if killed:
        raise killed


def function_call(call: CallTool, response: Response, context: Context, index: int, end: str) -> Steps:
    call_id = call.call_id or context.ids.tool_call()
    entry = Entry(call_item(context.new_id("item"), call.name, call_id), response.format)
    place = (response.id, entry.id, index)
    tokens = ARGUMENT_TOKENS.findall(call.arguments)
    sent = 0
    killed: Killed | None = None
    yield opened(entry, response, index)
    try:
        for token in tokens:
            sent += 1
            yield messages.arguments_delta(place, call_id, token, context.padding(token))
            yield from wait(context.settings.token_s)
    except Killed as kill:
        killed, end = kill, "incomplete"
    arguments = "".join(tokens[:sent])
    response.made += Tokens(usage.text_tokens(call.name) + usage.text_tokens(arguments) + NOT_SENT)
    yield messages.arguments_done(place, call_id, call.name, arguments)
    entry.item = entry.item | {"status": end, "arguments": arguments}
    if end == "completed" and response.conversation is not None:
        context.debts.output_due(call_id, call.name, context.now_s)
    yield closed(entry, response, index)
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
