"""Play scenarios and judge them: expectations while they are played, rules when the call is over."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.clock import CLOCKS
from simulator.errors import AppError, ScenarioError, SimError, SimulatorError, StuckError, UsageError, Where
from simulator.host import AppRef
from simulator.jambonz.hook import is_http, is_websocket
from simulator.journal import Journal
from simulator.modes.application import command_of
from simulator.modes.config import Config
from simulator.network import ClockLoop, VirtualLoop, wall_s
from simulator.network import run as run_loop
from simulator.process import Command
from simulator.report.result import Result
from simulator.rules import Finding, ask_all
from simulator.scenario.failure import Failure
from simulator.scenario.load import Scenario
from simulator.scenario.steps import expect

if TYPE_CHECKING:
    from simulator.deployment import Deployment
    from simulator.stage import Stage, Staged


def app_of(config: Config) -> AppRef:
    """The application of this configuration. Raises `UsageError` when none is named."""
    if config.app is None:
        raise UsageError("no application is named", 'add --app module:factory, or app = "module:factory" under [tool.jambonz-sim]')
    command = command_of(config.app, path=config.path, url=config.url, ready=config.ready, place=f"{config.file}: app", scheme=config.transport)
    if command is not None:
        app = AppRef(command.url, config.path, dict(config.env), _at_home(command, config), **_account(config))
    else:
        if config.url is not None or config.ready is not None:
            raise UsageError("url and ready are for an application that is a command", "write --app 'command: node app.js', or leave them out")
        app = AppRef(str(config.app), config.path, dict(config.env), **_account(config))
        if not app.in_process and not is_websocket(app.ref) and not is_http(app.ref):
            raise UsageError(f"{config.app} cannot be dialled", "write module:factory, or the ws:// or http:// URL of a running application")
    if app.over_http and app.status_hook and not app.status_hook.startswith("/") and not is_http(app.status_hook):
        raise UsageError(f"status_hook {app.status_hook!r} is no webhook", "write an http:// URL, or a path of the application that begins with /")
    if not app.in_process and config.clock == "virtual":
        raise UsageError("virtual time is for an application in this process", "name it as module:factory, or use --clock elastic")
    if app.in_process and config.clock == "real":
        raise UsageError("an application in this process lives on virtual time", "start it by itself and name its ws:// URL")
    return app


def _account(config: Config) -> dict[str, Any]:
    """What the portal knows of an application beside its URL."""
    return {name: getattr(config, name) for name in ("transport", "method", "status_hook", "username", "password", "webhook_secret")}


def _at_home(command: Command, config: Config) -> Command:
    """A command in a file is started in the file's folder, whoever runs us from where; and in the environment that the file names."""
    home = Path(config.file).parent if isinstance(config.app, Mapping) and config.file != "default" else Path()
    return replace(command, cwd=str((home / (command.cwd or "")).resolve()), env={**config.env, **command.env})


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

    loop: ClockLoop = VirtualLoop() if app.in_process else ClockLoop(CLOCKS[scenario.clock or config.clock]())
    stage = staged(scenario, app, config, loop, deployment)
    loop.who_waits, loop.silence_limit_s = stage.who_waits, SILENCE_LIMIT_S
    try:
        ending: Staged | Exception = run_loop(loop, stage.live())
    except Exception as stopped:
        ending = stopped
    return result_of(stage, ending, config, began_s)


