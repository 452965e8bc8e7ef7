"""A line: all connections between two parties, and the faults on it.

A core: `receive(event, now_s) -> effects`, `wake_at_s`. Faults judge what sets out; the line does as they say, keeps what is under
way in order, and tells what has struck. Whoever has the connections does what it orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any, assert_never

from simulator.faults.aim import itself
from simulator.faults.disconnect import Disconnection
from simulator.faults.effects import Arrives, Effect, Enter, Event, Expired, Heal, Lay, Lost, Refused, Severed, Struck, said
from simulator.faults.fault import MEETS
from simulator.faults.passing import Connection, Direction, Passing
from simulator.faults.refuse import Refusal
from simulator.faults.reorder import Reordering
from simulator.faults.verdict import Corrupt, Cut, Delay, Drop, Duplicate, GiveWay, Hold, Pace, Refuse
from simulator.faults.way import SLACK_S, Waiting, Way
from simulator.script import Timeout, soonest

DIRECTIONS: tuple[Direction, ...] = ("to", "from")


@dataclass(slots=True)
class Laid:
    """A fault that was laid, and when it begins and ends."""

    lay: Lay
    from_s: float
    until_s: float
    dice: Random

    @property
    def is_instant(self) -> bool:
        """Whether it strikes whole connections, at an instant of its own, and not what passes."""
        return isinstance(self.lay.fault, Disconnection) and self.lay.aim.frame is None

    def is_over(self, now_s: float) -> bool:
        """Whether it will meet nothing any more."""
        return self.lay.aim.is_spent or now_s >= self.until_s - SLACK_S

    def meets(self, passing: Passing, now_s: float, known_as: Callable[[str], str]) -> bool:
        """Whether it has a say in this; counts what it lets pass."""
        fault, aim = self.lay.fault, self.lay.aim
        if self.is_instant or passing.kind not in MEETS[type(fault)] or now_s < self.from_s - SLACK_S or self.is_over(now_s):
            return False
        if isinstance(fault, Refusal):
            if passing.direction == "from":
                return False
        elif not passing.is_frame and not aim.is_everything:
            return False
        return aim.means(passing, known_as) and aim.strikes(self.dice)


class Line:
    """`far_end` names who is not jambonz: app or model. `dice` gives each fault dice of its own, by its mark.

    `known_as` makes one of all names a type of frame has; `opening_limit_s` is how long a connection may take to be made.
    """

    def __init__(
        self, far_end: str, dice: Callable[[str], Random], known_as: Callable[[str], str] = itself, opening_limit_s: float | None = None
    ) -> None:
        self.far_end = far_end
        self._dice, self._known_as, self._opening_limit_s = dice, known_as, opening_limit_s
        self._laid: list[Laid] = []
        self._ways: dict[tuple[Connection, Direction], Way] = {}
        self._standing: dict[Connection, int] = {}
        self._expires_s: dict[Connection, float] = {}
        self._admitted = 0
        self.settled: dict[tuple[str, Any], None] = {}
        """Ids of what the far end cannot answer, because it never got it, or has answered, whether that arrives or not (an ordered set)."""

    # --- what it is told

    def receive(self, event: Event, now_s: float) -> list[Effect]:
        """Something happened."""
        match event:
            case Lay():
                effects = [*self._lay(event, now_s)]
            case Heal():
                self._laid.clear()
                for way in self._ways.values():
                    way.heal(now_s)
                effects = [*self._arrivals(now_s)]
            case Enter(passing):
                self._admitted -= 1
                effects = [*self._arrivals(now_s), *self._enter(passing, now_s), *self._arrivals(now_s)]
            case Timeout():
                effects = [*self._arrivals(now_s), *self._instants(now_s), *self._expired(now_s)]
            case other:
                assert_never(other)
        self._laid = [laid for laid in self._laid if not laid.is_over(now_s)]
        return effects

    def admit(self, passing: Passing) -> Enter | None:
        """What the line is to be told of something that sets out; None when there is nothing to tell: nothing is in its way."""
        if self.is_clear:
            return None
        self._admitted += 1
        return Enter(passing)

    def stands(self, connection: Connection, leg: int) -> None:
        """A connection was made, or is being."""
        self._standing[connection] = leg

    def ends(self, connection: Connection) -> list[Effect]:
        """A connection is over: what was under way on it is lost."""
        self._standing.pop(connection, None)
        self._expires_s.pop(connection, None)
        lost: list[Effect] = []
        for direction in DIRECTIONS:
            for item in self._ways.pop((connection, direction), Way()).waiting:
                if item.passing.is_frame:
                    self._settle(item.passing)
                    lost.append(Lost(item.passing))
        return lost

    # --- what it answers

    @property
    def is_clear(self) -> bool:
        """Whether nothing is in anything's way."""
        return not self._laid and not self._admitted and not any(way.waiting for way in self._ways.values())

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""
        openings = (limit_s for connection, limit_s in self._expires_s.items() if self._opening_on(connection) is not None)
        instants = (laid.from_s for laid in self._laid if laid.is_instant)
        return soonest(*(way.next_s for way in self._ways.values()), *openings, *instants)

    def is_stuck(self, connection: Connection) -> bool:
        """Whether something on this connection waits until somebody heals the line."""
        return any(self._ways[connection, direction].is_stuck for direction in DIRECTIONS if (connection, direction) in self._ways)

    @property
    def is_opening(self) -> bool:
        """Whether a connection that is being made waits here."""
        return any(passing.kind == "opening" for passing in self.under_way())

    def under_way(self) -> Iterator[Passing]:
        """All that has set out and not arrived."""
        for way in self._ways.values():
            for item in way.waiting:
                yield item.passing

    # --- faults of whole connections

    def _lay(self, lay: Lay, now_s: float) -> Iterator[Effect]:
        from_s = now_s + lay.after_s
        self._laid.append(Laid(lay, from_s, inf if lay.lasts_s is None else from_s + lay.lasts_s, self._dice(lay.mark)))
        yield from self._instants(now_s)

    def _instants(self, now_s: float) -> Iterator[Effect]:
        due = [laid for laid in self._laid if laid.is_instant and laid.from_s <= now_s + SLACK_S]
        self._laid = [laid for laid in self._laid if laid not in due]
        for laid in due:
            fault = laid.lay.fault
            assert isinstance(fault, Disconnection)
            for connection, leg in list(self._standing.items()):
                if laid.lay.aim.leg in (None, leg):
                    yield Struck(fault, laid.lay.mark, None, {"code": fault.code}, leg)
                    yield from self._sever(connection, leg, fault.code)

    def _sever(self, connection: Connection, leg: int, code: int) -> Iterator[Effect]:
        yield from self.ends(connection)
        yield Severed(connection, code, leg)

    def _opening_on(self, connection: Connection) -> Passing | None:
        ways = (self._ways.get((connection, direction), Way()) for direction in DIRECTIONS)
        return next((item.passing for way in ways for item in way.waiting if item.passing.kind == "opening"), None)

    def _expired(self, now_s: float) -> Iterator[Effect]:
        for connection, limit_s in list(self._expires_s.items()):
            if limit_s <= now_s + SLACK_S and (passing := self._opening_on(connection)) is not None:
                yield from self.ends(connection)
                yield Expired(passing)

    # --- faults of what passes

    def _enter(self, passing: Passing, now_s: float) -> Iterator[Effect]:
        key = (passing.connection, passing.direction)
        way, item = self._ways.get(key) or Way(), Waiting(passing, now_s, now_s)
        if passing.direction == "from":
            self._settle(passing)
        elif passing.is_frame:
            self._owe(passing)
        elif passing.kind == "opening" and self._opening_limit_s is not None:
            self._expires_s[passing.connection] = now_s + self._opening_limit_s
        late_s = 0.0
        for laid in list(self._laid):
            if isinstance(laid.lay.fault, Reordering) and way.gives_way:
                continue  # it goes first itself
            if not laid.meets(passing, now_s, self._known_as):
                continue
            fault, mark = laid.lay.fault, laid.lay.mark
            did: dict[str, Any] = {}
            match fault.judge(passing, laid.dice):
                case Delay(by_s):
                    late_s += by_s
                    did = {"by_s": round(by_s, 6)}
                case Pace(takes_s):
                    item.due_s = max(item.due_s, way.through(mark, takes_s, now_s))
                    did = {"bytes": passing.size_bytes, "takes_s": round(takes_s, 6)}
                case Hold():
                    item.due_s = max(item.due_s, laid.until_s)
                case GiveWay(within_s):
                    late_s, item.gives_way = late_s + within_s, laid.lay
                    continue  # it strikes when something has gone first
                case Corrupt(breaks):
                    item.breaks = breaks
                    did = {"breaks": breaks, **said(passing)}
                    self._settle(passing)
                case Duplicate(copies):
                    item.copies += copies
                    did = {"copies": copies}
                case Drop():
                    self._settle(passing)
                    yield Struck(fault, mark, passing, said(passing), passing.leg)
                    return
                case Cut(code):
                    self._settle(passing)
                    yield Struck(fault, mark, passing, {"code": code, **said(passing)}, passing.leg)
                    yield from self._sever(passing.connection, passing.leg, code)
                    return
                case Refuse(status):
                    yield Struck(fault, mark, passing, {} if status is None else {"status": status}, passing.leg)
                    yield from self.ends(passing.connection)
                    yield Refused(passing, status)
                    return
                case other:
                    assert_never(other)
            yield Struck(fault, mark, passing, did, passing.leg)
        item.due_s += late_s
        self._ways[key] = way
        if (overtook := way.add(item)) is not None:
            lay, overtaken = overtook
            yield Struck(lay.fault, lay.mark, overtaken, {"behind": passing.type}, overtaken.leg)

    def _arrivals(self, now_s: float) -> Iterator[Effect]:
        came = [(item.due_s, number, item) for number, way in enumerate(self._ways.values()) for item in way.arrived(now_s)]
        for _, _, item in sorted(came, key=lambda each: each[:2]):
            for _ in range(1 + item.copies):
                yield Arrives(item.passing, item.breaks, max(0.0, now_s - item.since_s))

    # --- who owes whom

    def _settle(self, passing: Passing) -> None:
        if passing.is_frame:
            self.settled |= dict.fromkeys(passing.debts.items())

    def _owe(self, passing: Passing) -> None:
        for name in passing.debts.items():
            self.settled.pop(name, None)  # asked again
