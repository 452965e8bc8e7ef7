"""TLS ends at the loop: in the virtual world a TLS layer hands its bytes through.

asyncio's own TLS is left out by the loop itself (`memory.py`). Libraries that bring theirs (anyio, and so httpx) wrap a
pair of memory buffers through `ssl.SSLContext.wrap_bio`; inside a virtual call that answers an object which changes nothing.
There is nobody to eavesdrop: both ends are in this process.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class PlainTls:
    """What `ssl.SSLObject` is, without the encryption."""

    def __init__(self, context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool, name: str | None) -> None:
        self.context, self.server_side, self.server_hostname, self.session = context, server_side, name, None
        self.session_reused = False
        self._incoming, self._outgoing = incoming, outgoing

    def do_handshake(self) -> None:
        """Both ends already trust each other."""

    def read(self, size: int = 1024, buffer: bytearray | None = None) -> bytes | int:
        """Bytes from the peer; raises `SSLWantReadError` when there are none yet, as TLS would."""
        data = self._incoming.read(size)
        if not data and not self._incoming.eof:
            raise ssl.SSLWantReadError
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: bytes) -> int:
        return self._outgoing.write(data)

    def pending(self) -> int:
        return self._incoming.pending

    def unwrap(self) -> None:
        """Nothing to say goodbye to."""

    def version(self) -> str:
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        return ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)

    def shared_ciphers(self) -> None:
        return None

    def compression(self) -> None:
        return None

    def selected_alpn_protocol(self) -> str:
        return "http/1.1"

    def getpeercert(self, binary_form: bool = False) -> Any:
        return b"" if binary_form else {}

    def get_channel_binding(self, cb_type: str = "tls-unique") -> None:  # noqa: ARG002 - the shape of SSLObject
        return None


@contextmanager
def tls_ends_here(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Within this block every in-memory TLS layer that is made on `loop` is plain; other loops of the process keep theirs."""
    honest = ssl.SSLContext.wrap_bio

    def plain(
        self: ssl.SSLContext,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: object = None,
    ) -> Any:
        if asyncio._get_running_loop() is not loop:
            return honest(self, incoming, outgoing, server_side, server_hostname, session)  # type: ignore[arg-type]
        name = server_hostname.decode() if isinstance(server_hostname, bytes) else server_hostname
        return PlainTls(self, incoming, outgoing, server_side, name)

    ssl.SSLContext.wrap_bio = plain  # type: ignore[method-assign]
    try:
        yield
    finally:
        ssl.SSLContext.wrap_bio = honest  # type: ignore[method-assign]
