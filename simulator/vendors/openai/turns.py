"""The input audio buffer and turn detection (openai-realtime.md 4.7, 4.9, 5.3, 5.4).

Time is counted in appended audio, never by the clock: a client that sends ten seconds at once gets their turns at once.
A frame is 32 ms. How loud it is becomes the probability that it is speech: -50 dBFS (a quiet line) is 0, -25 dBFS is 1 and
linear between, so at the default threshold 0.5 speech begins at -37.5 dBFS, at 0.8 at -30 dBFS. Two loud frames in a row
start a turn; any energy will do, a cough as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil

from simulator.audio import KEPT_SILENCE_BYTES, silence
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.formats import Format

FRAME_MS = 32
START_FRAMES = 2
QUIET_DBFS, LOUD_DBFS = -50.0, -25.0
KEPT_MS = 10_000
"""With turn detection on, so much of the silence before a turn is kept."""
SEMANTIC_FRAMES = 15
"""How long semantic_vad waits after a turn that sounds complete: 480 ms."""
EAGERNESS_MS = {"low": 8000, "medium": 4000, "auto": 4000, "high": 2000}
UNFINISHED = frozenset({"a", "an", "and", "because", "but", "for", "from", "in", "is", "my", "of", "or", "so", "the", "to", "uh", "um", "with"})
"""A turn that ends on one of these does not sound complete."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The turn is over; `audio` is all of it, prefix and closing silence included."""

    audio_end_ms: int
    audio: bytes = field(repr=False)


def speech_energy(threshold: float, frame_bytes: int) -> float:
    """The energy (sum of squares) that a frame must exceed for its probability to exceed `threshold`."""
    dbfs = QUIET_DBFS + threshold * (LOUD_DBFS - QUIET_DBFS)
    samples = frame_bytes // 2 if frame_bytes == FRAME_MS * 48 else frame_bytes
    return float(samples * (32768.0 * 10 ** (dbfs / 20)) ** 2) if threshold < 1 else float("inf")


