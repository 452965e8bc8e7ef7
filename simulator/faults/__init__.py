"""Faults of a line between two parties: one file each. A fault judges what passes; the line does what it says (`line`)."""

from simulator.faults.aim import Aim, fits
from simulator.faults.corrupt import Corruption, no_utf8, without_its_end
from simulator.faults.disconnect import Disconnection
from simulator.faults.drop import Loss
from simulator.faults.duplicate import Duplication
from simulator.faults.effects import Arrives, Effect, Enter, Expired, Heal, Lay, Lost, Refused, Severed, Struck
from simulator.faults.fault import Fault
from simulator.faults.latency import Latency
from simulator.faults.line import Line
from simulator.faults.passing import Connection, Passing
from simulator.faults.refuse import Refusal
from simulator.faults.reorder import Reordering
from simulator.faults.stall import Stall
from simulator.faults.throttle import Throttle

__all__ = [
    "Aim", "Arrives", "Connection", "Corruption", "Disconnection", "Duplication", "Effect", "Enter", "Expired", "Fault", "Heal", "Latency", "Lay",
    "Line", "Loss", "Lost", "Passing", "Refusal", "Refused", "Reordering", "Severed", "Stall", "Struck", "Throttle", "fits", "no_utf8",
    "without_its_end",
]  # fmt: skip
