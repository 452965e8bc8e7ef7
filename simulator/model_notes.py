"""What passes between feature server and model, on its way into the journal: sound that comes fifty times a second is told once a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

APPEND = "input_audio_buffer.append"
CLOSE_S = 0.09
"""Pieces of audio that follow each other faster than this are live sound."""
GATHERED_S = 1.0

Note = Callable[[str, str, dict[str, Any]], None]


class ModelNotes:
    """Called as the `note(source, kind, frame)` it stands before. Live audio is gathered: one frame has the bytes of so many `pieces`."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._last_s: float | None = None
        self._pieces: list[bytes] = []
        self._since_s = 0.0

    def __call__(self, source: str, kind: str, frame: dict[str, Any]) -> None:
        self.flush()
        self._note(source, kind, frame)

    def said(self, kind: str, event: dict[str, Any], now_s: float) -> None:
        """jambonz says something to the model."""
        audio = event.get("audio")
        if kind != APPEND or not isinstance(audio, bytes):
            self("jambonz", kind, event)
            return
        live, self._last_s = self._last_s is not None and now_s - self._last_s < CLOSE_S, now_s
        if not live:
            self("jambonz", kind, event)
            return
        if not self._pieces:
            self._since_s = now_s
        self._pieces.append(audio)
        if now_s - self._since_s >= GATHERED_S:
            self.flush()

    def flush(self) -> None:
        """Tell what has been gathered: something else is told next, or nothing comes any more."""
        pieces, self._pieces = self._pieces, []
        if pieces:
            self._note("jambonz", APPEND, {"type": APPEND, "audio": b"".join(pieces), "pieces": len(pieces)})
