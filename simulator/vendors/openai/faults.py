"""Faults of a model server: what goes wrong with events on their way to the client, and what happens right after one of them.

`FaultyServer` is a `ModelServer` with faults behind it, a core like the one it holds: the server decides what it sends, a fault
judges what becomes of it. Every fault that strikes is told as `Struck`, so that it stands in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, assert_never

from simulator.faults import aim
from simulator.faults.verdict import Delay, Drop, Duplicate
from simulator.script import soonest
from simulator.vendors.openai.catalogue import ga_name
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    ClientClosed,
    Close,
    Disconnect,
    Emit,
    EmitRaw,
    Expire,
    Fail,
    Json,
    Refuse,
    ResponseRequested,
    ServerEffect,
    ServerHappening,
    Stall,
    Trouble,
)
from simulator.vendors.openai.server import SLACK_S

Verdict = Drop | Delay | Duplicate
"""What a fault says of an event. Nothing waits for one that is delayed: what the server says meanwhile overtakes it (a `Stall` holds all)."""


# --- faults ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """`verdict` meets the events that fit `event`: the first `skip` of them pass, then `times` are met (None: all).

    `event` is a name in either dialect, a `/regular expression/` of one, `*`, or a pattern of the whole event. `number` is
    given back when the fault strikes.
    """

    event: Any
    verdict: Verdict
    times: int | None = 1
    skip: int = 0
    number: int = 0


Blow = Trouble | Disconnect | Expire | Stall | EmitRaw | Fault


@dataclass(frozen=True, slots=True)
class Upon:
    """When the next event that fits `event` (as in `Fault`) has been sent, these happen before anything else is."""

    event: Any
    blows: tuple[Blow, ...]
    number: int = 0


Happening = ServerHappening | Fault | Upon


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault has struck. `what` is the name of its verdict or blow, `event` the server event it was about."""

    what: str
    event: Json
    number: int = 0

    def noted(self) -> tuple[str, Json]:
        """Kind and frame for a journal. An error out of the blue counts as scripted, however it came."""
        about: Json = {"what": self.what, "event": self.event.get("type"), "number": self.number}
        response = self.event.get("response")
        response_id = response.get("id") if isinstance(response, dict) else self.event.get("response_id")
        kind = "scripted" if self.what in ("error", "emit", "expire") else "fault"
        return kind, about | ({} if response_id is None else {"response_id": response_id})


Effect = ServerEffect | Struck


class Server(Protocol):
    """What can have faults: the server of any vendor."""

    @property
    def wake_at_s(self) -> float | None:
        """When it wants to be told `Timeout()`."""

    @property
    def owed(self) -> dict[str, float]:
        """Answers that others owe, and since when."""

    def receive(self, event: ServerHappening, now_s: float) -> list[ServerEffect]:
        """Something happened."""


class FaultyServer:
    """One connection of a model server, and the faults between it and its client; told and asked like the server itself."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._faults: list[Fault] = []
        self._upon: list[Upon] = []
        self._late: list[tuple[float, Emit | Close]] = []
        self._stalled_until_s = 0.0
        self._may_use_model = True
        self._gone = False
        self._in_the_way = False
        """Whether anything may ever stand between an event and the client: nearly always, nothing does."""

    @property
    def wake_at_s(self) -> float | None:
        return soonest(self.server.wake_at_s, *(at_s for at_s, _ in self._late)) if self._late else self.server.wake_at_s

    @property
    def owed(self) -> dict[str, float]:
        return self.server.owed

    def receive(self, event: Happening, now_s: float) -> list[Effect]:
        """Something happened."""
        return list(self.happen(event, now_s))

    def lay(self, fault: Fault | Upon) -> None:
        """From now on, events may meet this."""
        self._in_the_way = True
        if isinstance(fault, Fault):
            self._faults.append(fault)
        else:
            self._upon.append(fault)

    def happen(self, event: Happening, now_s: float) -> Iterator[Effect]:
        """Like `receive`, one effect after the other: a fault that is laid when `ResponseRequested` comes may meet what follows it."""
        match event:
            case Fault() | Upon():
                self.lay(event)
                return
            case Refuse("model_not_found"):
                self._may_use_model = False  # the session opens, and every response fails (openai-realtime.md 1.5)
                return
            case Stall(duration_s):
                self._stalled_until_s = max(self._stalled_until_s, now_s + duration_s)
                self._in_the_way = True
            case ClientClosed():
                self._late.clear()
        out: list[Effect] = []
        if self._late:
            self._send_late(out, now_s)
            yield from out
        refused: list[str] = []
        for effect in self.server.receive(event, now_s):
            match effect:
                case Emit() if not self._in_the_way:
                    yield effect
                case Emit():
                    out = []
                    self._meet(effect, out, now_s)
                    yield from out
                case Close():
                    out = []
                    self._send(effect, out, now_s)
                    yield from out
                case ResponseRequested(response_id) if not self._may_use_model:
                    refused.append(response_id)
                case _:
                    yield effect
        for response_id in refused:
            yield from self.happen(Answered(response_id, Answer(fail=Fail("model_not_found"))), now_s)

    # --- on the way out --------------------------------------------------------------------------------------------------------

    def _send_late(self, out: list[Effect], now_s: float) -> None:
        due = [entry for entry in self._late if entry[0] <= now_s + SLACK_S]
        self._late = [entry for entry in self._late if entry not in due]
        for _, effect in sorted(due, key=lambda entry: entry[0]):
            self._send(effect, out, now_s)

    def _meet(self, emit: Emit, out: list[Effect], now_s: float) -> None:
        """An event is about to be sent: a fault may have a say."""
        fault = self._strike(emit.event)
        if fault is None:
            self._send(emit, out, now_s)
            return
        out.append(Struck(_name(fault.verdict), emit.event, fault.number))
        match fault.verdict:
            case Drop():
                pass
            case Delay(by_s):
                self._late.append((now_s + by_s, emit))
            case Duplicate(copies):
                for _ in range(1 + copies):
                    self._send(emit, out, now_s)
            case other:
                assert_never(other)

    def _strike(self, event: Json) -> Fault | None:
        """The first fault that meets this event; those before it count what they let pass."""
        for at, fault in enumerate(self._faults):
            if not fits(fault.event, event):
                continue
            if fault.skip:
                self._faults[at] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times == 1:
                del self._faults[at]
            elif fault.times is not None:
                self._faults[at] = replace(fault, times=fault.times - 1)
            return fault
        return None

    def _send(self, effect: Emit | Close, out: list[Effect], now_s: float) -> None:
        if self._gone:
            return
        if now_s + SLACK_S < self._stalled_until_s:
            self._late.append((self._stalled_until_s, effect))
            return
        out.append(effect)
        if isinstance(effect, Close):
            self._gone = self._in_the_way = True
            self._late.clear()
            return
        for upon in [each for each in self._upon if fits(each.event, effect.event)]:
            if upon not in self._upon:
                continue  # what an earlier blow had to say has set it off
            self._upon.remove(upon)
            for blow in upon.blows:
                out.append(Struck(_name(blow), effect.event, upon.number))
                out += self.receive(blow, now_s)


def _name(of: Verdict | Blow) -> str:
    return {"EmitRaw": "emit", "Trouble": "error", "Fault": "arm"}.get(type(of).__name__, type(of).__name__.lower())


def fits(pattern: Any, event: Json) -> bool:
    """Whether a server event is meant by a pattern: by its name (in either dialect), or by all of it."""
    return aim.fits(pattern, event, ga_name)
