"""What a call that was played comes to: the step that failed, what the rules found, and which of it led to which."""

from __future__ import annotations

from collections import Counter

from simulator.errors import Where
from simulator.report.causes import by_cause, causes, in_short, remedy_of, said
from simulator.report.explanation import because
from simulator.report.result import Result
from simulator.rules import RULES, Finding, ask_all
from simulator.scenario.failure import Failure
from simulator.scenario.load import Scenario
from simulator.scenario.steps import expect
from simulator.stage import Staged


def judged(scenario: Scenario, staged: Staged, seed: int = 0) -> Result:
    """Expected findings must be there, others must not."""
    findings = ask_all(staged.journal)
    wanted = [step for step in scenario.steps if isinstance(step, expect.Finding)]
    wanted_codes = {step.finding for step in wanted if not step.absent}
    failures = [staged.failure] if staged.failure is not None else []
    for step in wanted:
        seen = any(finding.code == step.finding for finding in findings)
        if seen == step.absent:
            failures.append(_otherwise(step, next((finding for finding in findings if finding.code == step.finding), None)))
    open_findings = [finding for finding in findings if finding.code not in wanted_codes and finding.code not in scenario.ignore]
    asked = {step.finding for step in wanted}
    serious = by_cause([finding for finding in open_findings if finding.rule.severity == "error" and finding.code not in asked])
    if staged.failure is not None:
        failures[0] = because(staged.failure, causes(staged.failure, serious, _failed_at_s(staged.failure, staged)))
    else:
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


def _otherwise(step: expect.Finding, found: Finding | None) -> Failure:
    """A rule that was expected not to hold, and held; or the other way round, and what was `found` then."""
    if found is not None:
        problem = f"expected rule {step.finding} to hold, and it did not: {said(found)}"
        return Failure(step.where, problem, (f"the rule: {found.rule.title}",), in_short(remedy_of(found)), kind="finding")
    problem = f"expected rule {step.finding} not to hold, and it did: nothing of the kind has happened"
    details = (f"the rule: {RULES[step.finding].title}",) if step.finding in RULES else ()
    return Failure(step.where, problem, details, "leave the step out, or let the application do what breaks the rule", kind="finding")


def _failed_at_s(failure: Failure, staged: Staged) -> float:
    """When a step failed; a call that is stuck is at its end."""
    frames = staged.journal.frames
    return frames[min(failure.seq, len(frames)) - 1].at_s if frames and failure.seq else staged.virtual_s


def _broken(scenario: Scenario, finding: Finding, more: int) -> Failure:
    """A rule that did not hold, once for however many times: an application may send ten thousand frames of a kind."""
    where = Where(scenario.file, scenario.where.line, scenario.where.column)
    others = (f"and {more} more of the kind",) if more else ()
    details = (*others, f"the rule: {finding.rule.title}", f"why: {finding.rule.why}")
    return Failure(where, said(finding), details, in_short(remedy_of(finding)), kind=finding.code)
