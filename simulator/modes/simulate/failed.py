"""How a call fails a test."""

from __future__ import annotations

from operator import methodcaller

from simulator.errors import SimError
from simulator.scenario.failure import Failure


class CallFailed(AssertionError):
    """A step that failed, or a call that did not end as it should. Its text explains; `failure` has the parts."""

    def __init__(self, text: str, failure: Failure) -> None:
        self.failure = failure
        super().__init__(text)

    def __reduce__(self) -> tuple[type[CallFailed], tuple[str, Failure]]:
        return type(self), (str(self), self.failure)


CallFailed.__module__ = "simulator"  # where people import it from

said_in_full = methodcaller("errisinstance", (CallFailed, SimError))
"""As `__tracebackhide__` of a module: pytest shows the line of the test, and of us only what went wrong with ourselves."""
