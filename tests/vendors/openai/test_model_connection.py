"""Connecting, being refused, being thrown out (openai-realtime.md 1)."""

import pytest

from simulator.vendors.openai.dialects import asked_dialect
from simulator.vendors.openai.events import (
    ClientBinary,
    ClientClosed,
    ClientText,
    Close,
    Disconnect,
    EmitRaw,
    Refuse,
    ResponseGone,
    Say,
    Stall,
    Trouble,
)
from tests.vendors.openai.model_dialogue import KEY, MODEL, Dialogue, problem, types

BEARER = {"authorization": f"Bearer {KEY}"}


def refused(query: dict[str, str], headers: dict[str, str], refuse: Refuse | None = None, **settings: object) -> Dialogue:
    talk = Dialogue("ga", **settings)
    if refuse:
        talk.tell(refuse)
    talk.connect(query, headers)
    talk.run(1.0)
    return talk


def test_a_session_is_greeted_after_five_milliseconds() -> None:
    talk = Dialogue()
    talk.connect()
    assert types(talk.run(1.0)) == ["session.created"]
    assert talk.at_s("session.created") == pytest.approx(0.005)


def test_a_client_may_speak_before_the_greeting_which_still_comes_first() -> None:
    talk = Dialogue()
    talk.connect()
    talk.client("session.update", session={"type": "realtime", "instructions": "Be brief."})
    assert types(talk.run(0.01)) == ["session.created", "session.updated"]


def test_nothing_is_answered_after_a_refusal() -> None:
    talk = refused({}, BEARER)
    talk.fresh()
    assert talk.client("response.create") == []
    assert talk.run(10) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer ek_0123"},
        {"sec-websocket-protocol": "realtime, openai-insecure-api-key.sk-1, openai-beta.realtime-v1"},
        {"api-key": "azure"},
    ],
)
def test_a_key_may_come_in_several_ways(headers: dict[str, str]) -> None:
    assert types(refused({"model": "gpt-realtime"}, headers).events) == ["session.created"]


def test_header_or_subprotocol_asks_for_beta() -> None:
    assert asked_dialect({"openai-beta": "realtime=v1"}) == "beta"
    assert asked_dialect({"sec-websocket-protocol": "realtime, openai-beta.realtime-v1"}) == "beta"
    assert asked_dialect({"sec-websocket-protocol": "realtime"}) == "ga"


def test_a_session_ends_after_an_hour() -> None:
    talk = Dialogue().open()
    assert talk.events[0]["session"]["expires_at"] == 1767225600 + 3600
    talk.run(3600)
    assert problem(talk.fresh() or talk.events[-1:]) == ("session_expired", "Your session hit the maximum duration of 60 minutes.", None)
    assert talk.closes == [Close(1001, "Your session hit the maximum duration of 60 minutes.")]


def test_binary_frames_and_rubbish_are_refused_and_the_session_goes_on(either: Dialogue) -> None:
    either.tell(ClientBinary())
    assert problem(either.fresh()) == ("invalid_event", "Expected a text WebSocket message; binary frames are not supported.", None)
    either.tell(ClientText("{nope"))
    code, message, _ = problem(either.fresh())
    assert (code, message[:43]) == ("invalid_json", "Invalid event: failed to parse JSON value. "[:43])
    either.tell(ClientText("[" * 100_000))
    assert problem(either.fresh())[0] == "invalid_json"
    either.tell(ClientText('{"type": "input_audio_buffer.clear"}'))
    assert types(either.fresh()) == ["input_audio_buffer.cleared"]


def test_event_ids_of_clients_are_at_most_512_long(either: Dialogue) -> None:
    assert problem(either.client("input_audio_buffer.clear", event_id="x" * 513))[0] == "string_above_max_length"


def test_an_open_request_is_gone_when_the_client_is(either: Dialogue) -> None:
    either.client("response.create")
    (request,) = either.open_requests
    assert either.server.owed == {f"the scenario owes an answer to {request}": either.now_s}
    either.tell(ClientClosed())
    assert isinstance(either.effects[-1], ResponseGone)
    assert either.server.owed == {}
    assert either.server.wake_at_s is None


def test_the_server_drops_the_socket_in_the_middle_of_a_sentence(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(Say("A sentence that is never heard to its end"))
    either.run(0.6)
    either.tell(Disconnect(None))
    assert either.closes == [Close(None)]
    either.fresh()
    assert either.run(10) == []


def test_a_stall_delays_everything_and_loses_nothing(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Hello", text_only=True))
    ga.tell(Stall(2.0))
    assert ga.run(1.9) == []
    assert types(ga.run(0.2))[0] == "response.created"
    assert types(ga.events)[-1] == "rate_limits.updated"


def test_trouble_and_raw_events_come_out_of_the_blue(either: Dialogue) -> None:
    either.tell(Trouble(None))
    assert either.events[-1]["error"]["type"] == "server_error"
    assert "(include session ID in your message: sess_" in problem(either.fresh())[1]
    either.tell(EmitRaw({"type": "rate_limits.updated", "rate_limits": []}))
    (event,) = either.fresh()
    assert list(event) == ["type", "event_id", "rate_limits"]
    assert event["event_id"].startswith("event_")


def test_azure_names_a_deployment_and_brings_its_key_in_the_query() -> None:
    assert types(refused({"deployment": "my-model", "api-key": "k", "api-version": "2024-10-01-preview"}, {}).events) == ["session.created"]


def test_every_model_of_the_dialects_is_known() -> None:
    assert [types(refused({"model": model}, BEARER).events) for model in MODEL.values()] == [["session.created"]] * 2
