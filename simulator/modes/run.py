"""Play scenarios and judge them: expectations while they are played, rules when the call is over."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.clock import CLOCKS
from simulator.errors import AppError, ScenarioError, SimError, SimulatorError, StuckError
from simulator.host import AppRef
from simulator.journal import Journal, concealed
from simulator.modes.config import Config
from simulator.modes.judgement import judged
from simulator.modes.unreached import unreached, with_its_end
from simulator.network import ClockLoop, VirtualLoop, wall_s
from simulator.network import run as run_loop
from simulator.report.result import Result
from simulator.scenario.load import Scenario
from simulator.scenario.player import Player

if TYPE_CHECKING:
    from simulator.deployment import Deployment
    from simulator.modes.progress import Listener
    from simulator.stage import Prompter, Stage, Staged


def deployed(app: AppRef, config: Config) -> AbstractContextManager[Deployment | None]:
    """What an application in another process needs for a whole run; None for one in this process. Raises `AppError`."""
    if app.in_process:
        return nullcontext()
    from simulator.deployment import Deployment  # and with it cryptography, which takes its time

    return Deployment(app, config.stubs_port)


def play(scenario: Scenario, app: AppRef, config: Config, deployment: Deployment | None = None) -> Result:
    """One scenario: its call, its judgement. Raises nothing for what the application does.

    Without a `deployment`, an application that is a command is started for this scenario alone.
    """
    began_s = wall_s()
    if (unfit := unfit_clock(scenario, app)) is not None:
        return not_played(scenario, unfit, config)
    if deployment is None and not app.in_process:
        with deployed(app, config) as alone:
            return play(scenario, app, config, alone)
    from simulator.stage import SILENCE_LIMIT_S

    loop = loop_for(scenario, app, config)
    stage = staged(scenario, app, config, loop, deployment)
    loop.who_waits, loop.silence_limit_s = stage.who_waits, SILENCE_LIMIT_S
    try:
        ending: Staged | Exception = run_loop(loop, stage.live())
    except Exception as stopped:
        ending = stopped
    return result_of(stage, ending, config, began_s)


def loop_for(scenario: Scenario, app: AppRef, config: Config) -> ClockLoop:
    """A loop for one call."""
    return VirtualLoop() if app.in_process else ClockLoop(CLOCKS[scenario.clock or config.clock]())


def staged(
    scenario: Scenario,
    app: AppRef,
    config: Config,
    loop: ClockLoop,
    deployment: Deployment | None,
    prompter: Prompter | None = None,
    cast: Callable[[Stage], Player] | None = None,
) -> Stage:
    """The call, ready to `live` on `loop`; its steps are the scenario's, or come from a `prompter`, or to whom `cast` chooses."""
    from simulator.stage import Stage  # and with it all actors, whom a process that lets others play does not need

    seed = seed_of(scenario, config)
    dice = seed if deployment is None else deployment.seed(f"{scenario.file} {scenario.id}", seed, asked_for=config.seed is not None)
    return Stage(scenario, deployment.app if deployment else app, dice, dict(config.env_vars), loop, deployment, prompter, cast)


def seed_of(scenario: Scenario, config: Config) -> int:
    """The seed of a call as people know it."""
    return scenario.seed if config.seed is None else config.seed


def result_of(stage: Stage, ending: Staged | Exception, config: Config, began_s: float) -> Result:
    """What became of a call that has ended, or was stopped by an exception; `began_s` is when (wall) it was begun."""
    from simulator.stage import Staged

    scenario, app, seed = stage.scenario, stage.app, seed_of(stage.scenario, config)
    error: SimError | None = None
    if isinstance(ending, Staged):
        left = ending
    else:
        left = Staged(stage.journal, wall_ms=(wall_s() - began_s) * 1000, log=stage.staged.log)
        if isinstance(ending, StuckError) and stage.begun:
            left.failure = stage.stuck(ending)
        elif isinstance(ending, StuckError):
            error = AppError(f"the application {app} did not start: {ending.problem}", ending.remedy)
        elif isinstance(ending, SimError):
            error = ending
        else:
            last = traceback.extract_tb(ending.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
            error = SimulatorError(
                f"{type(ending).__name__}: {ending} (at {place})", "this is our own fault, not your application's: please report it"
            )
    if error is None and (left.failure is not None or not app.in_process):
        error = unreached(app, stage.journal)
    if error is None:
        left.failure = left.failure and with_its_end(left.failure, left.journal)
        verdict = judged(scenario, left, seed)
        error = unreached(app, stage.journal) if verdict.outcome == "failed" else None
        if error is None:
            return verdict
    return Result(
        scenario.id,
        scenario.file,
        "error",
        stage.journal,
        error=concealed(str(error), os.environ),
        exit_code=error.exit_code,
        seed=seed,
        virtual_s=left.virtual_s,
        wall_ms=left.wall_ms,
        log=tuple(left.log),
        line=scenario.where.line,
    )


def unfit_clock(scenario: Scenario, app: AppRef) -> ScenarioError | None:
    """Virtual time needs the application in this process, and one in this process knows no other."""
    if scenario.clock is None or (scenario.clock == "virtual") == app.in_process:
        return None
    remedy = "leave `clock` out, or play it against " + ("the URL of a running application" if app.in_process else "module:factory")
    return ScenarioError(f"the clock {scenario.clock!r} does not fit the application {app.ref}", remedy, scenario.where)


def not_played(scenario: Scenario, error: SimError, config: Config) -> Result:
    """The result of a scenario that cannot be played at all."""
    seed, line = seed_of(scenario, config), scenario.where.line
    return Result(scenario.id, scenario.file, "error", Journal(), error=str(error), exit_code=error.exit_code, seed=seed, line=line)


def play_all(
    scenarios: Sequence[Scenario],
    app: AppRef,
    config: Config,
    *,
    deployment: Deployment | None = None,
    listener: Listener | None = None,
) -> Iterator[Result]:
    """All of them, in order. A command is started once, unless it is `deployment`'s already; if it cannot be, nothing more is played."""
    with nullcontext(deployment) if deployment is not None else deployed(app, config) as there:
        for scenario in scenarios:
            if listener is not None:
                listener.begins(scenario)
            result = play(scenario, app, config, there)
            if listener is not None:
                listener.ends(result)
            yield result
            if there is not None and there.process is not None and there.process.failed is not None:
                return
