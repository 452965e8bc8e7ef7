"""Calls from the first message to the last, over a real socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from app import calls
from app.assistant import ASSISTANT
from app.tools import tool
from tests.app.acting import KEY, Serve, Served, Weather, new_call

Log = pytest.LogCaptureFixture
Patch = pytest.MonkeyPatch

SAY_AND_HANG_UP = ["say", "hangup"]


def names(verbs: list[dict[str, Any]]) -> list[str]:
    return [verb["verb"] for verb in verbs]


async def test_a_call_is_answered_with_the_key_of_the_process(app: Served) -> None:
    jambonz = await app.dial()
    verbs = await jambonz.ask("session:new", new_call())
    assert names(verbs) == ["answer", "pause", "llm", "hangup"]
    assert verbs[2]["auth"] == {"apiKey": KEY}
    assert verbs[2]["llmOptions"]["session_update"]["type"] == "realtime"


async def test_a_call_is_answered_with_what_its_application_says(serve: Serve) -> None:
    served = await serve(openai_api_key="sk-of-the-server")
    jambonz = await served.dial()
    verbs = await jambonz.ask("session:new", new_call(env_vars={"OPENAI_API_KEY": KEY, "OPENAI_REALTIME": "beta", "OPENAI_MODEL": "m-1"}))
    assert (verbs[2]["auth"], verbs[2]["model"]) == ({"apiKey": KEY}, "m-1")
    assert "type" not in verbs[2]["llmOptions"]["session_update"]


@pytest.mark.parametrize(
    "env_vars",
    [None, {}, {"OPENAI_API_KEY": ""}, {"OPENAI_API_KEY": KEY, "OPENAI_REALTIME": "gamma"}, {"OPENAI_API_KEY": [KEY]}, "x"],
)
async def test_a_call_that_cannot_be_served_is_declined(serve: Serve, env_vars: Any, caplog: Log) -> None:
    served = await serve(openai_api_key=None)
    jambonz = await served.dial()
    data = new_call() if env_vars is None else new_call(env_vars=env_vars)
    assert await jambonz.ask("session:new", data) == [{"verb": "sip:decline", "status": 480, "reason": "Temporarily Unavailable"}]
    assert 'event="call declined" call_sid=call-a reason=' in caplog.text


async def test_a_call_that_is_answered_already_is_told_that_it_cannot_be_served(serve: Serve) -> None:
    served = await serve(openai_api_key=None)
    outbound = await served.dial()
    assert names(await outbound.ask("session:new", new_call(direction="outbound", call_status="in-progress"))) == SAY_AND_HANG_UP
    handed_over = await served.dial("call-b")
    assert names(await handed_over.ask("session:redirect", new_call(call_status="in-progress"), hook="/openai-s2s")) == SAY_AND_HANG_UP


async def test_the_model_is_told_the_weather(app: Served) -> None:
    jambonz = await app.answered()
    await jambonz.event("response.created")
    await jambonz.call_tool()
    await jambonz.event("response.done")
    command = await jambonz.receive()
    output = command["data"]["item"].pop("output")
    assert command == {
        "type": "command",
        "command": "llm:tool-output",
        "tool_call_id": "call_1",
        "data": {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1"}},
    }
    assert json.loads(output)["temperature"] == 21.4


async def test_two_tools_in_a_turn_make_the_model_speak_once(app: Served) -> None:
    jambonz = await app.answered()
    await jambonz.event("response.created")
    await jambonz.call_tool("call_1")
    await jambonz.call_tool("call_2", args={"location": "Atlantis", "scale": "celsius"})
    await jambonz.event("response.done")
    first, second = await jambonz.receive(), await jambonz.receive()
    assert first["command"] == "llm:update"
    assert first["data"]["type"] == "conversation.item.create"
    assert (first["data"]["item"]["call_id"], second["tool_call_id"]) == ("call_1", "call_2")
    assert list(json.loads(second["data"]["item"]["output"])) == ["error"]


@pytest.mark.parametrize(
    "call",
    [
        {"args": {}},
        {"args": "Berlin"},
        {"args": ["Berlin"]},
        {"args": {"location": "Berlin", "scale": "kelvin"}},
        {"name": "get_wether"},
        {"name": None},
    ],
)
async def test_a_call_that_makes_no_sense_is_answered_with_an_error(app: Served, call: dict[str, Any]) -> None:
    jambonz = await app.answered()
    assert list(await jambonz.tool_turn(**call)) == ["error"]


async def test_a_tool_never_keeps_the_socket_waiting(app: Served, weather: Weather) -> None:
    jambonz = await app.answered()
    weather.open.clear()
    await jambonz.event("response.created")
    await jambonz.call_tool()
    await jambonz.event("response.done")
    assert await jambonz.hook("/anything") is None
    weather.open.set()
    assert (await jambonz.receive())["tool_call_id"] == "call_1"


async def test_an_end_of_a_response_that_never_arrives_is_not_waited_for_for_ever(app: Served, monkeypatch: Patch) -> None:
    monkeypatch.setattr("app.conversation.PATIENCE_S", 0)
    jambonz = await app.answered()
    await jambonz.call_tool()
    assert (await jambonz.receive())["tool_call_id"] == "call_1"


async def test_a_tool_call_without_an_id_cannot_be_answered(app: Served, caplog: Log) -> None:
    jambonz = await app.answered()
    await jambonz.send("llm:tool-call", {"name": "get_weather", "args": {}}, hook="/toolCall")
    assert await jambonz.hook("/anything") is None
    assert "it has no tool_call_id" in caplog.text


async def test_a_call_that_ends_during_a_tool_leaves_nothing_behind(app: Served, weather: Weather) -> None:
    jambonz = await app.answered()
    before = asyncio.all_tasks()
    weather.open.clear()
    await jambonz.call_tool()
    await jambonz.hook("/anything")
    assert len(app.tools_running()) == 1
    await jambonz.hang_up()
    await app.until_no_call()
    assert app.tools_running() == []
    assert len(asyncio.all_tasks() - before) <= 1  # at most the fake weather service's own


async def test_a_tool_call_after_the_end_is_ignored(app: Served, weather: Weather) -> None:
    jambonz = await app.answered()
    await jambonz.send("call:status", {"call_sid": "call-a", "call_status": "completed"})
    await jambonz.call_tool()
    assert await jambonz.hook("/anything") is None
    assert weather.asked == []


async def test_an_output_that_is_late_is_dropped(app: Served, weather: Weather) -> None:
    jambonz = await app.answered()
    weather.open.clear()
    await jambonz.call_tool()
    assert names(await jambonz.hook("/final", {"completion_reason": "disconnect from remote end"})) == SAY_AND_HANG_UP
    weather.open.set()
    assert await jambonz.hook("/anything") is None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            {"completion_reason": "server failure", "error": {"code": "rate_limit_exceeded", "message": "Please try again in 20s."}},
            "Sorry, you have exceeded your open AI rate limits. Please try again in 20 seconds.",
        ),
        ({"completion_reason": "server failure"}, "Sorry, the assistant could not answer. Please try again later."),
        ({"completion_reason": "server error", "error": None}, "Sorry, the assistant has run into an error. Please try again later."),
        ({"completion_reason": "connection failure"}, "Sorry, I could not reach the assistant. Please try again later."),
        ({}, "Sorry, something went wrong. Please try again later."),
    ],
)
async def test_the_caller_hears_why_and_is_hung_up(app: Served, data: dict[str, Any], text: str) -> None:
    jambonz = await app.answered()
    assert await jambonz.hook("/final", {"call_status": "in-progress", **data}) == [{"verb": "say", "text": text}, {"verb": "hangup"}]


@pytest.mark.parametrize(
    "data",
    [{"completion_reason": "normal conversation end"}, {"completion_reason": "server error", "call_status": "completed"}],
)
async def test_nobody_needs_words_at_a_normal_end_or_after_the_call(app: Served, data: dict[str, Any]) -> None:
    jambonz = await app.answered()
    assert await jambonz.hook("/final", data) is None


async def test_transcripts_of_both_sides_are_logged_with_the_call(app: Served, caplog: Log) -> None:
    jambonz = await app.answered()
    await jambonz.event("conversation.item.input_audio_transcription.completed", transcript="Hello?")
    await jambonz.event("response.audio_transcript.done", transcript="Good day.")
    await jambonz.event("response.output_audio_transcript.done", transcript="Good evening.")
    await jambonz.hook("/anything")
    for line in (
        "event=transcript call_sid=call-a who=caller text=Hello?",
        'event=transcript call_sid=call-a who=assistant text="Good day."',
        'event=transcript call_sid=call-a who=assistant text="Good evening."',
    ):
        assert line in caplog.text


@pytest.mark.parametrize("type_", ["session:adulting", "dial:confirm", "verb:hook"])
async def test_whatever_wants_an_acknowledgement_gets_one(app: Served, type_: str) -> None:
    jambonz = await app.dial()
    assert await jambonz.ask(type_, {"call_sid": "call-a"}) is None


@pytest.mark.parametrize("type_", ["call:status", "verb:status", "jambonz:error", "llm:event", "llm:tool-call", "tts:tokens-result", "something:new"])
@pytest.mark.parametrize("data", [{}, None, "text", [1], {"type": {}, "call_status": [], "call_sid": 5, "tool_call_id": {}, "content": KEY}])
async def test_whatever_wants_none_gets_none_and_harms_nothing(app: Served, type_: str, data: Any) -> None:
    jambonz = await app.answered()
    await jambonz.send(type_, data)
    assert await jambonz.hook("/anything") is None


@pytest.mark.parametrize(
    "frame",
    ["", "{", "null", "[]", "{}", '{"type": null}', '{"type": ["ack"]}', '"text"', "5", "\x00", b"\xff\xfe", b"{}", "[" * 200_000],
)
async def test_a_frame_that_makes_no_sense_is_ignored(app: Served, frame: str | bytes) -> None:
    jambonz = await app.answered()
    await jambonz.socket.send(frame)
    assert await jambonz.hook("/anything") is None


async def test_a_binary_frame_is_read_as_text(app: Served) -> None:
    jambonz = await app.answered()
    await jambonz.socket.send(json.dumps({"type": "verb:hook", "msgid": "m1", "hook": "/anything"}).encode())
    assert await jambonz.receive() == {"type": "ack", "msgid": "m1"}


async def test_a_message_without_msgid_cannot_be_acknowledged(app: Served) -> None:
    jambonz = await app.answered()
    await jambonz.socket.send(json.dumps({"type": "verb:hook", "hook": "/final", "data": {}}))
    assert await jambonz.hook("/anything") is None


async def test_a_handler_that_raises_acknowledges_nevertheless(app: Served, monkeypatch: Patch, caplog: Log) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    jambonz = await app.answered()
    monkeypatch.setattr("app.session.apology", broken)
    assert await jambonz.hook("/final", {"completion_reason": "server error"}) is None
    assert await jambonz.hook("/anything") is None
    monkeypatch.setattr("app.session.answer", broken)
    other = await app.dial("call-b")
    assert await other.ask("session:new", new_call()) == [{"verb": "sip:decline", "status": 500, "reason": "Server Internal Error"}]
    assert caplog.text.count("message could not be handled") == 2


async def test_an_error_of_jambonz_is_logged_without_what_was_sent(app: Served, caplog: Log) -> None:
    jambonz = await app.answered()
    await jambonz.send("jambonz:error", {"msg": "InvalidMessage", "details": f"unknown {KEY}", "content": f'{{"apiKey": "{KEY}"}}'})
    await jambonz.hook("/anything")
    assert 'call_sid=call-a msg=InvalidMessage details="unknown ***"' in caplog.text


async def test_a_key_of_the_call_is_not_logged_either(app: Served, caplog: Log) -> None:
    jambonz = await app.dial()
    await jambonz.ask("session:new", new_call(env_vars={"OPENAI_API_KEY": "sk-of-the-call"}))
    await jambonz.event("error", error={"message": "Incorrect API key provided: sk-of-the-call"})
    await jambonz.hook("/final", {"completion_reason": "server error", "error": {"message": "sk-of-the-call"}})
    assert "Incorrect API key provided: ***" in caplog.text
    assert "sk-of-the-call" not in caplog.text


# When the socket breaks


async def test_a_call_goes_on_over_a_new_socket(app: Served, weather: Weather) -> None:
    broken = await app.answered()
    weather.open.clear()
    await broken.event("response.created")
    await broken.call_tool()
    await broken.event("response.done")
    await broken.hook("/anything")
    broken.socket.transport.abort()
    jambonz = await app.dial()
    assert await jambonz.ask("session:reconnect", new_call()) is None
    weather.open.set()
    assert (await jambonz.receive())["tool_call_id"] == "call_1"
    await jambonz.hang_up()
    await app.until_no_call()


async def break_during_a_tool(app: Served, weather: Weather) -> None:
    """A call whose socket breaks while a tool runs, until `weather.open` is set."""
    broken = await app.answered()
    weather.open.clear()
    await broken.call_tool()
    await broken.event("response.done")
    await broken.hook("/anything")
    broken.socket.transport.abort()


async def test_an_output_waits_for_the_next_socket(app: Served, weather: Weather) -> None:
    await break_during_a_tool(app, weather)
    await app.until_no_socket()
    weather.open.set()
    await app.until_no_tool()
    jambonz = await app.dial()
    assert await jambonz.ask("session:reconnect", new_call()) is None
    assert (await jambonz.receive())["tool_call_id"] == "call_1"


async def test_a_call_that_broke_before_its_answer_is_answered_on_reconnect(app: Served) -> None:
    jambonz = await app.dial()
    assert names(await jambonz.ask("session:reconnect", new_call())) == ["answer", "pause", "llm", "hangup"]
    jambonz.socket.transport.abort()
    again = await app.dial()
    assert await again.ask("session:reconnect", new_call()) is None


async def test_a_reconnect_that_says_nothing_is_acknowledged(app: Served) -> None:
    jambonz = await app.dial(None)
    assert await jambonz.ask("session:reconnect", {}) is None
    assert (await jambonz.tool_turn())["temperature"] == 21.4


async def test_a_socket_that_names_its_call_late_belongs_to_it_from_then_on(app: Served, weather: Weather) -> None:
    await break_during_a_tool(app, weather)
    jambonz = await app.dial(None)
    assert await jambonz.ask("session:reconnect", {}) is None
    assert await jambonz.hook("/anything", {"call_sid": "call-a"}) is None
    weather.open.set()
    assert (await jambonz.receive())["tool_call_id"] == "call_1"


async def test_an_old_socket_that_closes_late_ends_nothing(app: Served) -> None:
    old = await app.answered()
    new = await app.dial()
    assert await new.ask("session:reconnect", new_call()) is None
    await old.socket.close(1000)
    assert (await new.tool_turn())["temperature"] == 21.4
    assert len(app.calls) == 1


async def test_a_call_that_does_not_come_back_is_forgotten(app: Served, weather: Weather, monkeypatch: Patch) -> None:
    monkeypatch.setattr(calls, "RECONNECT_GRACE_S", 0)
    jambonz = await app.answered()
    weather.open.clear()
    await jambonz.call_tool()
    await jambonz.hook("/anything")
    jambonz.socket.transport.abort()
    await app.until_no_call()
    await app.until_no_tool()


@pytest.mark.parametrize("status", ["completed", "failed", "busy", "no-answer"])
async def test_a_call_that_is_over_is_forgotten_with_its_socket_however_that_closes(app: Served, status: str) -> None:
    jambonz = await app.answered()
    await jambonz.send("call:status", {"call_sid": "call-a", "call_status": status})
    await jambonz.hook("/anything")
    jambonz.socket.transport.abort()
    await app.until_no_call()


async def test_the_end_of_a_dialled_leg_is_not_the_end_of_the_call(app: Served) -> None:
    jambonz = await app.answered()
    await jambonz.send("call:status", {"call_sid": "leg-b", "call_status": "completed", "parent_call_sid": "call-a"})
    assert (await jambonz.tool_turn())["temperature"] == 21.4


async def test_a_socket_that_never_carries_a_call_is_tolerated(app: Served) -> None:
    jambonz = await app.dial(None)
    await jambonz.send("call:status", {"call_sid": "call-a", "call_status": "trying", "direction": "outbound"})
    await jambonz.send("call:status", {"call_sid": "call-a", "call_status": "busy", "direction": "outbound"})
    await jambonz.socket.close(1000)
    await app.until_no_call()


async def test_a_call_that_is_handed_over_gets_the_assistant_afresh(app: Served) -> None:
    jambonz = await app.answered()
    assert names(await jambonz.ask("session:redirect", {"call_sid": "call-a", "call_status": "in-progress"}, hook="/openai-s2s")) == [
        "answer",
        "pause",
        "llm",
        "hangup",
    ]
    # The old assistant ends only now, and must not take the new one with it.
    assert await jambonz.hook("/final", {"completion_reason": "normal conversation end", "call_status": "in-progress"}) is None
    assert (await jambonz.tool_turn())["temperature"] == 21.4


async def test_a_tool_that_breaks_its_own_task_is_logged(serve: Serve, monkeypatch: Patch, caplog: Log) -> None:
    async def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("app.session.output_of", broken)
    served = await serve()
    jambonz = await served.answered()
    await jambonz.call_tool()
    await jambonz.hook("/anything")
    await served.until_no_tool()
    assert 'event="task failed" call_sid=call-a' in caplog.text


async def test_another_assistant_has_other_tools(serve: Serve) -> None:
    @tool
    async def shout(word: str) -> str:
        """Shouts.

        Args:
            word: what to shout
        """
        return word.upper()

    served = await serve(replace(ASSISTANT, tools=(shout,)))
    jambonz = await served.answered()
    assert await jambonz.tool_turn(name="shout", args={"word": "hello"}) == "HELLO"


async def test_three_hundred_calls_at_once_stay_apart(app: Served, weather: Weather) -> None:
    weather.open.clear()
    calls_at_once = 300

    async def call(number: int) -> dict[str, Any]:
        jambonz = await app.answered(f"call-{number}")
        await jambonz.event("response.created")
        await jambonz.call_tool(f"tool-{number}", args={"location": f"Place {number}", "scale": "celsius"})
        await jambonz.event("response.done")
        await jambonz.hook("/anything")
        if len(app.calls) == calls_at_once:
            weather.open.set()
        command = await jambonz.receive()
        await jambonz.hang_up()
        return command

    weather.places = {f"Place {number}": {"name": f"Place {number}", "latitude": number, "longitude": 0} for number in range(calls_at_once)}
    commands = await asyncio.gather(*(call(number) for number in range(calls_at_once)))
    assert [command["tool_call_id"] for command in commands] == [f"tool-{number}" for number in range(calls_at_once)]
    assert [json.loads(command["data"]["item"]["output"])["place"] for command in commands] == [f"Place {number}" for number in range(calls_at_once)]
    await app.until_no_call()
    assert app.tools_running() == []


async def test_the_application_never_closes_a_call_with_1000(serve: Serve) -> None:
    served = await serve()
    jambonz = await served.answered()
    stopping = asyncio.create_task(served.stop())
    with pytest.raises(ConnectionClosed) as closed:
        await jambonz.receive()
    await stopping
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