class Ear:
    """What the client has appended, and whether somebody is speaking in it.

    `sounds_complete` says of a turn's audio whether it is a whole sentence; only semantic_vad asks.
    """

    def __init__(self, fmt: Format, detection: Json | None, sounds_complete: Callable[[bytes], bool]) -> None:
        self.fmt = fmt
        self._sounds_complete = sounds_complete
        self._data = bytearray()
        self._origin_ms = 0  # where on the clock the current format began
        self._dropped = 0  # bytes of this format no longer in `_data`
        self._uncommitted = 0  # first byte of this format that is not committed
        self._frames = 0  # whole frames of this format so far
        self._loud = 0  # loud frames in a row before a turn
        self._quiet = 0  # quiet frames in a row within a turn
        self._turn: int | None = None  # first byte of the turn under way
        self._rest_is_silent = True
        self._prefix_ms = 300
        self.configure(fmt, detection)

    @property
    def speaking(self) -> bool:
        return self._turn is not None

    @property
    def clock_ms(self) -> int:
        """Whole frames of audio ever appended, in milliseconds."""
        return self._origin_ms + self._frames * FRAME_MS

    @property
    def buffered_ms(self) -> float:
        return (self._end - self._uncommitted) / self.fmt.bytes_per_ms

    @property
    def _end(self) -> int:
        return self._dropped + len(self._data)

    def configure(self, fmt: Format, detection: Json | None) -> None:
        """Use another format from now on (what is buffered is dropped, the clock goes on) or another turn detection."""
        if fmt is not self.fmt:
            self._origin_ms = self.clock_ms
            self._data.clear()
            self._dropped = self._uncommitted = self._frames = 0
            self._forget_turn()
        self.fmt = fmt
        self._frame_bytes = FRAME_MS * fmt.bytes_per_ms
        self._detection = detection
        if detection is None:
            self._forget_turn()
            return
        server = detection["type"] == "server_vad"
        self._prefix_ms = detection["prefix_padding_ms"] if server else 300
        self._energy = speech_energy(detection["threshold"] if server else 0.5, self._frame_bytes)
        self._stop_frames = max(1, ceil(detection["silence_duration_ms"] / FRAME_MS)) if server else SEMANTIC_FRAMES
        self._patience_frames = None if server else ceil(EAGERNESS_MS[detection["eagerness"]] / FRAME_MS)

    def append(self, audio: bytes) -> list[SpeechStarted | SpeechStopped]:
        """Take audio in; answers the turns that began and ended in it, in order."""
        first = self._frames * self._frame_bytes - self._dropped  # of what no frame has covered yet
        self._data += audio
        frames = (len(self._data) - first) // self._frame_bytes
        silent = is_silent(audio, self.fmt)
        heard: list[SpeechStarted | SpeechStopped] = []
        if self._detection is None:
            self._frames += frames
        elif frames == 0:
            silent = silent and self._rest_is_silent
        elif silent and self._rest_is_silent:
            if self._turn is None:
                self._frames += frames
                self._loud = 0
            else:
                self._alike(False, frames, heard)
        else:
            loud = (self.fmt.energies(self._data, first, frames, self._frame_bytes) > self._energy).tolist()
            for are_loud, alike in groupby(loud):
                self._alike(are_loud, len(list(alike)), heard)
        self._rest_is_silent = silent
        if self._turn is None and self._detection is not None and len(self._data) > 2 * KEPT_MS * self.fmt.bytes_per_ms:
            self._drop_before(self._end - KEPT_MS * self.fmt.bytes_per_ms)
        return heard

    def commit(self) -> bytes:
        """Everything since the last commit; of a turn under way, the turn so far. The turn is over without a word."""
        start = self._uncommitted if self._turn is None else self._turn
        return self._take(start, self._end)

    def clear(self) -> None:
        """Drop what is buffered and the turn under way; the clock goes on."""
        self._take(self._end, self._end)

    def _alike(self, loud: bool, frames: int, heard: list[SpeechStarted | SpeechStopped]) -> None:
        """So many frames, all of them loud or none: those that can change nothing are counted at once."""
        while frames:
            if self._turn is None and not loud:
                idle, self._loud = frames, 0
            elif self._turn is not None and loud:
                idle, self._quiet = frames, 0
            elif self._turn is not None and self._quiet + 1 < self._stop_frames:
                idle = min(frames, self._stop_frames - 1 - self._quiet)
                self._quiet += idle
            else:
                self._frame(loud, heard)
                frames -= 1
                continue
            self._frames += idle
            frames -= idle

    def _frame(self, loud: bool, heard: list[SpeechStarted | SpeechStopped]) -> None:
        self._frames += 1
        if self._turn is None:
            self._loud = self._loud + 1 if loud else 0
            if self._loud == START_FRAMES:
                begin_ms = max(0, (self._frames - START_FRAMES) * FRAME_MS - self._prefix_ms)
                self._turn, self._quiet = max(self._dropped, begin_ms * self.fmt.bytes_per_ms), 0
                heard.append(SpeechStarted(self._origin_ms + begin_ms))
            return
        self._quiet = 0 if loud else self._quiet + 1
        if self._quiet < self._stop_frames:
            return
        end = self._frames * self._frame_bytes
        if self._patience_frames is not None and self._quiet < self._patience_frames:
            first_chance = self._quiet == self._stop_frames
            if not (first_chance and self._sounds_complete(self._between(self._turn, end))):
                return
        heard.append(SpeechStopped(self.clock_ms, self._take(self._turn, end)))

    def _take(self, start: int, end: int) -> bytes:
        taken = self._between(start, end)
        self._uncommitted = end
        self._forget_turn()
        self._drop_before(end - self._prefix_ms * self.fmt.bytes_per_ms)
        return taken

    def _between(self, start: int, end: int) -> bytes:
        return bytes(self._data[start - self._dropped : end - self._dropped])

    def _drop_before(self, byte: int) -> None:
        if byte > self._dropped:
            del self._data[: byte - self._dropped]
            self._dropped = byte
            self._uncommitted = max(self._uncommitted, byte)

    def _forget_turn(self) -> None:
        self._turn, self._loud, self._quiet = None, 0, 0


def is_silent(audio: bytes, fmt: Format) -> bool:
    """Whether it is all silence; a comparison with ready-made silence is the cheapest way to know."""
    if len(audio) <= KEPT_SILENCE_BYTES:
        return audio == silence(len(audio), fmt.silence)
    if audio[0] != fmt.silence or audio[-1] != fmt.silence:
        return False
    starts = range(0, len(audio), KEPT_SILENCE_BYTES)
    return all(is_silent(audio[start : start + KEPT_SILENCE_BYTES], fmt) for start in starts)


def sounds_complete(said: str) -> bool:
    """Whether a turn with these words is a whole sentence, as far as its last word tells."""
    last = said.lower().rstrip().rsplit(" ", 1)[-1]
    return not said or (last.rstrip(".?!,") not in UNFINISHED and not last.endswith((",", "...", "-")))
