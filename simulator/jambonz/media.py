"""What the caller says and hears: the two directions of a phone line, as samples in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np

from simulator.audio import pcm_of, resample, resample_any, samples_of, silence, ulaw_decode, ulaw_encode
from simulator.speech import Speech, speak, words
from simulator.vendors.vendor import Module

LINE_HZ = 8_000
BYTES_PER_SAMPLE = 2
REMEMBERED = 2
"""How many of the last things heard can still be asked for."""


@lru_cache(maxsize=256)
def over_the_line(speech: Speech, rate_hz: int) -> bytes:
    """`speech` as it arrives after a telephone line (8 kHz, mu-law), at `rate_hz`."""
    narrow = ulaw_decode(ulaw_encode(resample(speech.pcm, speech.rate_hz, LINE_HZ)))
    return resample(narrow, LINE_HZ, rate_hz)


@dataclass(frozen=True, slots=True)
class MediaServer:
    """The media server a call is put on.

    `speak` is its voice; `tts_failure` what speech synthesis says when it fails; `module`, when there is one, is
    used for every model instead of the vendor's own; without `available` no call can be answered. `confidence` is how sure its
    recognisers are, `synthesis_ms` how long speech synthesis takes where that is told (nobody waits for it).
    """

    speak: Callable[[str], Speech] = speak
    tts_failure: str | None = None
    module: Callable[[bool], Module] | None = None
    available: bool = True
    confidence: float = 0.98
    synthesis_ms: int = 25


@dataclass(slots=True)
class Line:
    """What comes from the caller: utterances one after another, silence between them."""

    _spoken: list[tuple[float, Speech]] = field(default_factory=list)
    begun_s: float = 0.0
    busy_until_s: float = 0.0

    def speak(self, speech: Speech, now_s: float) -> float:
        """The caller begins `speech` now, or when the last one has ended; answers when it will have ended."""
        begins_s = self.begun_s = max(now_s, self.busy_until_s)
        self._spoken.append((begins_s, speech))
        self.busy_until_s = begins_s + speech.duration_s
        return self.busy_until_s

    def between(self, start_s: float, end_s: float, rate_hz: int) -> bytes:
        """The samples of this stretch of time, silence where nobody spoke."""
        first, last = round(start_s * rate_hz), round(end_s * rate_hz)
        sound: bytearray | None = None
        for begins_s, speech in reversed(self._spoken):
            pcm = over_the_line(speech, rate_hz)
            offset = round(begins_s * rate_hz) - first
            if offset + len(pcm) // BYTES_PER_SAMPLE <= 0:
                break
            source, target = max(0, -offset), max(0, offset)
            count = min(len(pcm) // BYTES_PER_SAMPLE - source, last - first - target)
            if count > 0:
                sound = bytearray((last - first) * BYTES_PER_SAMPLE) if sound is None else sound
                sound[target * 2 : (target + count) * 2] = pcm[source * 2 : (source + count) * 2]
        return silence((last - first) * BYTES_PER_SAMPLE) if sound is None else bytes(sound)

    def silent_between(self, start_s: float, end_s: float) -> bool:
        """Whether nobody spoke at all in this stretch."""
        return all(begins_s >= end_s or begins_s + speech.duration_s <= start_s for begins_s, speech in self._spoken[-3:])


@cache
def bong() -> Speech:
    """The tone that `beep` stands for: 100 ms of a key, and a dial tone that dies away. Inferred: its pitches, from other telephone systems."""
    key, dying = np.arange(LINE_HZ // 10) / LINE_HZ, np.arange(14 * LINE_HZ // 10) / LINE_HZ
    struck = np.sin(2 * np.pi * 941 * key) + np.sin(2 * np.pi * 1477 * key)
    dies = (np.sin(2 * np.pi * 350 * dying) + np.sin(2 * np.pi * 440 * dying)) * np.exp(-2 * dying)
    return Speech("", pcm_of(np.concatenate([struck, dies]) * 4000), LINE_HZ)


def mixed(lines: Iterable[Line], start_s: float) -> bytes:
    """What is said on these lines from `start_s` on, as far as it has begun: at once, at `LINE_HZ`."""
    speaking = [line for line in lines if line.busy_until_s > start_s]
    if len(speaking) == 1:
        return speaking[0].between(start_s, speaking[0].busy_until_s, LINE_HZ)
    until_s = max((line.busy_until_s for line in speaking), default=start_s)
    sounds = [samples_of(line.between(start_s, until_s, LINE_HZ)).astype(np.float32) for line in speaking]
    return pcm_of(np.sum(sounds, axis=0)) if sounds else b""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the caller heard of something: its words, how long it was, and how much was cut off."""

    text: str
    heard_s: float
    cut_s: float


