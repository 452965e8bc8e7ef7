"""The buffer for text that is spoken while it is still being written (`tts:tokens`), sentence by sentence.

Facts: tts-streaming-buffer.js (limits, chunks, timer; read in a neighbouring commit), jambonz.md 2.5 and 3.3. As there: chunks leave for
the synthesizer as soon as a sentence is whole, however long it takes to speak them; so the buffer fills where no stream is open, or
where sentences do not end. A flush is a marker in the queue that is found when the queue is looked at next.
Inferred: `stream_open` follows the connection at once; `user_interruption` is sent where the caller's speech throws the rest away.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

MOST_CHARS = 1000
RESUME_CHARS = 200
CHUNK_CHARS = 1800
FLUSH_S = 1.0
STREAMING_VENDORS = ("deepgram", "cartesia", "elevenlabs", "rimelabs")
"""Vendors whose voices can be streamed, besides `custom:*`."""

FLUSH = None
"""A flush marker in the queue; everything else there is text."""

State = Literal["closed", "open", "failed"]


def streams(vendor: str) -> bool:
    """Whether this vendor's voices can be streamed."""
    return vendor in STREAMING_VENDORS or vendor.startswith("custom:")


@dataclass(slots=True)
class TokenStream:
    """`speak` gets each chunk as it leaves for the synthesizer; `tell` the names of `tts:streaming-event`s."""

    speak: Callable[[str], None]
    tell: Callable[[str], None]
    state: State = "closed"
    vendor: str = ""
    full: bool = False
    wake_at_s: float | None = None
    _queue: deque[str | None] = field(default_factory=deque)
    _updated_s: float = 0.0

    @property
    def size(self) -> int:
        """Characters that wait."""
        return sum(len(text) for text in self._queue if text is not None)

    # --- the stream

    def open(self, vendor: str, now_s: float) -> bool:
        """Connect to a synthesizer and send on what waits; False when `vendor` has no streaming voices."""
        if not streams(vendor):
            self.state, self.vendor = "failed", vendor
            self._queue.clear()
            return False
        self.state, self.vendor = "open", vendor
        self.tell("stream_open")
        self._feed(now_s)
        return True

    def close(self) -> None:
        """Disconnect; what has not been sent is thrown away."""
        self.state, self.wake_at_s = "closed", None
        self._queue.clear()
        self.tell("stream_closed")

    # --- what the application sends

    def buffer(self, tokens: str, now_s: float) -> dict[str, Any]:
        """More text; answers `{status, reason?}`. Whitespace alone into an empty buffer is dropped, with `ok`."""
        if self.state == "failed":
            return {"status": "failed", "reason": f"connection to {self.vendor} failed"}
        if self.size == 0 and not tokens.strip():
            return {"status": "ok"}
        if self.size + len(tokens) > MOST_CHARS:
            if not self.full:
                self.full = True
                self.tell("stream_paused")
            return {"status": "failed", "reason": "full"}
        self._queue.append(tokens)
        self._updated_s = now_s
        self._feed(now_s)
        return {"status": "ok"}

    def flush(self) -> bool:
        """Mark that what has come so far is to be spoken, whole sentence or not; False when no stream is open."""
        if self.state != "open":
            return False
        if self._queue and self._queue[-1] is not FLUSH:
            self._queue.append(FLUSH)
        return True

    def clear(self) -> bool:
        """Throw away what waits; False when no stream is open."""
        if self.state != "open":
            return False
        self._queue.clear()
        self.full, self.wake_at_s = False, None
        return True

    # --- sending it on

    def wake(self, now_s: float) -> None:
        """A second has passed since text came that ends no sentence."""
        if self.wake_at_s is None or now_s < self.wake_at_s - 1e-9:
            return
        self.wake_at_s = None
        if now_s - self._updated_s < FLUSH_S - 1e-9:
            self._set_timer(now_s)
        else:
            self._feed(now_s, timed_out=True)

    def _feed(self, now_s: float, *, timed_out: bool = False) -> None:
        if self.state != "open":
            return
        self._send_flushed()
        while text := self._text():
            limit = min(CHUNK_CHARS, len(text))
            end = sentence_end(text, limit)
            if end <= 0 and timed_out:
                end = word_end(text, limit)
            if end <= 0:
                self._set_timer(now_s)
                return
            timed_out = False
            self._take(end)
            self.speak(text[:end])
            if self.full and self.size <= RESUME_CHARS:
                self.full = False
                self.tell("stream_resumed")
        self.wake_at_s = None

    def _send_flushed(self) -> None:
        while FLUSH in self._queue:
            text = ""
            while (part := self._queue.popleft()) is not FLUSH:
                text += str(part)
            if text:
                self.speak(text)

    def _text(self) -> str:
        text = ""
        for part in self._queue:
            text += str(part)
            if len(text) >= CHUNK_CHARS:
                break
        return text

    def _take(self, count: int) -> None:
        while count > 0:
            part = str(self._queue.popleft())
            if len(part) > count:
                self._queue.appendleft(part[count:])
            count -= len(part)

    def _set_timer(self, now_s: float) -> None:
        if self.wake_at_s is None:
            self.wake_at_s = now_s + FLUSH_S


_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n\n")
_SPACE = re.compile(r"\s+")


def sentence_end(text: str, limit: int) -> int:
    """Where the last whole sentence ends that begins to end before `limit`; -1 without one. A dot behind a digit ends none."""
    last = -1
    for found in _SENTENCE_END.finditer(text):
        if found.start() >= limit:
            break
        if text[: found.start()].strip() and (found[0] == "\n\n" or not text[found.start() - 1 : found.start()].isdecimal()):
            last = found.end()
    return last


def word_end(text: str, limit: int) -> int:
    """Where the last word ends that whitespace follows; -1 without one."""
    last = -1
    for found in _SPACE.finditer(text):
        if found.start() >= limit:
            break
        last = found.start()
    return last
