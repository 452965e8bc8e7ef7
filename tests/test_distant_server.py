"""One connection to a real model, without the socket: what floods, what is not read, what is silent."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.distant_server import AUDIO_WAITING_BYTES, MOST_WAITING_BYTES, DistantServer
from simulator.jambonz.events import ConnectModel
from simulator.script import Timeout
from simulator.vendors.openai.distant import DistantModel
from simulator.vendors.openai.events import ClientClosed, ClientEvent, Close, Disconnect, Emit, EmitRaw, Expire, Opened, Trouble

MIB = 1024 * 1024
ORDER = ConnectModel("api.openai.com", "/v1/realtime?model=gpt-realtime", {"authorization": "Bearer sk-application-00000"})
APPEND = {"type": "input_audio_buffer.append", "audio": bytes(960)}


class Wire:
    """Where a pump would be: keeps what is sent, and has as much of a backlog as it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closed: list[int] = []
        self.backlog_bytes = self.pings = self.reads = 0
        self.aborted = False

    def send(self, text: str) -> None:
        self.sent.append(text)

    def close(self, code: int) -> None:
        self.closed.append(code)

    def abort(self) -> None:
        self.aborted = True

    def ping(self) -> None:
        self.pings += 1


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def server(wire: Wire) -> DistantServer:
    server = DistantServer(DistantModel("wss://models.example/", silence_s=20.0), ORDER, "ga", lambda *_: None)
    server._pump = wire  # type: ignore[assignment]
    server.receive(Opened(), 0.0)
    return server


def test_what_is_said_goes_over_the_wire_with_its_audio_in_base64(server: DistantServer, wire: Wire) -> None:
    assert server.receive(ClientEvent({"type": "input_audio_buffer.append", "audio": b"abc"}), 1.0) == []
    assert wire.sent == ['{"type":"input_audio_buffer.append","audio":"YWJj"}']


def test_what_comes_is_given_out_with_its_audio_as_bytes(server: DistantServer) -> None:
    assert server.heard(b'{"type":"response.output_audio.delta","delta":"YWJj"}', 1.0)
    assert server.receive(Timeout(), 1.0) == [Emit({"type": "response.output_audio.delta", "delta": b"abc"})]


@pytest.mark.parametrize("text", [b"", b"x", b"[]", b'"x"', b"{", b"NaN", b"[" * 100_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000])
def test_what_is_no_event_cannot_be_read(server: DistantServer, text: bytes) -> None:
    assert not server.heard(text, 1.0)
    assert server.receive(Timeout(), 1.0) == []


def test_audio_for_a_model_that_does_not_read_is_lost(server: DistantServer, wire: Wire) -> None:
    wire.backlog_bytes = AUDIO_WAITING_BYTES + 1
    server.receive(ClientEvent(APPEND), 1.0)
    server.receive(ClientEvent({"type": "response.create"}), 1.0)
    assert server.lost == 1
    assert wire.sent == ['{"type":"response.create"}']


def test_a_model_that_reads_nothing_at_all_is_given_up(server: DistantServer, wire: Wire) -> None:
    wire.backlog_bytes = MOST_WAITING_BYTES + 1
    assert server.receive(ClientEvent({"type": "response.create"}), 1.0) == [Close(None)]
    assert wire.aborted


def test_a_model_that_floods_is_left(server: DistantServer, wire: Wire) -> None:
    frame: bytes = b'{"type":"x","y":"' + b"z" * MIB + b'"}'
    effects: list[Any] = []
    for _ in range(200):
        server.heard(frame, 1.0)
        effects += server.receive(Timeout(), 1.0)
        if isinstance(effects[-1], Close):
            break
    assert effects[-1] == Close(1009, "the model says more than anybody can hear")
    assert 60 < len(effects) < 70
    assert wire.closed == [1000]


def test_a_model_that_talks_for_an_hour_does_not(server: DistantServer, wire: Wire) -> None:
    frame: bytes = b'{"type":"x","y":"' + b"z" * 65_536 + b'"}'
    for second in range(3600):
        server.heard(frame, float(second))
    assert not wire.closed


def test_silence_is_asked_for_a_sign_of_life_and_then_lost(server: DistantServer, wire: Wire) -> None:
    wire.reads = 1
    assert server.wake_at_s == 20.0
    assert server.receive(Timeout(), 20.0) == []
    assert wire.pings == 0  # something was heard in these 20 seconds
    assert server.receive(Timeout(), 40.0) == []
    assert wire.pings == 1
    assert server.receive(Timeout(), 60.0) == [Close(None)]
    assert wire.aborted
    assert server.wake_at_s is None


def test_a_pong_is_a_sign_of_life(server: DistantServer, wire: Wire) -> None:
    for now_s in (20.0, 40.0, 60.0, 80.0, 100.0):
        wire.reads += wire.pings
        assert server.receive(Timeout(), now_s) == []
    assert not wire.aborted


@pytest.mark.parametrize(("code", "sent"), [(1000, 1000), (1001, 1000), (1011, 1000), (3000, 3000)])
def test_a_client_closes_with_a_code_that_it_may_use(server: DistantServer, wire: Wire, code: int, sent: int) -> None:
    server.receive(ClientClosed(code), 1.0)
    assert wire.closed == [sent]


def test_a_line_that_is_cut_is_cut(server: DistantServer, wire: Wire) -> None:
    server.receive(ClientClosed(1006), 1.0)
    assert wire.aborted
    assert not wire.closed


def test_trouble_is_said_in_the_words_of_a_real_server(server: DistantServer, wire: Wire) -> None:
    server.heard(b'{"type":"session.created","session":{"id":"sess_1"}}', 1.0)
    server.receive(Timeout(), 1.0)
    (emitted,) = server.receive(Trouble("server_error"), 1.0)
    assert isinstance(emitted, Emit)
    assert emitted.event["error"]["type"] == "server_error"
    assert "sess_1" in emitted.event["error"]["message"]
    assert server.receive(EmitRaw({"type": "x"}), 1.0) == [Emit({"type": "x", "event_id": "event_simulated_2"})]
    error, close = server.receive(Expire(), 1.0)
    assert isinstance(error, Emit)
    assert error.event["error"]["code"] == "session_expired"
    assert isinstance(close, Close)
    assert close.code == 1001
    assert wire.sent == []


def test_a_disconnection_that_is_ordered_ends_it_for_both(server: DistantServer, wire: Wire) -> None:
    assert server.receive(Disconnect(1011), 1.0) == [Close(1011)]
    assert wire.closed == [1000]
