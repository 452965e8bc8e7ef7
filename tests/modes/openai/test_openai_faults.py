"""Faults in scripts and rules: where they stand decides when they happen; and over a socket, where the socket matters."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
import yaml

from simulator.modes.openai import openai_server
from simulator.modes.openai.files import read_rules, read_script
from simulator.modes.openai.minds import Echo, Ruled, Scripted
from simulator.modes.openai.plans import Plan
from simulator.vendors.openai.events import Answer, Disconnect, EmitRaw, Expire, Say, Stall, Trouble
from simulator.vendors.openai.faults import Delay, Drop, Duplicate, Fault, Upon
from simulator.vendors.openai.prompt import Prompt, Read

NOBODY = Prompt("", (), "auto", ())
HELLO = Answer((Say("hello"),))


def script(*steps: str) -> Scripted:
    return Scripted(read_script("steps:\n" + "".join(f"- model: {step}\n" for step in steps), "s.yaml", env={}), Echo())


# --- when -----------------------------------------------------------------------------------------------------------------------


def test_faults_ahead_of_the_first_answer_are_there_from_the_beginning() -> None:
    mind = script("{drop: session.created}", "{disconnect: 1011, after: 90s}", "{stall: 1s, after: response.created}", "{say: hello}")
    assert mind.begins() == Plan(
        (Fault("session.created", Drop()), Upon("response.created", (Stall(1.0),))),
        None,
        ((90.0, Disconnect(1011)),),
    )
    assert mind.answers(NOBODY) == Plan((), HELLO)


def test_a_fault_between_two_answers_is_laid_when_the_second_is_asked_for() -> None:
    mind = script("{say: one}", "{duplicate: response.done, copies: 3}", "{delay: /delta/, by: 1s, times: all, skip: 2}", "{say: hello}")
    mind.answers(NOBODY)
    assert mind.answers(NOBODY) == Plan((Fault("response.done", Duplicate(3)), Fault("/delta/", Delay(1.0), times=None, skip=2)), HELLO)


def test_what_has_an_instant_belongs_to_the_answer_before_it() -> None:
    mind = script(
        "{say: hello}",
        "{error: server_error, after: 800ms}",
        "{expire: true, after: response.output_item.done}",
        "{emit: {type: x}, after: 2s}",
        "{drop: response.done, after: response.content_part.added}",
        "{say: two}",
    )
    assert mind.answers(NOBODY) == Plan(
        (Upon("response.output_item.done", (Expire(),)), Upon("response.content_part.added", (Fault("response.done", Drop()),))),
        HELLO,
        ((0.8, Trouble("server_error")), (2.0, EmitRaw({"type": "x"}))),
    )


def test_a_rule_lays_faults_and_somebody_else_may_answer() -> None:
    text = "[{when: /bad/, model: [{drop: response.done}, {disconnect: dropped, after: response.output_item.added}]}]"
    mind = Ruled(read_rules(text, "r.yaml", env={}).rules, Echo())
    plan = mind.answers(Prompt("", (), "auto", (Read({"type": "message", "role": "user"}, "bad line"),)))
    assert plan == Plan((Fault("response.done", Drop()), Upon("response.output_item.added", (Disconnect(None),))), Answer((Say("bad line"),)))


# --- over a socket ----------------------------------------------------------------------------------------------------------------


async def turn(server: Any, rounds: int = 1) -> tuple[list[str], int | None]:
    """The types of all events of so many responses, and how the connection ended (None: it is open)."""
    found: list[str] = []
    async with aiohttp.ClientSession(headers={"authorization": "Bearer sk-1"}) as http, http.ws_connect(f"{server.url}?model=gpt-realtime") as socket:
        for _ in range(rounds):
            await socket.send_json({"type": "response.create"})
            while not found or found[-1] != "rate_limits.updated":
                message = await asyncio.wait_for(socket.receive(), 10)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return found, message.data if message.type is aiohttp.WSMsgType.CLOSE else 1006
                found.append(message.json()["type"])
        return found, None


@pytest.mark.parametrize("event", ["response.created", "response.output_item.added", "response.output_audio.delta", "response.done"])
async def test_the_line_is_cut_without_a_close_frame_right_behind_an_event(event: str) -> None:
    steps = [{"model": {"say": "Good evening to you"}}, {"model": {"disconnect": "dropped", "after": event}}]
    with openai_server(script={"steps": steps}, pace=0) as server:
        found, code = await turn(server)
        assert (found[-1], code) == (event, 1006)
        for _ in range(200):
            if not server.connections:
                break
            await asyncio.sleep(0.01)
        assert (server.connections, server.notes) == (0, [])


async def test_a_close_frame_comes_right_behind_an_event() -> None:
    steps = [{"model": {"say": "Hello", "text": True}}, {"model": {"disconnect": 1012, "reason": "restart", "after": "response.output_text.delta"}}]
    with openai_server(script={"steps": steps}, pace=0) as server:
        found, code = await turn(server)
    assert (found[-1], code) == ("response.output_text.delta", 1012)


async def test_events_are_lost_repeated_and_late_on_the_wire() -> None:
    script = """
