"""What the lines of a scenario say, one file an actor. How they are played stands elsewhere."""

from __future__ import annotations

from typing import Annotated

from simulator.scenario.steps.caller import CallerStep
from simulator.scenario.steps.expect import ExpectStep
from simulator.scenario.steps.model import ModelStep
from simulator.scenario.steps.registry import ByActor
from simulator.scenario.steps.world import WorldStep

Step = Annotated[CallerStep | ModelStep | WorldStep | ExpectStep, ByActor()]

__all__ = ["CallerStep", "ExpectStep", "ModelStep", "Step", "WorldStep"]
