"""A call as a test has it in its hands."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from simulator.errors import UsageError, Where, did_you_mean
from simulator.journal import Frame, Journal
from simulator.modes.simulate.failed import said_in_full
from simulator.modes.simulate.performance import Performance
from simulator.modes.simulate.steps import Caller, Expect, F, Model, N, World
from simulator.modes.simulate.stepwise import Ask
from simulator.modes.simulate.writing import step_of
from simulator.report.result import Result
from simulator.rules import Finding, ask_all
from simulator.scenario.steps import Step

T = TypeVar("T")

__tracebackhide__ = said_in_full


class Phone(Caller[N], Generic[F, N]):
    """Somebody else with a phone: what they do, and what is said about the call they are in."""

    def __init__(self, ask: Ask, who: str) -> None:
        about = {"who": who}
        super().__init__(ask, about)
        self.model: Model[N] = Model(ask, about)
        self.expect: Expect[F, N] = Expect(ask, about)
        self.expect_no: Expect[N, N] = Expect(ask, {**about, "absent": True})


class _Conversation(Generic[F, N]):
    """What a call consists of, whether its steps are awaited (`Call`) or not (`SyncCall`).

    `caller`, `model` and `world` do something; `expect` waits until something has happened and gives the frame that fitted;
    `expect_no` is its opposite: until the next step, or for as long as `within` says.
    """

    def __init__(self, performance: Performance, ask: Ask) -> None:
        self._performance, self._ask = performance, ask
        self.caller: Caller[N] = Caller(ask)
        self.model: Model[N] = Model(ask)
        self.world: World[N] = World(ask)
        self.expect: Expect[F, N] = Expect(ask)
        self.expect_no: Expect[N, N] = Expect(ask, {"absent": True})

    def phone(self, name: str) -> Phone[F, N]:
        """One of the other phones of this call. Raises `UsageError` when `phones` names none like it."""
        phones = self._performance.stage.scenario.phones
        if name not in phones:
            raise UsageError(f"there is no phone {name!r}", did_you_mean(name, list(phones)) if phones else "name it in phones={...}")
        return Phone(self._ask, name)

    @property
    def journal(self) -> Journal:
        """Every frame of the call so far."""
        return self._performance.stage.journal

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules have found so far; after the block, without those that were expected or are ignored."""
        result = self.result
        return tuple(ask_all(self.journal)) if result is None else result.findings

    @property
    def result(self) -> Result | None:
        """What became of the call; None before the block is left."""
        return self._performance.result


class Asked(Coroutine[Any, Any, T]):
    """A step that was asked for. It is played when it is awaited, and not before."""

    def __init__(self, step: Step, play: Callable[[Step], Coroutine[Any, Any, T]]) -> None:
        self.step, self._play = step, play
        self._playing: Coroutine[Any, Any, T] | None = None

    @property
    def begun(self) -> bool:
        """Whether anybody has awaited it."""
        return self._playing is not None

    def _started(self) -> Coroutine[Any, Any, T]:
        if self._playing is None:
            self._playing = self._play(self.step)
        return self._playing

    def __await__(self) -> Generator[Any, Any, T]:
        return self._started().__await__()

    def send(self, value: Any) -> Any:
        return self._started().send(value)

    def throw(self, *error: Any) -> Any:
        return self._started().throw(*error)

    def close(self) -> None:
        if self._playing is not None:
            self._playing.close()


Awaited = Coroutine[Any, Any, T]


class Call(_Conversation[Awaited[Frame], Awaited[None]]):
    """A call whose steps are awaited."""

    def __init__(self, performance: Performance) -> None:
        super().__init__(performance, self._asked)
        self._waiting: list[Asked[Frame | None]] = []

    def _asked(self, actor: str, doing: Mapping[str, Any], where: Where) -> Asked[Frame | None]:
        asked = Asked(step_of(actor, doing, where, self._performance.stage.scenario.phones), self._play)
        self._waiting = [*(one for one in self._waiting if not one.begun), asked]
        return asked

    async def _play(self, step: Step) -> Frame | None:
        number, answer = self._performance.ask(step)
        try:
            return await self._performance.awaited(answer)
        finally:
            if not answer.done():  # cancelled, or given up: nobody waits any more
                self._performance.cancel(number)

    @property
    def never_awaited(self) -> list[Step]:
        """Steps that were asked for and are not played, because `await` is missing."""
        return [one.step for one in self._waiting if not one.begun]


class SyncCall(_Conversation[Frame, None]):
    """A call for tests that are no coroutines: each step is played before its method returns."""

    never_awaited: tuple[Step, ...] = ()

    def __init__(self, performance: Performance) -> None:
        super().__init__(performance, self._play)

    def _play(self, actor: str, doing: Mapping[str, Any], where: Where) -> Frame | None:
        number, answer = self._performance.ask(step_of(actor, doing, where, self._performance.stage.scenario.phones))
        return self._waited(number, answer)

    def _waited(self, number: int, answer: Future[Frame | None]) -> Frame | None:
        try:
            return self._performance.wait(answer)
        finally:
            if not answer.done():
                self._performance.cancel(number)
