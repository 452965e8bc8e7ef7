"""Calls from Python to applications behind a socket: on the loop of the test itself, and in a process of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import pytest
from aiohttp.test_utils import TestServer

from simulator import Call, CallFailed, simulate
from simulator.errors import AppError, ScenarioError
from tests.modes.simulate import apps

TOOL = Path(__file__).parents[2] / "apps" / "tool.py"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """An application that lives where the test does."""
    async with TestServer(apps.listens()) as server:
        yield f"ws://127.0.0.1:{server.port}/"


async def test_an_application_on_the_loop_of_the_test(url: str) -> None:
    began_s = perf_counter()
    async with simulate(url) as call:
        await call.caller.wait(50)
        await call.caller.say("One.")
        heard = await call.expect.heard("Bye.")
    assert heard.at_s > 50
    assert perf_counter() - began_s < 10


async def test_time_does_not_jump_while_the_test_thinks(url: str) -> None:
    """The application's `gather` would be over after a minute."""
    async with simulate(url) as call:
        await call.expect.call("in-progress")
        await asyncio.sleep(0.3)
        await call.caller.say("One.")
        heard = await call.expect.heard("Bye.")
    assert 0.3 < heard.at_s < 10


@pytest.mark.parametrize("clock", ["elastic", "real"])
async def test_a_timeout_around_a_step_ends_it(url: str, clock: str) -> None:
    async with simulate(url, clock=clock) as call:  # type: ignore[arg-type]
        await call.expect.call("in-progress")
        if clock == "real":
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await call.caller.wait(30)
        await call.caller.say("One.")
        heard = await call.expect.heard("Bye.")
    assert heard.at_s < 10


async def test_steps_that_are_awaited_together_are_played_in_order(url: str) -> None:
    async with simulate(url) as call:
        await asyncio.gather(call.caller.wait(1), call.caller.say("One."), call.expect.heard("Bye."))
    assert next(call.journal.select("media", "caller", "speaks")).at_s >= 1


async def test_two_calls_at_once(url: str) -> None:
    async with simulate(url) as one, simulate(url) as other:
        await one.caller.say("One.")
        await other.caller.say("Two.")
        await one.expect.heard("Bye.")
        await other.expect.heard("Bye.")


async def test_a_test_that_is_cancelled_leaves_nothing_behind(url: str) -> None:
    calls: list[Call] = []
    begun = asyncio.Event()

    async def test() -> None:
        async with simulate(url, clock="real") as call:
            calls.append(call)
            begun.set()
            await call.caller.wait(600)

    task = asyncio.ensure_future(test())
    await begun.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls[0].result is not None


async def test_nobody_there_is_no_failure_of_a_call() -> None:
    with pytest.raises(AppError, match="does not take the connection"):
        async with simulate("ws://127.0.0.1:9/") as call:
            await call.expect.call("in-progress")


async def test_a_clock_that_does_not_fit_is_refused(url: str) -> None:
    with pytest.raises(ScenarioError, match="the clock 'virtual' does not fit"):
        async with simulate(url, clock="virtual"):
            pass


def test_a_command_is_started_for_the_call_and_ended_with_it() -> None:
    command = {"command": [sys.executable, str(TOOL)], "env": {"TOOL_MS": "1"}}
    with simulate(command) as call:
        call.model.call("think")
        assert call.expect.tool_output("thought").at_s < 60
        call.model.say("I have thought about it.")
        call.expect.heard("I have thought about it.")
        with pytest.raises(CallFailed, match="expected heard"):
            call.expect.heard("And again.", within=1)
