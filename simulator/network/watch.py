"""Nothing hangs: notices when one callback holds the loop and never gives it back.

A loop that is not called back cannot help itself, so this is a signal: every few seconds of wall time it asks whether the loop
has turned since the last time. On platforms without `SIGALRM` nobody watches; a loop in another thread than the main one is watched
by whoever waits for it, with `interrupt`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from simulator.errors import StuckError

LIMIT_S = 10.0
OURS = str(Path(__file__).parent.parent) + os.sep


@contextmanager
def watched(turns: Callable[[], int], limit_s: float = LIMIT_S) -> Iterator[None]:
    """Within this block, a loop whose count of `turns` does not change for `limit_s` is interrupted with `StuckError`, where it is."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    last = turns()

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = turns()
        if now == last:
            raise _held(limit_s, frame)
        last = now

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, limit_s, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def interrupt(thread_id: int, limit_s: float = LIMIT_S) -> StuckError:
    """Raise `StuckError` in the thread whose loop is held, where it is; answers the same error.

    What waits in C (`time.sleep`, a lock) comes to hear of it when that is over.
    """
    error = _held(limit_s, sys._current_frames().get(thread_id))

    class Held(StuckError):
        def __init__(self) -> None:
            super().__init__(error.problem, error.remedy)

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(Held))
    return error


def _held(limit_s: float, frame: FrameType | None) -> StuckError:
    return StuckError(f"the event loop has been held for more than {limit_s:g} s{_place(frame)}", "wait with await, or use asyncio.to_thread")


def _place(frame: FrameType | None) -> str:
    """Where it is held: the innermost line of the application; not of libraries, and not ours."""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(OURS) and "site-packages" not in name and "/lib/python" not in name and not name.startswith("<"):
            return f", in {frame.f_code.co_name} ({Path(name).name}:{frame.f_lineno})"
        frame = frame.f_back
    return ""
