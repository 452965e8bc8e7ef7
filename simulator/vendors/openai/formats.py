"""The three audio formats of the wire, and assistant speech in them (openai-realtime.md 5.1, 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.audio import alaw_decode, alaw_encode, resample, samples_of, ulaw_decode, ulaw_encode
from simulator.speech import Speech, speak
from simulator.vendors.openai.events import Json, Say

Energies = npt.NDArray[np.float32]
VECDOT = hasattr(np, "vecdot")


@dataclass(frozen=True, slots=True)
class Format:
    """How mono audio lies in bytes. `silence` is the byte of which silence consists."""

    name: str
    rate_hz: int
    bytes_per_ms: int
    silence: int

    def decoded(self, audio: bytes) -> bytes:
        """As 16-bit samples at `rate_hz`."""
        match self.name:
            case "audio/pcmu":
                return ulaw_decode(audio)
            case "audio/pcma":
                return alaw_decode(audio)
            case _:
                return audio

    def encoded(self, pcm: bytes) -> bytes:
        match self.name:
            case "audio/pcmu":
                return ulaw_encode(pcm)
            case "audio/pcma":
                return alaw_encode(pcm)
            case _:
                return pcm

    def energies(self, audio: bytes | bytearray, start: int, frames: int, frame_bytes: int) -> Energies:
        """Sum of squares of the samples of each of so many frames, the first of which begins at byte `start`."""
        if self.name == "audio/pcm":
            samples = np.frombuffer(audio, "<i2", frames * frame_bytes // 2, start).astype(np.float32).reshape(frames, -1)
            energies = _powers(samples)
        else:
            codes = np.frombuffer(audio, np.uint8, frames * frame_bytes, start)
            energies = np.asarray(_squares(self.name)[codes].reshape(frames, -1).sum(axis=1))
        return energies

    def milliseconds(self, audio: bytes) -> int:
        return len(audio) // self.bytes_per_ms


FORMATS = {
    "audio/pcm": Format("audio/pcm", 24000, 48, 0),
    "audio/pcmu": Format("audio/pcmu", 8000, 8, 0xFF),
    "audio/pcma": Format("audio/pcma", 8000, 8, 0xD5),
}


def format_of(values: Json) -> Format:
    """The format a session or a response names."""
    return FORMATS[values["type"]]


def _powers(rows: Energies) -> Energies:
    """The sum of squares of every row; numpy 2 has a function for it that is three times as fast."""
    powers: Energies = np.vecdot(rows, rows) if VECDOT else np.einsum("ij,ij->i", rows, rows)
    return powers


@lru_cache
def _squares(name: str) -> Energies:
    """What each G.711 code adds to the energy."""
    return samples_of(FORMATS[name].decoded(bytes(range(256)))).astype(np.float32) ** 2


def sound(say: Say, fmt: Format, speed: float) -> bytes:
    """What the assistant says, as it is sent. A recording is played as it is: nothing here can speed up a voice without raising it."""
    return spoken(say.text, fmt, say.lasts_s, speed) if say.recording is None else played(say.recording, fmt)


@lru_cache(maxsize=8)
def played(recording: Speech, fmt: Format) -> bytes:
    """A recording in a format of the wire, at whatever rate it was made; whole samples, none of them cut."""
    return fmt.encoded(resample(recording.pcm, recording.rate_hz, fmt.rate_hz))


@lru_cache(maxsize=64)
def spoken(text: str, fmt: Format, lasts_s: float | None = None, speed: float = 1.0) -> bytes:
    """`text` as the assistant says it. With `lasts_s` every word takes its share of that time, cut or followed by silence."""
    natural = speak(text, fmt.rate_hz)
    duration_s = lasts_s if lasts_s is not None else natural.duration_s / speed
    if natural.duration_s == 0 or duration_s == natural.duration_s:
        return fmt.encoded(natural.pcm)
    slots = [speak(word, fmt.rate_hz) for word in text.split()]
    share = duration_s / sum(slot.duration_s for slot in slots)
    stretched = bytearray()
    heard_s = 0.0
    for slot in slots:
        heard_s += slot.duration_s * share
        room = 2 * round(heard_s * fmt.rate_hz) - len(stretched)
        stretched += slot.pcm[:room].ljust(room, b"\0")
    return fmt.encoded(bytes(stretched))
