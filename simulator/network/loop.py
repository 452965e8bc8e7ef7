"""An event loop that runs on a `Clock`: time may stand still, jump over waiting, or be the wall's.

All three clocks are one loop. It differs from asyncio's own in one place: what it does when every callback has run and the
next deadline lies ahead.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from threading import Thread
from time import monotonic
from typing import Any, NoReturn, TypeVar, cast

from simulator.clock import Clock
from simulator.errors import StuckError

T = TypeVar("T")

BUSY_LIMIT_S = 5.0
"""Wall time after which a loop that never rests counts as stuck."""

BUSY_TURN_S = 1.0
"""As what a turn of the loop that took longer counts: one long piece of work is slow, not stuck."""

PATIENT_JUMPS = 3
HURRY = 4
"""An application that has been told nothing new, and was given full time to react before so many jumps, gets a fraction of it."""

THREAD_LIMIT_S = 30.0
"""Wall time after which a thread somebody waits for counts as stuck."""


def _in_thread(func: Callable[..., T], *args: Any) -> Future[T]:
    """Call it in a thread of its own that keeps no process alive: one that never ends must not hang the command line."""
    answer: Future[T] = Future()

    def work() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(func(*args))
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=work, name="jambonz-sim", daemon=True).start()
    return answer


def _name_of(func: Callable[..., Any]) -> str:
    """The name of a function that runs in a thread; `to_thread` wraps it into a context."""
    inner = func.args[0] if isinstance(func, partial) and func.args and callable(func.args[0]) else func
    return str(getattr(inner, "__qualname__", repr(inner)))


def nobody_can_move(owed: bool, who_waits: list[str]) -> StuckError:
    """What there is to say when no deadline is left; `owed` is whether somebody owes an answer."""
    return StuckError("nobody can move" + ("" if owed else " and nobody owes an answer"), waiting=who_waits)


class ClockLoop(asyncio.SelectorEventLoop):
    """A selector event loop on `clock`; `who_waits` describes, for people, who waits for what."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _clock_resolution: float
    # asyncio's own, and the same in every version since 3.4: `leap_to` looks at them.

    def __init__(self, clock: Clock, who_waits: Callable[[], list[str]] = list) -> None:
        self.clock = clock
        self._stands_still = clock.rate == 0
        self.who_waits = who_waits
        self.turns = 0
        """How often it has come round; standing still means that somebody holds it."""
        self.silence_limit_s: float | None = None
        """Wall time without any deadline, while sockets are open, after which it is stuck; None waits for ever."""
        self.jumps_in_silence = 0
        """How often it has jumped since the application was last told something; whoever tells it something sets this to 0."""
        self.threads: deque[tuple[asyncio.Future[Any], Future[Any], str]] = deque()
        self._patience = _Patience(self)
        super().__init__(self._patience)

    def time(self) -> float:
        """Seconds of the clock, not of the wall."""
        return self.clock.at_s if self._stands_still else self.clock.now_s(monotonic())

    def leap_to(self, due_s: float) -> bool:
        """Let it be `due_s` at once, for a callback that would only wait until then; False when anybody else may have to do something first.

        What it saves is a timer and a turn of the loop for each instant in which nobody but the callback's owner does anything.
        """
        if not self._stands_still or self._ready or self.threads or self._patience.watching:
            return False
        if self._scheduled and self._scheduled[0].when() <= due_s + self._clock_resolution:
            return False
        self.turns += 1
        self.clock.jump_to(due_s, 0.0)
        return True

    def run_at(self, rate: float) -> None:
        """Let its clock, which runs with the wall, run so many times as fast from now on."""
        self.clock.run_at(rate, monotonic())
        self.call_soon(lambda: None)  # whoever waits looks at the time again

    def run_in_executor(  # type: ignore[override]  # typeshed spells the star arguments differently per version
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """A thread is a debt: virtual time stands still until it has answered, and answers come in the order of the questions."""
        if self.clock.rate != 0:
            return super().run_in_executor(executor, func, *args)
        answer: asyncio.Future[T] = self.create_future()
        work = _in_thread(func, *args) if executor is None else executor.submit(func, *args)
        self.threads.append((answer, work, _name_of(func)))
        work.add_done_callback(lambda _: self._wake_from_thread())
        return answer

    def _wake_from_thread(self) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(lambda: None)

    def answer_threads(self) -> bool:
        """Hand over what finished threads have answered, oldest question first; whether there was any."""
        answered = False
        while self.threads and self.threads[0][1].done():
            answer, work, _ = self.threads.popleft()
            answered = True
            if answer.cancelled():
                continue
            error = work.exception() if not work.cancelled() else asyncio.CancelledError()
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(work.result())
        return answered


class _Patience(selectors.BaseSelector):
    """The selector of a `ClockLoop`: decides whether to wait, to jump, or to say that everybody is stuck."""

    def __init__(self, loop: ClockLoop) -> None:
        self._loop, self._real = loop, selectors.DefaultSelector()
        self._busy_s, self._turned_at_s = 0.0, cast("float | None", None)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    @property
    def watching(self) -> bool:
        """Whether there are sockets to be watched; the loop's own wake-up pipe is always there."""
        return len(self._real.get_map()) > 1

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self._loop
        loop.turns += 1
        watching = self.watching
        if timeout is not None and timeout <= 0:
            self._still_busy()
            return self._real.select(0) if watching or loop.clock.rate else []
        self._busy_s, self._turned_at_s = 0.0, None
        if loop.threads:
            return self._wait_for_threads()
        if not loop.clock.may_jump():
            return self._real.select(timeout / (loop.clock.rate or 1.0)) if timeout is not None else self._wait_in_silence()
        pause = loop.clock.jump_after_s / (HURRY if loop.jumps_in_silence > PATIENT_JUMPS else 1)
        if watching or pause:
            events = self._real.select(pause if timeout is None else min(pause, timeout))
            if events:
                loop.jumps_in_silence = 0
                return events
        if timeout is None:
            return self._wait_in_silence() if watching else self._stuck()
        loop.jumps_in_silence += 1
        loop.clock.jump_to(loop.time() + timeout, monotonic())
        return []

    def _wait_in_silence(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Nobody has a deadline: only somebody outside can still move."""
        return self._real.select(self._loop.silence_limit_s) or self._stuck()

    def _stuck(self) -> NoReturn:
        raise nobody_can_move(bool(self._loop.clock.debts), self._loop.who_waits())

    def _still_busy(self) -> None:
        """Somebody always has something to do at this very instant: on virtual time no deadline would ever come."""
        if self._loop.clock.rate:
            return
        before_s, self._turned_at_s = self._turned_at_s, monotonic()
        if before_s is not None:
            self._busy_s += min(self._turned_at_s - before_s, BUSY_TURN_S)
        if self._busy_s > BUSY_LIMIT_S:
            self._busy_s = 0.0  # whoever cleans up has as much again
            problem = f"for {BUSY_LIMIT_S:g} s of wall time somebody has kept the loop busy without letting time pass"
            remedy = "look for a loop of the application that never waits, such as `while True: await asyncio.sleep(0)`"
            raise StuckError(problem, remedy, self._loop.who_waits())

    def _wait_for_threads(self) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self._loop
        if loop.answer_threads():
            return []
        events = self._real.select(THREAD_LIMIT_S)
        if not events:
            name = loop.threads[0][2]
            problem = f"a thread has been running for {THREAD_LIMIT_S:g} s of wall time: {name}"
            raise StuckError(problem, "make it end, or run the application in its own process", loop.who_waits())
        loop.answer_threads()
        return events