def staged(scenario: Scenario, app: AppRef, config: Config, loop: ClockLoop, deployment: Deployment | None) -> Stage:
    """The call, ready to `live` on `loop`."""
    from simulator.stage import Stage  # and with it all actors, whom a process that lets others play does not need

    seed = seed_of(scenario, config)
    dice = seed if deployment is None else deployment.seed(f"{scenario.file} {scenario.id}", seed, asked_for=config.seed is not None)
    return Stage(scenario, deployment.app if deployment else app, dice, dict(config.env_vars), loop, deployment)


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
        error = _unreachable(stage)
    if error is None:
        left.failure = _with_its_end(left.failure, left.journal)
        return judged(scenario, left, seed)
    return Result(
        scenario.id,
        scenario.file,
        "error",
        stage.journal,
        error=str(error),
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


UNREACHABLE = {
    "ct": "does it run, and listen there?",
    "4xx": "is that the path of its websocket? Set `path` for module:factory, or mend the URL",
    "5xx": "see what it has logged",
    None: "its websocket must answer within 1.5 s and choose the subprotocol ws.jambonz.org",
}
"""What to do, by the feature server's class of failures."""


NOBODY_LIVES_THERE = (404, 405)
"""What a web server answers where no handler is."""


def _unreachable(stage: Stage) -> AppError | None:
    """An application that never took the connection is no failure of a scenario: it does not run, or not there."""
    if stage.app.over_http:
        return _deaf(stage.app, stage.journal)
    refusals = [frame.frame for frame in stage.journal.select("app", "app", "refuse")]
    if not refusals or any(stage.journal.select("app", "app", "open")):
        return None
    first, app = refusals[0], stage.app
    problem = f"the application {app} does not take the connection to {app.url}: {first['reason']}"
    ended = _how_it_ended(stage.journal)
    return AppError(f"{problem}; {ended}" if ended else problem, UNREACHABLE[first["class"]])


def _how_it_ended(journal: Journal) -> str | None:
    """Of a process of ours that ended in the middle of the call."""
    for frame in journal.select("app", "app", "exited"):
        return f"its process ended at {frame.at_s:.3f} s: {frame.frame['status']}"
    return None


def _with_its_end(failure: Failure | None, journal: Journal) -> Failure | None:
    """What failed because the process had ended says so first."""
    ended = _how_it_ended(journal)
    return failure if failure is None or ended is None else replace(failure, details=(f"the application: {ended}", *failure.details))


def _deaf(app: AppRef, journal: Journal) -> AppError | None:
    """A webhook that nobody answers, or at which nobody lives."""
    said = [frame for frame in journal.select("app", "app") if "webhook" in frame.frame]
    if not said or any(frame.frame.get("status") not in (None, *NOBODY_LIVES_THERE) for frame in said):
        return None
    first, ended = said[0], _how_it_ended(journal)
    if first.kind == "refuse":
        problem, remedy = f"the application {app} does not answer at {app.url}: {first.frame['reason']}", UNREACHABLE["ct"]
    else:
        problem = f"the application {app} has no webhook at {app.url}: it answers {first.frame['status']}"
        remedy = "is that its path, and its method? Set `path` and `method`, or mend the URL"
    return AppError(f"{problem}; {ended}" if ended else problem, remedy)


def judged(scenario: Scenario, staged: Staged, seed: int = 0) -> Result:
    """Expected findings must be there, others must not."""
    findings = ask_all(staged.journal)
    wanted = [step for step in scenario.steps if isinstance(step, expect.Finding)]
    wanted_codes = {step.finding for step in wanted if not step.absent}
    failures = [staged.failure] if staged.failure is not None else []
    for step in wanted:
        seen = any(finding.code == step.finding for finding in findings)
        if seen == step.absent:
            problem = f"expected rule {step.finding} {'to hold' if step.absent else 'not to hold'}, and it did{'' if not step.absent else ' not'}"
            failures.append(Failure(step.where, problem, kind="finding"))
    open_findings = [finding for finding in findings if finding.code not in wanted_codes and finding.code not in scenario.ignore]
    serious = [finding for finding in open_findings if finding.rule.severity == "error" and staged.failure is None]
    counted = Counter(finding.code for finding in serious)
    first = {finding.code: finding for finding in reversed(serious)}
    failures += [_broken(scenario, first[code], more=count - 1) for code, count in counted.items()]
    return Result(
        scenario.id,
        scenario.file,
        "failed" if failures else "passed",
        staged.journal,
        tuple(failures),
        tuple(open_findings),
        exit_code=1 if failures else 0,
        seed=seed,
        virtual_s=staged.virtual_s,
        wall_ms=staged.wall_ms,
        log=tuple(staged.log),
        line=scenario.where.line,
    )


def _broken(scenario: Scenario, finding: Finding, more: int) -> Failure:
    """A rule that did not hold, once for however many times: an application may send ten thousand frames of a kind."""
    where = Where(scenario.file, scenario.where.line, scenario.where.column)
    at = (f"at {finding.frame.at_s:.3f} s, frame #{finding.frame.seq} of the journal",) if finding.frame is not None else ()
    others = (f"and {more} more of the kind",) if more else ()
    return Failure(
        where, f"{finding.code} {finding.rule.title}: {finding.text}", (*at, *others, finding.rule.why), finding.rule.remedy, kind=finding.code
    )


def play_all(
    scenarios: Sequence[Scenario], app: AppRef, config: Config, *, until_failure: bool = False, deployment: Deployment | None = None
) -> Iterator[Result]:
    """All of them, in order. A command is started once, unless it is `deployment`'s already; if it cannot be, nothing more is played."""
    with nullcontext(deployment) if deployment is not None else deployed(app, config) as there:
        for scenario in scenarios:
            result = play(scenario, app, config, there)
            yield result
            if until_failure and result.outcome != "passed":
                return
            if there is not None and there.process is not None and there.process.failed is not None:
                return


TELLING_NAME = re.compile(r"[\w ,\[\]-]{1,100}")


def write_journal(result: Result, folder: Path) -> Path:
    """The journal of a result, in a file named after its scenario; a name that cannot be a file's, or is long, gets a hash.

    Raises `UsageError` when it cannot be written.
    """
    name = "-".join(re.findall(r"\w+", result.name))[:100]
    if not TELLING_NAME.fullmatch(result.name):
        name += f"-{sha256(result.name.encode()).hexdigest()[:6]}"
    path = folder / f"{Path(result.file).stem}--{name}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        result.journal.write(path, {"scenario": result.name, "file": result.file, "seed": result.seed, "outcome": result.outcome})
    except OSError as error:
        raise UsageError(f"the journal {path} cannot be written: {error.strerror}", "name a folder that can be written to with --journal") from error
    return path
