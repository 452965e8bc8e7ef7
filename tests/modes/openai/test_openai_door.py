"""Keys and doors: who is let in where, and what ephemeral keys stand for (openai-realtime.md 1.3, 1.8, 1.9)."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from simulator.ids import Ids
from simulator.modes.openai import openai_server
from simulator.modes.openai.door import Visit, visit
from simulator.modes.openai.keys import Keys, Reply
from simulator.vendors.openai.events import Refuse

GOOD = {"authorization": "Bearer sk-good"}
SESSION: dict[str, Any] = {"type": "realtime", "model": "gpt-realtime", "instructions": "Be brief."}


def keys(*good: str) -> Keys:
    return Keys(good or None, Ids("test"), 3600.0)


def status(path: str, query: dict[str, str], headers: dict[str, str], *deployments: str) -> int:
    """101, or that of the refusal."""
    found = visit(path, query, headers, keys("sk-good"), deployments, 0.0)
    return found.status if isinstance(found, Reply) else 101


@pytest.mark.parametrize(
    ("path", "query", "headers", "expected"),
    [
        ("/v1/realtime", {"model": "gpt-realtime"}, {}, 101),
        ("/v1/realtime", {"call_id": "rtc_1"}, GOOD, 404),
        ("/openai/realtime", {"deployment": "mine", "api-version": "2024-10-01-preview"}, {"api-key": "sk-good"}, 101),
        ("/openai/realtime", {"deployment": "mine", "api-key": "sk-good"}, {}, 101),
        ("/openai/realtime", {"deployment": "mine"}, GOOD, 101),
        ("/openai/realtime", {"deployment": "mine"}, {}, 401),
        ("/openai/realtime", {"deployment": "mine"}, {"api-key": "sk-bad"}, 401),
        ("/openai/realtime", {"deployment": "other"}, {"api-key": "sk-good"}, 404),
        ("/openai/realtime", {"model": "mine"}, {"api-key": "sk-good"}, 404),
        ("/openai/v1/realtime", {"model": "mine"}, {"api-key": "sk-good"}, 101),
        ("/openai/v1/realtime", {"model": "mine"}, {"api-key": "sk-bad"}, 401),
        ("/openai/v1/realtime", {"intent": "transcription"}, {"api-key": "sk-good"}, 101),
    ],
)
def test_azure_refuses_before_the_upgrade_and_openai_after_it(path: str, query: dict[str, str], headers: dict[str, str], expected: int) -> None:
    assert status(path, query, headers, "mine") == expected


@pytest.mark.parametrize(
    ("path", "headers", "dialect"),
    [
        ("/v1/realtime", {}, "ga"),
        ("/v1/realtime", {"openai-beta": "realtime=v1"}, "beta"),
        ("/v1/realtime", {"sec-websocket-protocol": "realtime, openai-beta.realtime-v1"}, "beta"),
        ("/openai/realtime", {}, "beta"),
        ("/openai/v1/realtime", {"openai-beta": "realtime=v1"}, "ga"),
    ],
)
def test_path_header_or_subprotocol_decide_the_dialect(path: str, headers: dict[str, str], dialect: str) -> None:
    found = visit(path, {"model": "m", "deployment": "m"}, GOOD | headers, keys(), (), 0.0)
    assert isinstance(found, Visit)
    assert found.dialect == dialect
    assert found.protocol == ("realtime" if "sec-websocket-protocol" in headers else None)


def test_an_ephemeral_key_stands_for_its_session_until_it_expires() -> None:
    issued = keys("sk-good")
    reply = issued.client_secret("sk-good", {"expires_after": {"anchor": "created_at", "seconds": 60}, "session": SESSION}, 100.0)
    assert reply.body is not None
    key = reply.body["value"]
    assert (reply.status, len(key), key[:3]) == (200, 35, "ek_")
    assert reply.body["session"]["instructions"] == "Be brief."

    def come(now_s: float) -> Visit:
        found = visit("/v1/realtime", {}, {"authorization": f"Bearer {key}"}, issued, (), now_s)
        assert isinstance(found, Visit)
        return found

    assert come(159.0).opened.session == reply.body["session"]
    assert come(159.0).refuse is None
    assert come(161.0).refuse == Refuse("invalid_api_key")
    assert issued.client_secret(key, {"session": SESSION}, 100.0).status == 401


@pytest.mark.parametrize(
    ("key", "body", "code", "message"),
    [
        (None, {}, None, "Missing bearer or basic authentication in header"),
        ("sk-bad-0123456789", {}, "invalid_api_key", "Incorrect API key provided: sk-bad-0*****6789."),
        ("sk-good", [], "invalid_type", "Invalid type for '': expected an object, but got an array instead."),
        ("sk-good", {"session": {"model": "gpt-realtime"}}, "missing_required_parameter", "Missing required parameter: 'session.type'."),
        ("sk-good", {"session": {"type": "realtime", "voice": "alloy"}}, "unknown_parameter", "Unknown parameter: 'session.voice'."),
        ("sk-good", {"expires_after": {"seconds": 5}}, "integer_below_min_value", "Invalid 'expires_after.seconds': integer below minimum value."),
        ("sk-good", {"session": {"type": "realtime", "model": 3}}, "invalid_type", "Invalid type for 'session.model': expected a string,"),
    ],
)
def test_a_client_secret_is_refused_in_the_words_of_the_server(key: str | None, body: Any, code: str | None, message: str) -> None:
    reply = keys("sk-good").client_secret(key, body, 0.0)
    assert reply.status in (400, 401)
    assert reply.body is not None
    assert reply.body["error"]["code"] == code
    assert reply.body["error"]["message"].startswith(message)


async def test_the_rest_calls_over_http() -> None:
    with openai_server(keys=["sk-good"], pace=0) as server:
        async with aiohttp.ClientSession(server.base_url + "/", headers={"authorization": "Bearer sk-good"}) as http:
            async with http.get("/health") as reply:
                assert await reply.json() == {"status": "ok", "connections": 0}
            async with http.post("realtime/sessions", json={"model": "gpt-4o-realtime-preview", "voice": "echo"}) as reply:
                made = await reply.json()
            async with http.post("realtime/transcription_sessions", json={"input_audio_format": "g711_ulaw"}) as reply:
                hearing = await reply.json()
            async with http.post("realtime/client_secrets", data="{") as reply:
                assert (reply.status, (await reply.json())["error"]["code"]) == (400, "invalid_json")
            async with http.get("realtime?model=gpt-realtime") as reply:
                assert reply.status == 400
        assert (made["object"], made["voice"], made["modalities"]) == ("realtime.session", "echo", ["audio", "text"])
        assert (hearing["object"], hearing["input_audio_format"]) == ("realtime.transcription_session", "g711_ulaw")
        secret = made["client_secret"]["value"]
        protocols = ("realtime", f"openai-insecure-api-key.{secret}", "openai-beta.realtime-v1")
        async with aiohttp.ClientSession() as http, http.ws_connect(f"{server.url}?model=gpt-4o-realtime-preview", protocols=protocols) as socket:
            assert socket.protocol == "realtime"
            session = (await socket.receive_json())["session"]
        assert (session["voice"], session["client_secret"]) == ("echo", None)


async def test_refusals_over_http_and_no_answer_at_all() -> None:
    with openai_server(script={"steps": [{"model": {"refuse": 403}}]}) as server:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await http.ws_connect(server.url)
    with openai_server(script={"steps": [{"model": {"refuse": "no_answer"}}]}) as server:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(http.ws_connect(server.url), 0.1)
        for _ in range(100):
            if server.tasks() == 0:
                break
            await asyncio.sleep(0.01)
        assert server.tasks() == 0


@pytest.mark.parametrize(("path", "dialect"), [("/openai/realtime?deployment=mine", "beta"), ("/openai/v1/realtime?model=mine", "ga")])
async def test_azures_preview_sends_rate_limits_without_entries_and_its_ga_does_not(path: str, dialect: str) -> None:
    with openai_server(script={"steps": [{"model": {"say": "Hello", "text": True}}]}, pace=0) as server:
        url = server.url.replace("/v1/realtime", path)
        async with aiohttp.ClientSession(headers={"api-key": "sk-good"}) as http, http.ws_connect(url) as socket:
            await socket.send_json({"type": "response.create"})
            while (event := await socket.receive_json(timeout=10))["type"] != "rate_limits.updated":
                pass
    assert [limit["name"] for limit in event["rate_limits"]] == ([] if dialect == "beta" else ["tokens"])


async def test_quota_gone_is_close_1013() -> None:
    with openai_server(script={"quota": "gone"}, pace=0) as server:
        async with aiohttp.ClientSession(headers=GOOD) as http, http.ws_connect(f"{server.url}?model=gpt-realtime") as socket:
            assert (await socket.receive_json())["error"]["code"] == "insufficient_quota"
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 1013
