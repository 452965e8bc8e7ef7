"""What the server says before there is a call."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

import app as app_package
from app.server import create_app
from app.settings import Settings, SettingsError, app_env_vars
from tests.app.acting import KEY, Serve, Served, new_call


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


async def test_health_tells_how_many_calls_there_are(app: Served, http: ClientSession) -> None:
    await app.answered()
    async with http.get(f"http://{app.authority}/health") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok", "calls": 1})


async def test_health_tells_that_the_server_is_going_away(app: Served, http: ClientSession) -> None:
    app.calls.draining = True
    async with http.get(f"http://{app.authority}/health") as response:
        assert (response.status, await response.json()) == (503, {"status": "draining", "calls": 0})


@pytest.mark.parametrize("path", ["/openai-s2s", "/openai-s2s/adulting"])
async def test_the_portal_asks_for_the_variables(app: Served, http: ClientSession, path: str) -> None:
    async with http.options(f"http://{app.authority}{path}", headers={"Accept": "application/json"}) as response:
        assert response.status == 200
        assert await response.json() == app_env_vars(Settings(openai_api_key=KEY))
        assert KEY not in await response.text()


async def test_jambonz_gets_its_subprotocol_and_no_compression(app: Served) -> None:
    jambonz = await app.dial()
    assert jambonz.socket.subprotocol == "ws.jambonz.org"
    assert jambonz.socket.response is not None
    assert "Sec-WebSocket-Extensions" not in jambonz.socket.response.headers


@pytest.mark.parametrize("path", ["", "/adulting", "/adulting/adulting", "?tenant=5"])
async def test_a_leg_with_a_session_of_its_own_is_let_in(app: Served, path: str) -> None:
    async with connect(f"ws://{app.authority}/openai-s2s{path}", subprotocols=[Subprotocol("ws.jambonz.org")]):
        assert len(app.calls.sockets) == 1


async def test_a_client_that_is_not_jambonz_is_told_what_is_missing(app: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{app.authority}/openai-s2s", subprotocols=[Subprotocol("audio.drachtio.org")])
    assert refused.value.response.status_code == 400
    assert refused.value.response.body == b"The subprotocol ws.jambonz.org must be offered, as jambonz does.\n"


async def test_a_browser_is_told_that_this_is_a_websocket(app: Served, http: ClientSession) -> None:
    async with http.get(f"http://{app.authority}/openai-s2s") as response:
        assert response.status == 426
        assert "websocket" in await response.text()


async def test_no_new_calls_while_the_server_is_going_away(app: Served, http: ClientSession) -> None:
    app.calls.draining = True
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(f"http://{app.authority}/openai-s2s", protocols=["ws.jambonz.org"])
    assert refused.value.status == 503


async def test_a_call_that_broke_may_come_back_while_the_server_is_going_away(app: Served) -> None:
    broken = await app.answered("call-a")
    app.calls.draining = True
    broken.socket.transport.abort()
    await app.until_no_socket()
    jambonz = await app.dial("call-a")
    new = await app.dial("call-b")
    assert await jambonz.ask("session:reconnect", new_call()) is None
    assert await new.ask("session:new", new_call()) == [{"verb": "sip:decline", "status": 503, "reason": "Service Unavailable"}]
    assert (await jambonz.tool_turn())["temperature"] == 21.4


async def test_two_applications_do_not_know_each_other(serve: Serve) -> None:
    one, other = await serve(), await serve()
    await one.answered()
    assert (len(one.calls), len(other.calls)) == (1, 0)


def test_the_application_knows_nothing_of_the_simulator() -> None:
    sources = sorted(Path(app_package.__file__).parent.rglob("*.py"))
    assert len(sources) > 10
    assert [source for source in sources if re.search(r"^\s*(from|import) simulator", source.read_text(), re.MULTILINE)] == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_REALTIME", "gamma")
    with pytest.raises(SettingsError, match="OPENAI_REALTIME is 'gamma'; allowed: ga, beta"):
        create_app()


@pytest.mark.parametrize("frame", ["x" * (1024 * 1024 + 1)])
async def test_a_frame_beyond_all_measure_costs_the_socket_but_not_the_call(app: Served, frame: Any) -> None:
    broken = await app.answered()
    await broken.socket.send(frame)
    await broken.socket.wait_closed()
    assert broken.socket.close_code == 1009
    jambonz = await app.dial()
    assert await jambonz.ask("session:reconnect", new_call()) is None
