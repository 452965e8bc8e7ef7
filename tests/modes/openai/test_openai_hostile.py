"""What careless, broken and hostile clients send: they get an answer or a close, nobody else notices, and nothing is left of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import create_default_context
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from simulator.modes.openai import openai_server
from simulator.modes.openai.connection import MIB, Limits
from simulator.modes.openai.offer import offer
from simulator.modes.openai.server import OpenAIServer
from simulator.modes.openai.threaded import Running
from simulator.vendors.openai.events import Json
from simulator.vendors.openai.settings import Settings

PATIENCE_S = 10.0


@asynccontextmanager
async def raw(server: Running, **options: Any) -> AsyncIterator[ClientConnection]:
    async with connect(f"{server.url}?model=gpt-realtime", additional_headers={"authorization": "Bearer sk-1"}, **options) as client:
        assert (await read(client))["type"] == "session.created"
        yield client


async def read(client: ClientConnection) -> Json:
    event: Json = json.loads(await asyncio.wait_for(client.recv(), PATIENCE_S))
    return event


async def closed(client: ClientConnection) -> ConnectionClosed:
    try:
        while True:
            await asyncio.wait_for(client.recv(), PATIENCE_S)
    except ConnectionClosed as gone:
        return gone


def left(server: Running) -> tuple[int, int]:
    """Connections and tasks, once everybody had time to leave."""
    for _ in range(300):
        if server.connections == 0 and server.tasks() == 0:
            break
        time.sleep(0.01)
    return server.connections, server.tasks()


def sockets() -> int:
    """How many sockets this process has open, ours and the server's; where there is no /proc, none."""
    return sum(path.is_socket() for path in Path("/proc/self/fd").glob("*"))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x00\x01", "invalid_event"),
        ("not json", "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ('{"type":"session.update","session":' + '{"tools":' * 500 + "1" + "}" * 501, "invalid_json"),
        ("1" * 5_000, "invalid_json"),
        ('{"type":"response.create","response":{"metadata":{"a":"\\ud800"}},"event_id":1}', "invalid_type"),
        ("[]", "invalid_json"),
        ('{"type":"input_audio_buffer.append","audio":"***"}', "invalid_value"),
        ("{}", "missing_required_parameter"),
    ],
)
async def test_rubbish_gets_one_error_and_the_session_goes_on(frame: str | bytes, code: str) -> None:
    with openai_server(pace=0) as server:
        async with raw(server) as client:
            await client.send(frame)
            assert (await read(client))["error"]["code"] == code
            await client.send('{"type":"input_audio_buffer.clear"}')
            assert (await read(client))["type"] == "input_audio_buffer.cleared"
        assert left(server) == (0, 0)


async def test_what_comes_in_one_piece_is_answered_in_order_and_a_ping_behind_it() -> None:
    with openai_server(pace=0) as server:
        async with raw(server, compression=None) as client:
            texts = ['{"type":"input_audio_buffer.clear"}', "no json", '{"type":"input_audio_buffer.clear"}']
            for text in texts:
                client.protocol.send_text(text.encode())
            pong = await client.ping()  # flushes what the protocol has to send
            got = [(await read(client))["type"] for _ in texts]
            assert got == ["input_audio_buffer.cleared", "error", "input_audio_buffer.cleared"]
            await pong
        assert left(server) == (0, 0)


async def test_what_was_said_before_a_close_in_the_same_instant_is_read_before_it() -> None:
    with openai_server(pace=0) as server:
        async with raw(server, compression=None) as client:
            for name in ("input_audio_buffer.clear", "session.close"):
                client.protocol.send_text(f'{{"type":"{name}"}}'.encode())
            client.transport.write(b"".join(client.protocol.data_to_send()))
            assert (await read(client))["type"] == "input_audio_buffer.cleared"
            gone = await closed(client)
        assert gone.rcvd is not None
        assert gone.rcvd.code == 1000
        assert left(server) == (0, 0)


async def test_text_that_is_not_utf_8_is_close_1007() -> None:
    with openai_server(pace=0) as server:
        async with raw(server) as client:
            client.protocol.send_text(b"\xff\xfe")
            client.transport.write(b"".join(client.protocol.data_to_send()))
            gone = await closed(client)
        assert gone.rcvd is not None
        assert gone.rcvd.code == 1007
        assert left(server) == (0, 0)


async def test_a_frame_that_is_too_large_is_close_1009() -> None:
    with openai_server(pace=0, limits=Limits(frame_bytes=MIB)) as server:
        async with raw(server) as client:
            await client.send("x" * (MIB + 1))
            gone = await closed(client)
        assert gone.rcvd is not None
        assert gone.rcvd.code == 1009
        assert left(server) == (0, 0)


