"""How each step is played: one script a step, one file an actor."""

from simulator.scenario.playing import caller, model, world
from simulator.scenario.playing.any_order import play_any_order
from simulator.scenario.playing.expect import expectation_of
from simulator.scenario.playing.model import answer_of, idle
from simulator.scenario.playing.script import play_step
from simulator.scenario.playing.world import backend_of

__all__ = ["answer_of", "backend_of", "caller", "expectation_of", "idle", "model", "play_any_order", "play_step", "world"]
