"""What the model reads when it is asked for a response: instructions, tools and the conversation, audio as the words in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from msgspec import Struct

from simulator.speech import words
from simulator.vendors.openai.conversation import Conversation, Entry, client_item
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.formats import Format
from simulator.vendors.openai.usage import Tokens


class Read(Struct, frozen=True):
    """One item, and the text in it: written, heard, or what a tool returned."""

    item: Json
    text: str


class Reading(Sequence[Read]):
    """Items, each read when somebody looks at it: most minds want to know the last few of a long conversation."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Read]: ...
    def __getitem__(self, index: int | slice) -> Read | Sequence[Read]:
        if isinstance(index, slice):
            return Reading(self._entries[index])
        return _read(self._entries[index])

    def __reversed__(self) -> Iterator[Read]:
        return map(_read, reversed(self._entries))


def _read(entry: Entry) -> Read:
    return Read(entry.item, text_of(entry))


class Prompt(Struct, frozen=True):
    """What a response is made from; `tools` and `tool_choice` are those of the response, else of the session."""

    instructions: str
    tools: tuple[Json, ...]
    tool_choice: str | Json
    items: Sequence[Read]

    @property
    def said(self) -> str | None:
        """The last turn of the user; None before the first one. It is empty when the audio carries no words."""
        return next((read.text for read in reversed(self.items) if read.item.get("role") == "user"), None)

    @property
    def tool_output(self) -> str | None:
        """What a tool returned, when that is what is to be answered: the last item of user, tools and MCP servers."""
        for read in reversed(self.items):
            if read.item["type"] == "function_call_output":
                return read.text
            if read.item.get("role") == "user":
                return None
        return None


def prompt(session: Json, asked: Json, conversation: Conversation, fmt: Format) -> Prompt:
    """The prompt of a response with the (checked) overrides `asked`; `fmt` is the format of audio in its `input`."""
    told = session | asked if asked else session
    entries: Iterable[Entry] = conversation
    if "input" in asked:
        entries = [_entry(item, conversation, fmt) for item in asked["input"]]
    return Prompt(told["instructions"], tuple(told["tools"]), told["tool_choice"], Reading(entries))


def input_tokens(items: list[Json], conversation: Conversation, fmt: Format) -> Tokens:
    """What the `input` of a response costs. Raises Refused for items that are not there and audio that is none."""
    return sum((_entry(item, conversation, fmt).tokens() for item in items), Tokens())


def _entry(item: Json, conversation: Conversation, fmt: Format) -> Entry:
    if item["type"] == "item_reference":
        return conversation.entry(item["id"], "reference")
    return client_item(item, item.get("id") or "", fmt)


def text_of(entry: Entry) -> str:
    """The text of an item; of audio the transcript, or the words it carries."""
    item = entry.item
    if item["type"] != "message":
        return str(item.get("output") or item.get("arguments") or "")
    texts = [part.get("text") or (entry.transcript if part["type"].endswith("audio") else None) for part in item["content"]]
    said = " ".join(filter(None, texts))
    if not said and entry.audio and item["role"] == "user":
        return words(entry.fmt.decoded(entry.audio), entry.fmt.rate_hz) if entry.heard is None else entry.heard
    return said
