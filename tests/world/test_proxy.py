"""An application in another process reaches the scenario's stubs, whichever client it uses; nothing it asks for leaves the machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import AppError
from simulator.host import AppRef
from simulator.modes.config import Config
from simulator.modes.run import play
from simulator.process import Command, Ready
from simulator.report.result import Result
from simulator.scenario.load import loads
from simulator.world.proxy import StubPort
from tests.npm import skip_or_fail

SERVER = """
import asyncio, json, os, urllib.request
from websockets.asyncio.server import serve

{fetch}

async def talk(socket):
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "session:new":
            try:
                said = await asyncio.to_thread(fetch)
            except Exception as error:
                said = repr(error)
            verbs = [{{"verb": "answer"}}, {{"verb": "say", "text": said}}, {{"verb": "hangup"}}]
            await socket.send(json.dumps({{"type": "ack", "msgid": message["msgid"], "data": verbs}}))

async def main():
    async with serve(talk, "127.0.0.1", int(os.environ["PORT"]), subprotocols=["ws.jambonz.org"]):
        await asyncio.Event().wait()

asyncio.run(main())
"""
URLLIB = """
def fetch():
    return urllib.request.urlopen("{url}").read().decode()
"""
HTTPX = """
import httpx
def fetch():
    return httpx.get("{url}").text
"""
AIOHTTP = """
import aiohttp
async def ask(**trust):
    async with aiohttp.ClientSession(**trust) as session, session.get("{url}") as reply:
        return await reply.text()
def fetch():
    return asyncio.run(ask({trust}))
"""
PREFIX = """
def fetch():
    return urllib.request.urlopen(os.environ["JAMBONZ_SIM_STUBS"] + "/{url}").read().decode()
"""
CURL = """
import subprocess
def fetch():
    return subprocess.run(["curl", "-sS", "{url}"], capture_output=True, text=True).stdout
"""
RAW = """
import socket
def fetch():
    with socket.create_connection(("backend.example", 80)) as connection:
        connection.sendall(b"GET /greeting?of=day HTTP/1.0\\r\\nHost: backend.example\\r\\n\\r\\n")
        return connection.makefile("rb").read().decode().partition("\\r\\n\\r\\n")[2]
"""
URL = "https://backend.example/greeting?of=day"
CALL = """
name: the application says what its backend has told it
world:
  - stub: GET {scheme}://backend.example/greeting
    query: {{of: day}}
    reply: {{text: "Good day."}}
