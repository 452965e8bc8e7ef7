"""The code: a word as bursts of symbols, and bursts as words again.

    burst = sync, header, bytes of the word (UTF-8), checksum (CRC-16, two bytes)

The header holds the number of bytes (1 to 63) and two flags, for words longer than that: more of the word follows in another burst, and
this burst continues a word. The checksum covers the word from its beginning, so a burst cannot be joined to anything but its own word.
"""

from binascii import crc_hqx
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.errors import SimulatorError

SYMBOL_MS = 25
SYNC_HZ = (440, 3080)
LOW_HZ = tuple(520 + 80 * nibble for nibble in range(16))
HIGH_HZ = tuple(1800 + 80 * nibble for nibble in range(16))
SYNC = 256  # the symbol that is not a byte

MAX_BYTES = 63  # in one burst
MORE, CONTINUES = 0x80, 0x40  # flags of the header
FRAMING = 4  # symbols around the bytes: sync, header, and two of the checksum


@dataclass(frozen=True, slots=True)
class Burst:
    """What a burst says; `start` is the sample at which its sync begins."""

    start: int
    header: int
    part: bytes
    checksum: int

    @property
    def symbols(self) -> int:
        """How many there are in it."""
        return len(self.part) + FRAMING


@dataclass(frozen=True, slots=True)
class CodedWord:
    """A word, and the first and the last of its bursts."""

    text: str
    first: Burst
    last: Burst


def encode(word: str) -> bytes:
    """The bytes of a word."""
    return word.encode("utf-8", "surrogatepass")  # JSON can hold half a pair; it is carried as it is


def symbols_of(word: str) -> list[int]:
    """The symbols of a word: one burst, or several without a gap."""
    encoded = encode(word)
    symbols: list[int] = []
    checksum = 0xFFFF
    for first in range(0, len(encoded), MAX_BYTES):
        part = encoded[first : first + MAX_BYTES]
        header = len(part) | (MORE if first + MAX_BYTES < len(encoded) else 0) | (CONTINUES if first else 0)
        body = bytes((header, *part))
        checksum = crc_hqx(body, checksum)
        symbols += (SYNC, *body, checksum >> 8, checksum & 0xFF)
    return symbols


def words_of(bursts: Iterable[Burst]) -> Iterator[CodedWord]:
    """A word of several bursts counts when all of them follow one another and the checksum agrees from the first to the last."""
    begun = b""
    checksum = 0xFFFF
    first: Burst | None = None
    for burst in bursts:
        if first is None or not burst.header & CONTINUES:
            begun, first, checksum = b"", burst, 0xFFFF
        checksum = crc_hqx(bytes((burst.header, *burst.part)), checksum)
        if checksum != burst.checksum:
            begun, checksum = b"", 0xFFFF
            continue
        begun += burst.part
        if not burst.header & MORE:
            yield CodedWord(begun.decode("utf-8", "surrogatepass"), first, burst)


def symbol_samples(rate_hz: int) -> int:
    """How many samples a symbol has. Raises SimulatorError for a rate that cannot carry words."""
    if rate_hz < 8_000 or rate_hz % 400:
        raise SimulatorError(f"no speech at {rate_hz} Hz", "use a multiple of 400 Hz from 8000 Hz on, and audio.resample for any other rate")
    return rate_hz * SYMBOL_MS // 1000
