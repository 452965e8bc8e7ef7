"""The application as a configuration names it: texts and tables, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import UsageError
from simulator.modes.application import app_of, command_of
from simulator.modes.config import Config, find
from simulator.process import Command, Exit, Ready


@pytest.mark.parametrize("app", ["module:factory", "ws://127.0.0.1:3000/", "http://127.0.0.1:3000/"])
def test_what_is_no_command(app: str) -> None:
    assert command_of(app) is None


def test_a_command_as_text() -> None:
    found = command_of("command: node 'my app.js' --port ${PORT}", path="/weather")
    assert found == Command(("node", "my app.js", "--port", "${PORT}"), url="ws://127.0.0.1:${PORT}/weather")
    assert str(found) == "node 'my app.js' --port '${PORT}'"


def test_url_and_ready_of_the_command_line_win() -> None:
    table = {"command": ["app"], "url": "ws://127.0.0.1:1/", "ready": {"log": "up"}}
    found = command_of(table, url="http://127.0.0.1:${PORT}/hook", ready="port:8080")
    assert found is not None
    assert (found.url, found.ready) == ("http://127.0.0.1:${PORT}/hook", Ready(port="8080"))


def test_a_command_as_table() -> None:
    table = {
        "command": ["node", "app.js"],
        "url": "ws://localhost:${PORT}/x",
        "ready": {"log": "listening on \\d+"},
        "env": {"WS_PORT": "${PORT}"},
        "cwd": "app",
        "start_limit": "1m",
        "stop_limit": "500ms",
        "restart": "scenario",
    }
    assert command_of(table) == Command(
        ("node", "app.js"), "ws://localhost:${PORT}/x", Ready(log="listening on \\d+"), {"WS_PORT": "${PORT}"}, "app", 60.0, 0.5, True
    )


@pytest.mark.parametrize(
    ("ready", "wanted"),
    [
        (None, Ready()),
        ({"port": 3001}, Ready(port="3001")),
        ({"port": "${PORT}"}, Ready(port="${PORT}")),
        ("port", Ready()),
        ("/up/", Ready(log="up")),
    ],
)
def test_when_it_is_ready(ready: Any, wanted: Ready) -> None:
    found = command_of({"command": "app"} | ({} if ready is None else {"ready": ready}))
    assert found is not None
    assert found.ready == wanted


@pytest.mark.parametrize(
    ("table", "problem", "remedy"),
    [
        ({}, "app: no command is named", "write app = {command"),
        ({"comand": ["x"]}, "app: there is no setting 'comand'", "did you mean 'command'?"),
        ({"command": []}, "app: command is []", 'write ["node", "app.js"]'),
        ({"command": ["node", 1]}, "app: command is ['node', 1]", 'write ["node", "app.js"]'),
        ({"command": "node 'app"}, 'app: the command "node \'app" cannot be read: No closing quotation', "quote it as for a shell"),
        ({"command": "x", "url": "localhost:3000"}, "app: url is 'localhost:3000'", "write ws://127.0.0.1:${PORT}/path"),
        ({"command": "x", "url": 3}, "app: url is 3", "it should be a text"),
        ({"command": "x", "ready": {"port": 1, "log": "x"}}, "app: ready is {'port': 1, 'log': 'x'}", "write {port = 3000}"),
        ({"command": "x", "ready": {"port": True}}, "app: ready is {'port': True}", "write {port = 3000}"),
        ({"command": "x", "ready": {"log": "("}}, "app: ready: '(' is no regular expression", "for example"),
        ({"command": "x", "ready": "soon"}, "app: ready is 'soon'", "write port, port:3000, or /what it logs then/"),
        ({"command": "x", "ready": "port:http"}, "app: ready: 'http' is no port", "write a number, or ${PORT}"),
        ({"command": "x", "env": {"A": 1}}, "app: env is {'A': 1}", 'write {NAME = "value"}'),
        ({"command": "x", "start_limit": 10}, "app: start_limit is 10", "write a duration with its unit"),
        ({"command": "x", "restart": "never"}, "app: restart is 'never'", "Known: crash, scenario"),
    ],
)
def test_what_cannot_be_started_says_why(table: dict[str, Any], problem: str, remedy: str) -> None:
    with pytest.raises(UsageError) as error:
        command_of(table)
    assert error.value.problem.startswith(problem)
    assert remedy in error.value.remedy


def test_a_table_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "jambonz-sim.toml").write_text('env = {A = "1", B = "1"}\n[app]\ncommand = "node app.js"\nenv = {B = "2"}\ncwd = "below"\n', "utf-8")
    app = app_of(find(tmp_path, {}))
    assert app.command is not None
    assert (app.in_process, app.command.words) == (False, ("node", "app.js"))
    assert app.command.env == {"A": "1", "B": "2"}, "that of the file holds too, and that of the command wins"
    assert app.command.cwd == str(tmp_path / "below"), "relative to the file"


def test_a_command_lives_on_the_elastic_or_the_real_clock() -> None:
    with pytest.raises(UsageError, match="virtual time is for an application in this process"):
        app_of(Config(app="command: node app.js", clock="virtual"))
    assert app_of(Config(app="command: node app.js", clock="real")).command is not None


def test_url_and_ready_belong_to_commands() -> None:
    with pytest.raises(UsageError, match="url and ready are for an application that is a command"):
        app_of(Config(app="module:factory", url="ws://127.0.0.1:1/"))


@pytest.mark.parametrize(("status", "said"), [(0, "exit status 0"), (3, "exit status 3"), (-9, "ended by SIGKILL"), (-200, "ended by signal 200")])
def test_how_it_ended(status: int, said: str) -> None:
    assert str(Exit(status)) == said
