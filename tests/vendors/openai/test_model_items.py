"""What items look like and where they stand (openai-realtime.md 2.1 to 2.3, 3.6, 6.4, 8.1, 9.1)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from simulator.ids import BASE62, EPOCH_S
from simulator.vendors.openai.events import CallTool, Json, Say
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue, types

AUDIO = b64encode(200 * SILENCE).decode()
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}


def created(talk: Dialogue, item: Json, **more: Any) -> Json:
    event: Json = talk.client("conversation.item.create", item=item, **more)[0]
    return event


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ({"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be kind."}]}, None),
        ({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}], "status": "in_progress"}, None),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": AUDIO}]},
            [{"type": "input_audio", "transcript": None}],
        ),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": AUDIO, "transcript": "Hi"}]},
            [{"type": "input_audio", "transcript": "Hi"}],
        ),
    ],
)
def test_an_item_is_echoed_completed_and_without_audio(either: Dialogue, item: Json, shown: list[Json] | None) -> None:
    echo = created(either, item)["item"]
    assert (echo["status"], echo["role"]) == ("completed", item["role"])
    assert echo["content"] == (shown or item["content"])
    assert ("object" in echo) == (either.dialect == "beta")


def test_ga_takes_pictures(ga: Dialogue) -> None:
    assert created(ga, {"type": "message", "role": "user", "content": [PICTURE]})["item"]["content"] == [PICTURE]


def test_a_calls_output_may_be_empty_and_may_come_twice(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(CallTool("f", "{}", call_id="call_1"))
    either.run(2.0)
    for output in ("", "again"):
        item = created(either, {"type": "function_call_output", "call_id": "call_1", "output": output})["item"]
        assert (item["output"], item["status"]) == (output, "completed")
    assert "response.created" not in types(either.run(5.0)), "an output asks for nothing"


def test_the_call_of_a_client_gets_an_id(either: Dialogue) -> None:
    item = created(either, {"type": "function_call", "name": "f", "arguments": "{}"})["item"]
    assert created(either, {"type": "function_call_output", "call_id": item["call_id"], "output": "x"})["item"]["call_id"] == item["call_id"]


def test_the_object_of_beta_may_be_sent_back(either: Dialogue) -> None:
    item = {"object": "realtime.item", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    assert created(either, item)["type"].startswith("conversation.item.")


def test_speech_that_was_cut_off_can_be_truncated_too(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Good evening, how may I help you tonight?"))
    ga.run(0.6)
    ga.client("response.cancel")
    item = ga.last("response.output_item.done")["item"]
    assert item["status"] == "incomplete"
    assert types(ga.client("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=100)) == ["conversation.item.truncated"]


def test_a_reasoning_model_says_so() -> None:
    talk = Dialogue("ga").open({"model": "gpt-realtime-2.1"})
    session = talk.events[0]["session"]
    assert (session["reasoning"], session["parallel_tool_calls"]) == ({"effort": "low"}, True)
    (event,) = talk.client("session.update", session={"type": "realtime", "reasoning": {"effort": "high"}, "parallel_tool_calls": False})
    assert (event["session"]["reasoning"], event["session"]["parallel_tool_calls"]) == ({"effort": "high"}, False)


def test_a_beta_transcription_session_as_it_is_created() -> None:
    session = Dialogue("beta").open({"intent": "transcription"}).events[0]["session"]
    assert set(session) == {
        "id", "object", "expires_at", "input_audio_format", "input_audio_transcription", "turn_detection", "input_audio_noise_reduction", "include",
        "client_secret",
    }  # fmt: skip
    assert (session["object"], session["client_secret"]) == ("realtime.transcription_session", None)


def test_a_ga_transcription_session_as_it_is_created() -> None:
    session = Dialogue("ga").open({"intent": "transcription"}).events[0]["session"]
    detection = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200}
    audio = {"format": {"type": "audio/pcm", "rate": 24000}, "transcription": None, "noise_reduction": None, "turn_detection": detection}
    assert list(session) == ["type", "object", "id", "expires_at", "audio", "include"]
    assert session["audio"] == {"input": audio}


def seconds(some_id: str) -> int:
    """When an id of the server was made, in seconds since the epoch of ids (1576800000)."""
    value = 0
    for letter in some_id.partition("_")[2][:5]:
        value = value * 62 + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".index(letter)
    return value + 1_576_800_000


def test_ids_tell_when_they_were_made(ga: Dialogue) -> None:
    session = ga.events[0]["session"]
    assert session["expires_at"] - seconds(session["id"]) == 3600
    ga.run(10.0)
    ga.hears_words("Hello there", before_ms=1000)
    started = ga.last("input_audio_buffer.speech_started")
    assert seconds(started["item_id"]) == int(EPOCH_S + ga.at_s("input_audio_buffer.speech_started"))
    ga.answer(Say("Hi"), CallTool("f", "{}"))
    ga.run(5.0)
    response = ga.last("response.done")["response"]
    message, call = response["output"]
    for prefix, given in (("sess", session["id"]), ("item", message["id"]), ("resp", response["id"]), ("conv", response["conversation_id"])):
        assert given.startswith(f"{prefix}_")
        assert len(given) == len(prefix) + 1 + 21
    assert call["call_id"].startswith("call_")
    assert len(call["call_id"]) == 5 + 16
    assert set(call["call_id"][5:]) <= set(BASE62)
