"""A call at work in a thread of its own, and the two threads' talk: the test says steps, the stage says what became of them.

On virtual time the stage's thread stands still while the test thinks, in the middle of the instant in which the last step ended:
so the next step comes exactly where it would come in a scenario, however long the test takes. On other clocks the world goes on,
and the test's next step is a debt over which time does not jump.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import AppError, ScenarioError, SimError, UsageError
from simulator.host import AppRef
from simulator.journal import Frame
from simulator.modes.config import Config
from simulator.modes.run import loop_for, result_of, staged
from simulator.modes.simulate.failed import CallFailed, said_in_full
from simulator.modes.simulate.watch import Watch
from simulator.modes.unreached import unreached, with_its_end
from simulator.network import run, wall_s
from simulator.report.last_words import last_words
from simulator.report.result import Result
from simulator.report.text import explanation, printable
from simulator.scenario.acts import Cancel, Cue, Curtain, Played
from simulator.scenario.failure import Failure
from simulator.scenario.load import Scenario
from simulator.scenario.steps import Step
from simulator.scenario.steps.expect import Finding
from simulator.stage import SILENCE_LIMIT_S, Staged

if TYPE_CHECKING:
    from simulator.deployment import Deployment

T = TypeVar("T")

__tracebackhide__ = said_in_full

LOOK_EVERY_S = 0.5
"""How often (wall) whoever waits looks whether the application holds its loop."""

_VIRTUAL = threading.Lock()
"""Held by the call of an application in this process: its logging, its environment and its sockets in memory are those of one."""


class Performance:
    """One call. Its `Future`s are given in any thread; `wait` and `awaited` wait for them and watch meanwhile that nobody is held."""

    def __init__(self, scenario: Scenario, app: AppRef, config: Config, deployment: Deployment | None) -> None:
        self.deaf_to = threading.get_ident()
        self.result: Result | None = None
        """What became of it, when it is over."""
        self.failed: list[CallFailed] = []
        """What steps have raised."""
        self._config, self._virtual = config, app.in_process
        self._loop = loop_for(scenario, app, config)
        self.stage = staged(scenario, app, config, self._loop, deployment, self)
        self._loop.who_waits = self.stage.who_waits
        self._cues: SimpleQueue[Cue | Curtain] = SimpleQueue()
        self._asked: dict[int, tuple[Step, Future[Frame | None]]] = {}
        self._numbers = 0
        self._begun: Future[None] = Future()
        self._over: Future[None] = Future()
        self._curtain = False
        self._thinking = True
        self._thread = threading.Thread(target=self._live, name="jambonz-sim call", daemon=True)
        self._watch = Watch(self._loop)

    # --- in the thread of the test

    def begin(self) -> Future[None]:
        """Start the application and the call. The answer comes when the first step can be played."""
        if self._virtual and not _VIRTUAL.acquire(blocking=False):
            self._loop.close()
            problem = "a call of an application in this process is going on, and there is one at a time"
            raise UsageError(problem, "leave the block of the other one first; an application with a URL or a command can have several")
        self._thinking = False
        self._watch.begin()
        self._thread.start()
        return self._begun

    def ask(self, step: Step) -> tuple[int, Future[Frame | None]]:
        """Play this step, after those that were asked for before; answers its number."""
        self._numbers += 1
        number, answer = self._numbers, Future[Frame | None]()
        if not self._curtain:
            self._asked[number] = step, answer
            self._say(Cue(number, step))
        if self._over.done() or self._curtain:  # it may have ended this very moment
            problem = "the call is over" if self._curtain else "the call has been ended by what went wrong before"
            _refuse(answer, UsageError(problem, "steps can be played inside the block of simulate", step.where))
        return number, answer

    def cancel(self, number: int) -> None:
        """Nobody waits for this step any more."""
        step, answer = self._asked.pop(number, (None, None))
        if answer is not None and step is not None:
            _refuse(answer, UsageError("the call is over", "wait for every step inside the block of simulate", step.where))
            with suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self.stage.prompted, Cancel(number))

    def end(self, judged: bool) -> Future[None]:
        """No more steps. When it is over, `result` says what became of it: `judged` as a scenario is, or only hung up."""
        for number in list(self._asked):
            self.cancel(number)
        if not self._curtain:
            self._curtain = True
            self._say(Curtain(judged))
        return self._over

    @property
    def has_begun(self) -> bool:
        """Whether there is a thread."""
        return self._thread.ident is not None

    def join(self) -> None:
        """Wait for the thread, which has nothing left to do when the call is over."""
        if self._over.exception() is None:
            self._thread.join()

    @property
    def under_way(self) -> list[Step]:
        """Steps that have been asked for and have not ended."""
        return [step for step, _ in self._asked.values()]

    def _say(self, cue: Cue | Curtain) -> None:
        self._watch.begin()
        self._cues.put(cue)
        if not self._virtual:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.stage.prompted)

    def wait(self, answer: Future[T]) -> T:
        """Wait in this thread, whatever else it may have to do."""
        while True:
            with suppress(TimeoutError):
                error = answer.exception(LOOK_EVERY_S)
                break
            self._look()
        if error is not None:
            raise error
        return answer.result()

    async def awaited(self, answer: Future[T]) -> T:
        """Wait on the event loop of the test, and let it go on; on one that is not asyncio's it stands still meanwhile."""
        if asyncio._get_running_loop() is None:
            return self.wait(answer)
        waiting = asyncio.wrap_future(answer)
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())  # is looked at, even if nobody waits any more
        while not (await asyncio.wait({waiting}, timeout=LOOK_EVERY_S))[0]:
            self._look()
        return waiting.result()

    def _look(self) -> None:
        """Whether the application holds the loop: then it is interrupted, and if that does not help, left where it is."""
        if self._thinking:
            self._watch.begin()
        elif (error := self._watch.look(self._thread.ident)) is not None and not self._over.done():
            self._gives_up(error)

    def _gives_up(self, error: SimError) -> None:
        left, self._asked = self._asked, {}
        waiting: list[Future[Any]] = [self._begun, *(answer for _, answer in list(left.values())), self._over]
        for answer in waiting:
            _refuse(answer, error)

    # --- in the thread of the stage

    def _live(self) -> None:
        began_s = wall_s()
        try:
            ending: Staged | Exception = run(self._loop, self.stage.live())
        except Exception as stopped:
            ending = stopped
        except BaseException as stopped:  # SystemExit of the application: in this thread it would end nothing, and nobody would hear of it
            ending = AppError(f"the application wanted to end the process: {stopped!r}", "a server is stopped by whoever has started it")
        finally:
            if self._virtual:
                _VIRTUAL.release()
        self.result = result_of(self.stage, ending, self._config, began_s)
        left, self._asked = self._asked, {}
        waiting: list[Future[Any]] = [self._begun, *(answer for _, answer in list(left.values()))]
        for answer in waiting:
            _refuse(answer, error_of(self.result) or UsageError("the call is over"))
        with suppress(InvalidStateError):
            self._over.set_result(None)

    def played(self, outcome: Played) -> None:
        """A step has ended: whoever asked for it hears of it."""
        step, answer = self._asked.pop(outcome.number, (None, None))
        if answer is None:
            return
        if isinstance(step, Finding):
            self.stage.scenario = replace(self.stage.scenario, steps=(*self.stage.scenario.steps, step))
        self._thinking = True
        if outcome.failure is not None:
            _refuse(answer, unreached(self.stage.app, self.stage.journal) or self._failed(outcome.failure))
            return
        with suppress(InvalidStateError):
            answer.set_result(outcome.fitted)

    def _failed(self, failure: Failure) -> CallFailed:
        lines = with_its_end(failure, self.stage.journal).lines()
        if log := self.stage.staged.log:
            lines += ["the application's last words:", *(f"  {line}" for line in last_words(log))]
        self.failed.append(CallFailed("\n".join(printable(line) for line in lines), failure))
        return self.failed[-1]

    def next(self) -> Cue | Curtain | None:
        """The next step; on virtual time the thread waits for it, and with it everything else."""
        if not self._begun.done():
            with suppress(InvalidStateError):
                self._begun.set_result(None)
        while True:
            self._thinking = True
            cue = self._wait_for_cue()
            if cue is None:
                return None
            self._thinking = False
            if isinstance(cue, Curtain) or cue.number in self._asked:
                return cue

    def _wait_for_cue(self) -> Cue | Curtain | None:
        if self._virtual:
            return self._cues.get()
        try:
            cue = self._cues.get_nowait()
        except Empty:
            self._loop.silence_limit_s = None  # the test may think as long as it likes
            return None
        self._loop.silence_limit_s = SILENCE_LIMIT_S
        return cue


def _refuse(answer: Future[Any], error: Exception) -> None:
    """Unless it is there already: both threads may have something to say."""
    with suppress(InvalidStateError):
        answer.set_exception(error)


ERRORS: dict[int, Callable[[str], SimError]] = {2: ScenarioError, 3: AppError}
"""Whose fault it is, by the exit code of a result."""


def error_of(result: Result) -> Exception | None:
    """What is raised for a call that did not pass."""
    if result.outcome == "passed":
        return None
    text = "\n".join(printable(line) for line in explanation(result))
    if result.outcome == "error":
        return ERRORS.get(result.exit_code, SimError)(text)
    return CallFailed(text, result.failures[0])
