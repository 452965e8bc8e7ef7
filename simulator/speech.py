"""Speech that carries its words: audible, speech-length, and readable again from its samples alone.

Every word begins with a burst of 25 ms symbols and is filled up with a hum to the length such a word has when spoken. A symbol is one
byte: one low tone and one high tone of 16 each. All tones lie on odd multiples of 40 Hz between 440 and 3080 Hz, so that they fit
into a telephone line and, under a Hann window of one symbol, do not touch each other.

    burst = sync, header, bytes of the word (UTF-8), checksum (CRC-16, two bytes)

The header holds the number of bytes (1 to 63) and two flags, for words longer than that: more of the word follows in another burst, and
this burst continues a word. The checksum covers the word from its beginning, so a burst cannot be joined to anything but its own word.
"""

from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.audio import FULL_SCALE, Floats, Samples, pcm_of, product, samples_of
from simulator.errors import SimulatorError

Positions = npt.NDArray[np.int64]

LEVEL_DBFS = -13.0
SYMBOL_MS = 25
WORD_MS = 100
CHARACTER_MS = 60
GAP_MS = 35
EDGE_MS = 5

SYNC_HZ = (440, 3080)
LOW_HZ = tuple(520 + 80 * nibble for nibble in range(16))
HIGH_HZ = tuple(1800 + 80 * nibble for nibble in range(16))
PITCHES_HZ = (160, 200, 240)
SYNC = 256  # the symbol that is not a byte

MAX_BYTES = 63  # in one burst
MORE, CONTINUES = 0x80, 0x40  # flags of the header

HOPS = 10  # the search for syncs advances by a tenth of a symbol
CUT_HOPS = 2  # a burst cut by this much still counts as whole: its place is not known better
SYNC_QUALITY = 0.35  # 1 is a pure sync; half a sync is 0.25, noise and hum are under 0.05
REMEMBERED_BYTES = 4 * 1024 * 1024  # what was heard in longer sound is not remembered: the sound itself would be kept with it
SYMBOL_PURITY = 0.6  # of all power on the tones, what the two loudest have


