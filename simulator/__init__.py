"""jambonz-sim: a jambonz feature server and an OpenAI Realtime server, simulated, for testing real voice applications.

For tests in Python: `simulate`, the types `Simulate`, `Call`, `SyncCall` and `Phone`, and `CallFailed`, which a step raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.modes.simulate import Call as Call
    from simulator.modes.simulate import CallFailed as CallFailed
    from simulator.modes.simulate import Phone as Phone
    from simulator.modes.simulate import Simulate as Simulate
    from simulator.modes.simulate import SyncCall as SyncCall
    from simulator.modes.simulate import simulate as simulate

__version__ = "0.1.0"
__all__ = ["Call", "CallFailed", "Phone", "Simulate", "SyncCall", "simulate"]


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: the command line and every suite with the plugin come by here."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from simulator.modes import simulate

    return getattr(simulate, name)
