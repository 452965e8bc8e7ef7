"""The media module between the llm task and the model: barge-in, dialects, formats (jambonz.md 6.2, 6.9)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.audio import alaw_encode, ulaw_encode
from simulator.vendors.openai.client import MediaModule
from simulator.vendors.openai.dialects import BETA_NAMES
from simulator.vendors.vendor import Flush, PlayAudio, Relay, ToModel

PCM = bytes(range(256)) * 2
STARTED = {"type": "input_audio_buffer.speech_started"}


@pytest.fixture
def module() -> MediaModule:
    return MediaModule(compat=True)


def responds(module: MediaModule, response_id: str = "r") -> None:
    module.receive({"type": "response.created", "response": {"id": response_id, "conversation_id": "c"}}, playing=False)


def is_done(module: MediaModule, response_id: str = "r") -> None:
    module.receive({"type": "response.done", "response": {"id": response_id, "status": "completed"}}, playing=False)


# --- barge-in


def test_speech_over_a_response_cancels_it_and_flushes_what_is_queued(module: MediaModule) -> None:
    responds(module)
    actions = module.receive(STARTED, playing=True)
    assert actions == [Relay(STARTED), ToModel({"type": "response.cancel", "event_id": "jambonz_cancel_1"}), Flush()]


def test_audio_that_was_on_its_way_when_the_cancel_set_out_is_not_played(module: MediaModule) -> None:
    """With a model at the far end of a real line, some always is."""
    responds(module, "r-1")
    module.receive(STARTED, playing=True)
    late = {"type": "response.output_audio.delta", "delta": PCM}
    assert module.receive({**late, "response_id": "r-1"}, playing=False) == []
    assert module.receive({**late, "response_id": "r-2"}, playing=False) == [PlayAudio(PCM, 24_000)]


def test_speech_before_the_first_audio_cancels_all_the_same(module: MediaModule) -> None:
    responds(module)
    assert [type(action) for action in module.receive(STARTED, playing=False)] == [Relay, ToModel, Flush]


def test_speech_over_audio_of_a_finished_response_only_flushes(module: MediaModule) -> None:
    responds(module)
    is_done(module)
    assert module.receive(STARTED, playing=True) == [Relay(STARTED), Flush()]


def test_speech_into_silence_does_nothing(module: MediaModule) -> None:
    assert module.receive(STARTED, playing=False) == [Relay(STARTED)]


def test_a_response_outside_the_conversation_is_not_cancelled(module: MediaModule) -> None:
    module.receive({"type": "response.created", "response": {"id": "r", "conversation_id": None}}, playing=False)
    assert module.receive(STARTED, playing=False) == [Relay(STARTED)]


def test_the_end_of_another_response_changes_nothing(module: MediaModule) -> None:
    responds(module, "r-1")
    is_done(module, "r-2")
    assert any(isinstance(action, ToModel) for action in module.receive(STARTED, playing=False))


def test_the_refusal_of_its_own_cancel_stays_with_the_module(module: MediaModule) -> None:
    responds(module)
    module.receive(STARTED, playing=True)
    refusal = {"type": "error", "error": {"code": "response_cancel_not_active", "event_id": "jambonz_cancel_1"}}
    assert module.receive(refusal, playing=False) == []
    assert module.receive(refusal, playing=False) == [Relay(refusal)]


def test_any_other_error_is_relayed(module: MediaModule) -> None:
    error = {"type": "error", "error": {"event_id": "the application's own"}}
    assert module.receive(error, playing=False) == [Relay(error)]


# --- audio


@pytest.mark.parametrize("type_", ["response.audio.delta", "response.output_audio.delta"])
@pytest.mark.parametrize("delta", [PCM, b64encode(PCM).decode()], ids=["bytes", "base64"])
def test_audio_is_played_and_not_relayed(module: MediaModule, type_: str, delta: Any) -> None:
    assert module.receive({"type": type_, "delta": delta}, playing=False) == [PlayAudio(PCM, 24_000)]


@pytest.mark.parametrize(("beta", "ga", "encode"), [("g711_ulaw", "audio/pcmu", ulaw_encode), ("g711_alaw", "audio/pcma", alaw_encode)])
@pytest.mark.parametrize("shape", ["beta", "ga"])
def test_the_session_says_how_audio_is_coded(module: MediaModule, beta: str, ga: str, encode: Any, shape: str) -> None:
    format_ = {"format": {"type": ga}}
    session = {"audio": {"input": format_, "output": format_}} if shape == "ga" else {"input_audio_format": beta, "output_audio_format": beta}
    module.receive({"type": "session.updated", "session": session}, playing=False)
    assert module.input_hz == 8_000
    assert module.append(PCM) == {"type": "input_audio_buffer.append", "audio": encode(PCM)}
    (played,) = module.receive({"type": "response.audio.delta", "delta": encode(PCM)}, playing=False)
    assert isinstance(played, PlayAudio)
    assert (len(played.pcm), played.rate_hz) == (len(PCM), 8_000)


@pytest.mark.parametrize("delta", [None, "", "not base64!", b""], ids=repr)
def test_what_is_no_audio_is_not_played(module: MediaModule, delta: Any) -> None:
    assert module.receive({"type": "response.audio.delta", "delta": delta}, playing=False) == []


# --- dialects


@pytest.mark.parametrize(("ga", "beta"), [(ga, beta) for ga, beta in BETA_NAMES.items() if beta is not None and not ga.endswith("audio.delta")])
def test_with_compat_ga_events_carry_their_beta_names(ga: str, beta: str) -> None:
    assert MediaModule(compat=True).receive({"type": ga, "x": 1}, playing=False) == [Relay({"type": beta, "x": 1})]
    assert MediaModule(compat=False).receive({"type": ga, "x": 1}, playing=False) == [Relay({"type": ga, "x": 1})]


def test_a_session_in_the_ga_shape_is_left_alone(module: MediaModule) -> None:
    for session in ({"type": "realtime"}, {"audio": {}}, {"output_modalities": ["text"]}):
        event = {"type": "session.update", "session": session}
        assert module.outgoing(event) == event


def test_a_flat_session_becomes_ga(module: MediaModule) -> None:
    flat = {
        "modalities": ["text", "audio"],
        "voice": "alloy",
        "temperature": 0.8,
        "input_audio_format": "pcm16",
        "output_audio_format": "g711_ulaw",
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad", "threshold": 0.8},
        "max_response_output_tokens": 100,
        "tools": [],
    }
    assert module.outgoing({"type": "session.update", "session": flat})["session"] == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": "whisper-1"},
                "turn_detection": {"type": "server_vad", "threshold": 0.8},
            },
            "output": {"voice": "alloy", "format": {"type": "audio/pcmu"}},
        },
        "max_output_tokens": 100,
        "tools": [],
    }


@given(
    st.dictionaries(st.sampled_from(["voice", "modalities", "input_audio_format", "temperature", "tools", "type", "x"]), st.none() | st.integers())
)
def test_conversion_breaks_on_nothing_and_changes_nothing_that_is_not_its_own(session: dict[str, Any]) -> None:
    event = {"type": "session.update", "session": dict(session)}
    for compat in (True, False):
        MediaModule(compat=compat).outgoing(event)
    assert event == {"type": "session.update", "session": session}


# --- the pace of the caller's audio


def test_pieces_are_short_where_a_turn_may_begin_and_long_in_silence(module: MediaModule) -> None:
    assert module.tick_s(busy_until_s=2.0, sent_until_s=1.0) < module.tick_s(busy_until_s=2.0, sent_until_s=3.0)


@given(st.floats(0, 60), st.floats(0, 60), st.booleans(), st.integers(0, 5000))
def test_a_piece_is_never_empty_and_never_endless(busy_until_s: float, sent_until_s: float, speaking: bool, silence_ms: int) -> None:
    module = MediaModule(compat=True)
    detection = {"turn_detection": {"type": "server_vad", "silence_duration_ms": silence_ms}}
    module.receive({"type": "session.updated", "session": {"audio": {"input": detection}}}, playing=False)
    if speaking:
        module.receive(STARTED, playing=False)
    assert 0.05 <= module.tick_s(busy_until_s, sent_until_s) <= 10.0
