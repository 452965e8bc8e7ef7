"""`run --watch`, as somebody at a terminal sees it. A real process, real files and a real (pseudo) terminal; so this waits, but never long."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.modes.cli import main
from tests.playing import ROOT
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal is POSIX")

CALL = "name: {name}\nsteps:\n  - expect: {{say: {says}}}\n"
APP = """
from aiohttp import web
from greeting import TEXT
from tests.rubbish import ack, serving

def app() -> web.Application:
    verbs = [{"verb": "answer"}, {"verb": "say", "text": TEXT}, {"verb": "hangup"}]
    return serving(lambda socket, message: socket.send_str(ack(message, verbs)))
"""
SERVER = (
    APP
    + """
if __name__ == "__main__":
    import os, pathlib
    pathlib.Path(f"{os.getpid()}.pid").touch()
    web.run_app(app(), host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
"""
)
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
COMMAND = [sys.executable, "-m", "simulator", "run", "--watch"]
WAITS = "watching, "


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "jambonz-sim.toml").write_text('app = "application:app"\nscenarios = "calls"\n')
    (tmp_path / "application.py").write_text(APP)
    (tmp_path / "greeting.py").write_text('TEXT = "Hello."\n')
    (tmp_path / "calls").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / f"calls/{name}.yaml").write_text(CALL.format(name=f"call {name}", says="Hello."))
    return tmp_path


def save(file: Path, text: str) -> None:
    """As many editors do: beside it, then in its place."""
    new = file.with_name(f".{file.name}.new~")
    new.write_text(text)
    new.replace(file)


class Watching:
    """A vigil on a terminal; each question is about what was shown since the one before."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal, self._seen = terminal, 0

    def round(self, *, ends: str = WAITS) -> str:
        """What was shown until it waits again, having shown something."""
        self.terminal.until(lambda it: len(it.lines) > self._seen + 1 and it.lines[-1].startswith(ends))
        lines, self._seen = self.terminal.lines[self._seen : -1], len(self.terminal.lines) - 1
        return "\n".join(lines)


def results(text: str) -> list[str]:
    """`✓ call a` for each result line."""
    return [f"{line[0]} {line.rpartition('  ')[2]}" for line in text.splitlines() if re.match("[✓✗!] ", line)]


@pytest.fixture
def watching(project: Path) -> Iterator[Watching]:
    with Terminal(COMMAND, project, ENVIRON, columns=120) as terminal:
        yield Watching(terminal)


def test_a_save_plays_what_it_affects(watching: Watching, project: Path) -> None:
    assert results(watching.round()) == ["✓ call a", "✓ call b", "✓ call c"]
    assert watching.terminal.lines[-1] == "watching, all passed  Enter: all again, f: failed only, q: quit"

    save(project / "calls/b.yaml", CALL.format(name="call b", says="Bye."))
    shown = watching.round()
    assert "> calls/b.yaml has changed" in shown
    assert results(shown) == ["✗ call b"], "only the scenario that was saved"
    assert watching.terminal.lines[-1].startswith("watching, 1 failed")

    save(project / "greeting.py", 'TEXT = "Hallo"\n')
    assert results(watching.round()) == ["✗ call b", "✗ call a", "✗ call c"], "all of them, what had failed first"

    save(project / "greeting.py", 'TEXT = "Hel\n')
    shown = watching.round(ends="waiting for a save")
    assert "SyntaxError: unterminated string literal" in shown
    assert "greeting.py:1" in shown
    assert results(shown) == []

    save(project / "greeting.py", 'TEXT = "Hello."\n')
    assert sorted(results(watching.round())) == ["✓ call a", "✓ call c", "✗ call b"]

    save(project / "calls/d.yaml", CALL.format(name="call d", says="Hello."))
    shown = watching.round()
    assert results(shown) == ["✓ call d"], "a new one"
    assert "1 other failed when last played" in shown

    (project / "calls/b.yaml").unlink()
    assert "calls/b.yaml has changed" in watching.round()
    assert watching.terminal.lines[-1].startswith("watching, all passed")

    save(project / "calls/a.yaml", "name: call a\nsteps: [\n")
    shown = watching.round()
    assert "calls/a.yaml:3:1:" in shown
    assert results(shown) == []

    save(project / "jambonz-sim.toml", "app = \n")
    assert "jambonz-sim.toml:1:7: a value is missing here" in watching.round(ends="waiting for a save")
    save(project / "greeting.py", 'TEXT = "Hello."\n')
    assert "jambonz-sim.toml:1:7: a value is missing here" in watching.round(ends="waiting for a save"), "and nothing is played with an older one"
    save(project / "jambonz-sim.toml", 'app = "application:app"\nscenarios = "calls"\nseed = 5\n')
    assert results(watching.round()) == ["✓ call c", "✓ call d"], "the configuration concerns all, and a broken file keeps nobody from playing"


def test_keys_ask_for_rounds_and_the_terminal_is_given_back(watching: Watching, project: Path) -> None:
    save(project / "calls/b.yaml", CALL.format(name="call b", says="Bye."))
    assert sorted(results(watching.round())) == ["✓ call a", "✓ call c", "✗ call b"]
    assert not termios.tcgetattr(watching.terminal._ours)[3] & termios.ECHO
    watching.terminal.type("f")
    assert results(watching.round()) == ["✗ call b"]
    watching.terminal.type("\r")
    assert results(watching.round()) == ["✗ call b", "✓ call a", "✓ call c"]
    watching.terminal.type("q")
    assert watching.terminal.ends() == 1
    assert termios.tcgetattr(watching.terminal._ours)[3] & termios.ECHO


def group_is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_half_a_second_from_save_to_result_and_sigterm_ends_it_cleanly(watching: Watching, project: Path) -> None:
    """The best of some: the machine may have something else to do, a fresh interpreter would slow all of them."""
    watching.round()
    took_s = []
    for number in range(4):
        text = f"Hello {number}."
        before = len(watching.terminal.lines)
        began_s = time.monotonic()
        save(project / "greeting.py", f'TEXT = "{text}"\n')
        watching.terminal.until(lambda it, before=before: any(re.match("[✓✗] ", line) for line in it.lines[before - 1 :]))  # type: ignore[misc]
        took_s.append(time.monotonic() - began_s)
        assert f'got "{text}"' in watching.round(), "it was this application, not the one before"
    assert min(took_s) < 0.5, took_s
    watching.terminal.process.terminate()
    assert watching.terminal.ends() == 128 + signal.SIGTERM
    assert "Traceback" not in watching.terminal.screen
    assert termios.tcgetattr(watching.terminal._ours)[3] & termios.ECHO
    deadline_s = time.monotonic() + 10
    while group_is_there(watching.terminal.process.pid):
        assert time.monotonic() < deadline_s, "a process is left"
        time.sleep(0.02)


def test_a_save_in_the_middle_of_a_round_ends_it_and_nothing_due_is_lost(project: Path) -> None:
    (project / "application.py").write_text(
        APP.replace("    verbs", "    import time, os\n    while os.path.exists('hold'):\n        time.sleep(0.01)\n    verbs")
    )
    (project / "hold").touch()
    with Terminal([*COMMAND, "-n", "2"], project, ENVIRON, columns=120) as terminal:
        terminal.until(lambda it: "call a (and 1 more)" in it.lines[-1])
        save(project / "calls/c.yaml", CALL.format(name="call c", says="Bye."))
        terminal.until(lambda it: "> calls/c.yaml has changed" in it.screen)
        (project / "hold").unlink()
        assert results(Watching(terminal).round()) == ["✓ call a", "✓ call b", "✗ call c"]


def test_an_application_that_hangs_while_it_is_loaded_can_be_mended(watching: Watching, project: Path) -> None:
    watching.round()
    save(project / "greeting.py", "while True:\n    pass\n")
    watching.terminal.until(lambda it: re.search("0/3.*call a", it.lines[-1]))
    save(project / "greeting.py", 'TEXT = "Hello."\n')
    assert results(watching.round()) == ["✓ call a", "✓ call b", "✓ call c"]


def test_a_command_is_started_again_for_its_own_files_and_not_for_scenarios(project: Path) -> None:
    (project / "server.py").write_text(SERVER)
    save(project / "jambonz-sim.toml", f'app = {{command = ["{sys.executable}", "server.py"]}}\nscenarios = "calls"\n')
    with Terminal(COMMAND, project, ENVIRON, columns=120) as terminal:
        watching = Watching(terminal)
        assert len(results(watching.round())) == 3
        save(project / "calls/a.yaml", CALL.format(name="call a", says="Bye."))
        assert results(watching.round()) == ["✗ call a"]
        assert len(list(project.glob("*.pid"))) == 1, "the same process"
        save(project / "greeting.py", 'TEXT = "Bye."\n')
        assert results(watching.round()) == ["✓ call a", "✗ call b", "✗ call c"]
        assert len(list(project.glob("*.pid"))) == 2
        (project / "server.py").write_text(SERVER.replace(".touch()", ".touch()\n    pathlib.Path('state.txt').write_text(str(os.getpid()))"))
        terminal.until(
            lambda it: "state.txt changes whenever calls are played: it is not watched any more" in it.screen and it.lines[-1].startswith(WAITS)
        )
        terminal.type("\x03")
        assert terminal.ends() == 130
    assert not any(Path(f"/proc/{file.stem}").exists() for file in project.glob("*.pid"))


def test_off_a_terminal_there_are_lines_only(project: Path) -> None:
    with subprocess.Popen(
        COMMAND, cwd=project, env=ENVIRON, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        shown = []
        while not shown or not shown[-1].startswith("3 passed: "):
            shown.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert results("".join(shown)) == ["✓ call a", "✓ call b", "✓ call c"]
    assert rest == ""
    assert err == "jambonz-sim: watching; what a save affects is played again, and Ctrl-C ends it\n"
    assert "\x1b" not in "".join(shown)


@pytest.mark.parametrize("option", [["--json"], ["--junit", "x.xml"], ["--html", "page"], ["--github"]])
def test_the_report_of_one_run_is_refused(
    option: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert main(["run", "--watch", *option]) == 2
    assert f"{option[0]} is the report of one run" in capsys.readouterr().err
    assert not (project / "page").exists()
