"""What happens between a feature server's media server and an audio websocket of the application. `fork` counts these on the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# --- events from outside


@dataclass(frozen=True, slots=True)
class AudioConnected:
    """The audio websocket is open."""

    fork: int


@dataclass(frozen=True, slots=True)
class AudioUnreachable:
    """The audio websocket could not be opened."""

    fork: int
    reason: str


@dataclass(frozen=True, slots=True)
class AudioSaid:
    """The application has sent a frame: JSON as text, or samples."""

    fork: int
    data: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AudioClosed:
    """The audio websocket has closed; 1006 without a close frame, 1005 without a code."""

    fork: int
    code: int


AudioHappening = AudioConnected | AudioUnreachable | AudioSaid | AudioClosed


# --- events inside the call


@dataclass(frozen=True, slots=True)
class ForkEnded:
    """Something has ended the audio websocket `fork`; `how` says what: an `error` message ends the verb and leaves the websocket open."""

    fork: int
    how: Literal["closed", "disconnect", "unreachable", "error"]


@dataclass(frozen=True, slots=True)
class ClipsOrdered:
    """There are clips to be played, or what is being played is to end for the next."""

    fork: int


# --- effects


@dataclass(frozen=True, slots=True)
class ConnectAudio:
    """Open an audio websocket: GET `url` with `headers`, subprotocol `audio.drachtio.org`. What will be sent comes to `bytes_per_s`."""

    url: str
    fork: int
    headers: dict[str, str] = field(default_factory=dict)
    leg: int = 0
    bytes_per_s: int = field(default=16_000, compare=False)


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Send a frame: text, or samples (16-bit little-endian)."""

    fork: int
    data: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CloseAudio:
    """Close the audio websocket."""

    fork: int
    code: int = 1000


AudioEffect = ConnectAudio | SendAudio | CloseAudio
