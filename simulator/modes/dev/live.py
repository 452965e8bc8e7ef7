"""What the page's server needs of whoever lives the calls. The messages are those of `jambonz-sim talk --jsonl`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Json = dict[str, Any]
Tell = Callable[[Json | bytes], None]
"""Told a message, or sound: one byte of which phone, then PCM16 mono little-endian at 24 kHz."""


class Live(Protocol):
    """Calls that live on the loop of the server. Nothing here may raise for what a page has sent."""

    def hello(self) -> Json:
        """The first message for a page."""
        ...

    def listen(self, tell: Tell) -> Callable[[], None]:
        """From now on tell what happens; answers how to stop that."""
        ...

    def order(self, command: Json, answer: Callable[[Json], None]) -> None:
        """Do what a page says; `answer` is told what only that page is to know (`done`, `refused`)."""
        ...

    def hear(self, sound: bytes) -> None:
        """What a microphone hears: one byte of which phone, then PCM16 mono little-endian at the rate that `mic` has named."""
        ...
