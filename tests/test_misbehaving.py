"""Applications that crash, hang, answer late, flood or leave children behind: a clear outcome each, and nothing stays behind.

Real processes are the subject, so these tests take wall time; all of it is bounded.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.host import AppRef
from simulator.modes.cli import main
from simulator.modes.config import Config
from simulator.modes.run import deployed, play, play_all
from simulator.process import Command, Ready
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import Scenario, loads
from tests.playing import ROOT

SCRIPT = ROOT / "tests" / "apps" / "misbehaving.py"
CALL = """
name: {name}
steps:
  - expect: {{say: Hello.}}
  - expect: {{heard: Hello.}}
  - caller: {{press: "1"}}
  - expect: {{say: Good bye., within: {within}}}
  - expect: {{call: completed, by: app}}
"""


def scenario(name: str = "a call", within: str = "5s") -> Scenario:
    (found,) = loads(CALL.format(name=name, within=within))
    return found


def app(wrong: str, **changes: Any) -> AppRef:
    command = Command((sys.executable, str(SCRIPT), wrong), stop_limit_s=1.0, env={"PYTHONUNBUFFERED": "1"})
    return AppRef(command.url, command=replace(command, **changes))


def played(wrong: str, within: str = "5s", **changes: Any) -> Result:
    return play(scenario(within=within), app(wrong, **changes), Config())


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if Path("/proc").is_dir() else not os.kill(pid, 0)
    except OSError:
        return False


def gone(pids: list[int], limit_s: float = 5.0) -> bool:
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def pids_in(lines: Any, word: str) -> list[int]:
    return [int(found) for line in lines for found in re.findall(rf"{word} (\d+)", line)]


def test_one_that_behaves_passes_and_is_ended() -> None:
    result = played("nothing")
    assert result.outcome == "passed", "\n".join(explanation(result))
    (pid,) = pids_in(result.log, "process")
    assert not alive(pid)


# --- it does not start


def test_one_that_crashes_at_start() -> None:
    result = played("crashes at start")
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert result.error is not None
    assert f"{SCRIPT} 'crashes at start'` has ended instead of serving: exit status 4" in result.error
    assert "the database is not there" in result.log


def test_one_that_is_never_ready() -> None:
    begun_s = time.monotonic()
    result = played("never ready", start_limit_s=0.4)
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert result.error is not None
    assert "did not get ready within 0.4 s: nothing listens on port" in result.error
    assert result.log == ("waiting for the database",)
    assert time.monotonic() - begun_s < 8


def test_one_that_never_says_that_it_is_ready() -> None:
    result = played("nothing", ready=Ready(log="all systems go"), start_limit_s=1.0)
    assert result.exit_code == 3
    assert "no line it said matches 'all systems go'" in (result.error or "")


def test_one_that_says_when_it_is_ready() -> None:
    assert played("nothing", ready=Ready(log=r"ready, process \d+")).outcome == "passed"


def test_a_command_that_is_not_there() -> None:
    result = played("", words=("no-such-command-anywhere", "app.js"))
    assert result.exit_code == 3
    assert result.error == (
        "the application `no-such-command-anywhere app.js` cannot be started: No such file or directory\n"
        "    is 'no-such-command-anywhere' installed, and on the PATH?"
    )


def test_a_folder_that_is_not_there() -> None:
    result = played("nothing", cwd="/nowhere/at/all")
    assert result.exit_code == 3
    assert "cannot be started in /nowhere/at/all: No such file or directory" in (result.error or "")


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = played("nothing", url=f"ws://127.0.0.1:{port}/")
    assert result.exit_code == 3
    assert f"port {port} is taken already" in (result.error or "")


def test_when_it_does_not_start_nothing_more_is_played() -> None:
    results = list(play_all([scenario("one"), scenario("two")], app("crashes at start"), Config()))
    assert [result.exit_code for result in results] == [3]


# --- in the middle of a call


@pytest.mark.parametrize(
    ("wrong", "status", "last_words"),
    [
        ("crashes", "exit status 7", "about to divide by zero, key <secret:"),
        ("dies of a signal", "ended by SIGSEGV", "ready, process"),
    ],
)
def test_one_that_ends_in_the_middle_of_a_call(wrong: str, status: str, last_words: str) -> None:
    result = played(wrong)
    assert (result.outcome, result.exit_code) == ("failed", 1)
    (ended,) = result.journal.select("app", "app", "exited")
    assert ended.frame == {"status": status}
    said = explanation(result)
    assert any(re.fullmatch(rf"    the application: its process ended at [\d.]+ s: {status}", line) for line in said), "\n".join(said)
    assert any(last_words in line for line in said)
    assert any(line.startswith("    because: J014") and f"its process ended: {status}" in line for line in said)


def test_one_that_has_crashed_is_started_again_for_the_next_scenario(tmp_path: Path) -> None:
    there = app("crashes once", env={"MARK": str(tmp_path / "crashed")})
    first, second = play_all([scenario("one"), scenario("two")], there, Config())
    assert (first.outcome, second.outcome) == ("failed", "passed")
    assert [frame.frame for frame in second.journal.select("app", "app", "restarted")] == [{"after": "exit status 3"}]


def test_one_that_serves_the_whole_run_is_started_once() -> None:
    first, second = play_all([scenario("one"), scenario("two")], app("nothing"), Config())
    assert (first.outcome, second.outcome) == ("passed", "passed")
    assert pids_in(second.log, "process") == [], "it has begun again"


def test_one_that_is_wanted_fresh_for_each_scenario() -> None:
    first, second = play_all([scenario("one"), scenario("two")], app("nothing", fresh=True), Config())
    (one,), (two,) = (pids_in(result.log, "process") for result in (first, second))
    assert one != two
    assert (first.outcome, second.outcome) == ("passed", "passed")


def test_one_that_hangs_is_given_up_after_the_servers_five_seconds() -> None:
    result = played("hangs")
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert 5 <= result.virtual_s < 20
    assert result.wall_ms < 15_000
    (pid,) = pids_in(result.log, "process")
    assert not alive(pid), "a stopped process must be ended too"


def test_one_that_is_late_fails_where_the_scenario_wants_it_sooner() -> None:
    result = played("late", within="100ms")
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert "expected say" in result.failures[0].problem


def test_one_that_is_late_but_in_time_is_waited_for() -> None:
    result = played("late")
    assert result.outcome == "passed"
    (hook,) = result.journal.select("app", kind="verb:hook")
    *_, ack = result.journal.select("app", "app", "ack")
    assert 0.4 <= ack.at_s - hook.at_s < 0.6


FLOODED = """
name: ten thousand frames come, and the call goes on
steps:
  - expect: {frame: {link: app, from: app, kind: command, frame: {data: {number: 10000}}}, within: 2m}
  - caller: {press: "1"}
  - expect: {say: Good bye.}
  - expect: {call: completed, by: app}
