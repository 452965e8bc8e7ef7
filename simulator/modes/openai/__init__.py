"""The model server on its own: `jambonz-sim openai`, and `openai_server` for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.modes.openai.threaded import openai_server as openai_server

__all__ = ["openai_server"]


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: the command line looks in here long before it needs a server."""
    if name != "openai_server":
        raise AttributeError(name)
    from simulator.modes.openai.threaded import openai_server

    return openai_server
