"""WAV files for tests."""

from __future__ import annotations

import io
import wave


def wav(pcm: bytes, rate_hz: int, *, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file with these samples."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return written.getvalue()
