"""Calls of the bundled application with a model at the far end of a real socket: our own server, over TLS and without, on the real clock."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.audio import resample
from simulator.clock import real
from simulator.errors import SimulatorError, UsageError
from simulator.host import AppRef
from simulator.journal import hidden
from simulator.modes.openai import openai_server
from simulator.network import ClockLoop, VirtualLoop
from simulator.scenario.load import loads
from simulator.speech import speak
from simulator.stage import Stage
from simulator.vendors.openai.distant import DistantModel
from tests.distant import APP_KEY, LiveCall, smallest_app, weather_assistant

HANG_UP = """
name: the application hangs up when the verb has ended
steps:
  - expect: {call: completed}
"""
GREETING = {"steps": [{"model": {"say": "Hello."}}]}
OUR_KEY = "sk-of-the-operator-000000000"


@pytest.fixture(scope="module")
def app() -> Iterator[AppRef]:
    with weather_assistant() as ref:
        yield ref


@pytest.fixture(scope="module")
def small() -> Iterator[AppRef]:
    with smallest_app() as ref:
        yield ref


def at(server: Any, **more: Any) -> DistantModel:
    return DistantModel(server.url, ca_file=server.ca_file, **more)


GREETED = """
name: the assistant greets, the caller hangs up
steps:
  - expect: {heard: /Hello/}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


@pytest.mark.parametrize("tls", [True, False], ids=["with TLS", "without"])
def test_what_the_model_says_is_heard(app: AppRef, tls: bool) -> None:
    with openai_server(script=GREETING, tls=tls) as server:
        call = LiveCall(app, at(server), GREETED)
        staged = call.play()
    assert staged.failure is None, staged.failure
    assert [frame.frame["text"] for frame in call.frames("media", "jambonz", "heard")] == ["Hello."]
    assert call.kinds("model", "jambonz")[:2] == ["connect", "dialled"]
    assert server.connections == 0


WEATHER = """
name: the caller asks for the weather
steps:
  - expect: {tool_output: {output: /21.4/}}
  - expect: {heard: /Mild/}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_a_tool_call_goes_to_the_application_and_its_output_back(app: AppRef) -> None:
    script = {"steps": [{"model": {"call": "get_weather", "with": {"location": "Berlin", "scale": "celsius"}}}, {"model": {"say": "Mild."}}]}
    with openai_server(script=script, tls=True) as server:
        call = LiveCall(app, at(server), WEATHER)
        staged = call.play()
    assert staged.failure is None, staged.failure
    (output,) = [frame.frame["item"] for frame in call.frames("model", "jambonz", "conversation.item.create")]
    assert "21.4" in output["output"]


INTERRUPTED = """
name: the caller talks over the assistant
steps:
  - caller: {interrupt: "Stop it.", after: 0.4s}
  - expect: {response: cancelled}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_the_caller_barges_in_the_response_is_cancelled_and_the_rest_is_never_heard(app: AppRef) -> None:
    """As jambonz.md 6.9 has it: cancel and flush, and the model is not told how much was heard."""
    words = "I could tell you many things about the weather in all the towns of the world if you only let me speak"
    script = {"pace": 2, "steps": [{"model": {"say": words}}, {"model": {"say": "Yes?"}}]}
    with openai_server(script=script) as server:
        call = LiveCall(app, at(server), INTERRUPTED)
        staged = call.play()
    assert staged.failure is None, staged.failure
    said = call.kinds("model", "jambonz")
    assert "response.cancel" in said
    assert "conversation.item.truncate" not in said
    heard = call.frames("media", "jambonz", "heard")[0].frame
    assert 0.3 < heard["heard_s"] < 3.0
    assert heard["cut_s"] > 0
    assert words.startswith(heard["text"])


LISTENS = """
name: the caller speaks into a microphone
steps:
  - expect: {event: conversation.item.input_audio_transcription.completed, within: 8s}
  - caller: {hang_up: true}
  - expect: {call: completed, by: caller}
"""


