"""From what a person writes to what happens to the model server: the faults of a scenario, a script or a rule."""

from __future__ import annotations

from typing import assert_never

from simulator.errors import SimulatorError
from simulator.faults.verdict import Delay, Drop, Duplicate
from simulator.scenario.steps import model
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.faults import Blow, Fault, Upon, Verdict


def blows(step: model.Strike, number: int = 0) -> tuple[Blow, ...]:
    """What a step does when its instant has come; `number` is that of a lasting fault."""
    match step:
        case model.Trouble(error=body):
            return (openai.Trouble(body.code, body.type, body.message, body.param),)
        case model.Disconnect():
            return (openai.Disconnect(step.code, step.reason),)
        case model.Expire():
            return (openai.Expire(),)
        case model.Stall():
            return (openai.Stall(step.stall_s),)
        case model.Emit():
            return tuple(openai.EmitRaw(dict(event)) for event in step.emit)
        case model.Drop() | model.Delay() | model.Duplicate():
            return (_fault(step, number),)
    raise SimulatorError(f"nobody knows what {type(step).__name__} does to the model server")


def upon(step: model.Strike, number: int = 0) -> Upon:
    """The step, to happen right behind its event."""
    return Upon(step.after_event, blows(step, number), number)


def _fault(step: model.Drop | model.Delay | model.Duplicate, number: int) -> Fault:
    verdict: Verdict
    match step:
        case model.Drop():
            event, verdict = step.drop, Drop()
        case model.Delay():
            event, verdict = step.delay, Delay(step.by_s)
        case model.Duplicate():
            event, verdict = step.duplicate, Duplicate(step.copies)
        case other:
            assert_never(other)
    return Fault(event, verdict, step.count, step.skip, number)
