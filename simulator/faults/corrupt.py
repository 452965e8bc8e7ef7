"""A frame that arrives broken."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.faults.fault import fault
from simulator.faults.passing import Passing
from simulator.faults.verdict import Breaks, Corrupt


@fault("corrupt", "frame", "request")
@dataclass(frozen=True, slots=True)
class Corruption:
    """A frame arrives without its second half, which is no JSON (`json`), with a byte that no UTF-8 has (`utf8`: a websocket closes with
    1007), or in a frame with a reserved bit (`protocol`: 1002).

    TCP has checksums: stands for a broken proxy in between, or a bug of a peer.
    """

    breaks: Breaks = "json"

    def judge(self, passing: Passing, dice: Random) -> Corrupt:  # noqa: ARG002 - the shape of a fault
        """Always in the same place."""
        return Corrupt(self.breaks)


def without_its_end(text: str) -> str:
    """The first half of a text: of an object in JSON, never JSON."""
    return text[: len(text) // 2]


def no_utf8(text: str) -> bytes:
    """The text, one byte in its middle being one that UTF-8 never has."""
    data = bytearray(text.encode(errors="backslashreplace") or b" ")
    data[len(data) // 2] = 0xFF
    return bytes(data)
