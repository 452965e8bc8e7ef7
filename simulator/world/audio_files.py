"""WAV files, as samples."""

from __future__ import annotations

import io
import wave


def wav_samples(data: bytes) -> tuple[bytes, int] | None:
    """16-bit mono samples and their rate, or None when `data` is no such WAV file."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getnchannels() != 1 or file.getsampwidth() != 2:
                return None
            return file.readframes(file.getnframes()), file.getframerate()
    except (wave.Error, EOFError):
        return None
