"""WAV files, as samples. A file is somebody else's: its header is not believed, and what it may cost is limited."""

from __future__ import annotations

import io
import os
import stat
import wave
from pathlib import Path

import numpy as np

from simulator.audio import pcm_of

LARGEST_BYTES = 64 * 1024 * 1024
LONGEST_S = 600
MOST_CHANNELS = 8
RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000)
"""Others make the resampler costly without being in use: 44 099 Hz and 24 000 Hz have nothing in common."""


class NoWav(ValueError):
    """Why something is no WAV file that can be played, in words for people."""


def read_wav(data: bytes) -> tuple[bytes, int]:
    """16-bit mono samples and their rate, of integer PCM with 8 to 32 bits; channels are mixed. Raises NoWav."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if rate_hz not in RATES_HZ:
                raise NoWav(f"its sample rate is {rate_hz} Hz, and those that can be played are {', '.join(map(str, RATES_HZ))}")
            if channels > MOST_CHANNELS or not 1 <= width <= 4:
                raise NoWav(f"it has {channels} channels of {8 * width} bits")
            if file.getnframes() > LONGEST_S * rate_hz:
                raise NoWav(f"it claims to last longer than {LONGEST_S // 60} minutes")
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError, OverflowError) as error:
        raise NoWav(f"it is no WAV file of integer samples ({str(error) or 'it ends too early'})") from error
    pcm = _mono16(frames, channels, width)
    if not pcm:
        raise NoWav("there is no sound in it")
    return pcm, rate_hz


def _mono16(frames: bytes, channels: int, width: int) -> bytes:
    """Interleaved samples of `width` bytes as 16 bits and one channel: the mean of all."""
    frames = frames[: len(frames) // (channels * width) * channels * width]
    if channels == 1 and width == 2:
        return frames
    raw = np.frombuffer(frames, np.uint8).reshape(-1, width)
    upper = raw[:, -2:].copy()  # all that 16 bits can hold
    values = (raw[:, 0].astype(np.float32) - 128) * 256 if width == 1 else upper.view("<i2")[:, 0].astype(np.float32)
    return pcm_of(values.reshape(-1, channels).mean(axis=1))


def wav_samples(data: bytes) -> tuple[bytes, int] | None:
    """Like `read_wav`; None when `data` cannot be played."""
    try:
        return read_wav(data)
    except NoWav:
        return None


def read_wav_file(path: Path) -> tuple[bytes, int]:
    """The samples of a file and their rate. Raises NoWav, also for what cannot be read, is too large, or is no file at all."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(file, "rb") as opened:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise NoWav("it is no ordinary file")
            if status.st_size > LARGEST_BYTES:
                raise NoWav(f"it is larger than {LARGEST_BYTES // 1024 // 1024} MiB")
            return read_wav(opened.read(LARGEST_BYTES))
    except (OSError, ValueError) as error:
        if isinstance(error, NoWav):
            raise
        raise NoWav(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from error
