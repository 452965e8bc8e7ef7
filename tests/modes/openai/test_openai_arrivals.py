"""Connections that are met in their own way: which ones, and with what."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from simulator.errors import ScenarioErrors
from simulator.modes.openai import openai_server
from simulator.modes.openai.arrivals import Welcome, welcome, which
from simulator.modes.openai.files import read_rules, read_script
from simulator.modes.openai.plans import Plan
from simulator.vendors.openai.events import Disconnect, Refuse
from simulator.vendors.openai.faults import Drop, Fault, Upon


def met(text: str, number: int) -> Welcome:
    return welcome(read_script(f"connections: {text}", "s.yaml", env={}).connections, number)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2", [2]), ("first 2", [1, 2]), ("from 4", [4, 5, 6]), ("every 2nd", [2, 4, 6]), ("every 3", [3, 6]), ("all", [1, 2, 3, 4, 5, 6])],
)
def test_which_connections(text: str, numbers: list[int]) -> None:
    some = which(text)
    assert some is not None
    assert [number for number in range(1, 7) if some.fits(number)] == numbers


@pytest.mark.parametrize("which", ["0", "first 0", "first", "every other", "-1", "[]", "[first 2, 3]", "{a: 1}", "first 99999999999"])
def test_what_is_no_choice_of_connections_is_said_to_be_none(which: str) -> None:
    with pytest.raises(ScenarioErrors, match="connections: which: expected which connections: 3, "):
        met(f"[{{which: {which}, model: {{refuse: 503}}}}]", 1)


def test_an_answer_cannot_meet_a_connection() -> None:
    with pytest.raises(ScenarioErrors, match="nobody has asked for an answer yet"):
        met("[{which: 1, model: {say: hello}}]", 1)


def test_the_first_refusal_over_http_is_taken_and_others_are_let_in() -> None:
    text = "[{which: [1, 3], model: {refuse: 503}}, {which: first 2, model: [{refuse: insufficient_quota}, {drop: session.created}]}]"
    assert met(text, 1) == Welcome(503)
    assert met(text, 2) == Welcome(None, Plan((Refuse("insufficient_quota"), Fault("session.created", Drop()))))
    assert met(text, 4) == Welcome()


def test_what_meets_a_connection_may_wait_for_its_instant_and_what_does_not_comes_with_it() -> None:
    text = "[{which: all, model: [{disconnect: dropped, after: session.created}, {disconnect: 1012}, {disconnect: 1013, after: 5s}]}]"
    assert met(text, 1).plan == Plan((Upon("session.created", (Disconnect(None),)),), None, ((0.0, Disconnect(1012)), (5.0, Disconnect(1013))))


def test_rules_may_say_how_the_server_behaves() -> None:
    book = read_rules(
        """
pace: 0
connections: [{which: first 2, model: {refuse: invalid_api_key}}]
rules:
  - {when: /for (\\d)/, model: {say: "For ${1}?"}}
""",
        "r.yaml",
        env={},
    )
    assert (book.pace, len(book.rules)) == (0, 1)
    assert welcome(book.connections, 1).plan.before == (Refuse("invalid_api_key"),)


async def codes(url: str, rounds: int) -> list[int | str]:
    """What becomes of so many connections, one after the other: an HTTP status, the code of a close, or the first event."""
    found: list[int | str] = []
    async with aiohttp.ClientSession(headers={"authorization": "Bearer sk-1"}) as http:
        for _ in range(rounds):
            try:
                async with http.ws_connect(f"{url}?model=gpt-realtime") as socket:
                    first = await socket.receive_json()
                    if first["type"] != "error":
                        found.append(first["type"])
                        continue
                    found.append((await socket.receive()).data)
            except aiohttp.WSServerHandshakeError as refused:
                found.append(refused.status)
    return found


async def test_some_connections_are_refused_and_the_others_served() -> None:
    script = {"connections": [{"which": "first 2", "model": {"refuse": 503}}, {"which": "every 4th", "model": {"refuse": "insufficient_quota"}}]}
    with openai_server(script=script, pace=0) as server:
        assert await codes(server.url, 5) == [503, 503, "session.created", 1013, "session.created"]


async def test_a_connection_is_lost_without_a_close_frame_right_behind_its_greeting() -> None:
    rules = {"rules": [], "connections": [{"which": 1, "model": {"disconnect": "dropped", "after": "session.created"}}]}
    rules["rules"] = [{"when": "*", "model": {"say": "Hello"}}]
    with openai_server(rules=rules, pace=0) as server:
        async with aiohttp.ClientSession(headers={"authorization": "Bearer sk-1"}) as http:
            async with http.ws_connect(f"{server.url}?model=gpt-realtime") as socket:
                assert (await socket.receive_json())["type"] == "session.created"
                gone = await socket.receive()
                assert (gone.type, socket.close_code) == (aiohttp.WSMsgType.CLOSED, 1006)
            async with http.ws_connect(f"{server.url}?model=gpt-realtime") as socket:
                assert (await socket.receive_json())["type"] == "session.created"
                await socket.send_str('{"type":"input_audio_buffer.clear"}')
                assert (await socket.receive_json())["type"] == "input_audio_buffer.cleared"
        for _ in range(100):
            if not server.connections:
                break
            await asyncio.sleep(0.01)
        assert server.connections == 0


async def test_azures_words_for_a_refusal_on_azures_path() -> None:
    with openai_server(script={"connections": {"which": "all", "model": {"refuse": 401}}}) as server:
        url = server.url.replace("/v1/realtime", "/openai/realtime").replace("ws", "http", 1)
        async with aiohttp.ClientSession() as http, http.get(f"{url}?deployment=mine") as reply:
            assert (reply.status, (await reply.json())["error"]["code"]) == (401, "401")
