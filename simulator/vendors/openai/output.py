"""What all output items have in common: how they begin, how they end, and waiting in between (openai-realtime.md 4.2 to 4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.script import Script, until
from simulator.vendors.openai import messages
from simulator.vendors.openai.conversation import Entry
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.failures import Fatal

if TYPE_CHECKING:
    from simulator.vendors.openai.response import Response

Steps = Script[Json | Fatal, None]


def open_item(entry: Entry, response: Response, index: int) -> Steps:
    """An output item begins; in the default conversation it is an item there at once."""
    response.output.append(entry.item)
    yield messages.output_item_added(response.id, index, entry.item)
    if response.conversation is not None:
        yield messages.item_added(response.conversation.add(entry), entry.item)


def close_item(entry: Entry, response: Response, index: int) -> Steps:
    response.output[index] = entry.item
    if response.conversation is not None:
        yield messages.item_done(response.conversation.previous(entry.id), entry.item)
    yield messages.output_item_done(response.id, index, entry.item)


def wait(seconds: float) -> Steps:
    """Let time pass; none of it when `seconds` is not positive."""
    if seconds > 0:
        yield from until(timeout_s=seconds)
