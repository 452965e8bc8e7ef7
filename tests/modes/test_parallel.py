"""Scenarios in several processes: the same results in the same order, whatever becomes of one of the processes."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.modes.application import app_of
from simulator.modes.config import Config
from simulator.modes.parallel import MOST, Crowd, check
from simulator.modes.run import play
from simulator.pattern import MISSING
from simulator.scenario.load import loads
from tests.playing import ROOT

GOOD = Config(app="tests.rubbish:good")
DYING = """
import os
from tests.rubbish import good
def app():
    if os.path.exists("die"):
        os.remove("die")
        os._exit(7)
    return good()
"""
SLOW = """
import time
from pathlib import Path
from tests.rubbish import good
def app():
    if Path("slow").exists():
        Path("begun").touch()
        time.sleep(30)
    return good()
"""


def calls(count: int, says: str = "Hello.") -> str:
    return "---\n".join(f"name: call {number}\nsteps:\n  - expect: {{say: {says}}}\n" for number in range(count))


def test_results_are_those_of_one_process_in_the_same_order() -> None:
    scenarios = [*loads(calls(3, "Nothing of the kind."), "a.yaml"), *loads(calls(3), "b.yaml")]
    alone = [play(one, app_of(GOOD), GOOD) for one in scenarios]
    with Crowd(scenarios, app_of(GOOD), GOOD, 2) as crowd:
        together = list(crowd)
    assert [one.outcome for one in together] == ["failed"] * 3 + ["passed"] * 3
    assert [one.journal.text(wall=False) for one in together] == [one.journal.text(wall=False) for one in alone]
    assert [replace(one, journal=alone[0].journal, wall_ms=0).json() for one in together] == [
        replace(one, journal=alone[0].journal, wall_ms=0).json() for one in alone
    ]


def test_a_member_that_is_not_there_is_not_there_in_another_process_either() -> None:
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING


def test_a_process_that_dies_costs_the_call_it_was_playing_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dying.py").write_text(DYING)
    (tmp_path / "die").touch()
    config = Config(app="dying:app")
    with Crowd(loads(calls(5)), app_of(config), config, 2) as crowd:
        results = list(crowd)
    assert [one.name for one in results] == [f"call {number}" for number in range(5)]
    assert sorted(one.outcome for one in results) == ["error"] + ["passed"] * 4
    (dead,) = [one for one in results if one.outcome == "error"]
    assert dead.exit_code == 3
    assert "exit status 7" in str(dead.error)


def test_each_process_starts_a_command_of_its_own_and_ends_it(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(
        "import os, pathlib\nfrom aiohttp import web\nfrom tests.rubbish import good\n"
        "pathlib.Path(f'{os.getpid()}.pid').touch()\nweb.run_app(good(), host='127.0.0.1', port=int(os.environ['PORT']), print=None)\n"
    )
    config = Config(app={"command": [sys.executable, "server.py"], "cwd": str(tmp_path), "env": {"PYTHONPATH": str(ROOT)}})
    with Crowd(loads(calls(4)), app_of(config), config, 2) as crowd:
        assert [one.outcome for one in crowd] == ["passed"] * 4
    pids = [int(file.stem) for file in tmp_path.glob("*.pid")]
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_an_application_that_cannot_be_started_is_tried_once_by_each_process() -> None:
    config = Config(app={"command": [sys.executable, "-c", "raise SystemExit(1)"]})
    with Crowd(loads(calls(9)), app_of(config), config, 2) as crowd:
        results = list(crowd)
        assert crowd.failed
    assert 1 <= len(results) <= 4
    assert {one.exit_code for one in results} == {3}


def test_what_cannot_be_shared_is_refused() -> None:
    fixed = Config(app={"command": "node app.js", "url": "ws://127.0.0.1:3000/"})
    for config, count, problem in (
        (fixed, 2, "its port is fixed"),
        (replace(GOOD, stubs_port=8099), 2, "stubs_port names one"),
        (GOOD, 0, "no number of processes"),
        (GOOD, MOST + 1, "no number of processes"),
    ):
        with pytest.raises(UsageError, match=problem):
            check(app_of(fixed) if config is fixed else app_of(GOOD), config, count)
    check(app_of(fixed), fixed, 1)


def group_is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal to a process group here")
def test_ctrl_c_keeps_what_was_done(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "calls.yaml").write_text(calls(40))
    (tmp_path / "slow").touch()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulator", "run", "calls.yaml", "--app", "slow:app", "-n", "2"]
    # The first call of each process hangs: nothing is done yet, and Ctrl-C still ends it with a summary, and no process is left.
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        deadline_s = time.monotonic() + 30
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "0 passed" in out
    assert "Traceback" not in err
    deadline_s = time.monotonic() + 10  # multiprocessing's own resource tracker ends right behind us
    while group_is_there(process.pid):
        assert time.monotonic() < deadline_s, "a process is left"
        time.sleep(0.02)


def interrupted(crowd: Crowd) -> None:
    """Told of one result, and interrupted when another one has come."""
    with crowd:
        for _ in crowd:
            assert wait([worker.line for worker in crowd._workers], 20)
            raise KeyboardInterrupt


def test_results_that_came_before_an_interruption_are_kept() -> None:
    crowd = Crowd(loads(calls(12)), app_of(GOOD), GOOD, 2)
    with pytest.raises(KeyboardInterrupt):
        interrupted(crowd)
    kept = [one.name for one in crowd.kept()]
    assert kept
    assert "call 0" not in kept
    assert {one.outcome for one in crowd.kept()} == {"passed"}