def test_what_a_microphone_picks_up_is_heard_by_the_model_in_small_pieces_and_told_once_a_second(app: AppRef) -> None:
    speech = speak("the blue door")
    said = resample(speech.pcm, speech.rate_hz, 24_000) + bytes(48_000)
    script = {"pace": 0, "steps": [{"model": {"say": "Hi."}}, {"model": {"say": "It is blue."}}]}
    with openai_server(script=script) as server:
        call = LiveCall(app, at(server), LISTENS)
        call.when("session.updated", lambda: call.loop.create_task(microphone(call, said)))
        staged = call.play()
    assert staged.failure is None, staged.failure
    (transcript,) = call.frames("model", "model", "conversation.item.input_audio_transcription.completed")
    assert transcript.frame["transcript"] == "the blue door"
    appended = call.frames("model", "jambonz", "input_audio_buffer.append")
    assert sum(frame.frame.get("pieces", 1) for frame in appended) > 5 * len(appended)
    (opened,), (closed,) = call.frames("model", "model", "open"), call.frames("model", "jambonz", "closed")
    assert sum(len(frame.frame["audio"]) for frame in appended) / 48_000 == pytest.approx(closed.at_s - opened.at_s, abs=0.3)


async def microphone(call: LiveCall, pcm: bytes) -> None:
    """Gives 20 ms of sound every 20 ms."""
    begun_s = call.loop.time()
    for number, at in enumerate(range(0, len(pcm), 960)):
        await asyncio.sleep(begun_s + (number + 1) * 0.02 - call.loop.time())
        call.stage.stream(pcm[at : at + 960], 24_000)


def test_faults_of_the_line_meet_a_real_model_too(small: AppRef) -> None:
    scenario = HANG_UP.replace("steps:\n", "steps:\n  - world: {fault: disconnect, on: model, frame: response.created}\n")
    with openai_server(script=GREETING) as server:
        call = LiveCall(small, at(server), scenario)
        call.play()
    assert ended(call)["completion_reason"] == "disconnect from remote end"
    assert server.connections == 0


def test_a_refusal_that_was_ordered_needs_no_socket(small: AppRef) -> None:
    scenario = HANG_UP.replace("steps:\n", "steps:\n  - world: {fault: refuse, on: model, status: 503}\n")
    call = LiveCall(small, DistantModel("wss://nowhere.invalid/"), scenario)
    call.play()
    assert call.frames("model", "scenario", "refused")[0].frame["reason"] == "Unexpected server response: 503"


# --- whose key, and where to


def test_the_key_of_the_application_goes_to_the_model_unless_there_is_one_of_ours(small: AppRef) -> None:
    with openai_server(script=GREETING, keys=[APP_KEY]) as server:
        own = LiveCall(small, at(server), GREETED)
        assert own.play().failure is None
    with openai_server(script=GREETING, keys=[OUR_KEY]) as server:
        ours = LiveCall(small, at(server, key=OUR_KEY, key_from="OPENAI_API_KEY"), GREETED)
        assert ours.play().failure is None
    (dialled,) = ours.frames("model", "jambonz", "dialled")
    assert dialled.frame["key_of"] == "OPENAI_API_KEY"
    assert dialled.frame["headers"]["authorization"] == hidden(OUR_KEY)
    assert dialled.frame["instead_of"] == "wss://api.openai.com/v1/realtime"
    assert own.frames("model", "jambonz", "dialled")[0].frame["key_of"] == "the application"
    for call in (own, ours):
        text = call.stage.journal.text()
        assert OUR_KEY not in text
        assert APP_KEY not in text


def test_a_key_that_is_refused_ends_the_verb_as_with_a_real_model(small: AppRef) -> None:
    with openai_server(keys=["sk-another-0000000000"]) as server:
        call = LiveCall(small, at(server, key=OUR_KEY), HANG_UP)
        call.play()
    (error,) = call.frames("model", "model", "error")
    assert error.frame["error"]["code"] == "invalid_api_key"
    assert ended(call)["completion_reason"] == "server error"
    assert OUR_KEY not in call.stage.journal.text()