async def test_fifteen_megabytes_of_audio_in_one_event_are_heard() -> None:
    silence = "AAAA" * (5 * MIB)
    with openai_server(pace=0) as server:
        async with raw(server, max_size=None, compression=None) as client:
            await client.send('{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}}}}')
            assert (await read(client))["type"] == "session.updated"
            await client.send(f'{{"type":"input_audio_buffer.append","audio":"{silence}"}}')
            await client.send('{"type":"input_audio_buffer.commit"}')
            assert (await read(client))["type"] == "input_audio_buffer.committed"


async def test_audio_without_end_is_refused_and_the_session_goes_on() -> None:
    second = "AAAA" * (16 * 1000)
    with openai_server(pace=0, settings=Settings(audio_limit_s=4.0)) as server:
        async with raw(server) as client:
            await client.send('{"type":"session.update","session":{"type":"realtime","audio":{"input":{"turn_detection":null}}}}')
            assert (await read(client))["type"] == "session.updated"
            for _ in range(10):
                await client.send(f'{{"type":"input_audio_buffer.append","audio":"{second}"}}')
            await client.send('{"type":"input_audio_buffer.clear"}')
            codes = [(await read(client)).get("error", {}).get("code") for _ in range(7)]
        assert codes == ["audio_limit_exceeded"] * 6 + [None]
        assert left(server) == (0, 0)


@pytest.mark.parametrize("depth", [20, 90])
async def test_schemas_of_tools_come_back_as_deep_as_they_were(depth: int) -> None:
    schema: Any = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"in": schema}, "required": ["in"]}
    tool = {"type": "function", "name": "deep", "parameters": schema}
    with openai_server(pace=0) as server:
        async with raw(server) as client:
            await client.send(json.dumps({"type": "session.update", "session": {"type": "realtime", "tools": [tool], "tool_choice": "required"}}))
            assert (await read(client))["session"]["tools"][0]["parameters"] == schema
            await client.send('{"type":"response.create","response":{"output_modalities":["text"]}}')
            while (event := await read(client))["type"] != "response.done":
                assert event["type"] != "error"
            assert event["response"]["status"] == "completed"
        assert server.notes == []


