"""Play scenarios and judge them: expectations while they are played, rules when the call is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator.errors import AppError, SimError, StuckError, Where
from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.network import run as run_loop
from simulator.network import wall_s
from simulator.report.result import Result
from simulator.rules import Finding, ask_all
from simulator.scenario.failure import Failure
from simulator.scenario.load import Scenario
from simulator.scenario.steps import expect
from simulator.stage import Stage, Staged


def app_of(config: Config) -> AppRef:
    """The application of this configuration. Raises `UsageError` when none is named."""
    from simulator.errors import UsageError

    if config.app is None:
        raise UsageError("no application is named", 'add --app module:factory, or app = "module:factory" under [tool.jambonz-sim]')
    app = AppRef(config.app, config.path, dict(config.env))
    if not app.in_process and not config.app.startswith(("ws://", "wss://")):
        raise UsageError(f"{config.app} cannot be dialled", "write module:factory, or the ws:// URL of a running application")
    if not app.in_process and config.clock == "virtual":
        raise UsageError("virtual time is for an application in this process", "name it as module:factory, or use --clock elastic")
    if app.in_process and config.clock == "real":
        raise UsageError("an application in this process lives on virtual time", "start it by itself and name its ws:// URL")
    return app


def play(scenario: Scenario, app: AppRef, config: Config) -> Result:
    """One scenario: its call, its judgement. Raises nothing for what the application does."""
    began_s = wall_s()
    stage = Stage(scenario, app, scenario.seed if config.seed is None else config.seed, dict(config.env_vars), scenario.clock or config.clock)
    try:
        staged = run_loop(stage.loop, stage.live())
    except StuckError as stuck:
        staged = Staged(stage.journal, stage.stuck(stuck), wall_ms=(wall_s() - began_s) * 1000, log=stage.staged.log)
    except SimError as error:
        wall_ms = (wall_s() - began_s) * 1000
        return Result(
            scenario.id,
            scenario.file,
            "error",
            stage.journal,
            error=str(error),
            exit_code=error.exit_code,
            wall_ms=wall_ms,
            log=tuple(stage.staged.log),
        )
    if not app.in_process and (unreached := _unreachable(app, stage)) is not None:
        return Result(scenario.id, scenario.file, "error", stage.journal, error=str(unreached), exit_code=unreached.exit_code, wall_ms=staged.wall_ms)
    return judged(scenario, staged)


def _unreachable(app: AppRef, stage: Stage) -> AppError | None:
    """An application outside that never took the connection is no failure of a scenario: it does not run, or not there."""
    refusals = [frame.frame["reason"] for frame in stage.journal.select("app", "app", "refuse")]
    if not refusals or any(stage.journal.select("app", "app", "open")):
        return None
    return AppError(f"the application at {app.ref} does not take the connection: {refusals[0]}", "does it run, and is its path right?")


def judged(scenario: Scenario, staged: Staged) -> Result:
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
    failures += [_broken(scenario, finding) for finding in open_findings if finding.rule.severity == "error" and staged.failure is None]
    return Result(
        scenario.id,
        scenario.file,
        "failed" if failures else "passed",
        staged.journal,
        tuple(failures),
        tuple(open_findings),
        exit_code=1 if failures else 0,
        virtual_s=staged.virtual_s,
        wall_ms=staged.wall_ms,
        log=tuple(staged.log),
    )


def _broken(scenario: Scenario, finding: Finding) -> Failure:
    where = Where(scenario.file, scenario.where.line, scenario.where.column)
    at = (f"at {finding.frame.at_s:.3f} s, frame #{finding.frame.seq} of the journal",) if finding.frame is not None else ()
    return Failure(where, f"{finding.code} {finding.rule.title}: {finding.text}", (*at, finding.rule.why), finding.rule.remedy, kind=finding.code)


def play_all(scenarios: Sequence[Scenario], app: AppRef, config: Config, *, until_failure: bool = False) -> Iterator[Result]:
    """All of them, in order."""
    for scenario in scenarios:
        result = play(scenario, app, config)
        yield result
        if until_failure and result.outcome != "passed":
            return


def write_journal(result: Result, folder: Path, seed: int) -> Path:
    """The journal of a result, in a file named after its scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(char if char.isalnum() else "-" for char in result.name).strip("-")[:100]
    path = folder / f"{Path(result.file).stem}--{name}.jsonl"
    result.journal.write(path, {"scenario": result.name, "file": result.file, "seed": seed, "outcome": result.outcome})
    return path
