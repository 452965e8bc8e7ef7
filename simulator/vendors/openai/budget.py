"""How much of a client's audio one session keeps.

The reference bounds one event (15 MiB) and the session (60 minutes), but not what a client may append in all: it can send an
hour of audio in a minute, again and again. What is kept is bounded here by what can be said in the longest session. The limit
and its words are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.vendors.openai.conversation import Entry
from simulator.vendors.openai.errors import Problem, Refused


class AudioBudget:
    """`kept_ms` says what the session holds at present; it is asked only when a client has sent so much that it could be too much."""

    def __init__(self, limit_s: float, kept_ms: Callable[[], float]) -> None:
        self._limit_ms, self._kept_ms = limit_s * 1000, kept_ms
        self._sent_ms = 0.0

    def take(self, audio_ms: float, param: str = "audio") -> None:
        """Room for so much more audio. Raises Refused when there is none."""
        self._sent_ms += audio_ms
        if self._sent_ms <= self._limit_ms:
            return
        kept_ms = self._kept_ms()
        if kept_ms + audio_ms > self._limit_ms:
            self._sent_ms = self._limit_ms  # what was refused does not count, and the next is looked at again
            text = (
                f"Audio limit of this server reached: a session keeps at most {self._limit_ms / 1000:g}s of input audio, "
                f"and {kept_ms / 1000:.2f}s are kept. Clear the input audio buffer, or delete items with audio."
            )
            raise Refused(Problem("audio_limit_exceeded", text, param))


def heard_ms(entries: Iterable[Entry]) -> float:
    """The audio of the client in these items."""
    return sum(len(entry.audio) / entry.fmt.bytes_per_ms for entry in entries if entry.item.get("role") == "user")
