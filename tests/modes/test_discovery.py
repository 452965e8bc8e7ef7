"""Applications are seen in their files, and none is run for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.modes.discovery import MAX_FILE_BYTES, applications
from tests.playing import ROOT

AIOHTTP = """
from aiohttp import web
PATH = "/call"
async def talk(request):
    return web.WebSocketResponse()
def make():
    app = web.Application()
    app.router.add_get(f"{PATH}{{rest:.*}}", talk)
    return app
"""


def wrote(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("folder", "app", "path", "transport"),
    [
        ("callback", "app:create_app", "/", "ws"),
        ("webhook_app", "server:create_app", "/call", "http"),
        ("python-sdk", "weather:serve", "/weather", "ws"),
        ("node-client-ws", "node app.js", "/weather", "ws"),
        ("node-sdk", "node app.mjs", "/weather", "ws"),
    ],
)
def test_the_example_applications_are_found(folder: str, app: str, path: str, transport: str) -> None:
    first = applications(ROOT / "examples" / folder)[0]
    assert (str(first), first.paths[0], first.transport) == (app, path, transport)


def test_a_path_that_has_a_name_and_a_variable_part_is_read(tmp_path: Path) -> None:
    (found,) = applications(wrote(tmp_path, "pkg/server.py", AIOHTTP))
    assert (found.app, found.paths, found.evidence) == ("pkg.server:make", ("/call",), "pkg/server.py:6")
    assert found.settings("/call") == {"app": "pkg.server:make", "path": "/call"}


def test_what_lies_in_src_may_be_installed_or_not(tmp_path: Path) -> None:
    assert [one.app for one in applications(wrote(tmp_path, "src/pkg/server.py", AIOHTTP))] == ["pkg.server:make", "src.pkg.server:make"]


def test_handlers_and_routes_may_be_in_different_files(tmp_path: Path) -> None:
    wrote(tmp_path, "talking.py", "from aiohttp import web\nasync def talk(request):\n    return web.WebSocketResponse()\n")
    text = "from aiohttp import web\nimport talking\ndef make() -> 'web.Application':\n    return _app([web.get('/there', talking.talk)])\n"
    (found,) = applications(wrote(tmp_path, "server.py", text))
    assert found.paths == ("/there",)


def test_a_function_that_wants_arguments_is_no_factory(tmp_path: Path) -> None:
    assert applications(wrote(tmp_path, "server.py", AIOHTTP.replace("make()", "make(settings)"))) == []
    assert applications(wrote(tmp_path, "server.py", AIOHTTP.replace("make()", "make(settings=None)"))) != []


def test_an_asgi_application_is_a_command(tmp_path: Path) -> None:
    text = "from fastapi import FastAPI\nserver = FastAPI()\n@server.websocket('/talk')\nasync def talk(socket): ...\n"
    (found,) = applications(wrote(tmp_path, "main.py", text))
    assert found.settings(found.paths[0]) == {
        "app": {"command": ["python", "-m", "uvicorn", "main:server", "--port", "${PORT}"], "url": "ws://127.0.0.1:${PORT}/talk"}
    }


@pytest.mark.parametrize(
    ("source", "url", "env"),
    [
        ("listen(process.env.PORT || 3000)", "ws://127.0.0.1:${PORT}/", None),
        ("listen(process.env.WS_PORT || 3000)", "ws://127.0.0.1:${PORT}/", {"WS_PORT": "${PORT}"}),
        ("server.listen(8080)", "ws://127.0.0.1:8080/", None),
        ("new WebSocketServer({port: 8081, path: '/x'})", "ws://127.0.0.1:8081/x", None),
        ("nothing", "ws://127.0.0.1:${PORT}/", None),
    ],
)
def test_a_node_server_is_told_its_port_by_the_name_it_reads(source: str, url: str, env: object, tmp_path: Path) -> None:
    wrote(tmp_path, "package.json", json.dumps({"main": "app.js", "dependencies": {"ws": "^8"}}))
    (found,) = applications(wrote(tmp_path, "app.js", source))
    table = found.settings(found.paths[0])["app"]
    assert (table["command"], table["url"], table.get("env")) == (["node", "app.js"], url, env)


def test_a_start_script_that_needs_a_shell_is_left_to_npm(tmp_path: Path) -> None:
    wrote(tmp_path, "package.json", json.dumps({"scripts": {"start": "tsc && node dist/app.js"}, "dependencies": {"ws": "^8"}}))
    assert str(applications(tmp_path)[0]) == "npm start"


@pytest.mark.parametrize(
    "package", ["", "[]", "{", '{"dependencies": 5}', '{"dependencies": {"lodash": "1"}}', '{"scripts": [], "dependencies": {"ws": 1}}']
)
def test_a_package_that_is_no_server_is_none(package: str, tmp_path: Path) -> None:
    assert applications(wrote(tmp_path, "package.json", package)) == []


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    wrote(tmp_path, "broken.py", "def (")
    wrote(tmp_path, "deep.py", "(" * 5_000)
    wrote(tmp_path, "huge.py", AIOHTTP + "#" * MAX_FILE_BYTES)
    wrote(tmp_path, "node_modules/x/server.py", AIOHTTP)
    wrote(tmp_path, ".venv/server.py", AIOHTTP)
    (tmp_path / "binary.py").write_bytes(b"\xff\x00")
    assert applications(tmp_path) == []


def test_names_of_keys_are_collected_and_values_are_not(tmp_path: Path) -> None:
    (found,) = applications(
        wrote(tmp_path, "server.py", AIOHTTP + "\nimport os\nKEY = os.environ.get('OPENAI_API_KEY', 'sk-real')\nJ = 'JAMBONZ_API_KEY'\n")
    )
    assert found.keys == ("OPENAI_API_KEY",)
    assert "sk-real" not in repr(found)
