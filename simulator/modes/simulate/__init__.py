"""Calls driven from tests in Python: `async with simulate(app) as call: await call.caller.say("Hello?")`."""

from simulator.modes.simulate.call import Call, Phone, SyncCall
from simulator.modes.simulate.failed import CallFailed
from simulator.modes.simulate.simulation import Simulate, Simulation

__all__ = ["Call", "CallFailed", "Phone", "Simulate", "Simulation", "SyncCall", "simulate"]

simulate = Simulate()
"""For whoever has no fixture: the application and the settings are those of the configuration above the working directory."""
