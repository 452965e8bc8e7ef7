"""A real Realtime client cannot tell the server from the real one: the `openai` package over a real socket, in both dialects."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from simulator.modes.openai import openai_server
from simulator.vendors.openai.events import Dialect
from simulator.vendors.openai.settings import Settings
from tests.modes.openai.clients import connected

BOTH = pytest.mark.parametrize("dialect", ["ga", "beta"])
SPEAKING = Settings(speed_factor=4.0).at_once()
IN_TIME = Settings(**{name: getattr(SPEAKING, name) for name in Settings.__slots__} | {"speed_factor": 1.0})
"""No waiting but for the audio, which takes as long as it lasts."""
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Current weather",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}
LONG = "The quick brown fox jumps over the lazy dog while the band plays on and nobody ever listens to it"


def steps(*doing: dict[str, Any], **script: Any) -> dict[str, Any]:
    return {"steps": [{"model": each} for each in doing]} | script


@BOTH
async def test_a_text_turn(dialect: Dialect) -> None:
    with openai_server(script=steps({"say": "Hello, how can I help you?"}), pace=0) as server:
        async with connected(server, dialect) as client:
            await client.configure(text=True, instructions="Be brief.")
            await client.write("Hi")
            await client.connection.response.create()
            response = await client.end()
    assert response["status"] == "completed"
    assert response["output"][0]["content"][0]["text"] == "Hello, how can I help you?"
    deltas = [event["delta"] for event in client.events if event["type"] == client.name("response.output_text.delta")]
    assert "".join(deltas) == "Hello, how can I help you?"


@BOTH
async def test_an_audio_turn_it_hears_and_speaks_back(dialect: Dialect) -> None:
    with openai_server(echo=True, pace=0) as server:
        async with connected(server, dialect) as client:
            await client.configure(input_audio_transcription={"model": "whisper-1"})
            await client.say("A table for two please")
            await client.end()
    assert client.heard() == "A table for two please"
    (transcript,) = [event["transcript"] for event in client.events if event["type"].endswith("transcription.completed")]
    assert transcript == "A table for two please"


@BOTH
async def test_a_function_call_and_its_output(dialect: Dialect) -> None:
    script = steps({"call": "get_weather", "with": {"location": "Berlin"}}, {"say": "It is twenty one degrees."})
    with openai_server(script=script, pace=0) as server:
        async with connected(server, dialect) as client:
            await client.configure(tools=[WEATHER])
            await client.write("What is the weather in Berlin?")
            await client.connection.response.create()
            (call,) = (await client.end())["output"]
            assert (call["type"], call["name"], json.loads(call["arguments"])) == ("function_call", "get_weather", {"location": "Berlin"})
            item = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"t": 21}'}
            await client.connection.conversation.item.create(item=item)
            await client.connection.response.create()
            response = await client.end()
    assert response["status"] == "completed"
    assert client.heard() == "It is twenty one degrees."


@BOTH
async def test_an_interruption_closes_out_what_was_being_said(dialect: Dialect) -> None:
    with openai_server(script=steps({"say": LONG}, {"say": "Yes?"}), settings=IN_TIME) as server:
        async with connected(server, dialect) as client:
            await client.connection.response.create()
            spoken = await client.until("response.output_audio.delta")
            await client.say("Stop it")
            response = await client.end()
            assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
            assert response["output"][0]["status"] == "incomplete"
            await client.connection.conversation.item.truncate(item_id=spoken["item_id"], content_index=0, audio_end_ms=50)
            await client.until("conversation.item.truncated")
            assert client.types().index("input_audio_buffer.speech_started") < client.types().index("response.done")


@BOTH
async def test_a_client_cancels_what_is_being_said(dialect: Dialect) -> None:
    with openai_server(script=steps({"say": LONG}), settings=IN_TIME) as server:
        async with connected(server, dialect) as client:
            await client.connection.response.create()
            await client.until("response.output_audio.delta")
            await client.connection.response.cancel()
            response = await client.end()
            assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
            await client.connection.response.cancel(event_id="too-late")
            error = (await client.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "too-late")


@BOTH
async def test_an_error_leaves_the_connection_open(dialect: Dialect) -> None:
    with openai_server(pace=0) as server:
        async with connected(server, dialect) as client:
            await client.connection.send({"type": "nope", "event_id": "mine"})
            error = (await client.until("error"))["error"]
            await client.connection.input_audio_buffer.commit()
            empty = (await client.until("error"))["error"]
            await client.configure(instructions="Go on.")
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "type", "mine")
    assert empty["code"] == "input_audio_buffer_commit_empty"


@BOTH
async def test_a_response_that_fails(dialect: Dialect) -> None:
    with openai_server(script=steps({"fail": "rate_limit_exceeded", "try_again_in": "20s"}), pace=0) as server:
        async with connected(server, dialect) as client:
            await client.connection.response.create()
            response = await client.end()
    assert response["status_details"]["error"]["code"] == "rate_limit_exceeded"
    assert "Please try again in 20s." in response["status_details"]["error"]["message"]


@BOTH
async def test_a_wrong_key_is_refused_with_an_error_and_close_3000(dialect: Dialect) -> None:
    from websockets.exceptions import ConnectionClosedError

    with openai_server(keys=["sk-good"], pace=0) as server:
        async with connected(server, dialect):
            pass
        with pytest.raises(ConnectionClosedError) as closed:
            async with connected(server, dialect, key="sk-wrong-0123456789") as client:
                await client.until("never")
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (3000, "invalid_request_error.invalid_api_key")


async def test_the_package_reconnects_when_the_server_restarts() -> None:
    from openai.types.websocket_reconnection import ReconnectingEvent, ReconnectingOverrides

    seen: list[int | None] = []

    def again(event: ReconnectingEvent) -> ReconnectingOverrides | None:
        seen.append(event.close_code)
        return None

    script = steps({"say": "one"}, {"disconnect": 1012, "reason": "restart"}, {"say": "never"})
    with openai_server(script=script, pace=0) as server:
        async with connected(server, "ga", on_reconnecting=again, initial_delay=0.01, max_delay=0.01) as client:
            greeted = 0
            await client.connection.response.create()
            async for event in client.connection:
                greeted += event.type == "session.created"
                if event.type == "rate_limits.updated" and not seen:
                    await client.connection.response.create()
                elif event.type == "session.created":
                    break
    assert (seen, greeted) == ([1012], 1)


@BOTH
async def test_every_connection_begins_the_script_anew(dialect: Dialect) -> None:
    with openai_server(script=steps({"say": "first"}, {"say": "second"}, after_last="fail"), pace=0) as server:
        for _ in range(2):
            async with connected(server, dialect) as client:
                for expected in ("first", "second"):
                    await client.connection.response.create()
                    assert (await client.end())["output"][0]["content"][0]["transcript"] == expected
                await client.connection.response.create()
                assert (await client.end())["status"] == "failed"


@BOTH
async def test_items_are_retrieved_and_deleted(dialect: Dialect) -> None:
    with openai_server(echo=True, pace=0) as server:
        async with connected(server, dialect) as client:
            await client.say("Good morning")
            (item,) = (await client.end())["output"]
            await client.connection.conversation.item.retrieve(item_id=item["id"])
            assert (await client.until("conversation.item.retrieved"))["item"]["id"] == item["id"]
            await client.connection.conversation.item.delete(item_id=item["id"])
            await client.until("conversation.item.deleted", item_id=item["id"])


async def test_an_ephemeral_key_opens_the_session_it_was_made_for() -> None:
    import openai

    with openai_server(keys=["sk-good"], pace=0) as server:
        async with openai.AsyncOpenAI(api_key="sk-good", base_url=server.base_url) as package:
            session: Any = {"type": "realtime", "model": "gpt-realtime", "instructions": "Speak like a pirate."}
            session["audio"] = {"output": {"voice": "marin"}}
            secret = await package.realtime.client_secrets.create(expires_after={"anchor": "created_at", "seconds": 60}, session=session)
        assert secret.value.startswith("ek_")
        async with connected(server, "ga", key=secret.value) as client:
            session = client.events[0]["session"]
    assert (session["instructions"], session["audio"]["output"]["voice"]) == ("Speak like a pirate.", "marin")


async def test_a_transcription_session() -> None:
    import openai

    with openai_server(pace=0) as server:
        package = openai.AsyncOpenAI(api_key="sk-1", base_url=server.base_url)
        async with package, package.realtime.connect(extra_query={"intent": "transcription"}) as connection:
            from tests.modes.openai.clients import Client

            client = Client(connection, "ga")
            assert (await client.until("session.created"))["session"]["type"] == "transcription"
            hearing = {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}
            await connection.session.update(session={"type": "transcription", "audio": hearing})
            await client.until("session.updated")
            await client.say("Take this down")
            done = await client.until("conversation.item.input_audio_transcription.completed")
    assert done["transcript"] == "Take this down"


async def test_an_mcp_server_of_the_script() -> None:
    search = {"name": "search", "input_schema": {"type": "object"}}
    call = {"call": {"name": "search", "mcp": "docs", "with": {"q": "price"}, "returns": "12 euros"}, "say": "Twelve euros."}
    with openai_server(script=steps(call, mcp={"docs": [search]}), pace=0) as server:
        async with connected(server) as client:
            tool = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test", "require_approval": "never"}
            await client.configure(tools=[tool])
            await client.until("mcp_list_tools.completed")
            await client.connection.response.create()
            response = await client.end()
    assert [item["type"] for item in response["output"]] == ["message", "mcp_call"]
    assert response["output"][1]["output"] == "12 euros"


async def test_azure_clients_of_both_generations() -> None:
    import openai

    from tests.modes.openai.clients import Client

    with openai_server(keys=["azure-key"], pace=0) as server:
        root = server.base_url.removesuffix("/v1")
        options: Any = {"api_key": "azure-key", "api_version": "2024-10-01-preview", "azure_endpoint": root}
        options |= {"websocket_base_url": root.replace("http", "ws") + "/openai"}
        async with openai.AsyncAzureOpenAI(**options) as package, package.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
            client = Client(connection, "beta")
            assert (await client.until("session.created"))["session"]["model"] == "gpt-4o-realtime-preview"
        with pytest.raises(Exception, match="401"):
            async with (
                openai.AsyncAzureOpenAI(**options | {"api_key": "wrong"}) as package,
                package.beta.realtime.connect(model="gpt-4o-realtime-preview"),
            ):
                pass
        v1 = openai.AsyncOpenAI(api_key="azure-key", base_url=f"{root}/openai/v1")
        async with v1, v1.realtime.connect(model="my-deployment") as connection:
            client = Client(connection, "ga")
            assert (await client.until("session.created"))["session"]["model"] == "my-deployment"


async def test_a_disconnect_comes_while_the_answer_is_heard() -> None:
    from websockets.exceptions import ConnectionClosedError

    script = steps({"say": LONG}, {"disconnect": "dropped", "after": "100ms"})
    with openai_server(script=script, settings=IN_TIME) as server:
        async with connected(server) as client:
            await client.connection.response.create()
            with pytest.raises(ConnectionClosedError) as closed:
                await client.until("never")
        assert closed.value.rcvd is None
        assert "response.output_audio.delta" in client.types()
        assert "response.done" not in client.types()
        for _ in range(100):
            if not server.connections:
                break
            await asyncio.sleep(0.01)
        assert server.tasks() == 0
