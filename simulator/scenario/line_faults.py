"""How faults of lines are laid and healed, and what there is to say of one that struck nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any, assert_never

from simulator.errors import Where
from simulator.faults import (
    Aim,
    Corruption,
    Disconnection,
    Duplication,
    Fault,
    Latency,
    Lay,
    Loss,
    Refusal,
    Reordering,
    Stall,
    Throttle,
)
from simulator.faults import Heal as HealLine
from simulator.journal import Journal
from simulator.pattern import show
from simulator.scenario.acts import Act, ToLine
from simulator.scenario.failure import Failure
from simulator.scenario.playing import play_step
from simulator.scenario.scene import Scene
from simulator.scenario.steps.lines import Heal, LineFault
from simulator.script import Script


def mark(where: Where) -> str:
    """By what a fault is known in a journal: where its step stands."""
    return f"{PurePath(where.file).name}:{where.line}:{where.column}"


def fault_of(step: LineFault) -> Fault:
    """What is wrong with the line."""
    match step.fault:
        case "latency":
            return Latency(step.by_s or 0.0, step.jitter_s or 0.0)
        case "throttle":
            return Throttle(step.rate or 1)
        case "stall":
            return Stall()
        case "drop":
            return Loss()
        case "corrupt":
            return Corruption(step.breaks or "json")
        case "duplicate":
            return Duplication(step.copies or 1)
        case "reorder":
            return Reordering() if step.within_s is None else Reordering(step.within_s)
        case "disconnect":
            return Disconnection() if step.code is None else Disconnection(step.code)
        case "refuse":
            return Refusal(step.status)
        case other:
            assert_never(other)


@play_step.register
def _(step: LineFault, scene: Scene) -> Script[Act, None]:
    leg = None if step.who is None else scene.call_of(step.where)
    direction: Any = "from" if step.from_ is not None else "to" if step.to is not None else None
    aim = Aim(direction, step.frame, leg, step.count, step.skip, step.probability)
    yield ToLine(step.on, Lay(fault_of(step), aim, mark(step.where), step.after_s, step.for_s))


@play_step.register
def _(step: Heal, scene: Scene) -> Script[Act, None]:  # noqa: ARG001 - the shape of a step's script
    if step.heal != "model":
        yield ToLine("app", HealLine())
    if step.heal != "app":
        yield ToLine("model", HealLine())


def idle_on_lines(steps: Sequence[object], journal: Journal) -> Iterator[Failure]:
    """Faults that have struck nothing, or less often than they should."""
    struck: dict[str, int] = {}
    for frame in journal.select(kind="fault"):
        if (step := frame.frame.get("step")) is not None:
            struck[step] = struck.get(step, 0) + 1
    for step in steps:
        if not isinstance(step, LineFault):
            continue
        wanted = step.times if isinstance(step.times, int) and step.probability == 1.0 else 1
        found = struck.get(mark(step.where), 0)
        if found < wanted:
            yield _idle(step, found)


def _idle(step: LineFault, struck: int) -> Failure:
    line = f"the line to the {step.on}"
    problem = f"the fault {step.fault} on {line} did not strike" if not struck else f"the fault {step.fault} on {line} struck {struck} times only"
    way = f" from the {step.on}" if step.from_ else f" to the {step.on}" if step.to else ""
    details = []
    if step.is_instant:
        details.append("at its instant there was no connection")
    elif step.frame is not None:
        details.append(f"it was to meet {show(step.frame)}{way}" + (f", after {step.skip} others" if step.skip else ""))
    elif way:
        details.append(f"it was to meet anything{way}")
    if step.who is not None:
        details.append(f"in the call of {step.who}")
    if step.fault == "reorder":
        details.append("where nothing follows in time nothing is overtaken" + (", nor is a request to a webhook" if step.on == "app" else ""))
    if step.probability < 1.0:
        details.append(f"with a probability of {step.probability:g}: another seed may have more luck")
    return Failure(step.where, problem, tuple(details), "write the step before such a thing passes, and see the journal for what does")
