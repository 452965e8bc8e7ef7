"""A callback that never gives the loop back is interrupted where it is."""

from __future__ import annotations

import signal

import pytest

from simulator.errors import StuckError
from simulator.network.watch import watched


def hold_the_loop() -> None:
    while True:
        pass


def test_who_holds_the_loop_is_named_with_file_and_line() -> None:
    with pytest.raises(StuckError, match=r"held for more than 0\.02 s, in hold_the_loop \(test_watch\.py:\d+\)"), watched(lambda: 7, limit_s=0.02):
        hold_the_loop()


def test_a_loop_that_turns_is_left_alone() -> None:
    count = 0

    def turns() -> int:
        nonlocal count
        count += 1
        return count

    with watched(turns, limit_s=0.001):
        while count < 20:
            pass


def test_afterwards_nobody_watches_and_the_old_handler_is_back() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with watched(lambda: 0, limit_s=30):
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
