"""Words as sound."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from simulator.audio import FULL_SCALE, Floats, Samples, pcm_of
from simulator.speech.burst import FRAMING, HIGH_HZ, LOW_HZ, MAX_BYTES, SYMBOL_MS, SYNC_HZ, encode, symbol_samples, symbols_of

LEVEL_DBFS = -13.0
WORD_MS = 100
CHARACTER_MS = 60
GAP_MS = 35
EDGE_MS = 5
PITCHES_HZ = (160, 200, 240)


@dataclass(frozen=True, slots=True)
class Speech:
    """What the caller or the model says. `pcm` is signed 16-bit mono at `rate_hz`."""

    text: str
    pcm: bytes = field(repr=False)
    rate_hz: int = 8_000

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / 2 / self.rate_hz


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
        burst = voice.symbols[symbols_of(word)].ravel()
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
    encoded = len(encode(word))
    bursts = -(-encoded // MAX_BYTES)
    return max(SYMBOL_MS * (encoded + FRAMING * bursts), WORD_MS + CHARACTER_MS * len(word))


class _Voice:
    """The sound of every symbol, and the hum, at one rate."""

    def __init__(self, rate_hz: int) -> None:
        self.time_s = np.arange(symbol_samples(rate_hz)) / rate_hz
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
