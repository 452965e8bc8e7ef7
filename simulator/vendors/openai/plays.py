"""The scripts of a connection: greeting, responses, transcriptions, its end; each goes on when its time comes."""

from __future__ import annotations

from collections.abc import Callable

from simulator.script import Running, Timeout
from simulator.vendors.openai.events import ServerHappening
from simulator.vendors.openai.line import Play, Steps, Word


class Plays:
    """Those that have not ended, in the order they began. What they yield goes to `perform`."""

    def __init__(self, perform: Callable[[list[Word]], None]) -> None:
        self._perform = perform
        self._under_way: list[Play] = []

    @property
    def wake_at_s(self) -> float | None:
        """When the first of them wants to go on."""
        first: float | None = None
        for play in self._under_way:
            if play.wake_at_s is not None and (first is None or play.wake_at_s < first):
                first = play.wake_at_s
        return first

    def start(self, script: Steps, now_s: float) -> Play:
        play: Play = Running(script)
        self._under_way.append(play)
        self._moved(play, play.start(now_s))
        return play

    def tell(self, play: Play, event: ServerHappening, now_s: float) -> None:
        self._moved(play, play.receive(event, now_s))

    def stop(self, play: Play, now_s: float) -> None:
        self._moved(play, play.kill(now_s))

    def wake(self, now_s: float) -> None:
        """Move on every script whose time has come: the earliest first, of equals the one that began first."""
        while due := [play for play in self._under_way if play.wake_at_s is not None and play.wake_at_s <= now_s]:
            self.tell(due[0] if len(due) == 1 else min(due, key=_wake_time), Timeout(), now_s)

    def clear(self) -> None:
        """Nobody goes on."""
        self._under_way.clear()

    def _moved(self, play: Play, effects: list[Word]) -> None:
        if play.done and play in self._under_way:
            self._under_way.remove(play)
        self._perform(effects)


def _wake_time(play: Play) -> float:
    return play.wake_at_s or 0.0
