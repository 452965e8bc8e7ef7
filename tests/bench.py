"""Benchmarks: `make bench`. Ratios measured in one run; the machine's own speed cancels out of them.

- the pack: how many times faster than real time all of `scenarios/` plays in one process;
- the minute: wall time of a call of about a minute with a tool call and a barge-in;
- cost over floor: CPU of that call over the CPU of bare aiohttp exchanging the same frames of the application's leg on the
  same network in memory;
- start: whole processes, `jambonz-sim --version` and `run` of one file;
- many scenarios in one run: `tests/bench_pack.py`;
- many calls at once to an application in another process: `tests/bench_calls.py`;
- the model server: `tests/bench_model.py`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from simulator.host import AppRef
from simulator.journal import Frame
from simulator.modes.application import app_of
from simulator.modes.config import Config, find
from simulator.modes.run import play
from simulator.network import VirtualLoop, run
from simulator.scenario.load import Scenario, collect, load
from tests import bench_calls, bench_model, bench_pack

ROOT = Path(__file__).parent.parent
ROUNDS = 15


def main() -> None:
    """Print every figure beside its limit."""
    os.chdir(ROOT)
    config = find(ROOT, {})
    app = app_of(config)
    minute = load("scenarios/conversation/minute.yaml", env={})[0]
    pack = [scenario for path in collect([Path("scenarios")]) for scenario in load(path, env={})]
    wall_s, virtual_s = _pack(pack, lambda scenario: play(scenario, app, config).virtual_s)
    short = [scenario for scenario in pack if "an hour" not in scenario.name]
    short_wall_s, short_s = _pack(short, lambda scenario: play(scenario, app, config).virtual_s)
    say("the pack", f"{len(pack)} calls, {virtual_s:.0f} s in {wall_s:.2f} s", virtual_s / wall_s, "x real time", at_least=360)
    how = f"{len(short)} calls, {short_s:.0f} s in {short_wall_s:.2f} s"
    say("  without the hour", how, short_s / short_wall_s, "x real time", at_least=360)

    call_s = over_floor(minute, app, config)
    say("the minute", f"{play(minute, app, config).virtual_s:.0f} s of call, median of {ROUNDS}", call_s[0] * 1000, "ms wall", at_most=100)
    for name in ("conversation/greeting", "tools/weather", "conversation/minute"):
        _, cpu_s, bare_s, ratio = over_floor(load(f"scenarios/{name}.yaml", env={})[0], app, config)
        say("cost over floor", f"{name}: CPU {cpu_s * 1000:.1f} ms over {bare_s * 1000:.1f} ms", ratio, "x bare aiohttp", at_most=2.5)

    say("jambonz-sim --version", "whole process, median of 9", process(["--version"]) * 1000, "ms", at_most=150)
    one = process(["run", "scenarios/conversation/greeting.yaml"])
    say("jambonz-sim run FILE", "whole process, median of 9", one * 1000, "ms", at_most=700)
    bench_pack.main(say)
    bench_calls.main(say)
    bench_model.main(say)


def say(name: str, how: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> None:
    """One line."""
    kept = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    limit = f"at most {at_most:g}" if at_most is not None else f"at least {at_least:g}"
    sys.stdout.write(f"{name:24} {value:9.1f} {unit:16} ({limit}: {'kept' if kept else 'NOT KEPT'})  {how}\n")


def _pack(scenarios: list[Scenario], played: Callable[[Scenario], float]) -> tuple[float, float]:
    for scenario in scenarios:
        played(scenario)
    began_s = time.perf_counter()
    virtual_s = sum(played(scenario) for scenario in scenarios)
    return time.perf_counter() - began_s, virtual_s


def over_floor(scenario: Scenario, app: AppRef, config: Config) -> tuple[float, float, float, float]:
    """A call beside bare aiohttp that exchanges the same frames."""
    frames = [frame for frame in play(scenario, app, config).journal.select("app") if "type" in frame.frame]
    return paired(lambda: play(scenario, app, config), lambda: floor(frames))


def paired(call: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float, float, float]:
    """Both in turn, several times: median wall of the call, median CPU of each, median of the ratios pair by pair."""
    walls, calls, bares = [], [], []
    for _ in range(3):
        call()
        bare()
    for _ in range(ROUNDS):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        call()
        calls.append(time.process_time() - cpu_s)
        walls.append(time.perf_counter() - wall_s)
        cpu_s = time.process_time()
        bare()
        bares.append(time.process_time() - cpu_s)
    ratio = statistics.median(over / under for over, under in zip(calls, bares, strict=True))
    return statistics.median(walls), statistics.median(calls), statistics.median(bares), ratio


def floor(frames: list[Frame]) -> None:
    """Bare aiohttp, both ends: the same frames in the same order, and nothing else."""
    texts = [(frame.source, json.dumps(frame.frame)) for frame in frames]

    async def application(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("ws.jambonz.org",), compress=False)
        await socket.prepare(request)
        for source, text in texts:
            if source == "app":
                await socket.send_str(text)
            else:
                json.loads(await socket.receive_str())
        await socket.close()
        return socket

    async def exchange() -> None:
        app = web.Application()
        app.router.add_get("/", application)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 3000).start()
        async with aiohttp.ClientSession() as session, session.ws_connect("ws://127.0.0.1:3000/", protocols=("ws.jambonz.org",)) as socket:
            for source, text in texts:
                if source == "app":
                    json.loads(await socket.receive_str())
                else:
                    await socket.send_str(text)
        await runner.cleanup()

    run(VirtualLoop(), exchange())


def process(arguments: list[str]) -> float:
    """Median wall time of whole processes."""
    times = []
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(10):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-m", "simulator", *arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
        times.append(time.perf_counter() - began_s)
    return statistics.median(times[1:])  # the first may have to compile


if __name__ == "__main__":
    main()