steps:
  - expect: {{request: {scheme}://backend.example/greeting}}
  - expect: {{say: "Good day."}}
  - expect: {{call: completed, by: app}}
"""


def played(words: tuple[str, ...], scheme: str = "https", env: dict[str, str] | None = None) -> Result:
    (scenario,) = loads(CALL.format(scheme=scheme))
    command = Command(words, env=env or {})
    return play(scenario, AppRef(command.url, command=command), Config())


def python(tmp_path: Path, fetch: str, url: str = URL, **names: str) -> tuple[str, ...]:
    script = tmp_path / "app.py"
    script.write_text(SERVER.format(fetch=fetch.format(url=url, **names)), "utf-8")
    return (sys.executable, str(script))


@pytest.mark.parametrize(
    ("fetch", "names"),
    [
        pytest.param(URLLIB, {}, id="urllib"),
        pytest.param(HTTPX, {}, id="httpx"),
        pytest.param(AIOHTTP, {"trust": ""}, id="aiohttp as it is"),
        pytest.param(AIOHTTP, {"trust": "trust_env=True"}, id="aiohttp by its proxy"),
        pytest.param(PREFIX, {}, id="by address"),
    ],
)
def test_an_unchanged_python_application_is_hermetic(fetch: str, names: dict[str, str], tmp_path: Path) -> None:
    result = played(python(tmp_path, fetch, **names))
    assert result.outcome == "passed", (result.failures, result.log)


@pytest.mark.parametrize("fetch", [URLLIB, RAW], ids=["urllib by its proxy", "a plain socket"])
def test_plain_http_too(fetch: str, tmp_path: Path) -> None:
    result = played(python(tmp_path, fetch, url=URL.replace("https", "http")), "http")
    assert result.outcome == "passed", (result.failures, result.log)


def test_the_proxies_alone_are_enough_for_whoever_obeys_them(tmp_path: Path) -> None:
    """As for Go, Ruby or curl: without a preload of ours."""
    words = python(tmp_path, URLLIB)
    result = played((words[0], "-I", *words[1:]))  # isolated: Python does not look at PYTHONPATH
    assert result.outcome == "passed", (result.failures, result.log)


def test_curl(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    result = played(python(tmp_path, CURL))
    assert result.outcome == "passed", (result.failures, result.log)


NODE = """
const http = require('node:http'), https = require('node:https');
const ask = {{
  fetch: async () => (await fetch('{url}')).text(),
  https: () => new Promise((done, fail) => https.get('{url}', (reply) => reply.setEncoding('utf8').on('data', done)).on('error', fail)),
}}['{how}'];
ask().then((said) => console.log('said ' + said), (error) => console.log('error ' + (error.cause || error)));
http.createServer().listen(Number(process.env.PORT), '127.0.0.1');
"""


@pytest.mark.parametrize("how", ["fetch", "https"])
def test_node_without_any_proxy_of_its_own(how: str, tmp_path: Path) -> None:
    """It asks while it starts, before there is a call: the stubs are there already."""
    if shutil.which("node") is None:
        skip_or_fail("node is not installed")
    script = tmp_path / "app.js"
    script.write_text(NODE.format(url=URL, how=how), "utf-8")
    (scenario,) = loads(CALL.format(scheme="https"))
    command = Command(("node", str(script)), env={"NODE_OPTIONS": "--no-warnings"}, ready=Ready(log="^(said|error) "))
    result = play(scenario, AppRef(command.url, command=command), Config())
    assert "said Good day." in result.log, result.log


def test_a_request_nobody_stubbed_is_told(tmp_path: Path) -> None:
    result = played(python(tmp_path, PREFIX, url="https://other.example:8443/secret?x=1"))
    assert [finding.code for finding in result.findings if finding.code == "J009"] == ["J009"]
    (frame,) = result.journal.select("world", kind="unstubbed")
    assert frame.frame["request"] == "GET https://other.example:8443/secret"


def test_hosts_of_no_proxy_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "backend.example")
    result = played(python(tmp_path, AIOHTTP, trust=""))
    assert not list(result.journal.select("world", kind="request")), "it was turned around all the same"


OWN = """
from pathlib import Path
Path(__file__).with_name("seen").write_text("the application's own sitecustomize")
"""


def test_a_sitecustomize_of_the_application_is_run_too(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text(OWN, "utf-8")
    result = played(python(tmp_path, AIOHTTP, trust=""), env={"PYTHONPATH": str(tmp_path / "own")})
    assert result.outcome == "passed", (result.failures, result.log)
    assert (tmp_path / "own" / "seen").exists()


# --- the port itself


def test_its_environment_names_it_everywhere() -> None:
    port = StubPort()
    try:
        env = port.env
        base = f"http://127.0.0.1:{port.port}"
        assert {env[name] for name in ("JAMBONZ_SIM_STUBS", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")} == {base}
        assert Path(env["SSL_CERT_FILE"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert env["SSL_CERT_FILE"] == env["NODE_EXTRA_CA_CERTS"] == env["REQUESTS_CA_BUNDLE"]
        assert env["NO_PROXY"].split(",")[:3] == ["localhost", "127.0.0.1", "::1"]
    finally:
        port.close()
    assert not os.path.exists(env["SSL_CERT_FILE"])


def test_a_port_that_is_taken_is_said() -> None:
    port = StubPort()
    try:
        with pytest.raises(AppError, match=f"the stubs cannot listen on port {port.port}"):
            StubPort(port.port)
    finally:
        port.close()


RUBBISH: list[Any] = [
    b"",
    b"\x16\x03\x01rubbish, no TLS",
    b"CONNECT \r\n\r\n",
    b"CONNECT a b c\r\n\r\n",
    b"CONNECT " + b"x" * 70_000,
    b"\x00" * 100,
    b"GET",
]


def test_rubbish_at_the_port_harms_nobody(tmp_path: Path) -> None:
    """Whatever the application sends there first, the request after it is answered."""
    fetch = f"""
import socket
def fetch():
    for data in {RUBBISH!r}:
        with socket.create_connection(("127.0.0.1", int(os.environ["JAMBONZ_SIM_STUBS"].rpartition(":")[2])), timeout=2) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1000)
            except OSError:
                pass  # it was dropped before all was said
    return urllib.request.urlopen("{URL}").read().decode()
"""
    result = played(python(tmp_path, fetch.replace("{", "{{").replace("}", "}}")))
    assert result.outcome == "passed", (result.failures, result.log)
