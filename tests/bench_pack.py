"""Benchmarks of many scenarios in one run, part of `make bench`: packs are written into a temporary folder, every scenario with words of its own.

- collecting: CPU of reading 500 files, each with everything that can be wrong in it looked for;
- several processes: wall time of `run` on 200 scenarios over that of `run -n 2`, in turn; it needs two cores that nobody else uses, so the
  best of each counts, and the load of the machine is told beside it;
- memory: the most that the process of `run` on 300 scenarios ever had;
- leaks: how many objects, descriptors and threads more there are after each scenario, when caches are warm.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from simulator.modes.config import find
from simulator.modes.run import app_of, play
from simulator.scenario.load import Scenario, collect, load

ROOT = Path(__file__).parent.parent
ROUNDS = 3
WORDS = "please tell me about the light wind over that old town near some river when it rains again and nobody minds walking home"

GREETING = """
name: is greeted, number {number}
tags: [pack, short]
steps:
  - model: {{say: "{0}."}}
  - expect: {{heard: "{0}."}}
  - caller: {{hang_up: true}}
  - expect: {{call: completed, by: caller}}
"""
TOOL = """
name: asks for the weather, number {number}
tags: [pack, tools]
world: !include _berlin.yaml
steps:
  - model: {{say: "{0}."}}
  - caller: {{say: "{1}?"}}
  - model: {{call: get_weather, with: {{location: Berlin, scale: celsius}}}}
  - expect: {{tool_output: {{tool: get_weather, output: {{temperature: 21.4}}}}}}
  - model: {{say: "{2}."}}
  - expect: {{heard: "{2}."}}
  - caller: {{hang_up: true}}
  - expect: {{call: completed, by: caller}}
"""
TALK = """
name: talks for a while, number {number}
tags: [pack, long]
steps:
  - model: {{say: "{0}."}}
  - caller: {{say: "{1}."}}
  - model: {{say: "{2}, {3}, and {4}."}}
  - caller: {{interrupt: "{1}?", after: 1.2s}}
  - expect: {{response: cancelled}}
  - model: {{say: "{3}."}}
  - caller: {{say: "{4}."}}
  - model: {{say: "{0}."}}
  - caller: {{hang_up: true}}
  - expect: {{call: completed, by: caller}}
"""


def write_pack(folder: Path, count: int) -> Path:
    """So many scenarios, a third of each kind; the same ones every time."""
    folder.mkdir(parents=True)
    (folder / "_berlin.yaml").write_text((ROOT / "scenarios/parts/_berlin.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    dice = Random(count)
    for number in range(count):
        said = [" ".join(dice.sample(WORDS.split(), 7)).capitalize() for _ in range(5)]
        (folder / f"{number:04}.yaml").write_text((GREETING, TOOL, TALK)[number % 3].format(*said, number=number), encoding="utf-8")
    return folder


def main(say: Callable[..., None]) -> None:
    """All figures, each beside its limit."""
    with TemporaryDirectory(prefix="jambonz-sim-bench-") as temporary:
        folder = Path(temporary)
        many = write_pack(folder / "500", 500)
        took_s = min(cpu_s(lambda: collected(many)) for _ in range(ROUNDS))
        say("collecting", f"500 files, best of {ROUNDS}", took_s, "s of CPU", at_most=1.0)
        several(write_pack(folder / "200", 200), say)
        hundreds = write_pack(folder / "300", 300)
        mebibytes = most_memory(["run", str(hundreds)])
        say("memory of a run", "300 scenarios, the most it ever had", mebibytes, "MiB", at_most=200)
        leaks(collected(hundreds), say)


def collected(folder: Path) -> list[Scenario]:
    """What `run` does before it plays."""
    return [scenario for path in collect([folder]) for scenario in load(path, env={})]


def timed(act: Callable[[], object]) -> float:
    """Wall time."""
    began_s = time.perf_counter()
    act()
    return time.perf_counter() - began_s


def cpu_s(act: Callable[[], object]) -> float:
    """CPU time of this process."""
    began_s = time.process_time()
    act()
    return time.process_time() - began_s


def several(pack: Path, say: Callable[..., None]) -> None:
    """One process beside two."""
    ones, twos = [], []
    for _ in range(ROUNDS):
        ones.append(timed(lambda: jambonz_sim(["run", str(pack)])))
        twos.append(timed(lambda: jambonz_sim(["run", "-n", "2", str(pack)])))
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else f"{os.cpu_count()} cores"
    how = f"200 scenarios, {min(ones):.2f} s over {min(twos):.2f} s, best of {ROUNDS}, {load}"
    say("run -n 2", how, min(ones) / min(twos), "x one process", at_least=1.6)


def jambonz_sim(arguments: list[str]) -> None:
    """A whole process."""
    subprocess.run([sys.executable, "-m", "simulator", *arguments], check=True, stdout=subprocess.DEVNULL, env=environment())


def environment() -> dict[str, str]:
    """As people have it: compiled modules are kept."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def most_memory(arguments: list[str]) -> float:
    """MiB that were resident at once in a process with these arguments; it must end well."""
    process = subprocess.Popen([sys.executable, "-m", "simulator", *arguments], stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return used.ru_maxrss / 1024 / (1024 if sys.platform == "darwin" else 1)


def leaks(scenarios: list[Scenario], say: Callable[..., None]) -> None:
    """Growth by scenario, over the last third of a pack: until then, what is remembered of sentences grows, to its limits."""
    config = find(ROOT, {})
    app = app_of(config)
    warm = len(scenarios) * 2 // 3
    for scenario in scenarios[:warm]:
        play(scenario, app, config)
    before = living()
    for scenario in scenarios[warm:]:
        play(scenario, app, config)
    count = len(scenarios) - warm
    for name, grown in zip(("objects", "descriptors", "threads"), (now - then for now, then in zip(living(), before, strict=True)), strict=True):
        say(f"leaks: {name}", f"more by each of {count} scenarios, after {warm} others", grown / count, "a scenario", at_most=0.5)


def living() -> tuple[int, int, int]:
    """Objects, open descriptors, threads."""
    gc.collect()
    folder = Path("/proc/self/fd")
    return len(gc.get_objects()), len(os.listdir(folder)) if folder.exists() else 0, threading.active_count()
