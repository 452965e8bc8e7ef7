"""What a server that runs for days does about memory: sessions are cycles of objects, and an empty house is the time to clear up."""

from __future__ import annotations

import ctypes
import gc
import sys

YOUNG = 5_000
"""New objects after which the collector looks at them: some dozen turns, or sessions that begin."""


def settle() -> None:
    """Everything is loaded: what is here stays, so the collector need not walk over it again and again.

    Nor need it look for cycles every 700 objects: those of a turn, some hundreds, are freed without it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def give_back() -> None:
    """Nobody is connected: free what sessions have left, and hand free pages to the system where the C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