def test_a_server_that_echoes_the_key_does_not_bring_it_into_the_journal(small: AppRef) -> None:
    key = "a-key-without-any-prefix-000"
    with endpoint(lambda _: [{"type": "error", "error": {"message": f"bad key {key}"}}]) as url:
        call = LiveCall(small, DistantModel(url, key=key), HANG_UP)
        call.play()
    (error,) = call.frames("model", "model", "error")
    assert error.frame["error"]["message"] == f"bad key {hidden(key)}"
    assert key not in call.stage.journal.text()


def test_nor_does_a_model_that_speaks_of_somebody_elses(small: AppRef) -> None:
    other = "sk-somebody-elses-000000000"
    events = [{"type": "response.output_audio_transcript.done", "transcript": f"It is {other}."}, {"type": "error", "error": {}}]
    with endpoint(lambda _: events) as url:
        call = LiveCall(small, DistantModel(url), HANG_UP)
        call.play()
    (said,) = call.frames("model", "model", "response.output_audio_transcript.done")
    assert said.frame["transcript"] == f"It is {hidden(other)}."


# --- what goes wrong, in the words of the in-memory link


def ended(call: LiveCall) -> dict[str, Any]:
    """What the hook of the llm verb was told."""
    return next(frame.frame["data"] for frame in call.frames("app", "jambonz", "verb:hook") if "completion_reason" in frame.frame["data"])


def refused(small: AppRef, model: DistantModel) -> str:
    call = LiveCall(small, model, HANG_UP)
    call.play()
    assert ended(call)["completion_reason"] == "connection failure"
    (frame,) = call.frames("model", "model", "refused")
    return str(frame.frame["reason"])


def test_an_http_status_refuses(small: AppRef) -> None:
    with openai_server(keys=["sk-another-0000000000"]) as server:
        azure = server.url.replace("/v1/realtime", "/openai/v1/realtime")
        assert refused(small, DistantModel(azure)) == "Unexpected server response: 401"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(small: AppRef) -> None:
    with openai_server(tls=True) as server:
        assert refused(small, replace(at(server), ca_file=None)) in (
            "unable to get local issuer certificate",
            "self-signed certificate in certificate chain",
        )


def test_a_certificate_for_another_name_is_not_trusted(small: AppRef) -> None:
    with openai_server(tls=True) as server:
        assert "not valid for" in refused(small, replace(at(server), url=server.url.replace("127.0.0.1", "127.1")))


def test_nobody_listens(small: AppRef) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refused(small, DistantModel(f"ws://127.0.0.1:{port}/v1/realtime")) == f"connect ECONNREFUSED 127.0.0.1:{port}"


def test_a_host_that_does_not_exist(small: AppRef) -> None:
    assert refused(small, DistantModel("wss://nowhere.invalid/v1/realtime")).startswith("getaddrinfo E")


def test_somebody_who_takes_the_connection_and_says_nothing(small: AppRef) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"ws://127.0.0.1:{deaf.getsockname()[1]}/v1/realtime"
        assert refused(small, DistantModel(url, connect_limit_s=0.3)) == "no answer"


def test_what_answers_is_no_websocket(small: AppRef) -> None:
    with endpoint(None) as url:
        assert refused(small, DistantModel(url)) == "Unexpected server response: 404"


