"""What can happen to a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["ct", "4xx", "5xx"]
"""Why there is no connection: nobody answers or somebody breaks it (`ct`), or the status of the answer."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The handshake succeeded."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no connection. `kind` is `ct` (nobody answers, or breaks it), `4xx`, `5xx`, or None for everything else.

    `location` is where a redirect points to; `status` that of an answer, `error` what the system or TLS had to say.
    """

    kind: Kind | None
    reason: str
    location: str | None = None
    status: int | None = field(default=None, compare=False)
    error: OSError | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message; `binary` says which kind of frame carried it."""

    data: bytes
    binary: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is over, with the code the peer gave (1006 for none of the kind)."""

    code: int
    reason: str = ""


Happened = Opened | Failed | Message | Closed
