"""What the lines of a scenario say, one file an actor. How they are played stands elsewhere."""

from __future__ import annotations

from typing import Annotated

from simulator.scenario.steps.any_order import AnyOrder
from simulator.scenario.steps.caller import CallerStep
from simulator.scenario.steps.expect import ExpectStep
from simulator.scenario.steps.later import Later, kind_of
from simulator.scenario.steps.model import ModelStep
from simulator.scenario.steps.registry import ByActor, Line
from simulator.scenario.steps.world import WorldStep

Step = Annotated[CallerStep | ModelStep | WorldStep | ExpectStep | AnyOrder | Later, ByActor()]

__all__ = ["AnyOrder", "CallerStep", "ExpectStep", "Later", "ModelStep", "Step", "WorldStep", "kind_of", "lines_of"]


def lines_of(step: Line) -> tuple[Line, ...]:
    """The lines of a step: itself, or those of a block."""
    return tuple(step.lines) if isinstance(step, AnyOrder) else (step,)