steps:
  - model: {drop: response.output_item.added}
  - model: {duplicate: response.content_part.added, copies: 2}
  - model: {delay: response.output_item.done, by: 50ms}
  - model: {say: Hello, text: true}
"""
    with openai_server(script=yaml.safe_load(script), pace=0) as server:
        found, code = await turn(server)
        assert code is None
        assert "response.output_item.added" not in found
        assert found.count("response.content_part.added") == 3
        assert "response.output_item.done" not in found  # it comes when all is over


async def test_rules_cut_the_line_when_somebody_asks_for_it() -> None:
    rules = [{"when": {"absent": True}, "model": [{"say": "Hello"}, {"disconnect": "dropped", "after": "response.output_audio.delta"}]}]
    with openai_server(rules=rules, pace=0) as server:
        assert (await turn(server))[1] == 1006


async def test_a_session_expires_some_time_after_it_began() -> None:
    with openai_server(script={"connections": {"which": "all", "model": {"expire": True, "after": "100ms"}}}, pace=0) as server:
        async with (
            aiohttp.ClientSession(headers={"authorization": "Bearer sk-1"}) as http,
            http.ws_connect(f"{server.url}?model=gpt-realtime") as socket,
        ):
            assert (await socket.receive_json())["type"] == "session.created"
            assert (await socket.receive_json(timeout=10))["error"]["code"] == "session_expired"
            assert (await socket.receive(timeout=10)).data == 1001


async def test_a_model_that_may_not_be_used_fails_every_response() -> None:
    with openai_server(script={"steps": [{"model": {"refuse": "model_not_found"}}]}, pace=0) as server:
        found, code = await turn(server)
    assert (found, code) == (["session.created", "response.created", "response.done", "rate_limits.updated"], None)


ROWS = (
    "invalid_api_key", "missing_authentication", "invalid_model", "missing_model", "invalid_intent", "invalid_parameter", "beta_api_shape_disabled",
    "insufficient_quota", "session_expired",
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
async def test_every_refusal_closes_a_real_socket_in_its_own_way(row: str) -> None:
    code = {"invalid_api_key": 3000, "missing_authentication": 3000, "insufficient_quota": 1013, "session_expired": 1001}.get(row, 4000)
    with openai_server(script={"steps": [{"model": {"refuse": row}}]}, pace=0) as server:
        async with (
            aiohttp.ClientSession(headers={"authorization": "Bearer sk-1"}) as http,
            http.ws_connect(f"{server.url}?model=gpt-realtime") as socket,
        ):
            assert (await socket.receive_json(timeout=10))["type"] == "error"
            gone = await socket.receive(timeout=10)
            assert (gone.type, gone.data) == (aiohttp.WSMsgType.CLOSE, code)
