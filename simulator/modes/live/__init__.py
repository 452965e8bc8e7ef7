"""Live calls: phones on the real clock, whose steps come one by one from outside. What `dev` and `talk` show and drive."""

from simulator.modes.live.live import Live
from simulator.modes.live.minds import Model

__all__ = ["Live", "Model"]
