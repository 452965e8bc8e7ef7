"""A loop on a clock: it jumps over waiting, counts threads as debts, and says so when it is stuck."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.clock import elastic, virtual
from simulator.errors import StuckError
from simulator.network import ClockLoop, VirtualLoop, loop, run


def virtually(main: Coroutine[Any, Any, Any], who_waits: tuple[str, ...] = ()) -> Any:
    return run(VirtualLoop(lambda: list(who_waits)), main)


# --- time


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1e5), min_size=1, max_size=20))
def test_everybody_wakes_in_order_and_exactly_on_time(sleeps_s: list[float]) -> None:
    woken: list[tuple[float, float]] = []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(*map(sleeper, sleeps_s))

    virtually(main())
    assert [seconds for seconds, _ in woken] == sorted(sleeps_s)
    assert all(at_s == pytest.approx(seconds, abs=1e-9) for seconds, at_s in woken)


# --- leaping


def leaps(others: Coroutine[Any, Any, Any] | None = None, due_s: float = 2.0, on: ClockLoop | None = None) -> tuple[bool, float]:
    """Whether a callback may leap to `due_s` while `others` wait, and what the clock shows then."""
    loop = on or VirtualLoop()

    async def main() -> tuple[bool, float]:
        assert isinstance(loop, ClockLoop)
        if others is not None:
            waiting = asyncio.create_task(others)
            await asyncio.sleep(0)
        turns = loop.turns
        leapt = loop.leap_to(due_s), loop.time()
        assert (loop.turns > turns) == leapt[0], "who watches the loop sees it turn"
        if others is not None:
            await waiting
        return leapt

    return run(loop, main())


def test_who_alone_has_something_to_do_leaps_to_it() -> None:
    assert leaps() == (True, 2.0)
    assert leaps(asyncio.sleep(2.1)) == (True, 2.0)


@pytest.mark.parametrize("seconds", [1.0, 2.0])
def test_nobody_leaps_over_a_deadline_of_others_or_onto_it(seconds: float) -> None:
    assert leaps(asyncio.sleep(seconds)) == (False, 0.0)


def test_nobody_leaps_while_others_have_something_to_do_now() -> None:
    async def busy() -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    assert leaps(busy()) == (False, 0.0)


def test_nobody_leaps_while_a_thread_is_at_work() -> None:
    assert leaps(asyncio.to_thread(lambda: None)) == (False, 0.0)


def test_a_clock_that_runs_by_itself_is_not_leapt() -> None:
    assert not leaps(due_s=0.01, on=ClockLoop(elastic()))[0]


def test_callbacks_of_one_instant_run_before_time_goes_on() -> None:
    async def main() -> list[str]:
        here, seen = asyncio.get_running_loop(), []
        here.call_later(1.0, seen.append, "one second")

        def chain(left: int) -> None:
            seen.append(f"{left} left at {here.time():g}")
            if left:
                here.call_soon(chain, left - 1)

        here.call_soon(chain, 2)
        await asyncio.sleep(2)
        return seen

    assert virtually(main()) == ["2 left at 0", "1 left at 0", "0 left at 0", "one second"]


def test_a_cancelled_timer_does_not_hold_time_back() -> None:
    async def main() -> float:
        asyncio.get_running_loop().call_later(10, lambda: None).cancel()
        await asyncio.sleep(20)
        return asyncio.get_running_loop().time()

    assert virtually(main()) == pytest.approx(20)


def test_virtual_time_does_not_jump_while_somebody_owes_an_answer() -> None:
    clock = virtual()
    here = ClockLoop(clock)

    async def main() -> float:
        clock.owe("us", {"the app owes an ack": 0.0})
        outside = threading.Timer(0.02, lambda: here.call_soon_threadsafe(clock.debts.clear))
        outside.start()
        waiting = asyncio.create_task(asyncio.sleep(60))
        while clock.debts:
            assert here.time() == 0.0
            await asyncio.sleep(0)
        await waiting
        outside.join()
        return here.time()

    assert run(here, main()) == pytest.approx(60)


# --- threads


@pytest.fixture
def hands() -> Iterator[threading.Event]:
    """Lets go of a thread that waits for it, at the latest when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_time_stands_still_while_a_thread_works(hands: threading.Event) -> None:
    async def main() -> list[Any]:
        here = asyncio.get_running_loop()
        order: list[Any] = []
        here.call_later(0.001, order.append, "a millisecond")
        work = asyncio.create_task(asyncio.to_thread(hands.wait))
        await asyncio.sleep(0)
        threading.Timer(0.02, hands.set).start()
        await work
        order.append(here.time())
        await asyncio.sleep(1)
        return order

    assert virtually(main()) == [0.0, "a millisecond"]


def test_an_answer_nobody_waits_for_any_more_is_dropped(hands: threading.Event) -> None:
    async def main() -> str:
        work = asyncio.create_task(asyncio.to_thread(hands.wait))
        await asyncio.sleep(0)
        work.cancel()
        later = asyncio.create_task(asyncio.to_thread(lambda: "second"))
        hands.set()
        return await later

    assert virtually(main()) == "second"


