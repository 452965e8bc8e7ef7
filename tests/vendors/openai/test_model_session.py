"""The session: defaults, merge, atomic refusal in the server's words (openai-realtime.md 2)."""

from typing import Any

import pytest

from simulator.vendors.openai.events import Say
from simulator.vendors.openai.settings import Settings
from tests.vendors.openai.model_dialogue import Dialogue, problem, types


def test_a_ga_session_as_it_is_created(ga: Dialogue) -> None:
    session = ga.events[0]["session"]
    assert list(session) == [
        "type", "object", "id", "model", "output_modalities", "instructions", "tools", "tool_choice", "max_output_tokens", "tracing", "truncation",
        "prompt", "expires_at", "audio", "include",
    ]  # fmt: skip
    assert session["audio"] == {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy", "speed": 1.0},
    }


def test_a_beta_session_as_it_is_created(beta: Dialogue) -> None:
    session = beta.events[0]["session"]
    assert list(session) == [
        "object", "id", "model", "modalities", "instructions", "voice", "output_audio_format", "tools", "tool_choice", "temperature",
        "max_response_output_tokens", "turn_detection", "speed", "tracing", "truncation", "prompt", "expires_at", "input_audio_noise_reduction",
        "input_audio_format", "input_audio_transcription", "client_secret", "include",
    ]  # fmt: skip
    assert (session["modalities"], session["voice"], session["temperature"]) == (["audio", "text"], "alloy", 0.8)


def test_only_present_members_change(ga: Dialogue) -> None:
    (event,) = ga.client(
        "session.update",
        event_id="mine",
        session={"type": "realtime", "instructions": "Be brief.", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}},
    )
    assert event["type"] == "session.updated"
    assert "mine" not in str(event)
    session, before = event["session"], ga.events[0]["session"]
    assert session["instructions"] == "Be brief."
    semantic = {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True}
    assert session["audio"]["input"] == before["audio"]["input"] | {"turn_detection": semantic}
    assert session["audio"]["output"] == before["audio"]["output"]


def test_the_session_of_the_seed_is_accepted_in_beta(beta: Dialogue) -> None:
    tool = {"name": "get_weather", "type": "function", "description": "x", "parameters": {"type": "object", "properties": {}}}
    session = {
        "tools": [tool],
        "tool_choice": "auto",
        "input_audio_transcription": {"model": "whisper-1"},
        "turn_detection": {"type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 500},
    }
    (event,) = beta.client("session.update", session=session)
    assert event["session"]["tools"] == [tool]
    assert event["session"]["turn_detection"]["silence_duration_ms"] == 500


def test_another_model_is_ignored_without_a_word(either: Dialogue) -> None:
    session = {"model": "gpt-realtime-2", "instructions": "x"} | ({"type": "realtime"} if either.dialect == "ga" else {})
    (event,) = either.client("session.update", session=session)
    assert event["session"]["model"] == either.events[0]["session"]["model"]
    assert event["session"]["instructions"] == "x"


GA_REFUSALS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"instructions": "x"}, "missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type"),
    ({"type": "x"}, "invalid_value", "Invalid value: 'x'. Supported values are: 'realtime' and 'transcription'.", "session.type"),
    ({"type": "realtime", "modalities": ["text"]}, "unknown_parameter", "Unknown parameter: 'session.modalities'.", "session.modalities"),
    ({"type": "realtime", "temperature": 0.8}, "unknown_parameter", "Unknown parameter: 'session.temperature'.", "session.temperature"),
    ({"type": "realtime", "voice": "ash"}, "unknown_parameter", "Unknown parameter: 'session.voice'.", "session.voice"),
    (
        {"type": "realtime", "instructions": 5},
        "invalid_type",
        "Invalid type for 'session.instructions': expected a string, but got an integer instead.",
        "session.instructions",
    ),
    (
        {"type": "realtime", "tools": {}},
        "invalid_type",
        "Invalid type for 'session.tools': expected an array of objects, but got an object instead.",
        "session.tools",
    ),
    (
        {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
        "integer_below_min_value",
        "Invalid 'session.audio.input.format.rate': integer below minimum value. Expected a value >= 24000, but got 16000 instead.",
        "session.audio.input.format.rate",
    ),
    (
        {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 1.5}}}},
        "decimal_above_max_value",
        "Invalid 'session.audio.input.turn_detection.threshold': decimal above maximum value. Expected a value <= 1, but got 1.5 instead.",
        "session.audio.input.turn_detection.threshold",
    ),
    (
        {"type": "realtime", "tools": [{"type": "function", "function": {"name": "f"}}]},
        "missing_required_parameter",
        "Missing required parameter: 'session.tools[0].name'.",
        "session.tools[0].name",
    ),
    (
        {"type": "realtime", "audio": {"input": {"noise_reduction": {"type": "loud"}}}},
        "invalid_value",
        "Invalid value: 'loud'. Supported values are: 'near_field' and 'far_field'.",
        "session.audio.input.noise_reduction.type",
    ),
    (
        {"type": "realtime", "output_modalities": ["text", "audio"]},
        "invalid_value",
        "Invalid modalities: ['text', 'audio']. Supported combinations are: ['text'] and ['audio'].",
        "session.output_modalities",
    ),
    ({"type": "realtime", "reasoning": {"effort": "low"}}, "unknown_parameter", "Unknown parameter: 'session.reasoning'.", "session.reasoning"),
]


