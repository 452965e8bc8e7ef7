"""`jambonz-sim openai` as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from simulator.modes.cli import main

COMMAND = [sys.executable, "-m", "simulator", "openai", "--port", "0"]
KEY = "sk-secret-0123456789"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_ends_cleanly(number: signal.Signals) -> None:
    process = subprocess.Popen([*COMMAND, "--echo", "--pace", "0", "--key", KEY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("ws://127.0.0.1:")
        with connect(f"{url}?model=gpt-realtime", additional_headers={"authorization": f"Bearer {KEY}"}) as client:
            assert json.loads(client.recv(timeout=10))["type"] == "session.created"
            process.send_signal(number)
            with pytest.raises(Exception, match="1001"):
                client.recv(timeout=10)
        output, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_wrong_script_is_exit_2_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "script.yaml"
    file.write_text("steps:\n  - modle: {say: hello}\n")
    assert main(["openai", "--script", str(file)]) == 2
    assert f"{file}:2:5: there is no 'modle' here" in capsys.readouterr().err


def test_a_port_that_is_taken_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["openai", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--pace", "-1"], ["--port", "70000"], ["--script", "a", "--echo"], ["--beta", "maybe"]])
def test_wrong_options_are_exit_2(options: list[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        main(["openai", *options])
    assert wrong.value.code == 2


def test_the_command_line_stays_quick() -> None:
    slow = "('aiohttp', 'numpy', 'yaml', 'faker')"
    code = f"import sys, simulator.modes.cli as cli; cli._parser(); print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout.strip() == "[]"
