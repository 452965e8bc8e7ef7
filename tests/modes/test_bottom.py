"""The last line of a real (pseudo) terminal, and what stands above it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path

import pytest

from simulator.modes import bottom
from simulator.modes.bottom import Above, Bottom, bar_of, is_terminal, shown
from simulator.modes.progress import Progress
from tests.playing import ROOT
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal is POSIX")

HELD = """
import sys, time
from pathlib import Path
from tests.rubbish import good
def app():
    if Path("hold").exists():
        sys.stdout.write("the application ")
        print("says this,")
        print("and that", file=sys.stderr)
        Path("held").touch()
        while Path("hold").exists():
            time.sleep(0.02)
    return good()
"""
CALLS = "---\n".join(f"name: call {number}\nsteps:\n  - expect: {{say: {says}}}\n" for number, says in enumerate(["Hello.", "Bye.", "Hello."]))
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT)}
RUN = [sys.executable, "-m", "simulator", "run", "calls.yaml", "--app", "held:app"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "held.py").write_text(HELD)
    (tmp_path / "calls.yaml").write_text(CALLS)
    return tmp_path


@pytest.mark.parametrize("processes", ["1", "2"])
def test_progress_stands_below_and_leaves_nothing_behind(processes: str, project: Path) -> None:
    (project / "hold").touch()
    with Terminal([*RUN, "-n", processes], project, {**ENVIRON, "NO_COLOR": "1"}) as terminal:
        terminal.until(lambda it: re.match(r"─{20} 0/3  \d+\.\d s  call 0", it.lines[-1]) and (project / "held").exists())
        terminal.resize(40)
        terminal.until(lambda it: re.match(r"0/3  \d+\.\d s  call 0", it.lines[-1]))
        (project / "hold").unlink()
        assert terminal.ends() == 1
        lines = terminal.lines
    told = [line for line in lines if line[:1] in "✓✗" and line]
    assert [(line[0], line.rpartition("  ")[2]) for line in told] == [("✓", "call 0"), ("✗", "call 1"), ("✓", "call 2")]
    assert lines[-2].startswith("2 passed, 1 failed: ")
    assert lines[-1] == ""
    assert not [line for line in lines if "─" in line or re.match(r"\d/3", line)], "nothing of the line is left"
    assert "\x1b[3" not in terminal.written, "NO_COLOR"
    assert {"the application says this,", "and that"} <= set(lines), "what is printed meanwhile stays whole"


def test_ctrl_c_takes_the_line_away_and_keeps_what_was_done(project: Path) -> None:
    (project / "held.py").write_text(
        HELD.replace('Path("hold").exists()', "Path('again').exists()").replace("return good()", "Path('again').touch()\n    return good()")
    )
    with Terminal(RUN, project, ENVIRON) as terminal:
        terminal.until(lambda it: (project / "held").exists() and "1/3" in it.lines[-1])
        terminal.type("\x03")
        assert terminal.ends() == 130
        assert any(line.startswith("1 passed: ") for line in terminal.lines)
        assert "1/3" not in terminal.screen


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_is_none(term: str) -> None:
    class Tty(StringIO):
        def isatty(self) -> bool:
            return True

    assert is_terminal(Tty(), {"TERM": "xterm"})
    assert is_terminal(Tty(), {"TERM": term}) == (sys.platform == "win32")
    assert not is_terminal(StringIO(), {"TERM": "xterm"})


def test_off_a_terminal_silence_is_broken_by_a_line_and_nothing_is_painted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = 0.0
    looked = threading.Semaphore(0)

    def wall_s() -> float:
        looked.release()
        return now_s

    monkeypatch.setattr(bottom, "wall_s", wall_s)
    monkeypatch.setattr(bottom, "LOOK_EVERY_S", 0.001)
    with shown(Progress(3, 0.0), {}):
        assert looked.acquire(timeout=10)
        now_s = 12.0
        for _ in range(4):
            assert looked.acquire(timeout=10)
    assert capsys.readouterr() == ("", "jambonz-sim: 0 of 3 played after 12 s\n")


def test_a_quick_run_off_a_terminal_says_nothing_more_than_its_results(project: Path) -> None:
    done = subprocess.run(RUN, cwd=project, env={**ENVIRON, "FORCE_COLOR": "1"}, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b[2K" not in done.stdout


def test_a_line_that_somebody_has_begun_is_not_painted_over() -> None:
    screen = StringIO()
    line = Bottom(screen, lambda _: "1/2")
    above = Above(screen, line)
    above.write("one ")
    line.paint()
    above.write("two\n")
    assert screen.getvalue() == "one two\n\r\x1b[2K1/2"
    above.write("three\n")
    line.close()
    line.paint()
    assert screen.getvalue() == "one two\n\r\x1b[2K1/2\r\x1b[2Kthree\n\r\x1b[2K1/2\r\x1b[2K"


def test_where_the_bar_cannot_be_written_there_is_another() -> None:
    class Latin(StringIO):
        encoding = "latin-1"

    assert bar_of(Latin()) == ("#", ".")
