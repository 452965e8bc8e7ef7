"""Sound as words again: syncs are searched for, and what follows them is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.audio import Floats, product, samples_of
from simulator.speech.burst import FRAMING, HIGH_HZ, LOW_HZ, MAX_BYTES, SYMBOL_MS, SYNC_HZ, Burst, symbol_samples, words_of

Positions = npt.NDArray[np.int64]

HOPS = 10  # the search for syncs advances by a tenth of a symbol
CUT_HOPS = 2  # a burst cut by this much still counts as whole: its place is not known better
SYNC_QUALITY = 0.35  # 1 is a pure sync; half a sync is 0.25, noise and hum are under 0.05
REMEMBERED_BYTES = 4 * 1024 * 1024  # what was heard in longer sound is not remembered: the sound itself would be kept with it
LEAP_BYTES = 499  # odd, so that both bytes of samples are looked at
SYMBOL_PURITY = 0.6  # of all power on the tones, what the two loudest have


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and where its burst lies: from `end_s` on, it has been said."""

    text: str
    start_s: float
    end_s: float


def hear(pcm: bytes, rate_hz: int) -> list[HeardWord]:
    """The words whose bursts are whole in `pcm` (to within 5 ms or so), wherever they lie; never a word that was not said."""
    pcm = bytes(pcm)
    return list(_heard(_Sound(pcm, rate_hz)) if len(pcm) <= REMEMBERED_BYTES else _ear(rate_hz).words(pcm))


def words(pcm: bytes, rate_hz: int) -> str:
    return " ".join(word.text for word in hear(pcm, rate_hz))


class _Sound:
    """What words are remembered by. Its hash is that of a few of its bytes: hashing all of them would take longer than the rest of remembering."""

    __slots__ = ("_hash", "pcm", "rate_hz")

    def __init__(self, pcm: bytes, rate_hz: int) -> None:
        self.pcm, self.rate_hz = pcm, rate_hz
        self._hash = hash((len(pcm), rate_hz, pcm[::LEAP_BYTES]))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sound) and self.rate_hz == other.rate_hz and self.pcm == other.pcm


@lru_cache(maxsize=64)
def _heard(sound: _Sound) -> tuple[HeardWord, ...]:
    return tuple(_ear(sound.rate_hz).words(sound.pcm))


class _Ear:
    """What it takes to read bursts at one rate."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.symbol = symbol_samples(rate_hz)
        self.hop = self.symbol // HOPS
        hop_time_s = np.arange(self.hop) / rate_hz
        self.sync_tones = np.hstack([f(2 * np.pi * np.outer(hop_time_s, SYNC_HZ)) for f in (np.cos, np.sin)]).astype(np.float32)
        self.sync_turns = np.exp(-2j * np.pi * np.outer(np.arange(HOPS), SYNC_HZ) * SYMBOL_MS / 1000 / HOPS)
        time_s = np.arange(self.symbol) / rate_hz
        window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(self.symbol) + 0.5) / self.symbol)
        angles = 2 * np.pi * np.outer(time_s, LOW_HZ + HIGH_HZ)
        self.tones = (np.hstack((np.cos(angles), np.sin(angles))) * window[:, None]).astype(np.float32)

    def words(self, pcm: bytes) -> Iterator[HeardWord]:
        for word in words_of(self.bursts(pcm)):
            end = word.last.start + self.symbol * word.last.symbols
            yield HeardWord(word.text, max(0, word.first.start) / self.rate_hz, end / self.rate_hz)

    def bursts(self, pcm: bytes) -> Iterator[Burst]:
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
        fits = sure & (sizes > 0) & (starts + self.symbol * (sizes + FRAMING) <= len(padded))
        starts, headers, sizes = starts[fits], headers[fits], sizes[fits] + 2
        ends = np.cumsum(sizes)
        place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        symbols, sure = self.read(padded, np.repeat(starts, sizes) + self.symbol * (place + 2))
        for start, header, size, end in zip(starts.tolist(), headers.tolist(), sizes.tolist(), ends.tolist(), strict=True):
            if sure[end - size : end].all():
                *part, high, low = symbols[end - size : end].tolist()
                yield Burst(start - slack, header, bytes(part), high << 8 | low)

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
