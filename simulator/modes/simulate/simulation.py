"""`simulate`: which call, of which application, and the block in which it goes on."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import SimError, UsageError, Where
from simulator.host import AppRef
from simulator.modes.config import Config, find
from simulator.modes.run import deployed, unfit_clock
from simulator.modes.simulate.application import App, referred
from simulator.modes.simulate.call import Call, SyncCall
from simulator.modes.simulate.failed import CallFailed, said_in_full
from simulator.modes.simulate.performance import Performance, error_of
from simulator.modes.simulate.steps import (
    Backend,
    CallSettings,
    JambonzSettings,
    ModelSettings,
    PhoneSettings,
    SipSettings,
    SpeechSettings,
)
from simulator.modes.simulate.writing import here, scenario_of
from simulator.report.result import Result
from simulator.report.text import explanation, printable

if TYPE_CHECKING:
    from simulator.deployment import Deployment
    from simulator.scenario.load import Scenario

__tracebackhide__ = said_in_full


class Project:
    """What the calls of `simulate` share: the configuration, as it is found above the working directory. A test session has its own."""

    def settings(self) -> Config:
        """The configuration. Raises `UsageError`."""
        return find(Path.cwd(), os.environ)

    def deployed(self, app: AppRef, config: Config, own: bool) -> AbstractContextManager[Deployment | None]:  # noqa: ARG002
        """What an application in another process needs; `own`: it is the one of the configuration."""
        return deployed(app, config)

    def name_of(self, function: str) -> str:
        """What the call of this test function is called."""
        return function

    def ended(self, result: Result, raised: BaseException) -> str | None:
        """A call has not passed, or its test has `raised` something; answers a line that says where its journal is."""


class Simulation:
    """One call, to be entered: `async with` gives a `Call`, `with` a `SyncCall`."""

    def __init__(self, project: Project, prepare: Callable[[], tuple[Scenario, AppRef, Config, bool]], where: Where) -> None:
        self.where, self.entered = where, False
        self._project, self._prepare = project, prepare
        self._open = ExitStack()
        self._performance: Performance | None = None
        self._call: Call | SyncCall | None = None

    def _set_up(self) -> Performance:
        if self.entered:
            raise UsageError("a call is made once", "call simulate(...) again for another one", self.where)
        self.entered = True
        try:
            return self._prepared()
        except SimError as error:
            raise error.with_traceback(None) from None  # its text says it all

    def _prepared(self) -> Performance:
        scenario, app, config, own = self._prepare()
        if (unfit := unfit_clock(scenario, app)) is not None:
            raise unfit
        if app.in_process:
            app.load()
        deployment = self._open.enter_context(nullcontext() if app.in_process else self._project.deployed(app, config, own))
        try:
            performance = self._performance = Performance(scenario, app, config, deployment)
            weakref.finalize(self, performance.end, False).atexit = False
            return performance
        except BaseException:
            self._open.close()
            raise

    async def __aenter__(self) -> Call:
        performance = self._set_up()
        try:
            await performance.awaited(performance.begin())
        except BaseException:
            await self._awaited_end(judged=False)
            raise
        self._call = Call(performance)
        return self._call

    def __enter__(self) -> SyncCall:
        performance = self._set_up()
        try:
            performance.wait(performance.begin())
        except BaseException:
            self.close()
            raise
        self._call = SyncCall(performance)
        return self._call

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        left = self._left_over()
        await self._awaited_end(judged=error is None and left is None)
        self._judge(error, left)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        left = self._left_over()
        self._end(judged=error is None and left is None)
        self._judge(error, left)

    def close(self) -> None:
        """End a call whose block was never left, without a judgement."""
        self._end(judged=False)

    async def _awaited_end(self, judged: bool) -> None:
        try:
            if self._performance is not None and self._performance.has_begun:
                await self._performance.awaited(self._performance.end(judged))
        finally:
            self._end(judged)  # at once, if it is over; else whoever is cancelled waits here, and leaves nothing behind

    def _end(self, judged: bool) -> None:
        try:
            if self._performance is not None and self._performance.has_begun:
                self._performance.wait(self._performance.end(judged))
                self._performance.join()
        finally:
            self._open.close()

    def _left_over(self) -> UsageError | None:
        """Steps that the test has forgotten."""
        if self._call is None or self._performance is None:
            return None
        if never := self._call.never_awaited:
            return UsageError(f"{never[0]} was never awaited, and so not played", "write `await` before it", never[0].where)
        if under_way := self._performance.under_way:
            return UsageError(f"{under_way[0]} was still under way when the block was left", "await it before", under_way[0].where)
        return None

    def _judge(self, error: BaseException | None, left: UsageError | None) -> None:
        """Raise what there is to raise; to what the test itself has raised only words are added."""
        performance = self._performance
        result = performance.result if performance is not None else None
        if performance is None or result is None:
            return
        raised = error or left or error_of(result)
        if raised is None:
            return
        if isinstance(error, CallFailed) and error in performance.failed:
            _add(error, _more(result, error))
        failed = replace(result, outcome="failed") if result.outcome == "passed" else result
        if (journal := self._project.ended(failed, raised)) is not None:
            _add(raised, [journal])
        if error is None:
            raise raised


def _more(result: Result, failed: CallFailed) -> list[str]:
    """What the rules say about a call in which a step has failed, as `run` tells it."""
    told = replace(result, failures=(failed.failure,), error=None, log=())
    return explanation(told)[len(failed.failure.lines()) :]


def _add(error: BaseException, lines: Sequence[str]) -> None:
    for line in lines:
        error.add_note(printable(line))


class Simulate:
    """Makes calls: what `from simulator import simulate` is, and the fixture `simulate` of pytest."""

    def __init__(self, project: Project | None = None) -> None:
        self._project = project or Project()

    def __call__(
        self,
        app: App | None = None,
        *,
        name: str | None = None,
        seed: int | None = None,
        clock: Literal["virtual", "elastic", "real"] | None = None,
        openai: Literal["ga", "beta"] | None = None,
        jambonz: JambonzSettings | None = None,
        call: CallSettings | None = None,
        phones: Mapping[str, str | PhoneSettings] | None = None,
        world: Sequence[Backend] | None = None,
        model: ModelSettings | None = None,
        sip: SipSettings | None = None,
        sms: Literal["success", "failure", "no carriers", "smpp configuration error", "system error"] | None = None,
        speech: SpeechSettings | None = None,
        ignore: Mapping[str, str] | None = None,
        path: str | None = None,
        transport: Literal["ws", "http"] | None = None,
        env: Mapping[str, str] | None = None,
        env_vars: Mapping[str, str] | None = None,
    ) -> Simulation:
        """A call of `app`: the configured application when left out. Enter it with `async with`, or with `with` where nothing is awaited.

        `path`, `transport`, `env` and `env_vars` are settings of the configuration; everything else stands in scenarios under the
        same name, and means the same. Raises `ScenarioErrors` for what no scenario could say.
        """
        where, function = here(1), caller_name()
        beside: dict[str, Any] = {"seed": seed, "clock": clock, "openai": openai, "jambonz": jambonz, "call": call, "phones": phones}
        beside |= {"world": world, "model": model, "sip": sip, "sms": sms, "speech": speech, "ignore": ignore}
        written = {"name": name or self._project.name_of(function), **{key: value for key, value in beside.items() if value is not None}}
        scenario = scenario_of(written, where)

        def prepare() -> tuple[Scenario, AppRef, Config, bool]:
            config = self._project.settings().changed(path=path, transport=transport)
            config = replace(config, env={**config.env, **(env or {})}, env_vars={**config.env_vars, **(env_vars or {})})
            if seed is not None:
                config = replace(config, seed=None)  # the test says it
            reference, config = referred(app, config)
            return scenario, reference, config, app is None and path is None and transport is None and env is None

        return self._made(Simulation(self._project, prepare, where))

    def _made(self, simulation: Simulation) -> Simulation:
        return simulation


def caller_name() -> str:
    """The function two levels up: whose line calls `simulate`."""
    return sys._getframe(2).f_code.co_qualname