def test_a_failed_response_is_told_as_the_model_tells_it(small: AppRef) -> None:
    script = {"steps": [{"model": {"fail": "rate_limit_exceeded", "try_again_in": "20s"}}]}
    with openai_server(script=script) as server:
        call = LiveCall(small, at(server), HANG_UP)
        call.play()
    assert ended(call)["completion_reason"] == "server failure"
    assert ended(call)["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize(("disconnect", "code"), [("dropped", 1006), (1011, 1011)])
def test_the_model_goes_away(small: AppRef, disconnect: Any, code: int) -> None:
    with openai_server(
        script={"steps": [{"model": {"say": "Hello."}}], "connections": [{"which": 1, "model": {"disconnect": disconnect, "after": "200ms"}}]}
    ) as server:
        call = LiveCall(small, at(server), HANG_UP)
        call.play()
    (closed,) = call.frames("model", "model", "closed")
    assert closed.frame["code"] == code
    assert ended(call)["completion_reason"] == "disconnect from remote end"


def test_a_connection_on_which_nothing_is_heard_any_more_is_lost(small: AppRef) -> None:
    """Half-open: it was made, and then the far end vanished without a word."""
    with silent_websocket() as url:
        call = LiveCall(small, DistantModel(url, silence_s=0.3), HANG_UP)
        call.play()
    (closed,) = call.frames("model", "model", "closed")
    assert closed.frame["code"] == 1006
    assert ended(call)["completion_reason"] == "disconnect from remote end"


def test_what_is_no_json_is_thrown_away_and_said(small: AppRef) -> None:
    with endpoint(lambda _: ["no json", b"\x00", "[1]", {"type": "error", "error": {"message": "enough"}}]) as url:
        call = LiveCall(small, DistantModel(url), HANG_UP)
        call.play()
    assert len(call.frames("model", "scenario", "not_simulated")) == 3
    assert ended(call)["error"]["message"] == "enough"


def test_trouble_can_be_put_into_a_real_models_mouth(small: AppRef) -> None:
    scenario = HANG_UP.replace("steps:\n", "steps:\n  - caller: {wait: 300ms}\n  - model: {error: server_error}\n")
    with openai_server(script=GREETING) as server:
        call = LiveCall(small, at(server), scenario)
        call.play()
    assert ended(call)["completion_reason"] == "server error"


def test_a_real_model_needs_the_real_clock() -> None:
    (scenario,) = loads(HANG_UP)
    with closing(VirtualLoop()) as loop, pytest.raises(SimulatorError, match="lives on the real clock"):
        Stage(scenario, AppRef("app.server:create_app"), 1, {}, loop, model=DistantModel("wss://somewhere/v1/realtime"))


def test_certificates_that_are_none_are_refused_before_the_call(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    (scenario,) = loads(HANG_UP)
    with closing(ClockLoop(real())) as loop, pytest.raises(UsageError, match="cannot be read"):
        Stage(scenario, AppRef("ws://127.0.0.1:1/app"), 1, {}, loop, model=DistantModel("wss://somewhere/v1/realtime", ca_file=file))


# --- endpoints that are none of ours


@contextmanager
def endpoint(says: Any) -> Iterator[str]:
    """A websocket that says these things and waits; without any, an HTTP server that knows no such path."""
    from http import HTTPStatus

    from websockets.sync.server import ServerConnection, serve

    def talk(connection: ServerConnection) -> None:
        for word in says(connection):
            connection.send(json.dumps(word) if isinstance(word, dict) else word)
        for _ in connection:
            pass

    def not_found(connection: ServerConnection, _: Any) -> Any:
        return connection.respond(HTTPStatus.NOT_FOUND, "nothing here\n") if says is None else None

    with serve(talk, "127.0.0.1", 0, process_request=not_found) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/realtime"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent_websocket() -> Iterator[str]:
    """Takes the websocket, and then does not even answer a ping."""
    from websockets.http11 import Request
    from websockets.server import ServerProtocol

    def answer(listening: socket.socket) -> None:
        listening.settimeout(5)
        peer, _ = listening.accept()
        protocol = ServerProtocol()
        while True:
            protocol.receive_data(peer.recv(65536))
            requests = [event for event in protocol.events_received() if isinstance(event, Request)]
            if requests:
                protocol.send_response(protocol.accept(requests[0]))
                peer.sendall(b"".join(protocol.data_to_send()))
                held.append(peer)
                return

    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/v1/realtime"
        finally:
            thread.join(5)
            for peer in held:
                peer.close()
