"""`--tls`: clients that trust the certificate come in, others do not. Among them the real Node.js client.

That one needs node and npm; its packages are installed once into `JAMBONZ_SIM_NPM_CACHE` (default `.cache/npm` in the
repository). Without them, or without a registry, its test is skipped, except in CI (`CI` set), where it must run.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from simulator.errors import UsageError
from simulator.modes.cli import main
from simulator.modes.openai import openai_server
from simulator.modes.openai.certificates import Certificate
from tests.modes.openai.clients import connected
from tests.npm import installed

PACKAGES = ("openai@6.49.0", "ws@8.23.0")
"""The last `openai` that runs on Node.js 20."""
CLIENT = Path(__file__).parent / "node" / "client.mjs"
SCRIPT = {
    "steps": [
        {"model": {"say": "Hello, how can I help you?"}},
        {"model": {"call": "get_weather", "with": {"location": "Berlin"}}},
        {"model": {"say": "It is 21 degrees in Berlin."}},
    ]
}


def greeted(url: str, context: ssl.SSLContext) -> bool:
    with connect(f"{url}?model=gpt-realtime", ssl=context, additional_headers={"authorization": "Bearer sk-1"}) as client:
        return bool(json.loads(client.recv(timeout=10))["type"] == "session.created")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_who_trusts_the_certificate_comes_in(name: str) -> None:
    with openai_server(tls=True, pace=0) as server:
        assert server.url.startswith("wss://127.0.0.1:")
        assert server.base_url.startswith("https://127.0.0.1:")
        assert greeted(server.url.replace("127.0.0.1", name), ssl.create_default_context(cafile=server.ca_file))


def test_who_does_not_trust_it_stays_out() -> None:
    with openai_server(tls=True, pace=0) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="verify failed"):
            greeted(server.url, ssl.create_default_context())
        assert greeted(server.url, ssl.create_default_context(cafile=server.ca_file))


async def test_the_openai_package_of_python_trusts_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with openai_server(tls=True, echo=True, pace=0) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
        async with connected(server) as client:
            await client.say("Hello there")
            await client.end()
            assert client.heard() == "Hello there"


def test_the_file_to_trust_holds_no_private_key_and_goes_with_the_server() -> None:
    with openai_server(tls=True) as server:
        assert server.ca_file is not None
        text = server.ca_file.read_text()
    assert text.count("-----BEGIN") == text.count("-----BEGIN CERTIFICATE-----") == 1
    assert not server.ca_file.exists()


@contextmanager
def command(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "openai", "--port", "0", "--tls"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"XDG_CACHE_HOME": str(folder)},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def test_the_command_says_what_to_trust(tmp_path: Path) -> None:
    with command(tmp_path) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("wss://127.0.0.1:")
        file = tmp_path / "jambonz-sim" / f"openai-{url.split(':')[2].partition('/')[0]}.pem"
        assert greeted(url, ssl.create_default_context(cafile=file))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
    assert f"NODE_EXTRA_CA_CERTS={file}\n" in errors
    assert not file.exists()


def test_a_place_that_cannot_be_written_is_exit_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.joinpath("jambonz-sim").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["openai", "--port", "0", "--tls"]) == 2
    assert "XDG_CACHE_HOME" in capsys.readouterr().err


def test_without_trustme_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    assert main(["openai", "--port", "0", "--tls"]) == 2
    assert "pip install 'jambonz-sim[tls]'" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::1", "sim.test"])
def test_a_certificate_can_be_made_for_any_host(host: str) -> None:
    assert Certificate(host).context.get_ca_certs() == []


def test_a_host_that_no_certificate_can_name() -> None:
    with pytest.raises(UsageError, match="no certificate can be made for 'not a host'"):
        Certificate("not a host")


# --- Node.js -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder with the installed packages."""
    return installed(*PACKAGES)


def node(folder: Path, **environment: str) -> dict[str, Any]:
    """What the client saw."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("OPENAI", "NODE"))}
    told = subprocess.run(["node", str(CLIENT), str(folder)], env=kept | environment, capture_output=True, timeout=60, text=True, encoding="utf-8")
    assert told.returncode == 0, told.stderr
    seen: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return seen


def test_the_openai_package_of_node_has_a_text_turn_and_a_function_call(packages: Path) -> None:
    with openai_server(script=SCRIPT, tls=True, pace=0) as server:
        seen = node(packages, OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.key, NODE_EXTRA_CA_CERTS=str(server.ca_file))
    assert seen["errors"] == []
    assert seen["url"].startswith("wss://127.0.0.1:")
    assert seen["text"] == "Hello, how can I help you?"
    assert seen["call"] == {"name": "get_weather", "arguments": {"location": "Berlin"}}
    assert seen["final"] == "It is 21 degrees in Berlin."
    assert seen["code"] == 1000
    assert [name for name in seen["types"] if name.startswith("session")] == ["session.created", "session.updated"]
    assert seen["types"].count("response.done") == 3


def test_the_openai_package_of_node_refuses_a_certificate_it_does_not_trust(packages: Path) -> None:
    with openai_server(script=SCRIPT, tls=True, pace=0) as server:
        seen = node(packages, OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY=server.key)
    assert "certificate" in seen["errors"][0]
    assert seen["types"] == []
