"""The conversation: its items in order, and what may be done with them (openai-realtime.md 3.6, 4.1, 8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.vendors.openai import usage
from simulator.vendors.openai.errors import (
    NOT_AUDIO,
    Refused,
    already_shorter,
    duplicate_item,
    unknown_item,
    unknown_previous_item,
    unknown_tool_call,
    wrong_audio,
)
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.formats import Format
from simulator.vendors.openai.usage import Tokens
from simulator.vendors.openai.wire import audio_bytes

ROOT = "root"
IMAGE_TOKENS = 500


@dataclass(slots=True)
class Entry:
    """An item and what the wire does not show of it. `item` is never changed but replaced.

    `audio` is in the format `fmt`; of it, only the first `length_bytes` were generated so far, or are left. `heard` are the words
    in it, None as long as nobody has listened.
    """

    item: Json
    fmt: Format
    audio: bytes = b""
    length_bytes: int = 0
    transcript: str | None = None
    heard: str | None = None
    grows: bool = False
    """Whether the server is still at it; from then on only `truncate` changes it."""

    @property
    def id(self) -> str:
        return str(self.item["id"])

    @property
    def audio_ms(self) -> int:
        return self.length_bytes // self.fmt.bytes_per_ms

    @property
    def speaks(self) -> bool:
        """Whether this is assistant audio."""
        return self.length_bytes > 0 and self.item.get("role") == "assistant"

    def tokens(self) -> Tokens:
        """What the item costs when the model reads it."""
        item, images = self.item, 0
        texts = [item.get(name) for name in ("name", "arguments", "output")]
        for part in item.get("content", ()):
            texts.append(part.get("text") or (part.get("transcript") if item["role"] == "assistant" else None))
            if part["type"] == "input_image":
                images += IMAGE_TOKENS
        text = usage.FRAMING_TOKENS
        for one in texts:
            if isinstance(one, str):
                text += usage.text_tokens(one)
        return Tokens(text, usage.heard_tokens(self.audio_ms), images)


class Conversation:
    """The default conversation of a session."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self._order: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._counted = (0, Tokens())  # so many items from the first on, and what they cost: they will not change
        self.has_spoken = False
        """Whether assistant audio was ever made here: from then on the voice is fixed."""

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entries.__getitem__, self._order)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._entries

    def check_create(self, item: Json, previous_item_id: str | None, *, again: bool = False) -> None:
        """Whether a client may add this item there; `again` is whether its id may be taken."""
        if item.get("id") in self._entries and not again:
            raise Refused(duplicate_item(item["id"]))
        if previous_item_id and previous_item_id != ROOT and previous_item_id not in self._entries:
            raise Refused(unknown_previous_item(previous_item_id))
        if item["type"] == "function_call_output" and not self.has_call(item["call_id"]):
            raise Refused(unknown_tool_call(item["call_id"]))

    def has_call(self, call_id: str) -> bool:
        return any(entry.item["type"] == "function_call" and entry.item["call_id"] == call_id for entry in self)

    def add(self, entry: Entry, previous_item_id: str | None = None) -> str | None:
        """Put an item into its place (at the end by default); answers the id of the item now before it."""
        place = len(self._order)
        if previous_item_id or entry.id in self._entries:
            self._counted = (0, Tokens())
        if previous_item_id == ROOT:
            place = 0
        elif previous_item_id:
            place = self._order.index(previous_item_id) + 1
        self._order.insert(place, entry.id)
        self._entries[entry.id] = entry
        return self._order[place - 1] if place else None

    def previous(self, item_id: str) -> str | None:
        """The item before `item_id`; before a deleted item, there is the last one."""
        place = self._order.index(item_id) if item_id in self._entries else len(self._order)
        return self._order[place - 1] if place else None

    @property
    def last_id(self) -> str | None:
        return self._order[-1] if self._order else None

    def entry(self, item_id: str, operation: str) -> Entry:
        """The item of this id, or a refusal in the words of `operation`."""
        found = self._entries.get(item_id)
        if found is None:
            raise Refused(unknown_item(operation, item_id))
        return found

    def delete(self, item_id: str) -> Entry:
        entry = self.entry(item_id, "delete")
        self._counted = (0, Tokens())
        self._order = [other for other in self._order if other != item_id]
        del self._entries[item_id]
        return entry

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut assistant audio to `audio_end_ms` and forget all of its transcript."""
        entry = self.entry(item_id, "truncate")
        if not entry.speaks or content_index != 0:
            raise Refused(NOT_AUDIO)
        if audio_end_ms > entry.audio_ms:
            raise Refused(already_shorter(entry.audio_ms, audio_end_ms))
        self._counted = (0, Tokens())
        entry.length_bytes = audio_end_ms * entry.fmt.bytes_per_ms
        entry.transcript = None
        if entry.item["content"]:
            entry.item = entry.item | {"content": [entry.item["content"][0] | {"transcript": None}]}

    def retrieved(self, item_id: str) -> Json:
        """The item as `conversation.item.retrieved` shows it: with audio, format, transcript, and (in both dialects) `object`."""
        entry = self.entry(item_id, "retrieve")
        item: Json = {"id": entry.id, "object": "realtime.item"} | entry.item
        if "content" in item:
            item["content"] = [_with_audio(part, entry) for part in item["content"]]
        return item

    def tokens(self) -> Tokens:
        """What the model reads when it answers. Of a long conversation, only what is new is counted."""
        order, entries = self._order, self._entries
        count, total = self._counted
        while count < len(order) and not (entry := entries[order[count]]).grows:
            count, total = count + 1, total + entry.tokens()
        self._counted = count, total
        return sum((entries[item_id].tokens() for item_id in order[count:]), total)


def _with_audio(part: Json, entry: Entry) -> Json:
    if part["type"] not in ("input_audio", "output_audio"):
        return part
    shape: Json = {"type": entry.fmt.name} | ({"rate": entry.fmt.rate_hz} if entry.fmt.name == "audio/pcm" else {})
    return part | {"transcript": entry.transcript, "audio": entry.audio[: entry.length_bytes], "format": shape}


# --- items ---------------------------------------------------------------------------------------------------------------------


def client_item(item: Json, item_id: str, fmt: Format) -> Entry:
    """An item a client creates, echoed as sent: completed, without audio bytes, in the wire's order of members.

    `fmt` is the input format of the session, in which its audio is.
    """
    given: dict[str, Any] = {"id": item_id, "type": item["type"], "status": "completed"}
    given |= {name: value for name, value in item.items() if name not in ("id", "object", "type", "status") and value is not None}
    audio = b""
    transcript = None
    if "content" in item:
        given["content"] = []
        for index, part in enumerate(item["content"]):
            if part["type"] == "input_audio":
                decoded = audio_bytes(part["audio"])
                if not decoded:
                    raise Refused(wrong_audio(f"item.content[{index}].audio", "an invalid value" if decoded is None else "empty bytes"))
                audio += decoded
                transcript = part.get("transcript")
                given["content"].append({"type": "input_audio", "transcript": transcript})
            elif item["role"] == "assistant":
                given["content"].append({"type": "output_text", "text": part["text"]})
            else:
                given["content"].append(part)
    return Entry(given, fmt, audio, len(audio), transcript)


def spoken_item(item_id: str, fmt: Format, audio: bytes) -> Entry:
    """What the caller said; its transcript never changes the item that was sent (4.7)."""
    content = [{"type": "input_audio", "transcript": None}]
    return Entry({"id": item_id, "type": "message", "status": "completed", "role": "user", "content": content}, fmt, audio, len(audio))


def message_item(item_id: str) -> Json:
    """An assistant message, just added."""
    return {"id": item_id, "type": "message", "status": "in_progress", "role": "assistant", "content": []}


def call_item(item_id: str, name: str, call_id: str) -> Json:
    """A function call, just added."""
    return {"id": item_id, "type": "function_call", "status": "in_progress", "name": name, "call_id": call_id, "arguments": ""}
