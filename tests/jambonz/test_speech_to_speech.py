"""The llm verb between application and model (jambonz.md 6)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import (
    AppConnected,
    CallerPressed,
    CallerStreamed,
    ConnectModel,
    Invited,
    ModelClosed,
    ModelConnected,
    ModelSaid,
    ModelUnreachable,
    SendModel,
)
from simulator.jambonz.media import MediaServer
from simulator.speech import speak
from simulator.vendors.openai.client import MediaModule
from simulator.vendors.vendor import Action
from simulator.vendors.vendor import ToModel as ToTheModel
from tests.jambonz.playbook import ANSWER, HANGS_UP_MODEL, HANGUP, LLM, Does, Playbook, Send, ToModel, ack, close, command, pause, spoken

CALL = {"type": "function_call", "name": "get_weather", "call_id": "call_1", "arguments": '{"placeName": "Oslo"}'}
OUTPUT = {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1", "output": "{}"}}
RATE_LIMIT = {"type": "tokens", "code": "rate_limit_exceeded", "message": "Please try again in 20s."}


def says(type_: str, **members: Any) -> ModelSaid:
    return ModelSaid({"type": type_} | members)


def calls(**changes: Any) -> ModelSaid:
    return says("response.output_item.done", item=CALL | changes)


def failed(**response: Any) -> ModelSaid:
    return says("response.done", response={"status": "failed"} | response)


# --- the beginning


def test_the_llm_answers_the_call_and_connects(book: Playbook) -> None:
    book >> Invited() >> AppConnected()
    book.skip() >> ack([LLM])
    book << Send("call:status", call_status="trying") << Send("call:status", call_status="in-progress")
    book << Does(ConnectModel("api.openai.com", "/v1/realtime?model=gpt-realtime", {"authorization": "Bearer sk-test"}))
    book.is_silent()


@pytest.mark.parametrize(
    ("changes", "host", "path", "headers", "vendor"),
    [
        ({"model": None}, "api.openai.com", "/v1/realtime?model=gpt-4o-realtime-preview-2024-12-17", {"authorization": "Bearer sk-test"}, "openai"),
        ({"connectOptions": {"host": "h:1", "path": "p?q=1"}}, "h:1", "/p?q=1", {"authorization": "Bearer sk-test"}, "openai"),
        (
            {"vendor": "microsoft", "model": "m", "connectOptions": {"host": "h"}},
            "h",
            "/openai/realtime?api-version=2024-10-01-preview&deployment=m&api-key=sk-test",
            {},
            "microsoft",
        ),
    ],
    ids=["no model", "other host", "microsoft"],
)
def test_where_it_connects_to(book: Playbook, changes: dict[str, Any], host: str, path: str, headers: dict[str, str], vendor: str) -> None:
    book.begins({name: value for name, value in (LLM | changes).items() if value is not None})
    book << Does(ConnectModel(host, path, headers, vendor))


def test_the_opening_response_is_asked_for_before_the_session_is_set_up(book: Playbook) -> None:
    book.begins(LLM).skip()
    book >> ModelConnected()
    book << ToModel("response.create", {"response": {"instructions": "Greet."}})
    book << ToModel("session.update", {"session": {"type": "realtime", "tools": []}})
    book.is_silent()


@pytest.mark.parametrize(("response_create", "sent"), [({}, {}), (None, None)])
def test_an_empty_or_null_request_for_the_opening_response_is_sent_as_it_is(book: Playbook, response_create: Any, sent: Any) -> None:
    book.begins(LLM | {"llmOptions": {"response_create": response_create}}).skip()
    book >> ModelConnected()
    book << ToModel("response.create", {"response": sent})
    book.is_silent()


def test_with_compat_a_flat_beta_session_becomes_ga_on_the_way() -> None:
    options = {"response_create": {"modalities": ["text", "audio"], "temperature": 0.8}, "session_update": {"voice": "alloy", "turn_detection": None}}
    book = Playbook().begins(LLM | {"llmOptions": options}).skip()
    book >> ModelConnected()
    book << ToModel("response.create", {"response": {"output_modalities": ["audio"]}})
    book << ToModel("session.update", {"session": {"type": "realtime", "audio": {"output": {"voice": "alloy"}, "input": {"turn_detection": None}}}})


def test_without_compat_nothing_is_converted() -> None:
    options = {"response_create": {"modalities": ["text"]}, "session_update": {"voice": "alloy"}}
    book = Playbook(compat=False).begins(LLM | {"llmOptions": options}).skip()
    book >> ModelConnected()
    book << ToModel("response.create", {"response": {"modalities": ["text"]}}) << ToModel("session.update", {"session": {"voice": "alloy"}})


# --- events


def test_events_reach_the_event_hook_in_order_with_mapped_keys_and_without_a_trace(book: Playbook) -> None:
    book.converses(LLM)
    book >> says("session.created", session={"toolChoice": "auto"}) >> says("rate_limits.updated", event_id="e")
    book << Send("llm:event", "/event", type="session.created", session={"tool_choice": "auto"})
    book << Send("llm:event", "/event", type="rate_limits.updated", event_id="e")
    assert "b3" not in book.sent[-1]


def test_without_an_event_hook_nothing_is_sent(book: Playbook) -> None:
    book.converses({name: value for name, value in LLM.items() if name != "eventHook"})
    book >> says("session.created", session={})
    book.is_silent()


def test_ga_names_reach_an_old_filter_under_their_old_names_with_compat(book: Playbook) -> None:
    book.converses(LLM | {"events": ["response.audio_transcript.done"]})
    book >> says("response.output_audio_transcript.done", transcript="hi") >> says("conversation.item.done", item={})
    book << Send("llm:event", "/event", type="response.audio_transcript.done", transcript="hi")
    book.is_silent()


def test_events_before_the_hook_is_acknowledged_still_arrive(book: Playbook) -> None:
    book.converses(LLM, HANGUP)
    book >> failed() >> says("session.updated", session={})
    book << Send("llm:event") << Send("verb:hook", "/final") << Send("llm:event", type="session.updated")


# --- tool calls


def test_a_tool_call_comes_before_its_event_and_its_arguments_are_left_alone(book: Playbook) -> None:
    book.converses(LLM)
    book >> calls()
    book << Send("llm:tool-call", "/tool", tool_call_id="call_1", name="get_weather", args={"placeName": "Oslo"})
    book << Send("llm:event", type="response.output_item.done")
    assert all("b3" not in message for message in book.sent[-2:])


@pytest.mark.parametrize("arguments", ["", "{", "not json"], ids=str)
def test_a_tool_call_without_json_arguments_is_lost_and_its_event_too(book: Playbook, arguments: Any) -> None:
    book.converses(LLM)
    book >> calls(arguments=arguments)
    book.is_silent()
    assert "get_weather" in book.notes("defect")[0]["did"]


def test_without_a_tool_hook_only_the_event_arrives_and_the_model_waits(book: Playbook) -> None:
    book.converses({name: value for name, value in LLM.items() if name != "toolHook"})
    book >> calls()
    book << Send("llm:event", type="response.output_item.done")
    book.is_silent()
    assert "no toolHook" in book.notes("dropped")[0]["why"]


def test_tool_output_is_forwarded_and_a_response_asked_for(book: Playbook) -> None:
    book.converses(LLM)
    book >> calls()
    book.skip() >> command("llm:tool-output", OUTPUT, tool_call_id="call_1")
    book << ToModel("conversation.item.create", {"item": OUTPUT["item"]}) << ToModel("response.create")
    book.is_silent()


@pytest.mark.parametrize("data", [{"result": 4}, {"error": "x"}, "sunny", {"type": "response.create"}, None, []], ids=str)
def test_tool_output_of_another_shape_is_dropped(book: Playbook, data: Any) -> None:
    book.converses(LLM)
    book >> command("llm:tool-output", data, tool_call_id="call_1")
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == "llm:tool-output"


def test_tool_output_is_not_checked_against_the_calls_there_were(book: Playbook) -> None:
    book.converses(LLM)
    book >> command("llm:tool-output", OUTPUT, tool_call_id="never heard of")
    book << ToModel("conversation.item.create") << ToModel("response.create")


# --- updates


@pytest.mark.parametrize("type_", ["session.update", "conversation.item.create", "conversation.item.delete", "response.cancel"])
def test_four_client_events_may_be_sent(book: Playbook, type_: str) -> None:
    book.converses(LLM)
    book >> command("llm:update", {"type": type_, "x": 1})
    book << ToModel(type_, {"x": 1})
    book.is_silent()


@pytest.mark.parametrize(
    "data", [{"type": "response.create"}, {"type": "input_audio_buffer.clear"}, {"session": {}}, "response.cancel", [1]], ids=str
)
def test_all_others_are_dropped(book: Playbook, data: Any) -> None:
    book.converses(LLM)
    book >> command("llm:update", data)
    book.is_silent()
    assert book.notes("dropped")


# --- how it ends


@pytest.mark.parametrize(
    ("happening", "reason", "error"),
    [
        (ModelClosed(1000), "disconnect from remote end", "absent"),
        (ModelClosed(1006), "disconnect from remote end", "absent"),
        (failed(status_details={"type": "failed", "error": RATE_LIMIT}), "server failure", RATE_LIMIT),
        (failed(status_details={"type": "failed"}), "server failure", "absent"),
        (failed(), "server failure", "absent"),
        (says("error", error={"type": "invalid_request_error", "message": "no"}), "server error", {"type": "invalid_request_error", "message": "no"}),
        (says("error"), "server error", "absent"),
    ],
)
def test_every_end_has_its_reason(book: Playbook, happening: Any, reason: str, error: Any) -> None:
    book.converses(LLM | {"events": ["nothing"], "id": "l"}, HANGUP)
    book >> happening
    book << Send("verb:hook", "/final", completion_reason=reason, error=error, call_status="in-progress", verb_id="l")
    book.is_silent()
    book >> ack()
    book << HANGS_UP_MODEL << Send("call:status", call_status="completed")


def test_a_connection_that_fails_is_an_end_too(book: Playbook) -> None:
    book.begins(LLM, HANGUP).skip()
    book >> ModelUnreachable("Unexpected server response: 401")
    book << Send("verb:hook", "/final", completion_reason="connection failure", error="absent")


def test_the_event_that_ends_it_is_delivered_first(book: Playbook) -> None:
    book.converses(LLM)
    book >> failed()
    book << Send("llm:event", type="response.done") << Send("verb:hook", completion_reason="server failure")


def test_the_first_reason_wins(book: Playbook) -> None:
    book.converses(LLM | {"events": ["nothing"]})
    book >> failed() >> says("error", error={}) >> ModelClosed(1006)
    book << Send("verb:hook", completion_reason="server failure")
    book.is_silent()


@pytest.mark.parametrize("status", ["incomplete", "cancelled", "completed"])
def test_other_responses_do_not_end_it(book: Playbook, status: str) -> None:
    book.converses(LLM | {"events": ["nothing"]})
    book >> says("response.done", response={"status": status})
    book.is_silent()


def test_without_an_action_hook_the_next_verb_runs_at_once(book: Playbook) -> None:
    book.converses({name: value for name, value in LLM.items() if name != "actionHook"}, HANGUP)
    book >> ModelClosed(1000)
    book << HANGS_UP_MODEL << Send("call:status", call_status="completed") << close(1000)


def test_the_keys_of_an_error_are_mapped_as_all_others(book: Playbook) -> None:
    book.converses(LLM | {"events": ["nothing"]})
    book >> says("error", error={"eventId": "e"})
    book << Send("verb:hook", error={"event_id": "e"})


@pytest.mark.parametrize(
    "type_", ["response.created", "response.done", "response.output_item.done", "session.updated", "response.audio.delta", "error"]
)
@pytest.mark.parametrize("member", [None, 7, "text", [], {}], ids=str)
def test_nothing_a_model_says_breaks_the_feature_server(book: Playbook, type_: str, member: Any) -> None:
    book.converses(LLM)
    book >> says(type_, response=member, session=member, item=member, error=member, delta=member) >> says(type_)


# --- audio


def test_the_caller_is_heard_by_the_model_sample_for_sample(book: Playbook) -> None:
    book.converses(LLM)
    book >> spoken("what is the weather")
    book.at(10.0)
    book >> command("redirect", [pause(1)])
    assert book.audio_bytes == pytest.approx(10.0 * 24_000 * 2, rel=0.51)
    assert book.audio_bytes % 2 == 0


def test_audio_of_the_model_is_played_and_the_application_told_when_it_begins_and_ends(book: Playbook) -> None:
    book.converses(LLM | {"events": ["output_audio.playback_started", "output_audio.playback_stopped"]})
    greeting = speak("good evening", 24_000)
    book >> says("response.output_audio.delta", delta=greeting.pcm)
    book << Send("llm:event", type="output_audio.playback_started")
    book.at(greeting.duration_s - 0.01).is_silent()
    book.at(greeting.duration_s) << Send("llm:event", type="output_audio.playback_stopped")
    assert book.notes("heard") == [{"text": "good evening", "heard_s": round(greeting.duration_s, 3), "cut_s": 0.0}]


def test_barge_in_cancels_the_response_and_throws_away_what_was_not_heard(book: Playbook) -> None:
    book.converses(LLM | {"events": ["input_audio_buffer.speech_started"]})
    story = speak("once upon a time there was a very long story", 24_000)
    book >> says("response.created", response={"id": "r", "conversation_id": "c"}) >> says("response.output_audio.delta", delta=story.pcm)
    book.at(1.0) >> says("input_audio_buffer.speech_started")
    book << Send("llm:event", type="input_audio_buffer.speech_started") << ToModel("response.cancel")
    heard = book.notes("heard")[0]
    assert heard["heard_s"] == 1.0
    assert heard["cut_s"] == round(story.duration_s - 1.0, 3)
    assert story.text.startswith(heard["text"])


def test_the_call_hangs_up_while_the_model_speaks_and_what_was_heard_is_known(book: Playbook) -> None:
    book.converses(LLM)
    book >> says("response.audio.delta", delta=speak("a very long sentence indeed", 24_000).pcm)
    book.at(0.5) >> command("call:status", {"call_status": "completed"})
    assert [entry["heard_s"] for entry in book.notes("heard")] == [0.5]


def test_after_the_verb_nothing_goes_to_the_model(book: Playbook) -> None:
    book.converses(LLM, ANSWER, pause(60))
    book >> command("redirect", [pause(60)]) >> ack()
    before = book.audio_bytes
    book.skip() >> spoken("anybody there")
    book.at(20.0).is_silent()
    assert book.audio_bytes == before
    assert not any(isinstance(effect, SendModel) for effect in book.to_come)


@pytest.mark.parametrize("closes", [True, False])
def test_what_comes_while_there_is_no_connection_to_the_model_is_lost_and_the_journal_says_so(book: Playbook, closes: bool) -> None:
    if closes:
        book.converses(LLM, pause(60)) >> ModelClosed(1011)
    else:
        book.begins(LLM, pause(60))
    book.skip()
    book >> command("llm:tool-output", OUTPUT) >> command("llm:update", {"type": "session.update", "session": {}})
    assert not any(isinstance(effect, SendModel) for effect in book.to_come)
    if not closes:  # with its hook under way the verb is the current one no more
        assert [note["what"] for note in book.notes("dropped")] == ["llm:tool-output", "llm:update session.update"]


class Telling(MediaModule):
    """A media module that tells the model of keys."""

    def pressed(self, digit: str) -> list[Action]:
        return [ToTheModel({"type": "pressed", "digit": digit})]


def test_keys_have_no_effect_on_the_model(book: Playbook) -> None:
    book.converses(LLM) >> CallerPressed("1#")
    book.is_silent()


def test_a_media_module_that_does_something_with_keys_can_take_its_place() -> None:
    book = Playbook(media=MediaServer(module=lambda compat: Telling(compat=compat))).converses(LLM)
    book >> CallerPressed("1#")
    book << ToModel("pressed", {"digit": "1"}) << ToModel("pressed", {"digit": "#"})


def test_before_the_model_is_there_and_after_it_has_gone_nobody_is_told_of_keys() -> None:
    book = Playbook(media=MediaServer(module=lambda compat: Telling(compat=compat))).begins(LLM)
    book.skip() >> CallerPressed("1")
    book.is_silent()
    book >> ModelConnected() >> ModelClosed(1011)
    book.skip() >> CallerPressed("2")
    book.is_silent()


def test_a_real_model_hears_silence_in_small_pieces_as_it_passes() -> None:
    book = Playbook(media=MediaServer(piece_s=0.02)).converses(LLM)
    heard, book.audio_bytes = book.audio_bytes, 0
    assert book.server.wake_at_s == pytest.approx(book.now_s + 0.02)
    book.at(book.now_s + 0.1)
    assert heard == 0
    assert book.audio_bytes == pytest.approx(0.1 * 48_000, abs=960)


def test_what_a_microphone_picks_up_goes_to_the_model_at_once() -> None:
    book = Playbook().converses(LLM)
    for number in range(10):
        book.at(book.now_s + 0.02)
        before = book.audio_bytes
        book >> CallerStreamed(b"\x10\x20" * 480, 24_000)
        assert book.audio_bytes > before, f"piece {number} waits"
    assert book.call.line.busy_until_s > book.now_s, "nobody noticed that the caller speaks"


def test_a_microphone_may_speak_before_the_model_is_there(book: Playbook) -> None:
    book.begins(LLM)
    book.skip() >> CallerStreamed(bytes(960), 24_000)
    book.is_silent()


def test_that_real_speech_is_not_recognised_is_said_once(book: Playbook) -> None:
    book.begins({"verb": "gather", "input": ["speech"], "actionHook": "/said", "timeout": 5})
    book >> CallerStreamed(bytes(960), 24_000) >> CallerStreamed(bytes(960), 24_000)
    (note,) = book.notes("not_simulated")
    assert "recognition of real speech" in note["what"]


def test_what_becomes_of_a_bar_in_json_is_not_known_and_said(book: Playbook) -> None:
    book.converses(LLM | {"llmOptions": {"response_create": {"instructions": "yes|no"}}})
    (note,) = book.notes("not_simulated")
    assert "a | in response.create" in note["what"]