@dataclass(frozen=True, slots=True)
class Speech:
    """What the caller or the model says. `pcm` is signed 16-bit mono at `rate_hz`."""

    text: str
    pcm: bytes = field(repr=False)
    rate_hz: int = 8_000

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / self.rate_hz


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and where its burst lies: from `end_s` on, it has been said."""

    text: str
    start_s: float
    end_s: float


# --- speaking ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def speak(text: str, rate_hz: int = 8_000) -> Speech:
    """`text` as sound. Raises SimulatorError for a rate that cannot carry words (`audio.resample` makes others)."""
    voice = _voice(rate_hz)
    said = text.split()
    slots = [_word_ms(word) * rate_hz // 1000 for word in said]  # exact: every duration is a multiple of 5 ms
    gap = GAP_MS * rate_hz // 1000
    samples = np.zeros(sum(slots) + gap * max(0, len(slots) - 1), dtype=np.int16)
    at = 0
    for word, slot in zip(said, slots, strict=True):
        burst = voice.symbols[_burst(word)].ravel()
        samples[at : at + len(burst)] = burst
        voice.hum(samples[at + len(burst) : at + slot], PITCHES_HZ[len(word) % len(PITCHES_HZ)])
        at += slot + gap
    return Speech(" ".join(said), pcm_of(samples), rate_hz)


def speaking_time_s(text: str) -> float:
    """How long `speak(text)` takes."""
    said = text.split()
    return (sum(_word_ms(word) for word in said) + GAP_MS * max(0, len(said) - 1)) / 1000


@lru_cache(maxsize=64)
def noise(duration_s: float, rate_hz: int = 8_000, level_dbfs: float = -14.0, seed: int = 0) -> Speech:
    """A cough: energy without words."""
    wave = np.random.default_rng(seed).standard_normal(round(duration_s * rate_hz), dtype=np.float32)
    return Speech("", pcm_of(wave * (FULL_SCALE * 10 ** (level_dbfs / 20))), rate_hz)


def _word_ms(word: str) -> int:
    encoded = len(_encode(word))
    bursts = -(-encoded // MAX_BYTES)
    return max(SYMBOL_MS * (encoded + 4 * bursts), WORD_MS + CHARACTER_MS * len(word))


def _encode(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")  # JSON can hold half a pair; it is carried as it is


def _burst(word: str) -> list[int]:
    """The symbols of a word: one burst, or several without a gap."""
    encoded = _encode(word)
    symbols: list[int] = []
    checksum = 0xFFFF
    for first in range(0, len(encoded), MAX_BYTES):
        part = encoded[first : first + MAX_BYTES]
        header = len(part) | (MORE if first + MAX_BYTES < len(encoded) else 0) | (CONTINUES if first else 0)
        body = bytes((header, *part))
        checksum = crc_hqx(body, checksum)
        symbols += (SYNC, *body, checksum >> 8, checksum & 0xFF)
    return symbols


class _Voice:
    """The sound of every symbol, and the hum, at one rate."""

    def __init__(self, rate_hz: int) -> None:
        self.time_s = np.arange(_symbol_samples(rate_hz)) / rate_hz
        tone = FULL_SCALE * 10 ** (LEVEL_DBFS / 20)  # the amplitude of each of two tones
        low, high, sync = (tone * np.sin(2 * np.pi * np.outer(hz, self.time_s)) for hz in (LOW_HZ, HIGH_HZ, SYNC_HZ))
        pairs = (low[:, None, :] + high[None, :, :]).reshape(256, -1)
        self.symbols = np.rint(np.vstack((pairs, sync.sum(axis=0)))).astype(np.int16)
        self.hums = {pitch_hz: self._hum(pitch_hz) for pitch_hz in PITCHES_HZ}
        self.fade = np.linspace(0, 1, rate_hz * EDGE_MS // 1000, endpoint=False, dtype=np.float32)

    def _hum(self, pitch_hz: int) -> Floats:
        """A second of harmonics that fall off like a voice's, their phases spread so that the peaks stay low."""
        harmonic = np.arange(1, 1200 // pitch_hz + 1)
        phase = np.pi * harmonic**2 / len(harmonic)
        wave = np.sin(2 * np.pi * np.outer(pitch_hz * harmonic, self.time_s) + phase[:, None]).T @ (1 / harmonic)
        loud = wave * (FULL_SCALE * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(wave**2)))
        return np.tile(loud.astype(np.float32), 1000 // SYMBOL_MS)

    def hum(self, samples: Samples, pitch_hz: int) -> None:
        """Fill `samples` with a hum that fades in and out."""
        if len(samples) == 0:
            return
        wave = np.resize(self.hums[pitch_hz], len(samples))
        wave[: len(self.fade)] *= self.fade[: len(wave)]
        wave[-len(self.fade) :] *= self.fade[::-1][-len(wave) :]
        samples[:] = wave


@lru_cache
def _voice(rate_hz: int) -> _Voice:
    return _Voice(rate_hz)


def _symbol_samples(rate_hz: int) -> int:
    if rate_hz < 8_000 or rate_hz % 400:
        raise SimulatorError(f"no speech at {rate_hz} Hz", "use a multiple of 400 Hz from 8000 Hz on, and audio.resample for any other rate")
    return rate_hz * SYMBOL_MS // 1000


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(pcm: bytes, rate_hz: int) -> list[HeardWord]:
    """The words whose bursts are whole in `pcm` (to within 5 ms or so), wherever they lie; never a word that was not said."""
    return list(_hear(bytes(pcm), rate_hz) if len(pcm) <= REMEMBERED_BYTES else _ear(rate_hz).words(bytes(pcm)))


def words(pcm: bytes, rate_hz: int) -> str:
    return " ".join(word.text for word in hear(pcm, rate_hz))


@lru_cache(maxsize=64)
def _hear(pcm: bytes, rate_hz: int) -> tuple[HeardWord, ...]:
    return tuple(_ear(rate_hz).words(pcm))


@dataclass(frozen=True, slots=True)
class _Burst:
    start: int
    header: int
    part: bytes
    checksum: int


class _Ear:
    """What it takes to read bursts at one rate."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.symbol = _symbol_samples(rate_hz)
        self.hop = self.symbol // HOPS
        hop_time_s = np.arange(self.hop) / rate_hz
        self.sync_tones = np.hstack([f(2 * np.pi * np.outer(hop_time_s, SYNC_HZ)) for f in (np.cos, np.sin)]).astype(np.float32)
        self.sync_turns = np.exp(-2j * np.pi * np.outer(np.arange(HOPS), SYNC_HZ) * SYMBOL_MS / 1000 / HOPS)
        time_s = np.arange(self.symbol) / rate_hz
        window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(self.symbol) + 0.5) / self.symbol)
        angles = 2 * np.pi * np.outer(time_s, LOW_HZ + HIGH_HZ)
        self.tones = (np.hstack((np.cos(angles), np.sin(angles))) * window[:, None]).astype(np.float32)

    def words(self, pcm: bytes) -> Iterator[HeardWord]:
        """A word of several bursts counts when all of them follow one another and the checksum agrees from the first to the last."""
        begun = b""
        start = 0
        checksum = 0xFFFF
        for burst in self.bursts(pcm):
            if not burst.header & CONTINUES:
                begun, start, checksum = b"", burst.start, 0xFFFF
            checksum = crc_hqx(bytes((burst.header, *burst.part)), checksum)
            if checksum != burst.checksum:
                begun, checksum = b"", 0xFFFF
                continue
            begun += burst.part
            if not burst.header & MORE:
                end = burst.start + self.symbol * (len(burst.part) + 4)
                yield HeardWord(begun.decode("utf-8", "surrogatepass"), max(0, start) / self.rate_hz, end / self.rate_hz)

    def bursts(self, pcm: bytes) -> Iterator[_Burst]:
        """Everything that looks like a burst; whether it is one, the checksum says."""
        sound = samples_of(pcm)
        slack = CUT_HOPS * self.hop
        padded = np.zeros(len(sound) + 2 * slack, dtype=np.float32)
        padded[slack : slack + len(sound)] = sound
        if len(padded) < 5 * self.symbol:
            return
        starts = self.syncs(padded)
        headers, sure = self.read(padded, starts + self.symbol)
        sizes = headers & MAX_BYTES
        fits = sure & (sizes > 0) & (starts + self.symbol * (sizes + 4) <= len(padded))
        starts, headers, sizes = starts[fits], headers[fits], sizes[fits] + 2
        ends = np.cumsum(sizes)
        place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        symbols, sure = self.read(padded, np.repeat(starts, sizes) + self.symbol * (place + 2))
        for start, header, size, end in zip(starts.tolist(), headers.tolist(), sizes.tolist(), ends.tolist(), strict=True):
            if sure[end - size : end].all():
                *part, high, low = symbols[end - size : end].tolist()
                yield _Burst(start - slack, header, bytes(part), high << 8 | low)

    def syncs(self, sound: Floats) -> Positions:
        """Where syncs begin, to within half a hop."""
        hops = sound[: len(sound) // self.hop * self.hop].reshape(-1, self.hop)
        parts = product(hops, self.sync_tones).reshape(-1, 2, 2)
        turned = (parts[:, 0] - 1j * parts[:, 1]) * np.resize(self.sync_turns, (len(hops), 2))
        tones = _sliding_sum(turned)
        energy = _sliding_sum(np.einsum("ij,ij->i", hops, hops)[:, None].astype(np.float64))[:, 0]
        share = (tones.real**2 + tones.imag**2) * 2 / (self.symbol * (energy[:, None] + 16.0 * self.symbol))
        quality = 4 * share[:, 0] * share[:, 1]
        (likely,) = np.nonzero(quality > SYNC_QUALITY)
        if len(likely) == 0:
            return likely
        # A sync ends where the quality drops: what a cut has left of another sync before it does not matter.
        drop = quality - np.append(quality[HOPS:], np.zeros(HOPS))
        runs = np.split(likely, np.flatnonzero(np.diff(likely) > 1) + 1)
        return np.array([run[np.argmax(drop[run])] for run in runs], dtype=np.int64) * self.hop

    def read(self, sound: Floats, starts: Positions) -> tuple[Positions, npt.NDArray[np.bool_]]:
        """The bytes at `starts`, and which of them are sure."""
        inside = np.minimum(starts, len(sound) - self.symbol)
        frames = np.lib.stride_tricks.sliding_window_view(sound, self.symbol)[inside]
        parts = product(frames, self.tones)
        power = (parts[:, :32] ** 2 + parts[:, 32:] ** 2).reshape(-1, 2, 16)
        nibbles = power.argmax(axis=2)
        loudest = power.max(axis=2).sum(axis=1)
        return nibbles[:, 0] << 4 | nibbles[:, 1], loudest > SYMBOL_PURITY * power.sum(axis=(1, 2))


def _sliding_sum(values: npt.NDArray[np.inexact]) -> npt.NDArray[np.inexact]:
    """Of every `HOPS` values in a row."""
    sums: npt.NDArray[np.inexact] = np.cumsum(np.vstack((np.zeros_like(values[:1]), values)), axis=0)
    return sums[HOPS:] - sums[:-HOPS]


@lru_cache
def _ear(rate_hz: int) -> _Ear:
    return _Ear(rate_hz)
