"""What a call leaves behind when it is over: nothing. Otherwise a run of hundreds would grow with every one of them."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.host import AppRef
from simulator.journal import Frame, Journal
from simulator.network import ClockLoop
from simulator.network.transport import MemoryTransport
from simulator.pump import Pump
from simulator.report.result import Result
from simulator.scenario.load import Scenario, loads
from simulator.stage import Stage
from tests.playing import play, project, run, shipped

WARM_UP, PLAYS = 3, 10
MINE = (Stage, Journal, Frame, ClockLoop, MemoryTransport, Pump, asyncio.Task, asyncio.TimerHandle, socket.socket, io.FileIO)
"""What a call is made of, and what a process has few of. (No abstract class: it would remember every class that it is asked about.)"""
A_CALL = "name: a call\nsteps:\n  - caller: {say: Hello.}\n"


@dataclass(frozen=True)
class Living:
    """What is there once the cycle collector has looked."""

    mine: Counter[str]
    objects: int
    descriptors: frozenset[str]
    threads: int


def living() -> Living:
    gc.collect()
    objects = gc.get_objects()
    folder = Path("/proc/self/fd")
    descriptors = frozenset(os.listdir(folder)) if folder.exists() else frozenset()
    mine = Counter(type(one).__name__ for one in objects if isinstance(one, MINE))
    return Living(mine, len(objects), descriptors, threading.active_count())


@pytest.fixture(autouse=True)
def others_are_not_looked_at() -> Iterator[None]:
    """What earlier tests have left must not be mistaken for ours, in either direction."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@contextmanager
def unrecorded() -> Iterator[None]:
    """Pytest keeps what is logged while a test runs, and with an exception all that was going on where it was raised."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        yield
    finally:
        root.handlers = handlers


def growth(once: Callable[[], Result]) -> tuple[Living, Living]:
    """What lives before and after some plays, when all that is kept for good has been made."""
    with unrecorded():
        for _ in range(WARM_UP):
            once()
        living()  # counting makes things, too
        before = living()
        for _ in range(PLAYS):
            once()
        return before, living()


def assert_nothing_is_left(before: Living, after: Living) -> None:
    assert after.mine == before.mine
    assert (after.descriptors, after.threads) == (before.descriptors, before.threads)
    assert after.objects - before.objects < PLAYS, "less than one object a call, of whatever kind"


def shipped_as(file: str) -> Scenario:
    return next(one for one in shipped() if one.file.endswith(file))


@pytest.mark.parametrize(
    "file", ["conversation/greeting.yaml", "tools/weather.yaml", "trouble/disconnect.yaml", "calls/two-callers.yaml", "calls/outbound.yaml"]
)
def test_a_call_leaves_nothing_behind(file: str) -> None:
    scenario = shipped_as(file)
    assert_nothing_is_left(*growth(lambda: play(scenario)))


FAULTS = {
    "raises": "an exception where it answers",
    "raises_in_a_task": "an exception in a task of its own",
    "waits_for_ever": "a task that never ends",
    "never_answers_the_handshake": "a connection that is never made",
    "closes_with_an_error": "a socket that is closed by it",
    "silent": "acknowledgements that never come",
    "not_found": "a connection refused",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nor_does_one_with_an_application_that_has_faults(fault: str) -> None:
    app = AppRef(f"tests.rubbish:{fault}")
    (scenario,) = loads(A_CALL)
    outcomes = set()

    def once() -> Result:
        result = run.play(scenario, app, project())
        outcomes.add(result.outcome)
        return result

    before, after = growth(once)
    assert_nothing_is_left(before, after)
    assert len(outcomes) == 1


def test_what_is_left_is_noticed() -> None:
    kept: list[Result] = []
    scenario = shipped_as("conversation/greeting.yaml")

    def once() -> Result:
        kept.append(play(scenario))
        return kept[-1]

    before, after = growth(once)
    assert after.mine["Journal"] == before.mine["Journal"] + PLAYS
    assert after.mine["Frame"] >= before.mine["Frame"] + 20 * PLAYS
    assert after.objects > before.objects
