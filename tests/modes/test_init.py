"""`jambonz-sim init` in a folder with a tiny application: what it writes is played by `jambonz-sim run` right afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from simulator.modes import workflow as workflow_of
from simulator.modes.first_call import drafts, verbs_of
from simulator.modes.workflow import installed_from, workflow
from tests.playing import ROOT

Sim = Callable[..., tuple[int, str, str]]

HELLO = """
import json
from aiohttp import web

VERBS = [{"verb": "say", "text": "Hello there."}, {"verb": "hangup"}]

async def connection(request):
    socket = web.WebSocketResponse(protocols=("ws.jambonz.org",))
    await socket.prepare(request)
    async for frame in socket:
        message = json.loads(frame.data)
        if message["type"] == "session:new":
            await socket.send_json({"type": "ack", "msgid": message["msgid"], "data": VERBS})
    return socket

def create_app():
    app = web.Application()
    app.router.add_get("/wrong", lambda request: web.WebSocketResponse())
    app.router.add_get("/hello", connection)
    return app
"""
PROGRAM = """
import asyncio, json, os
from websockets.asyncio.server import serve

async def talk(socket):
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "session:new":
            await socket.send(json.dumps({"type": "ack", "msgid": message["msgid"], "data": [{"verb": "hangup"}]}))

async def main(port):
    async with serve(talk, "127.0.0.1", port, subprotocols=["ws.jambonz.org"]):
        await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main(int(os.environ["TALK_PORT"])))