@pytest.mark.parametrize(("session", "code", "message", "param"), GA_REFUSALS)
def test_ga_refuses_a_whole_update(ga: Dialogue, session: dict[str, Any], code: str, message: str, param: str) -> None:
    events = ga.client("session.update", event_id="u1", session={"max_output_tokens": 5} | session)
    assert problem(events) == (code, message, param)
    assert events[0]["error"]["event_id"] == "u1"
    ga.client("session.update", session={"type": "realtime"})
    assert ga.last("session.updated")["session"] == ga.events[0]["session"]


@pytest.mark.parametrize(
    ("session", "code", "message"),
    [
        ({"type": "realtime"}, "unknown_parameter", "Unknown parameter: 'session.type'."),
        ({"audio": {}}, "unknown_parameter", "Unknown parameter: 'session.audio'."),
        ({"output_modalities": ["text"]}, "unknown_parameter", "Unknown parameter: 'session.output_modalities'."),
        (
            {"temperature": 0.3},
            "decimal_below_min_value",
            "Invalid 'session.temperature': decimal below minimum value. Expected a value >= 0.6, but got 0.3 instead.",
        ),
        ({"input_audio_format": "mp3"}, "invalid_value", "Invalid value: 'mp3'. Supported values are: 'pcm16', 'g711_ulaw', and 'g711_alaw'."),
        ({"modalities": ["audio"]}, "invalid_value", "Invalid modalities: ['audio']. Supported combinations are: ['text'] and ['audio', 'text']."),
        (
            {"max_response_output_tokens": "lots"},
            "invalid_value",
            "Invalid value: 'lots'. Supported values are: 'inf'.",
        ),
    ],
)
def test_beta_refuses_in_its_own_names(beta: Dialogue, session: dict[str, Any], code: str, message: str) -> None:
    assert problem(beta.client("session.update", session={"instructions": "never"} | session))[:2] == (code, message)
    beta.client("session.update", session={})
    assert beta.last("session.updated")["session"] == beta.events[0]["session"]


def test_a_session_is_required_and_is_an_object(either: Dialogue) -> None:
    assert problem(either.client("session.update")) == ("missing_required_parameter", "Missing required parameter: 'session'.", "session")
    text = "Invalid type for 'session': expected an object, but got null instead."
    assert problem(either.client("session.update", session=None)) == ("invalid_type", text, "session")


