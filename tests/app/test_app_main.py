"""`python -m app`, as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.app.acting import KEY, PATIENCE_S, Jambonz, new_call

ROOT = Path(__file__).parents[2]
START_UP_S = 30.0


class Process:
    """The application's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.errors = ""

    async def said(self, pattern: str) -> str:
        """Reads standard error up to the line that fits; returns the first group, or the line."""
        assert self.process.stderr is not None
        async with asyncio.timeout(START_UP_S):
            while line := (await self.process.stderr.readline()).decode():
                self.errors += line
                if (found := re.search(pattern, line)) is not None:
                    return found.group(1) if found.groups() else line
        raise AssertionError(f"the application never said {pattern!r}:\n{self.errors}")

    async def exit_code(self) -> int:
        assert self.process.stderr is not None
        async with asyncio.timeout(START_UP_S):
            self.errors += (await self.process.stderr.read()).decode()
            return await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    processes: list[Process] = []

    async def starting(**environment: str) -> Process:
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "WS_PORT": "0", "OPENAI_API_KEY": KEY} | environment
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "app", env=variables, cwd="/", stderr=asyncio.subprocess.PIPE)
        processes.append(Process(process))
        return processes[-1]

    yield starting
    for started in processes:
        if started.process.returncode is None:
            started.process.kill()
        await started.exit_code()
        assert KEY not in started.errors


async def dial(url: str) -> Jambonz:
    return Jambonz(await connect(url, subprotocols=[Subprotocol("ws.jambonz.org")]), "call-a")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_without_calls_it_ends_at_once(start: Start, number: signal.Signals) -> None:
    app = await start()
    await app.said("event=listening")
    app.signal(number)
    assert await app.exit_code() == 0
    assert "Traceback" not in app.errors


async def test_a_call_may_end_before_the_process_does(start: Start) -> None:
    app = await start()
    url = await app.said(r"event=listening url=(\S+)")
    jambonz = await dial(url)
    await jambonz.ask("session:new", new_call())
    app.signal(signal.SIGTERM)
    await app.said("event=draining calls=1")
    with pytest.raises(InvalidStatus) as refused:
        await dial(url)
    assert refused.value.response.status_code == 503
    assert await jambonz.hook("/anything") is None
    await jambonz.hang_up()
    assert await app.exit_code() == 0
    assert "Traceback" not in app.errors


async def test_a_second_signal_does_not_wait_for_the_call(start: Start) -> None:
    app = await start()
    jambonz = await dial(await app.said(r"event=listening url=(\S+)"))
    await jambonz.ask("session:new", new_call())
    app.signal(signal.SIGTERM)
    await app.said("event=draining calls=1")
    app.signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            await jambonz.socket.recv()
    assert jambonz.socket.close_code == 1012
    assert await app.exit_code() == 0


async def test_a_setting_that_means_nothing_is_refused(start: Start) -> None:
    app = await start(OPENAI_REALTIME="gamma")
    assert await app.exit_code() == 2
    assert app.errors == "app: OPENAI_REALTIME is 'gamma'; allowed: ga, beta\n"


async def test_a_port_that_is_taken_is_named(start: Start) -> None:
    first = await start()
    port = await first.said(r"event=listening url=\S+:(\d+)/")
    second = await start(WS_PORT=port)
    assert await second.exit_code() == 1
    assert second.errors.startswith(f"app: cannot listen on 127.0.0.1:{port}: ")
    assert second.errors.endswith("address already in use\n")


async def test_log_lines_tell_of_a_call(start: Start) -> None:
    app = await start(LOGLEVEL="debug")
    jambonz = await dial(await app.said(r"event=listening url=(\S+)"))
    await jambonz.ask("session:new", new_call(env_vars={"OPENAI_REALTIME": "beta"}))
    assert re.search(
        r'^20\S+Z level=INFO logger=app\.session event="call answered" call_sid=call-a dialect=beta from=\+15083084809 to=\+15083728363$',
        await app.said("call answered"),
    )
    await jambonz.hang_up()
    await app.said("call forgotten")
