"""Scripts: what happens in order, written from top to bottom.

A script is a generator. `yield effect` does something; `yield from until(A, B, timeout_s=...)` waits for one of these
events. Killing a script throws `Killed` where it waits, so clean-up stands beside what it cleans; a killed script may
still do and await things before it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from msgspec import Struct

E1 = TypeVar("E1")
E2 = TypeVar("E2")
E3 = TypeVar("E3")
E4 = TypeVar("E4")
F = TypeVar("F")
T = TypeVar("T")


class Killed(Exception):
    """Thrown into a script where it waits: somebody decided that it ends now."""


@dataclass(frozen=True, slots=True)
class Timeout:
    """The time given to `until` ran out; also the event that tells a core that its `wake_at_s` has come."""


class Wait(Struct, frozen=True):
    """What a script waits for. `where` narrows it to the events that concern it."""

    kinds: tuple[type, ...]
    timeout_s: float | None
    where: Callable[[Any], bool] | None


Waiting = Generator[Wait, Any, T]
"""Something a script waits for; `yield from` gives what came."""

Script = Generator[F | Wait, Any, T]
"""A script whose effects are `F` and whose result is `T`."""


@overload
def until(a: type[E1], /, *, where: Callable[[Any], bool] | None = None) -> Waiting[E1]: ...
@overload
def until(a: type[E1], b: type[E2], /, *, where: Callable[[Any], bool] | None = None) -> Waiting[E1 | E2]: ...
@overload
def until(a: type[E1], b: type[E2], c: type[E3], /, *, where: Callable[[Any], bool] | None = None) -> Waiting[E1 | E2 | E3]: ...
@overload
def until(a: type[E1], b: type[E2], c: type[E3], d: type[E4], /, *, where: Callable[[Any], bool] | None = None) -> Waiting[E1 | E2 | E3 | E4]: ...
@overload
def until(*, timeout_s: float) -> Waiting[Timeout]: ...
@overload
def until(a: type[E1], /, *, timeout_s: float | None, where: Callable[[Any], bool] | None = None) -> Waiting[E1 | Timeout]: ...
@overload
def until(a: type[E1], b: type[E2], /, *, timeout_s: float | None, where: Callable[[Any], bool] | None = None) -> Waiting[E1 | E2 | Timeout]: ...
@overload
def until(
    a: type[E1], b: type[E2], c: type[E3], /, *, timeout_s: float | None, where: Callable[[Any], bool] | None = None
) -> Waiting[E1 | E2 | E3 | Timeout]: ...
@overload
def until(
    a: type[E1], b: type[E2], c: type[E3], d: type[E4], /, *, timeout_s: float | None, where: Callable[[Any], bool] | None = None
) -> Waiting[E1 | E2 | E3 | E4 | Timeout]: ...
def until(*kinds: type, timeout_s: float | None = None, where: Callable[[Any], bool] | None = None) -> Waiting[Any]:
    """Wait for an event of one of `kinds` (that `where` agrees to), at most `timeout_s`; answers the event or `Timeout()`."""
    event = yield Wait(kinds, timeout_s, where)
    return event


def until_killed() -> Waiting[None]:
    """Wait for nothing: only being killed ends it."""
    yield Wait((), None, None)


class Running(Generic[F, T]):
    """A script under way: feed it events, collect its effects.

    `wake_at_s` is when it must be told `Timeout()`; `done` says that it has ended, `result` then holds what it returned.
    With `effects` they are appended there as they happen, in order with what others append; the methods then answer `[]`.
    """

    __slots__ = ("_at_work", "_doomed", "_effects", "_script", "_wait", "done", "result", "wake_at_s")

    def __init__(self, script: Script[F, T], effects: list[F] | None = None) -> None:
        self._script = script
        self._effects = effects
        self._wait: Wait | None = None
        self._at_work = self._doomed = False
        self.wake_at_s: float | None = None
        self.done = False
        self.result: T | None = None

    @property
    def waits_for(self) -> str:
        """For people: what would move this script on."""
        if self._wait is None:
            return "nothing"
        return " or ".join(kind.__name__ for kind in self._wait.kinds) or "time"

    def start(self, now_s: float) -> list[F]:
        """Run to the first wait."""
        return self._advance(self._script.send, None, now_s)

    def receive(self, event: object, now_s: float) -> list[F]:
        """Hand over an event; an event it does not wait for changes nothing."""
        wait = self._wait
        if wait is None:
            return []
        if type(event) is Timeout:
            if self.wake_at_s is None or now_s < self.wake_at_s:
                return []
        elif not isinstance(event, wait.kinds) or (wait.where is not None and not wait.where(event)):
            return []
        return self._advance(self._script.send, event, now_s)

    def kill(self, now_s: float) -> list[F]:
        """Throw `Killed` where it waits; effects of its clean-up are returned, and it may go on to do and await other things.

        A script whose own doing leads to this is killed where it waits next.
        """
        if self.done:
            return []
        if self._at_work:
            self._doomed = True
            return []
        return self._advance(self._script.throw, Killed(), now_s)

    def _advance(self, move: Callable[[Any], F | Wait], what: Any, now_s: float) -> list[F]:
        fresh: list[F] = []
        effects = fresh if self._effects is None else self._effects
        self._wait, self.wake_at_s = None, None
        self._at_work = True
        try:
            step = self._next_wait(move(what), effects)
            while self._doomed:
                self._doomed = False
                step = self._next_wait(self._script.throw(Killed()), effects)
        except StopIteration as end:
            self.done, self.result = True, end.value
            return fresh
        except Killed:
            self.done = True
            return fresh
        finally:
            self._at_work = False
        self._wait = step
        if step.timeout_s is not None:
            self.wake_at_s = now_s + max(0.0, step.timeout_s)
        return fresh

    def _next_wait(self, step: F | Wait, effects: list[F]) -> Wait:
        while not isinstance(step, Wait):
            effects.append(step)
            step = next(self._script)
        return step


def soonest(*times: float | None) -> float | None:
    """The earliest of several `wake_at_s`, `None` when nobody wants to be woken."""
    first: float | None = None
    for time in times:
        if time is not None and (first is None or time < first):
            first = time
    return first