def test_an_executor_of_the_application_is_a_debt_too() -> None:
    async def main() -> tuple[str, float]:
        here = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as executor:
            return await here.run_in_executor(executor, lambda: "done"), here.time()

    assert virtually(main()) == ("done", 0.0)


def test_on_a_clock_that_runs_threads_are_as_ever() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: "done")

    assert run(ClockLoop(elastic()), main()) == "done"


def test_a_thread_that_does_not_end_is_named(hands: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "THREAD_LIMIT_S", 0.02)

    def looks_up_the_weather() -> None:
        hands.wait()

    async def main() -> None:
        await asyncio.to_thread(looks_up_the_weather)

    with pytest.raises(StuckError) as stuck:
        virtually(main(), ("jambonz: an ack",))
    assert stuck.value.problem.startswith("a thread has been running for 0.02 s of wall time: ")
    assert stuck.value.problem.endswith("looks_up_the_weather")
    assert stuck.value.remedy == "make it end, or run the application in its own process"
    assert stuck.value.waiting == ("jambonz: an ack",)


# --- being stuck


def test_everybody_who_waits_is_listed() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StuckError) as stuck:
        virtually(main(), ("jambonz: an ack", "model: a response"))
    assert str(stuck.value) == "nobody can move and nobody owes an answer\n    jambonz: an ack\n    model: a response"
    assert stuck.value.exit_code == 1


def test_tasks_that_are_stuck_clean_up() -> None:
    seen: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)
            seen.append("cleaned up")

    with pytest.raises(StuckError):
        virtually(main())
    assert seen == ["cleaned up"]


def test_a_loop_that_never_lets_time_pass_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BUSY_LIMIT_S", 0.02)

    async def main() -> None:
        while True:  # noqa: ASYNC110 - the mistake itself
            await asyncio.sleep(0)

    with pytest.raises(StuckError) as stuck:
        virtually(main(), ("jambonz: an ack",))
    assert stuck.value.problem == "for 0.02 s of wall time somebody has kept the loop busy without letting time pass"
    assert "`while True: await asyncio.sleep(0)`" in stuck.value.remedy
    assert stuck.value.waiting == ("jambonz: an ack",)


def test_somebody_who_works_hard_but_lets_time_pass_is_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = count()
    monkeypatch.setattr(loop, "monotonic", lambda: float(next(wall)))  # a second of work whenever somebody looks

    async def main() -> float:
        for _ in range(100):
            await asyncio.sleep(0.01)
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert virtually(main()) == pytest.approx(1.0)


def test_one_long_piece_of_work_is_slow_and_not_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = count(step=3600)
    monkeypatch.setattr(loop, "monotonic", lambda: float(next(wall)))

    async def main() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    assert virtually(main()) == "done"


def test_on_a_clock_that_runs_nobody_is_too_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "BUSY_LIMIT_S", 0.0)

    async def main() -> str:
        for _ in range(200):
            await asyncio.sleep(0)
        return "done"

    assert run(ClockLoop(elastic()), main()) == "done"


# --- the network of the loop


def test_an_address_is_taken_once() -> None:
    async def main() -> None:
        here = asyncio.get_running_loop()
        server = await here.create_server(asyncio.Protocol, "127.0.0.1", 3000)
        with pytest.raises(OSError, match="already in use"):
            await here.create_server(asyncio.Protocol, "localhost", 3000)
        server.close()
        await server.wait_closed()
        assert not server.is_serving()
        await here.create_server(asyncio.Protocol, ["127.0.0.1", "::1"], 3000)

    virtually(main())


def test_a_listener_on_all_addresses_hears_every_one() -> None:
    async def main() -> None:
        here = asyncio.get_running_loop()
        await here.create_server(asyncio.Protocol, None, 3000)
        await here.create_connection(asyncio.Protocol, "127.0.0.1", 3000)
        await here.create_connection(asyncio.Protocol, "localhost", 3000)
        with pytest.raises(ConnectionRefusedError):
            await here.create_connection(asyncio.Protocol, "localhost", 3001)

    virtually(main())


def test_free_ports_are_the_same_in_every_run() -> None:
    async def main() -> list[int]:
        here = asyncio.get_running_loop()
        servers = [await here.create_server(asyncio.Protocol, "127.0.0.1", 0) for _ in range(3)]
        return [server.sockets[0].getsockname()[1] for server in servers]

    assert virtually(main()) == virtually(main())


@given(st.lists(st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True), max_size=20))
def test_a_name_has_one_address_and_no_other_name_has_it(names: list[str]) -> None:
    here = VirtualLoop()
    addresses = [here.network.address_of(name) for name in names]
    assert addresses == [here.network.address_of(name.upper() + ".") for name in names]
    assert len(set(addresses)) == len(set(names))
    here.close()


def test_a_socket_that_was_not_connected_here_is_our_own_limit() -> None:
    import socket

    async def main() -> None:
        with socket.socket() as plain:
            await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=plain)

    with pytest.raises(Exception, match="not connected on this loop"):
        virtually(main())
