"""The answer to a new call, in both dialects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from openai.types.beta.realtime.response_create_event import Response as BetaResponse
from openai.types.beta.realtime.session_update_event import Session as BetaSession
from openai.types.realtime import RealtimeResponseCreateParams, RealtimeSessionCreateRequest
from pydantic import BaseModel

from app.answer import answer, check_size
from app.assistant import ASSISTANT
from app.dialects import RENAMED, events, response_create, session_update
from app.settings import Dialect

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

BETA_EVENTS = """\
    error session.created session.updated conversation.created input_audio_buffer.committed input_audio_buffer.cleared
    input_audio_buffer.speech_started input_audio_buffer.speech_stopped conversation.item.created
    conversation.item.input_audio_transcription.completed conversation.item.input_audio_transcription.failed conversation.item.truncated
    conversation.item.deleted response.created response.done response.output_item.added response.output_item.done
    response.content_part.added response.content_part.done response.text.delta response.text.done response.audio_transcript.delta
    response.audio_transcript.done response.audio.delta response.audio.done response.function_call_arguments.delta
    response.function_call_arguments.done rate_limits.updated output_audio.playback_started output_audio.playback_stopped
"""
"""What jambonz 0.9.8 expands wildcards to (protocol/jambonz.md 6.3)."""


def delivered(filters: list[str]) -> set[str]:
    """The types that jambonz delivers for a list of names, none of them `all` or with a minus."""
    expanded = [[known for known in BETA_EVENTS.split() if known.startswith(name[:-2])] if name.endswith(".*") else [name] for name in filters]
    return {name for names in expanded for name in names}


@pytest.mark.parametrize(("dialect", "model"), [("ga", "gpt-realtime"), ("beta", "gpt-4o-realtime-preview-2024-10-01")])
def test_a_call_is_answered_connected_and_hung_up_at_the_end(dialect: Dialect, model: str) -> None:
    first, second, llm, last = answer(ASSISTANT, dialect, "sk-1")
    assert (first, second, last) == ({"verb": "answer"}, {"verb": "pause", "length": 1}, {"verb": "hangup"})
    assert {name: value for name, value in llm.items() if name not in ("events", "llmOptions")} == {
        "verb": "llm",
        "vendor": "openai",
        "model": model,
        "auth": {"apiKey": "sk-1"},
        "actionHook": "/final",
        "eventHook": "/event",
        "toolHook": "/toolCall",
    }
    assert llm["llmOptions"] == {"response_create": response_create(ASSISTANT, dialect), "session_update": session_update(ASSISTANT, dialect)}


def test_a_call_may_choose_its_model() -> None:
    assert answer(ASSISTANT, "ga", "sk-1", "gpt-realtime-mini")[2]["model"] == "gpt-realtime-mini"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_answer_stays_far_below_what_jambonz_accepts(dialect: Dialect) -> None:
    assert len(json.dumps(answer(ASSISTANT, dialect, "sk-1" * 50))) < 24 * 1024 / 4


def test_an_assistant_that_is_too_long_is_refused_when_the_application_starts() -> None:
    check_size(ASSISTANT)
    with pytest.raises(ValueError, match=r"app/assistant\.py: .* would take \d+ bytes in the ga dialect; jambonz accepts 24576"):
        check_size(replace(ASSISTANT, instructions="be brief. " * 1200))


def unknown_members(model: Any, path: str = "") -> Iterator[str]:
    """What OpenAI's own types do not know."""
    match model:
        case BaseModel():
            yield from (f"{path}.{name}" for name in model.model_extra or {})
            for name in model.model_fields_set:
                yield from unknown_members(getattr(model, name), f"{path}.{name}")
        case list():
            for index, member in enumerate(model):
                yield from unknown_members(member, f"{path}[{index}]")


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        (RealtimeSessionCreateRequest, session_update(ASSISTANT, "ga")),
        (RealtimeResponseCreateParams, response_create(ASSISTANT, "ga")),
        (BetaSession, session_update(ASSISTANT, "beta")),
        (BetaResponse, response_create(ASSISTANT, "beta")),
    ],
)
def test_openais_own_types_know_every_member(type_: type[BaseModel], message: dict[str, Any]) -> None:
    assert list(unknown_members(type_.model_validate(message))) == []


def test_ga_is_nested_and_says_what_it_is() -> None:
    session = session_update(ASSISTANT, "ga")
    assert session["type"] == "realtime"
    assert session["output_modalities"] == ["audio"]
    assert session["audio"] == {
        "input": {
            "transcription": {"model": "whisper-1"},
            "turn_detection": {"type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 500},
        },
        "output": {"voice": "alloy"},
    }


def test_beta_is_flat_and_must_not_say_what_it_is() -> None:
    session = session_update(ASSISTANT, "beta")
    assert "type" not in session
    assert session["modalities"] == ["text", "audio"]
    assert session["voice"] == "alloy"
    assert session["input_audio_transcription"] == {"model": "whisper-1"}
    assert session["turn_detection"] == {"type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 500}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_said_first_does_not_need_the_session(dialect: Dialect) -> None:
    response = response_create(ASSISTANT, dialect)
    assert ASSISTANT.instructions in response["instructions"]
    assert ASSISTANT.opening in response["instructions"]
    assert ASSISTANT.opening not in session_update(ASSISTANT, dialect)["instructions"]


def test_the_voice_never_changes_once_it_was_heard() -> None:
    assert response_create(ASSISTANT, "ga")["audio"]["output"] == session_update(ASSISTANT, "ga")["audio"]["output"]
    assert response_create(ASSISTANT, "beta")["voice"] == session_update(ASSISTANT, "beta")["voice"]


@pytest.mark.parametrize("spelling", ["beta", "ga"])
@pytest.mark.parametrize(
    "needed",
    [
        "response.created",
        "response.done",
        "error",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.input_audio_transcription.failed",
        "response.audio_transcript.done",
    ],
)
def test_every_event_arrives_whoever_speaks_which_dialect(needed: str, spelling: str) -> None:
    filters = answer(ASSISTANT, "ga", "sk-1")[2]["events"]
    assert filters == answer(ASSISTANT, "beta", "sk-1")[2]["events"]
    names = RENAMED.get(needed, (needed,)) if spelling == "ga" else (needed,)
    assert set(names) <= delivered(filters)


def test_no_audio_and_no_fragments_are_asked_for() -> None:
    assert not [name for name in delivered(answer(ASSISTANT, "ga", "sk-1")[2]["events"]) if name.endswith(".delta")]


@pytest.mark.parametrize(
    ("names", "filters"),
    [
        (["error", "error"], ["error"]),
        (["response.audio_transcript.done"], ["response.audio_transcript.done", "response.output_audio_transcript.done"]),
        (["response.output_audio_transcript.done"], ["response.output_audio_transcript.done", "response.audio_transcript.done"]),
        (["conversation.item.added"], ["conversation.item.added", "conversation.item.created"]),
        (["response.text.*"], ["response.text.*", "response.output_text.delta", "response.output_text.done"]),
        (["rate_limits.*"], ["rate_limits.*"]),
    ],
)
def test_an_event_is_listed_in_both_spellings(names: list[str], filters: list[str]) -> None:
    assert events(names) == filters