@dataclass(slots=True)
class Playback:
    """What goes to the caller: samples queue up and are played in real time, until they run out or are flushed.

    What is queued is the program; a stream of the application (`overlay`) is laid over it, and may go on when it has ended.
    """

    _chunks: list[bytes] = field(default_factory=list)
    _rate_hz: int = LINE_HZ
    _began_s: float = 0.0
    _length_s: float = 0.0
    _program_s: float = 0.0
    playing: bool = False
    _before: list[tuple[float, bytes, int]] = field(default_factory=list)

    def add(self, pcm: bytes, rate_hz: int, now_s: float) -> bool:
        """Queue samples; True when no others are queued, so their playing starts now."""
        starts = self._program_s == 0.0
        self._append(pcm, rate_hz, now_s)
        self._program_s = self._length_s
        return starts

    def overlay(self, pcm: bytes, rate_hz: int, now_s: float) -> bool:
        """Lay samples over what is heard from `now_s` on; True when that ends a silence."""
        starts = not self.playing
        if not starts:
            pcm = resample_any(pcm, rate_hz, self._rate_hz)
            rate_hz = self._rate_hz
            whole = b"".join(self._chunks)
            here = round(self.heard_s(now_s) * rate_hz) * BYTES_PER_SAMPLE
            below = whole[here : here + len(pcm)]
            if below:
                self._chunks = [whole[:here], _mixed(below, pcm[: len(below)]), whole[here + len(below) :]]
            pcm = pcm[len(below) :]
        if pcm:
            self._append(pcm, rate_hz, now_s)
        return starts

    def _append(self, pcm: bytes, rate_hz: int, now_s: float) -> None:
        if not self.playing:
            self._chunks, self._rate_hz, self._began_s, self._length_s, self.playing = [], rate_hz, now_s, 0.0, True
        elif rate_hz != self._rate_hz:
            pcm = resample(pcm, rate_hz, self._rate_hz)
        self._chunks.append(pcm)
        self._length_s += len(pcm) / BYTES_PER_SAMPLE / self._rate_hz

    @property
    def program_ends_at_s(self) -> float | None:
        """When what was queued will have been played; None when that is so."""
        return self._began_s + self._program_s if self.playing and self._program_s else None

    def end_program(self) -> None:
        """What was queued has been played; what was laid over it may go on."""
        self._program_s = 0.0

    def go_on_with(self, pcm: bytes, rate_hz: int, now_s: float) -> bool:
        """Play this instead of what is still to come; True when that ends a silence. What is playing goes over into it."""
        if self.playing:
            played = b"".join(self._chunks)[: round(self.heard_s(now_s) * self._rate_hz) * BYTES_PER_SAMPLE]
            self._chunks, self._length_s = [played], len(played) / BYTES_PER_SAMPLE / self._rate_hz  # also of what was laid over it
        return self.add(pcm, rate_hz, now_s)

    @property
    def began_s(self) -> float | None:
        """When what is playing began; None in silence."""
        return self._began_s if self.playing else None

    def sound(self) -> tuple[bytes, int]:
        """All that is playing from its beginning, as far as it has come, and its rate; what was heard already is part of it."""
        return (b"".join(self._chunks), self._rate_hz) if self.playing else (b"", self._rate_hz)

    @property
    def ends_at_s(self) -> float | None:
        """When the queue runs dry if nothing more comes; None in silence."""
        return self._began_s + self._length_s if self.playing else None

    def heard_s(self, now_s: float) -> float:
        """How much of what is playing has been heard."""
        return min(self._length_s, max(0.0, now_s - self._began_s)) if self.playing else 0.0

    def stop(self, now_s: float) -> Hearing:
        """End it now: what was not played yet is thrown away, as in a flush. At its end nothing is."""
        heard_s = self.heard_s(now_s)
        count = round(heard_s * self._rate_hz) * BYTES_PER_SAMPLE
        played = b"".join(self._chunks)[:count]
        self._before = [*self._before[1 - REMEMBERED :], (self._began_s, played, self._rate_hz)]
        cut_s = max(0.0, self._length_s - heard_s)
        self._chunks, self._program_s, self.playing = [], 0.0, False
        return Hearing(words(played, self._rate_hz), heard_s, cut_s if cut_s > 1e-6 else 0.0)

    def between(self, start_s: float, end_s: float, rate_hz: int) -> bytes | None:
        """The samples that were heard in this stretch of the last moments, silence around them; None when there were none at all."""
        playing = [(self._began_s, b"".join(self._chunks), self._rate_hz)] if self.playing else []
        sound: bytearray | None = None
        for began_s, pcm, own_hz in (*self._before, *playing):
            piece, offset = _cut(pcm, own_hz, start_s - began_s, end_s - began_s, rate_hz)
            if piece:
                sound = bytearray(round((end_s - start_s) * rate_hz) * BYTES_PER_SAMPLE) if sound is None else sound
                sound[offset : offset + len(piece)] = piece[: max(0, len(sound) - offset)]
        return None if sound is None else bytes(sound)


def _mixed(one: bytes, other: bytes) -> bytes:
    """Two sounds at once."""
    return pcm_of(samples_of(one).astype(np.float32) + samples_of(other))


def _cut(pcm: bytes, own_hz: int, start_s: float, end_s: float, rate_hz: int) -> tuple[bytes, int]:
    """The samples between two times from the beginning of `pcm`, at another rate, and how many bytes of silence stand before them."""
    first, last = max(0, round(start_s * own_hz)), min(len(pcm) // BYTES_PER_SAMPLE, round(end_s * own_hz))
    if last <= first:
        return b"", 0
    margin = own_hz // 50  # what the filter at the edges looks at
    lead = min(first, margin)
    piece = resample_any(pcm[(first - lead) * BYTES_PER_SAMPLE : (last + margin) * BYTES_PER_SAMPLE], own_hz, rate_hz)
    begin = round(lead * rate_hz / own_hz)
    count = round((last - first) * rate_hz / own_hz)
    return piece[begin * BYTES_PER_SAMPLE : (begin + count) * BYTES_PER_SAMPLE], max(0, round(-start_s * rate_hz)) * BYTES_PER_SAMPLE
