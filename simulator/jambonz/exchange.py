"""Where the calls of one server meet: what a call asks of it besides its own doing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from simulator.jambonz.events import CallCreated, CallRefused, Effect
from simulator.jambonz.hook import Hook, Written

if TYPE_CHECKING:
    from simulator.jambonz.audio_fork import AudioFork
    from simulator.jambonz.call import Call
    from simulator.jambonz.conference import Conference
    from simulator.jambonz.dialling import Dialling
    from simulator.jambonz.queues import Queue
    from simulator.jambonz.targets import Target


@dataclass(slots=True)
class Application:
    """Where the application of a session is; a leg that gets a session of its own shares it with its parent."""

    hook: Hook

    def adulting(self) -> Hook:
        """The address of the next adulting session: one more `/adulting`, behind whatever there is (place-outdial.js:457-467)."""
        self.hook = Hook.parse(f"{self.hook.written}/adulting", self.hook.username, self.hook.password)
        return self.hook


class Exchange(Protocol):
    """The feature server, seen by one of its calls. `calls` by leg, `forks` (audio websockets) by number; those that are over stay."""

    calls: dict[int, Call]
    forks: dict[int, AudioFork]

    def hand_over(self, call: Call, hook: Written) -> None:
        """From now on the session of `call` speaks with the application at `hook`: on a socket of its own, or over HTTP."""

    def place(self, parent: Call, to: str, from_: str) -> Call:
        """One more leg, called by a verb of `parent`, on whose socket it speaks."""

    def ring(self, leg: Call, dialling: Dialling, target: Target, headers: dict[str, Any]) -> None:
        """Let a leg that was placed begin to live."""

    def grow_up(self, leg: Call, parent: Call) -> None:
        """The leg gets a session of its own: `session:adulting` on a new socket, and no parent any more."""

    def conference(self, account_sid: str, name: str) -> Conference:
        """The account's conference of that name, be anybody in it or not."""

    def queue(self, account_sid: str, name: str) -> Queue:
        """The account's queue of that name, be anybody in it or not."""

    def create(self, body: Any) -> CallCreated | CallRefused:
        """An outbound call, asked for as with the REST API."""


class OfLeg(list[Effect]):
    """Where a further call puts its effects: into those of the server, marked with its leg."""

    def __init__(self, effects: list[Effect], leg: int) -> None:
        super().__init__()
        self._effects, self._leg = effects, leg

    def append(self, effect: Effect) -> None:
        """Put one in."""
        of_a_leg: Any = effect if hasattr(effect, "leg") else None
        self._effects.append(effect if of_a_leg is None else replace(of_a_leg, leg=self._leg))