async def test_schemas_that_refer_to_themselves_keep_nobody_waiting() -> None:
    twice = {"allOf": [{"$ref": "#"}, {"$ref": "#"}], "anyOf": [{"$ref": "#"}], "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
    tool = {"type": "function", "name": "endless", "parameters": twice}
    with openai_server(pace=0) as server:
        async with raw(server) as client:
            await client.send(json.dumps({"type": "session.update", "session": {"type": "realtime", "tools": [tool], "tool_choice": "required"}}))
            await read(client)
            await client.send('{"type":"response.create","response":{"output_modalities":["text"]}}')
            while (event := await read(client))["type"] != "response.done":
                pass
            assert event["response"]["status"] == "completed"
        assert server.notes == []


async def come_and_go(server: Running, rounds: int, together: int, **options: Any) -> None:
    """Many clients ask for something; some say goodbye, some drop the line at once, some when the answer has begun."""
    url = f"{server.url}?model=gpt-realtime&api-key=sk-1"
    for _ in range(rounds):
        clients = await asyncio.gather(*(connect(url, max_queue=None, **options) for _ in range(together)))
        for number, client in enumerate(clients):
            await client.send('{"type":"response.create"}')
            if number % 3 == 1:
                client.transport.abort()
            elif number % 3 == 2:
                await read(client)
                client.transport.abort()
        await asyncio.gather(*(client.close() for client in clients))


@pytest.mark.parametrize(("tls", "rounds"), [(False, 20), (True, 4)])
async def test_a_thousand_clients_that_drop_leave_nothing_behind(tls: bool, rounds: int) -> None:
    with openai_server(pace=0, tls=tls) as server:
        options = {"ssl": create_default_context(cafile=server.ca_file)} if tls else {}
        await come_and_go(server, 1, 10, **options)
        assert left(server) == (0, 0)
        before = sockets()
        await come_and_go(server, rounds, 50, **options)
        assert left(server) == (0, 0)
        assert server.notes == []
        for _ in range(300):
            if sockets() <= before:
                break
            await asyncio.sleep(0.01)
        assert sockets() <= before


async def test_a_client_that_does_not_read_is_dropped_and_others_do_not_notice() -> None:
    much = " ".join(["word"] * 400)  # two and a half minutes of speech: some 10 MiB
    script = {"steps": [{"model": {"say": much}}], "after_last": "repeat"}
    with openai_server(script=script, pace=0, limits=Limits(waiting_bytes=4 * MIB)) as server:
        async with raw(server, max_queue=1, compression=None) as lazy:
            for _ in range(8):
                await lazy.send('{"type":"response.create"}')
            for _ in range(500):
                if server.notes:
                    break
                await asyncio.sleep(0.01)
            async with raw(server) as other:
                await other.send('{"type":"input_audio_buffer.clear"}')
                assert (await read(other))["type"] == "input_audio_buffer.cleared"
        assert len(server.notes) == 1
        assert "it does not read" in server.notes[0]
        assert left(server) == (0, 0)


async def test_a_client_that_reads_late_gets_everything_in_order() -> None:
    words = ["word"] * 100
    with openai_server(script={"steps": [{"model": {"say": " ".join(words)}}], "after_last": "repeat"}, pace=0) as server:
        async with raw(server, max_queue=1, compression=None) as client:
            for _ in range(3):  # some 2 MiB each: more than goes out at once, and more than sockets hold
                await client.send('{"type":"response.create"}')
            await client.send('{"type":"input_audio_buffer.clear"}')
            await asyncio.sleep(0.1)
            events = [await read(client)]
            while events[-1]["type"] != "input_audio_buffer.cleared":
                events.append(await read(client))
    spoken = [event["transcript"] for event in events if event["type"] == "response.output_audio_transcript.done"]
    streamed = [event["delta"] for event in events if event["type"] == "response.output_audio_transcript.delta"]
    assert spoken == [" ".join(words)] * 3
    assert "".join(streamed) == " ".join(words) * 3
    assert [event["type"] for event in events].count("response.done") == 3
    assert events[-2]["type"] == "rate_limits.updated"


async def test_the_server_says_when_the_last_client_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.modes.openai.server.EMPTY_S", 0.0)
    empty: list[int] = []
    server = OpenAIServer(offer(pace=0), print, when_empty=lambda: empty.append(server.connections))
    url = await server.start("127.0.0.1", 0)
    try:
        async with connect(f"{url}?model=gpt-realtime&api-key=sk-1") as one, connect(f"{url}?model=gpt-realtime&api-key=sk-1") as other:
            await one.recv()
            await other.recv()
            await one.close()
            await asyncio.sleep(0.01)
            assert empty == []
        for _ in range(300):
            if empty:
                break
            await asyncio.sleep(0.01)
        assert empty == [0]
    finally:
        await server.stop()


async def test_a_half_open_socket_is_dropped_when_a_ping_stays_unanswered() -> None:
    with openai_server(pace=0, limits=Limits(ping_s=0.1)) as server:
        async with raw(server) as client:
            client.transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(500):
                if server.notes:
                    break
                await asyncio.sleep(0.01)
            client.transport.abort()
        assert "nothing came from it" in server.notes[0]
        assert left(server) == (0, 0)


async def test_who_answers_pings_stays() -> None:
    with openai_server(pace=0, limits=Limits(ping_s=0.05)) as server:
        async with raw(server) as client:
            await asyncio.sleep(0.3)
            await client.send('{"type":"input_audio_buffer.clear"}')
            assert (await read(client))["type"] == "input_audio_buffer.cleared"
        assert server.notes == []


async def test_a_fault_of_our_own_closes_one_connection_and_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.modes.openai.assistant import Assistant

    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Assistant, "answers", fails)
    with openai_server(pace=0) as server:
        async with raw(server) as client:
            await client.send('{"type":"response.create"}')
            gone = await closed(client)
        assert gone.rcvd is not None
        assert gone.rcvd.code == 1011
        assert "RuntimeError: a bug" in server.notes[0]
        assert left(server) == (0, 0)


async def test_a_client_that_offers_subprotocols_gets_realtime_and_its_key_is_written_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    secret = "sk-browser-0123456789"
    with openai_server(keys=[secret], pace=0) as server:
        for protocols, chosen in ((["realtime", f"openai-insecure-api-key.{secret}"], "realtime"), ([f"openai-insecure-api-key.{secret}"], None)):
            async with connect(f"{server.url}?model=gpt-realtime", subprotocols=protocols) as client:  # type: ignore[arg-type]
                assert client.subprotocol == chosen
                assert (await read(client))["type"] == "session.created"
        assert secret not in caplog.text
        assert secret not in "".join(server.notes)


async def test_the_server_says_goodbye_when_it_stops() -> None:
    with openai_server(pace=0) as server:
        context = raw(server)
        client = await context.__aenter__()
        waiting = asyncio.create_task(closed(client))
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: server.ask(server.server.stop()))
        gone = await waiting
        assert gone.rcvd is not None
        assert gone.rcvd.code == 1001
        await context.__aexit__(None, None, None)