"""


@pytest.fixture
def sim(tmp_path: Path) -> Sim:
    """Runs the command line in a process of its own, in the folder: an application is imported there, and nowhere else."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("JAMBONZ_SIM_", "OPENAI_"))}

    def running(*arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "simulator", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env={**environ, "PATH": path, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return running


def test_an_empty_folder_with_a_tiny_application_is_set_up_and_runs(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO)
    code, out, err = sim("init")
    assert (code, err) == (0, "")
    assert "found    hello:create_app (hello.py:16), a websocket at /hello\n" in out
    assert tomllib.loads((tmp_path / "jambonz-sim.toml").read_text()) == {"app": "hello:create_app", "path": "/hello", "scenarios": "calls"}
    steps = yaml.safe_load((tmp_path / "calls/first.yaml").read_text())["steps"]
    assert steps == [{"expect": {"verbs": ["say", "hangup"]}}, {"expect": {"say": "Hello there."}}, {"expect": {"call": "completed", "by": "app"}}]
    jobs = yaml.safe_load((tmp_path / ".github/workflows/calls.yml").read_text())["jobs"]
    assert any(step.get("run") == "jambonz-sim run calls --journal journals" for step in jobs["calls"]["steps"])
    code, out, _ = sim("run")
    assert code == 0
    assert "1 passed" in out
    # What was written is an expectation, not a decoration.
    (tmp_path / "hello.py").write_text(HELLO.replace("Hello there.", "Go away."))
    assert sim("run")[0] == 1


def test_nothing_is_overwritten_unless_it_is_asked_for_and_said(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls/first.yaml").write_text("name: mine\nsteps:\n  - caller: {hang_up: true}\n")
    sim("init")
    assert "name: mine" in (tmp_path / "calls/first.yaml").read_text()
    config = (tmp_path / "jambonz-sim.toml").read_text() + "seed = 7\n"
    (tmp_path / "jambonz-sim.toml").write_text(config)
    code, out, _ = sim("init")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["kept", "kept", "kept", "next"]
    code, out, _ = sim("init", "--force")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[:3]] == [
        ["kept", "jambonz-sim.toml:"],
        ["replaced", "calls/first.yaml"],
        ["replaced", ".github/workflows/calls.yml"],
    ]
    assert (tmp_path / "jambonz-sim.toml").read_text() == config
    assert "Hello there." in (tmp_path / "calls/first.yaml").read_text()
    code, _, err = sim("init", "--app", "other:app")
    assert code == 2
    assert "names an application already" in err


def test_the_section_is_added_to_a_pyproject_and_its_text_stays(sim: Sim, tmp_path: Path) -> None:
    before = '# mine\n[project]\nname = "hello"\nversion = "1"\n'
    (tmp_path / "pyproject.toml").write_text(before)
    (tmp_path / "hello.py").write_text(HELLO)
    assert sim("init")[0] == 0
    after = (tmp_path / "pyproject.toml").read_text()
    assert after.startswith(before)
    assert tomllib.loads(after)["tool"]["jambonz-sim"]["app"] == "hello:create_app"
    assert not (tmp_path / "jambonz-sim.toml").exists()
    assert "pip install ." in (tmp_path / ".github/workflows/calls.yml").read_text()
    assert sim("run")[0] == 0


def test_a_pyproject_that_cannot_have_a_section_is_left_alone(sim: Sim, tmp_path: Path) -> None:
    before = "tool = {other = {x = 1}}\n"
    (tmp_path / "pyproject.toml").write_text(before)
    (tmp_path / "hello.py").write_text(HELLO)
    assert sim("init")[0] == 0
    assert (tmp_path / "pyproject.toml").read_text() == before
    assert sim("run")[0] == 0


def test_a_program_is_started_by_its_command_and_told_its_port(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "talk.py").write_text(PROGRAM)
    code, out, err = sim("init")
    assert (code, err) == (0, ""), out
    table = tomllib.loads((tmp_path / "jambonz-sim.toml").read_text())["app"]
    assert table == {"command": ["python", "talk.py"], "url": "ws://127.0.0.1:${PORT}/", "env": {"TALK_PORT": "${PORT}"}}
    assert sim("run")[0] == 0


def test_the_bundled_application_is_found_and_talks(sim: Sim, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    code, out, _ = sim("init")
    assert code == 0, out
    assert "model: {say:" in (tmp_path / "calls/first.yaml").read_text()


def test_where_no_application_is_it_says_what_was_looked_for_and_writes_nothing(sim: Sim, tmp_path: Path) -> None:
    code, out, err = sim("init")
    assert (code, out) == (2, "")
    assert "no application was found" in err
    assert "--app module:factory" in err
    assert list(tmp_path.iterdir()) == []


def test_an_application_that_does_not_start_is_configured_and_told_of(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO + "import nowhere_to_be_found\n")
    code, out, _ = sim("init")
    assert code == 3
    assert "hello:create_app" in out
    assert "init once more" in out
    assert not (tmp_path / "calls/first.yaml").exists()
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "jambonz-sim.toml").write_text('app = "hello:create_app"\npath = "/hello"\nscenarios = "calls"\n')
    assert sim("init")[0] == 0
    assert sim("run")[0] == 0


def test_a_first_call_that_breaks_a_rule_is_written_and_told_of(sim: Sim, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO.replace('{"verb": "hangup"}', '{"verb": "sya"}'))
    code, out, _ = sim("init")
    assert code == 1
    assert "it does not pass" in out
    assert (tmp_path / "calls/first.yaml").exists()


def test_the_workflow_stands_at_the_root_of_the_repository(tmp_path: Path) -> None:
    home = tmp_path / "services" / "voice"
    home.mkdir(parents=True)
    (home / "package.json").write_text("{}")
    (home / "requirements.txt").write_text("")
    made = yaml.safe_load(workflow(home, tmp_path, "git+https://host.test/x@abcdef0", "calls"))["jobs"]["calls"]
    assert made["defaults"] == {"run": {"working-directory": "services/voice"}}
    runs = [step["run"] for step in made["steps"] if "run" in step]
    assert runs[:3] == ["npm install", "pip install -r requirements.txt", 'pip install "git+https://host.test/x@abcdef0"']
    assert made["steps"][-1]["with"]["path"] == "services/voice/journals"


class Installed:
    """A distribution whose origin is `direct_url`."""

    version = "1.2"

    def __init__(self, direct_url: str | None) -> None:
        self._direct_url = direct_url

    def read_text(self, name: str) -> str | None:
        return self._direct_url if name == "direct_url.json" else "pip"


@pytest.mark.parametrize(
    ("direct_url", "source"),
    [
        (None, "jambonz-sim==1.2"),
        ('{"url": "file:///home/me/sim", "dir_info": {}}', None),
        ('{"url": "https://host.test/sim.git", "vcs_info": {"vcs": "git", "commit_id": "abcdef012"}}', "git+https://host.test/sim.git@abcdef012"),
        (
            '{"url": "https://me:ghp_secret@host.test/sim", "vcs_info": {"vcs": "git", "commit_id": "abcdef012"}}',
            "git+https://host.test/sim@abcdef012",
        ),
        ('{"url": "https://host.test/sim\\"; x", "vcs_info": {"vcs": "git", "commit_id": "abcdef012"}}', None),
        ("{", None),
    ],
)
def test_ci_installs_from_where_we_were_installed_and_without_secrets(
    direct_url: str | None, source: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow_of.metadata, "distribution", lambda _: Installed(direct_url))
    assert installed_from() == source


def test_a_draft_takes_no_text_that_would_mean_something_else() -> None:
    from simulator.journal import Journal

    for text in ("/slashed/", "*", "${HOME}", "two\nlines"):
        journal = Journal()
        journal.note("app", "app", "ack", {"data": [{"verb": "say"}, {"verb": "sip:decline"}, {"verb": "true"}]}, at_s=0)
        journal.note("media", "jambonz", "said", {"text": text}, at_s=0)
        assert verbs_of(journal) == ["say", "sip:decline", "true"]
        assert all("say:" not in draft for draft in drafts(journal))
        assert yaml.safe_load(drafts(journal)[0])["steps"][0] == {"expect": {"verbs": ["say", "sip:decline", "true"]}}
