"""Every event we send validates against the typed models of the `openai` package, strictly."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from simulator.speech import speak
from simulator.vendors.openai.events import CallTool, Fail, Mishear, Say
from simulator.vendors.openai.wire import to_wire
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue

realtime = pytest.importorskip("openai.types.realtime")
GA: TypeAdapter[Any] = TypeAdapter(realtime.RealtimeServerEvent)
JAMBONZ = {
    "error", "session.created", "session.updated", "input_audio_buffer.committed", "input_audio_buffer.cleared",
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "conversation.item.created", "conversation.item.truncated",
    "conversation.item.deleted", "conversation.item.input_audio_transcription.completed", "conversation.item.input_audio_transcription.failed",
    "response.created", "response.done", "response.output_item.added", "response.output_item.done", "response.content_part.added",
    "response.content_part.done", "response.text.delta", "response.text.done", "response.audio_transcript.delta", "response.audio_transcript.done",
    "response.audio.delta", "response.audio.done", "response.function_call_arguments.delta", "response.function_call_arguments.done",
    "rate_limits.updated",
}  # fmt: skip
"""What jambonz subscribes to, `conversation.created` aside, which no real server was seen to send."""


def a_busy_call(talk: Dialogue) -> None:
    """Everything that a call may contain."""
    ga = talk.dialect == "ga"
    session: dict[str, Any] = {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}
    talk.client("session.update", session=session if ga else {"input_audio_transcription": {"model": "gpt-4o-transcribe"}})
    talk.client("response.create")
    talk.answer(Say("Good evening, how may I help you?"))
    talk.run(3.0)
    greeting = talk.last("response.output_item.done")["item"]["id"]
    talk.hears_words("What is the weather in Berlin?")
    talk.answer(Say("One moment"), CallTool("get_weather", '{"location": "Berlin"}', call_id="call_1"))
    talk.run(3.0)
    talk.client("conversation.item.create", item={"type": "function_call_output", "call_id": "call_1", "output": '{"t": 21}'})
    talk.client("response.create")
    talk.answer(Say("It is twenty one degrees in Berlin with a light breeze from the west"))
    talk.run(0.6)
    talk.tell(Mishear(None))
    talk.hears(speak("And in Paris?", 24000).pcm + 400 * SILENCE)
    talk.answer(fail=Fail("rate_limit_exceeded"))
    talk.run(2.0)
    talk.client("conversation.item.truncate", item_id=greeting, content_index=0, audio_end_ms=500)
    talk.client("conversation.item.retrieve", item_id=greeting)
    talk.client("conversation.item.delete", item_id=greeting)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    talk.client("conversation.item.create", item=item)
    talk.client("input_audio_buffer.clear")
    talk.client("response.create", response={"output_modalities" if ga else "modalities": ["text"]})
    talk.answer(Say("Hello"), fail=Fail("max_output_tokens"))
    talk.run(2.0)
    talk.client("nope")


def test_every_ga_event_is_one_the_openai_package_knows() -> None:
    talk = Dialogue("ga").open()
    a_busy_call(talk)
    for event in talk.events:
        parsed = GA.validate_json(to_wire(event))
        assert type(parsed).__name__ != "dict"
        assert parsed.type == event["type"]


def test_a_call_uses_most_of_the_events() -> None:
    talk = Dialogue("ga").open()
    a_busy_call(talk)
    assert len({event["type"] for event in talk.events}) >= 30


def test_every_beta_event_is_one_jambonz_subscribes_to() -> None:
    talk = Dialogue("beta").open()
    a_busy_call(talk)
    later = {"conversation.item.retrieved", "conversation.item.input_audio_transcription.delta"}
    assert {event["type"] for event in talk.events} == JAMBONZ | later