def test_the_voice_is_fixed_once_the_assistant_has_spoken(either: Dialogue) -> None:
    def voice(name: str) -> dict[str, Any]:
        return {"type": "realtime", "audio": {"output": {"voice": name}}} if either.dialect == "ga" else {"voice": name}

    assert types(either.client("session.update", session=voice("ash"))) == ["session.updated"]
    either.client("response.create")
    either.answer(Say("Hello"))
    either.run(3.0)
    text = "Cannot update a conversation's voice if assistant audio is present."
    assert problem(either.client("session.update", session=voice("coral"))) == ("cannot_update_voice", text, None)
    assert types(either.client("session.update", session=voice("ash"))) == ["session.updated"]


def test_the_kind_of_a_session_does_not_change(ga: Dialogue) -> None:
    text = "Passing a transcription session update event to a realtime session is not allowed."
    assert problem(ga.client("session.update", session={"type": "transcription"}))[:2] == ("invalid_parameter", text)


def test_null_clears_and_wrong_null_is_refused(ga: Dialogue) -> None:
    def update(**members: Any) -> list[dict[str, Any]]:
        return ga.client("session.update", session={"type": "realtime"} | members)

    (event,) = update(audio={"input": {"turn_detection": None}})
    assert event["session"]["audio"]["input"]["turn_detection"] is None
    assert problem(update(instructions=None))[0] == "invalid_type"


def test_an_event_keeps_what_it_showed(ga: Dialogue) -> None:
    created = ga.events[0]["session"]["audio"]["input"]
    ga.client("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    assert created["turn_detection"]["type"] == "server_vad"


def test_a_leaf_is_replaced_whole_and_what_it_leaves_out_takes_its_default(ga: Dialogue) -> None:
    def detection(**given: Any) -> dict[str, Any]:
        (event,) = ga.client("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": given}}})
        shown: dict[str, Any] = event["session"]["audio"]["input"]["turn_detection"]
        return shown

    assert detection(type="server_vad", threshold=0.8)["threshold"] == 0.8
    again = detection(silence_duration_ms=500)
    assert (again["type"], again["threshold"], again["silence_duration_ms"]) == ("server_vad", 0.5, 500)


def test_an_update_during_a_response_holds_for_later_ones(either: Dialogue) -> None:
    name = "max_output_tokens" if either.dialect == "ga" else "max_response_output_tokens"
    either.client("response.create")
    either.run(0.1)
    update = {name: 7} | ({"type": "realtime"} if either.dialect == "ga" else {})
    assert types(either.client("session.update", session=update)) == ["session.updated"]
    either.answer(Say("Hello"))
    either.run(5.0)
    assert either.last("response.done")["response"]["max_output_tokens"] == "inf"
    either.client("response.create")
    either.run(0.1)
    assert either.last("response.created")["response"]["max_output_tokens"] == 7


def test_the_knobs_of_beta_are_told_as_they_were_given(beta: Dialogue) -> None:
    (event,) = beta.client("session.update", session={"modalities": ["text", "audio"], "temperature": 1, "max_response_output_tokens": "inf"})
    assert (event["session"]["modalities"], event["session"]["temperature"]) == (["text", "audio"], 1)


@pytest.mark.parametrize("name", ["max_output_tokens", "max_response_output_tokens"])
def test_beta_takes_either_name_for_the_limit_of_a_response(beta: Dialogue, name: str) -> None:
    beta.client("response.create", response={name: 9})
    beta.run(0.1)
    assert beta.last("response.created")["response"]["max_output_tokens"] == 9


def test_the_defaults_of_section_13() -> None:
    settings = Settings()
    assert (settings.greeting_after_s, settings.conversation_created, settings.beta, settings.session_limit_s) == (0.005, False, "serve", 3600.0)
    assert (settings.created_after_s, settings.first_item_s, settings.rate_limits_after_s, settings.token_s) == (0.02, 0.195, 0.043, 0.006)
    assert (settings.speed_factor, settings.chunks_ms, settings.duplicate_items) == (4.0, (100, 150, 250), "reject")
    assert 0.3 <= settings.first_audio_s <= 0.7
    assert 0.3 <= settings.transcription_after_s <= 1.2
