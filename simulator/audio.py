"""Sound as numbers: G.711, sample rates and loudness. All audio is 16-bit signed little-endian mono."""

from functools import lru_cache
from math import ceil, gcd

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

SILENCE_DBFS = -96.0
FULL_SCALE = 32768.0
KEPT_SILENCE_BYTES = 1 << 16


def samples_of(pcm: bytes) -> Samples:
    """The samples in `pcm`, without copying; half a sample at the end is not one."""
    return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2)


def silence(length: int, byte: int = 0) -> bytes:
    """So many bytes of silence, of which `byte` is one; the same object for the same length, as far as it is short enough to be kept."""
    return _silence(length, byte) if length <= KEPT_SILENCE_BYTES else bytes((byte,)) * length


@lru_cache(maxsize=64)
def _silence(length: int, byte: int) -> bytes:
    return bytes((byte,)) * length


def pcm_of(samples: npt.NDArray[np.floating] | Samples) -> bytes:
    """Samples as bytes; what does not fit into 16 bits is clipped."""
    if samples.dtype == np.int16:
        return samples.astype("<i2", copy=False).tobytes()
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


def product(rows: Floats, matrix: Floats) -> Floats:
    """`rows @ matrix`, in pieces so small that BLAS wakes no threads: those spin for longer than the whole product takes."""
    result = np.empty((len(rows), matrix.shape[1]), dtype=np.float32)
    piece = max(1, 200_000 // matrix.size)
    for first in range(0, len(rows), piece):
        np.matmul(rows[first : first + piece], matrix, out=result[first : first + piece])
    return result


# --- G.711 ------------------------------------------------------------------------------------------------------------
# Source: ITU-T G.191 software tool library, g711.c (ulaw_compress, ulaw_expand, alaw_compress, alaw_expand).


def ulaw_encode(pcm: bytes) -> bytes:
    return _ulaw_codes()[samples_of(pcm).view(np.uint16)].tobytes()


def ulaw_decode(codes: bytes) -> bytes:
    return _ulaw_samples()[np.frombuffer(codes, dtype=np.uint8)].tobytes()


def alaw_encode(pcm: bytes) -> bytes:
    return _alaw_codes()[samples_of(pcm).view(np.uint16)].tobytes()


def alaw_decode(codes: bytes) -> bytes:
    return _alaw_samples()[np.frombuffer(codes, dtype=np.uint8)].tobytes()


@lru_cache
def _ulaw_codes() -> npt.NDArray[np.uint8]:
    """The code of every sample, by its 16 bits read as unsigned."""
    sample, magnitude = _every_sample()
    biased = np.minimum((magnitude >> 2) + 33, 0x1FFF)
    segment = _bit_length(biased >> 6) + 1
    code: npt.NDArray[np.int64] = (8 - segment) << 4 | 0xF - (biased >> segment & 0xF)
    return np.where(sample >= 0, code | 0x80, code).astype(np.uint8)


@lru_cache
def _ulaw_samples() -> Samples:
    code = ~np.arange(256)
    magnitude = (((code & 0xF) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return np.where(np.arange(256) >= 0x80, magnitude, -magnitude).astype("<i2")


@lru_cache
def _alaw_codes() -> npt.NDArray[np.uint8]:
    """The code of every sample, by its 16 bits read as unsigned."""
    sample, magnitude = _every_sample()
    linear = magnitude >> 4
    segment = _bit_length(linear >> 4)
    code = np.where(segment > 0, segment << 4 | linear >> np.maximum(segment - 1, 0) & 0xF, linear)
    return (np.where(sample >= 0, code | 0x80, code) ^ 0x55).astype(np.uint8)


@lru_cache
def _alaw_samples() -> Samples:
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 7
    fraction = ((code & 0xF) << 4) + 8
    magnitude = np.where(segment > 0, fraction + 0x100 << np.maximum(segment - 1, 0), fraction)
    return np.where(code >= 0x80, magnitude, -magnitude).astype("<i2")


def _every_sample() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All samples in the order of their bits, and their magnitudes (of a negative one: the one's complement, as in G.191)."""
    sample = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int64)
    return sample, np.where(sample < 0, ~sample, sample)


def _bit_length(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


# --- sample rates -----------------------------------------------------------------------------------------------------


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """`pcm` at another rate, band-limited, as long as before to within one sample and without delay."""
    if from_hz == to_hz or len(pcm) < 2:
        return pcm
    matrix, step_in, lead = _resampler(from_hz, to_hz)
    samples = samples_of(pcm)
    steps = ceil(len(samples) / step_in)
    padded = np.zeros(lead + steps * step_in + len(matrix), dtype=np.float32)
    padded[lead : lead + len(samples)] = samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(matrix))[: steps * step_in : step_in]
    resampled = product(np.ascontiguousarray(frames), matrix).ravel()
    return pcm_of(resampled[: len(samples) * to_hz // from_hz])


MOST_TAPS = 4_000_000
"""How large a resampling matrix may be: rates with nothing in common would need gigabytes."""


def resample_any(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """As `resample`, for rates that somebody else has chosen: what would need too large a filter is drawn as straight lines instead."""
    if from_hz == to_hz or len(pcm) < 2 or _is_handy(from_hz, to_hz):
        return resample(pcm, from_hz, to_hz)
    samples = samples_of(pcm).astype(np.float32)
    count = len(samples) * to_hz // from_hz
    return pcm_of(np.interp(np.arange(count) * (from_hz / to_hz), np.arange(len(samples)), samples))


def _is_handy(from_hz: int, to_hz: int) -> bool:
    """Whether the filter between these rates is of a reasonable size."""
    common = gcd(from_hz, to_hz)
    repeat = ceil(64 * common / from_hz)
    lead = ceil(16 / min(1.0, to_hz / from_hz))
    return (from_hz // common * repeat + 2 * lead) * (to_hz // common * repeat) <= MOST_TAPS


class Resampler:
    """A stream that comes in pieces, at another rate, without a seam between the pieces. What comes out lags a few ms behind."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz, self._to_hz = from_hz, to_hz
        common = gcd(from_hz, to_hz)
        self._unit_in, self._unit_out = from_hz // common, to_hz // common
        self._plain = from_hz == to_hz
        smooth = not self._plain and _is_handy(from_hz, to_hz)
        self._context = ceil(16 * max(1.0, from_hz / to_hz) / self._unit_in) * self._unit_in if smooth else 0  # what the filter looks at
        self._kept = bytes(2 * self._context)

    def feed(self, pcm: bytes) -> bytes:
        """The next piece, whole samples; answers what of it, and of what came before, is certain now."""
        if self._plain:
            return pcm
        if not self._context:
            return resample_any(pcm, self._from_hz, self._to_hz)
        held = self._kept + pcm
        units = (len(held) // 2 - 2 * self._context) // self._unit_in
        if units <= 0:
            self._kept = held
            return b""
        first = self._context // self._unit_in * self._unit_out
        self._kept = held[2 * units * self._unit_in :]
        return resample(held, self._from_hz, self._to_hz)[2 * first : 2 * (first + units * self._unit_out)]


@lru_cache
def _resampler(from_hz: int, to_hz: int) -> tuple[Floats, int, int]:
    """A windowed-sinc filter for every phase, laid out as one matrix: many samples in, many samples out, in one product.

    Returns the matrix, how many samples the input advances per row, and how many samples before that a row begins.
    """
    common = gcd(from_hz, to_hz)
    repeat = ceil(64 * common / from_hz)  # enough samples per row that rows overlap little
    step_in, step_out = from_hz // common * repeat, to_hz // common * repeat
    crossings = 16
    band = min(1.0, to_hz / from_hz)  # of the input's bandwidth
    lead = ceil(crossings / band)
    at_in = np.arange(step_out) * (from_hz / to_hz) + lead  # where each output lies among the row's inputs
    distance = (np.arange(step_in + 2 * lead)[:, None] - at_in[None, :]) * band
    inside = np.clip(1 - (distance / crossings) ** 2, 0, None)
    taps = np.sinc(distance * 0.92) * np.i0(6.0 * np.sqrt(inside)) * (np.abs(distance) <= crossings)
    return (taps / taps.sum(axis=0)).astype(np.float32), step_in, lead


# --- loudness ---------------------------------------------------------------------------------------------------------


def levels_dbfs(pcm: bytes, rate_hz: int, frame_ms: int = 32) -> npt.NDArray[np.float64]:
    """How loud each whole frame is (RMS; 0 dBFS is full scale), silence being `SILENCE_DBFS`."""
    frame = rate_hz * frame_ms // 1000
    samples = samples_of(pcm)
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(np.float32)
    power = np.einsum("ij,ij->i", frames, frames).astype(np.float64) / (frame * FULL_SCALE**2)
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10))))