"""


def test_ten_thousand_frames() -> None:
    result = play(loads(FLOODED)[0], app("flood"), Config())
    assert len(list(result.journal.select("app", "app", "command"))) == 10_000
    assert result.outcome == "failed", "commands nobody knows are dropped by the real server: the rules say so"
    assert [failure.kind for failure in result.failures] == ["J005"]
    said = explanation(result)
    assert any(line.strip() == "and 9999 more of the kind" for line in said)
    assert len(said) < 30
    assert result.wall_ms < 60_000


def test_one_that_says_too_much_is_heard_in_part() -> None:
    result = played("says too much")
    assert result.outcome == "passed"
    assert max(len(line) for line in result.log) <= 500
    assert len(result.log) <= 50


# --- nothing stays behind


def test_children_are_ended_whatever_group_they_are_in_and_named() -> None:
    with deployed(app("children"), Config()) as deployment:
        assert deployment is not None
        result = play(scenario(), app("children"), Config(), deployment)
        children = pids_in(result.log, "child")
        assert len(children) == 2
        assert all(alive(pid) for pid in children)
    assert gone(children)
    assert deployment.exit is not None
    if sys.platform == "linux":
        assert [name for name in deployment.exit.left if "sleep 600" in name], "the one in a group of its own outlives SIGTERM to the group"


def test_one_that_ignores_sigterm_is_killed() -> None:
    result = played("ignores SIGTERM", stop_limit_s=0.3)
    assert result.outcome == "passed"
    assert gone(pids_in(result.log, "process"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[str], list[int]]]]:
    """Runs the command line in a process of its own; answers it, and the processes of its application, once the call is going on."""
    (tmp_path / "call.yaml").write_text("name: waits\nsteps:\n  - expect: {say: Hello.}\n  - caller: {wait: 600s}\n", encoding="utf-8")
    started: list[subprocess.Popen[str]] = []

    def run(wrong: str) -> tuple[subprocess.Popen[str], list[int]]:
        log = tmp_path / "log"
        words = f"command: sh -c '{sys.executable} {SCRIPT} {wrong} | tee {log}'"
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "run", "call.yaml", "--app", words, "--clock", "real"],
            cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        end_s = time.monotonic() + 20
        while not (log.exists() and "ready" in log.read_text()) and time.monotonic() < end_s:
            time.sleep(0.05)
        lines = log.read_text().splitlines()
        pids = pids_in(lines, "process") + pids_in(lines, "child")
        assert pids
        return process, pids

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)])
def test_nothing_outlives_us_however_we_end(number: int, code: int, running: Callable[[str], tuple[subprocess.Popen[str], list[int]]]) -> None:
    process, pids = running("children")
    assert len(pids) == 3
    process.send_signal(number)
    process.wait(15)
    assert process.returncode == code
    assert gone(pids)


# --- the command line


def sim(*arguments: str) -> int:
    return main(["run", *arguments])


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [one for one in os.environ if one.startswith("JAMBONZ_SIM_")]:
        monkeypatch.delenv(name)
    (tmp_path / "one.yaml").write_text(CALL.format(name="one", within="5s"), encoding="utf-8")
    (tmp_path / "two.yaml").write_text(CALL.format(name="two", within="5s"), encoding="utf-8")
    return tmp_path


def test_a_command_on_the_command_line(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call.is_dir()
    words = f"command: {sys.executable} {SCRIPT} children"
    assert sim("one.yaml", "two.yaml", "--app", words, "--url", "ws://127.0.0.1:${PORT}/any", "--ready", "/ready/") == 0
    out, err = capsys.readouterr()
    assert "2 passed" in out
    assert "left a process behind, which was killed: sleep 600" in err


def test_a_command_in_a_file_is_started_in_its_folder(call: Path) -> None:
    (call / "app.py").write_text(SCRIPT.read_text("utf-8"), "utf-8")
    (call / "jambonz-sim.toml").write_text(
        f'scenarios = "one.yaml"\n[app]\ncommand = ["{sys.executable}", "app.py"]\nready = {{log = "ready"}}\nstart_limit = "10s"\n'
        'env = {GREETING = "${PORT}"}\n',
        "utf-8",
    )
    assert sim() == 0


def test_when_it_does_not_start_the_command_line_says_how_much_was_not_played(call: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call.is_dir()
    assert sim("one.yaml", "two.yaml", "--app", f"command: {sys.executable} {SCRIPT} 'crashes at start'") == 3
    out, err = capsys.readouterr()
    assert "has ended instead of serving: exit status 4" in out
    assert "    the database is not there" in out
    assert err == "jambonz-sim: 1 more scenario was not played: the application does not start\n"
