"""Every step is played by a script of its own, found by the step's class. It ends when what the step says has happened."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from simulator.errors import SimulatorError
from simulator.journal import Frame
from simulator.scenario.acts import Act
from simulator.scenario.scene import Scene
from simulator.script import Script


@singledispatch
def play_step(step: Any, scene: Scene) -> Script[Act, Frame | None]:  # noqa: ARG001
    """The script of one step. An expectation answers the frame that fitted."""
    raise SimulatorError(f"nobody knows how to play {type(step).__name__}")
    yield
