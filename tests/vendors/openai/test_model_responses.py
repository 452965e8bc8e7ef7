"""Responses: the orders of openai-realtime.md 4.2 to 4.6 and 4.10 to 4.13."""

import pytest

from simulator.speech import speak, words
from simulator.vendors.openai.events import CallTool, Fail, ResponseGone, ResponseRequested, Say
from tests.vendors.openai.model_dialogue import Dialogue, problem, types

GREETING = "Good evening, how may I help you tonight?"


def test_a_text_response_in_ga(ga: Dialogue) -> None:
    ga.client("response.create", response={"output_modalities": ["text"]})
    ga.answer(Say("Hello there"))
    assert types(ga.run(1.0)) == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    assert ga.last("response.content_part.done")["part"] == {"type": "text", "text": "Hello there"}
    assert ga.last("conversation.item.done")["item"]["content"] == [{"type": "output_text", "text": "Hello there"}]


def test_a_text_response_in_beta(beta: Dialogue) -> None:
    beta.client("response.create", response={"modalities": ["text"]})
    beta.answer(Say("Hello there"))
    assert types(beta.run(1.0)) == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.text.delta",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_an_audio_response_in_ga(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Hello"))
    assert types(ga.run(2.0)) == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]


def test_an_audio_response_in_beta(beta: Dialogue) -> None:
    beta.client("response.create")
    beta.answer(Say("Hello"))
    assert types(beta.run(2.0)) == [
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.delta",
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    response = beta.last("response.done")["response"]
    assert list(response) == [
        "object", "id", "status", "status_details", "output", "conversation_id", "modalities", "voice", "output_audio_format", "temperature",
        "max_output_tokens", "usage", "metadata",
    ]  # fmt: skip
    assert response["output"][0]["object"] == "realtime.item"


def test_a_response_keeps_its_times(ga: Dialogue) -> None:
    asked_s = ga.now_s
    ga.client("response.create")
    ga.answer(Say(GREETING))
    ga.run(3.0)
    created_s = ga.at_s("response.created")
    assert created_s == pytest.approx(asked_s + 0.02)
    assert ga.at_s("response.content_part.added") == pytest.approx(created_s + 0.195)
    assert ga.times[[event["type"] for event in ga.events].index("response.output_audio.delta")] == pytest.approx(created_s + 0.4)
    assert ga.at_s("rate_limits.updated") == pytest.approx(ga.at_s("response.done") + 0.043)


def test_an_answer_that_takes_its_time_is_waited_for(ga: Dialogue) -> None:
    ga.client("response.create")
    assert types(ga.run(5.0)) == ["response.created"]
    ga.answer(Say("At last"), after_s=1.0)
    assert ga.run(0.99) == []
    assert types(ga.run(0.02))[0] == "response.output_item.added"


def test_audio_comes_faster_than_speech_in_chunks_of_a_quarter_second(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say(GREETING))
    ga.run(10.0)
    deltas = [event["delta"] for event in ga.events if event["type"] == "response.output_audio.delta"]
    assert [len(delta) // 48 for delta in deltas[:4]] == [100, 150, 250, 250]
    audio = b"".join(deltas)
    assert audio == speak(GREETING, 24000).pcm
    assert ga.at_s("response.done") - ga.at_s("response.created") < 0.5 + len(audio) / 48000 / 4


def test_at_pace_zero_everything_comes_at_once() -> None:
    talk = Dialogue(speed_factor=0, first_item_s=0, first_audio_s=0, created_after_s=0, done_after_s=0).open()
    talk.client("response.create")
    talk.answer(Say(GREETING))
    assert types(talk.fresh())[-1] == "response.done"


def test_speech_lasts_as_long_as_it_is_told(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("One two three", lasts_s=4.0))
    ga.run(10.0)
    audio = b"".join(event["delta"] for event in ga.events if event["type"] == "response.output_audio.delta")
    assert len(audio) == 4 * 48000
    assert words(audio, 24000) == "One two three"


@pytest.mark.parametrize(("given", "rate"), [("audio/pcmu", 8), ("audio/pcma", 8)])
def test_a_telephone_gets_g711(ga: Dialogue, given: str, rate: int) -> None:
    ga.client("session.update", session={"type": "realtime", "audio": {"output": {"format": {"type": given}}}})
    ga.client("response.create")
    ga.answer(Say("Hello"))
    ga.run(5.0)
    audio = b"".join(event["delta"] for event in ga.events if event["type"] == "response.output_audio.delta")
    assert len(audio) // rate == round(speak("Hello", 8000).duration_s * 1000)


def test_text_like_deltas_are_padded_to_a_multiple_of_sixteen(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say(GREETING), CallTool("f", '{"a": 1}'))
    ga.run(10.0)
    padded = [event for event in ga.events if "obfuscation" in event]
    assert {event["type"].rsplit(".", 2)[-2] for event in padded} == {"output_audio_transcript", "function_call_arguments"}
    assert {(len(event["delta"]) + len(event["obfuscation"])) % 16 for event in padded} == {0}


def test_a_function_call_in_ga(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(CallTool("get_weather", '{"location": "San Francisco"}', call_id="call_1"))
    assert types(ga.run(1.0)) == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    done = ga.last("response.function_call_arguments.done")
    assert (done["call_id"], done["name"], done["arguments"]) == ("call_1", "get_weather", '{"location": "San Francisco"}')
    deltas = [event["delta"] for event in ga.events if event["type"] == "response.function_call_arguments.delta"]
    assert "".join(deltas) == done["arguments"]
    assert len(deltas) > 3


def test_a_function_call_in_beta_has_no_name_in_its_done(beta: Dialogue) -> None:
    beta.client("response.create")
    beta.answer(CallTool("get_weather", "{}"))
    beta.run(1.0)
    assert "name" not in beta.last("response.function_call_arguments.done")
    assert beta.last("response.output_item.done")["item"]["name"] == "get_weather"


def test_speech_and_two_calls_follow_one_another(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("One moment"), CallTool("a", "{}"), CallTool("b", "{}"))
    ga.run(5.0)
    added = [event["output_index"] for event in ga.events if event["type"].startswith("response.output_item.")]
    assert added == [0, 0, 1, 1, 2, 2]
    assert [item["type"] for item in ga.last("response.done")["response"]["output"]] == ["message", "function_call", "function_call"]


def test_a_tool_call_is_owed_by_the_client_until_its_output_comes(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(CallTool("get_weather", "{}", call_id="call_1"))
    either.run(1.0)
    assert [*either.server.owed] == ["the client owes the output of get_weather (call_1)"]
    either.client("conversation.item.create", item={"type": "function_call_output", "call_id": "call_1", "output": "sunny"})
    assert either.server.owed == {}


def test_one_response_at_a_time_in_the_conversation(either: Dialogue) -> None:
    either.client("response.create")
    (request,) = either.open_requests
    text = f"Conversation already has an active response in progress: {request}. Wait until the response is finished before creating a new one."
    assert problem(either.client("response.create", event_id="again")) == ("conversation_already_has_active_response", text, None)
    assert either.events[-1]["error"]["event_id"] == "again"
    assert either.open_requests == [request]


def test_a_tool_that_is_too_fast_meets_the_active_response(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(CallTool("f", "{}", call_id="call_1"))
    ga.run(0.02 + 0.195 + 0.006 + 0.001)
    assert types(ga.events)[-1] == "response.output_item.done"
    ga.client("conversation.item.create", item={"type": "function_call_output", "call_id": "call_1", "output": "x"})
    assert problem(ga.client("response.create"))[0] == "conversation_already_has_active_response"


def test_an_out_of_band_response_runs_beside_and_stays_out_of_the_conversation(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.client("response.create", response={"conversation": "none", "metadata": {"topic": "x"}, "output_modalities": ["text"], "input": []})
    assert [effect.conversation for effect in ga.effects if isinstance(effect, ResponseRequested)] == ["auto", "none"]
    ga.open_requests.reverse()
    ga.answer(Say("aside"))
    events = ga.run(2.0)
    created = [event["response"] for event in events if event["type"] == "response.created"]
    assert (created[1]["conversation_id"], created[1]["metadata"]) == (None, {"topic": "x"})
    assert not [event for event in events if event["type"].startswith("conversation.")]
    assert ga.last("response.done")["response"]["metadata"] == {"topic": "x"}


def test_overrides_hold_for_one_response_and_metadata_is_echoed(ga: Dialogue) -> None:
    ga.client("response.create", response={"max_output_tokens": 7, "metadata": {"a": "b"}, "audio": {"output": {"voice": "ash"}}})
    ga.answer(Say("Hi"))
    ga.run(2.0)
    response = ga.last("response.done")["response"]
    assert (response["max_output_tokens"], response["metadata"], response["audio"]["output"]["voice"]) == (7, {"a": "b"}, "ash")
    ga.client("response.create")
    ga.run(0.1)
    assert ga.last("response.created")["response"]["max_output_tokens"] == "inf"


def test_cancel_before_anything_was_answered(either: Dialogue) -> None:
    either.client("response.create")
    either.run(0.1)
    assert types(either.client("response.cancel")) == ["response.done"]
    response = either.last("response.done")["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert (response["status"], response["output"], response["usage"]["total_tokens"]) == ("cancelled", [], 0)
    assert [effect.reason for effect in either.effects if isinstance(effect, ResponseGone)] == ["client_cancelled"]
    assert either.run(5.0) == []


def test_cancel_at_once_still_shows_the_response(ga: Dialogue) -> None:
    ga.client("response.create")
    assert types(ga.client("response.cancel")) == ["response.created", "response.done"]
    assert ga.last("response.created")["response"]["status"] == "in_progress"


def test_cancel_in_the_middle_of_speech_closes_out_what_is_open(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say(GREETING))
    ga.run(0.6)
    events = ga.client("response.cancel")
    assert types(events) == [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    item = ga.last("response.done")["response"]["output"][0]
    assert item["status"] == "incomplete"
    transcript = item["content"][0]["transcript"]
    assert 0 < len(transcript) < len(GREETING)
    assert GREETING.startswith(transcript)
    usage = ga.last("response.done")["response"]["usage"]
    assert usage["output_tokens"] > 0


def test_a_cancelled_call_keeps_its_partial_arguments_and_is_not_owed(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(CallTool("f", '{"a": "some longer argument"}'))
    ga.run(0.02 + 0.195 + 0.01)
    ga.client("response.cancel")
    item = ga.last("response.output_item.done")["item"]
    assert item["status"] == "incomplete"
    assert '{"a": "some longer argument"}'.startswith(item["arguments"])
    assert ga.server.owed == {}


def test_nothing_to_cancel_is_an_error_and_no_more(either: Dialogue) -> None:
    assert problem(either.client("response.cancel")) == ("response_cancel_not_active", "Cancellation failed: no active response found", None)
    either.client("response.create")
    assert problem(either.client("response.cancel", response_id="resp_x"))[0] == "response_cancel_not_active"


def test_usage_adds_up_and_caches_whole_blocks(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(Say(GREETING))
    either.run(10.0)
    first = either.last("response.done")["response"]["usage"]
    either.client("response.create")
    either.answer(Say("Yes", text_only=True))
    either.run(10.0)
    second = either.last("response.done")["response"]["usage"]
    assert first["input_token_details"]["cached_tokens"] == 0
    cached = second["input_token_details"]["cached_tokens"]
    assert cached > 0
    assert cached % 64 == 0
    assert second["input_tokens"] > first["input_tokens"]
    assert ("image_tokens" in second["input_token_details"]) == (either.dialect == "ga")


@pytest.mark.parametrize("code", ["content_filter", "max_output_tokens"])
def test_a_response_ends_incomplete(either: Dialogue, code: str) -> None:
    either.client("response.create")
    either.answer(Say("This is as far as"), fail=Fail(code))
    either.run(5.0)
    response = either.last("response.done")["response"]
    assert (response["status"], response["status_details"]) == ("incomplete", {"type": "incomplete", "reason": code})
    assert response["output"][0]["status"] == "incomplete"
