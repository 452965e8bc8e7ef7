"""Joins a core to a websocket: the client side of the application's leg.

The protocol itself is the websockets library's (its sans-IO layer); here are only bytes, timers and what can
happen to a connection.
"""

from simulator.pump.dial import Dial
from simulator.pump.events import Closed, Failed, Happened, Message, Opened
from simulator.pump.pump import Pump

__all__ = ["Closed", "Dial", "Failed", "Happened", "Message", "Opened", "Pump"]
