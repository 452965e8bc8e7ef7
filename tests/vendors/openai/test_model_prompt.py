"""What the model reads when it is asked: turns heard and written, tools, overrides of the response."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from simulator.speech import speak
from simulator.vendors.openai.events import CallTool, Json
from simulator.vendors.openai.prompt import Prompt
from tests.vendors.openai.model_dialogue import Dialogue, problem

TOOL = {"type": "function", "name": "get_weather", "parameters": {}}


def asked(talk: Dialogue, **response: Any) -> Prompt:
    talk.client("response.create", response=response)
    found = talk.server.prompt(talk.open_requests[-1])
    assert found is not None
    return found


def written(text: str) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def test_before_anybody_spoke() -> None:
    prompt = asked(Dialogue().open())
    assert (prompt.said, prompt.tool_output, list(prompt.items)) == (None, None, [])
    assert prompt.instructions


def test_turns_are_read_as_they_were_heard_or_written(either: Dialogue) -> None:
    either.client("session.update", session={"turn_detection": None} if either.dialect == "beta" else {"type": "realtime"})
    either.client("conversation.item.create", item=written("Hi"))
    assert asked(either).said == "Hi"
    audio = b64encode(speak("A table for two", 24000).pcm).decode()
    either.client("conversation.item.create", item=written("") | {"content": [{"type": "input_audio", "audio": audio}]})
    assert asked(either, conversation="none").said == "A table for two"


def test_a_spoken_turn_is_heard_without_transcription() -> None:
    talk = Dialogue().open()
    talk.hears_words("A table for two")
    prompt = talk.server.prompt(talk.open_requests[-1])
    assert prompt is not None
    assert prompt.said == "A table for two"


def test_the_output_of_a_tool_is_to_be_answered_until_the_next_turn() -> None:
    talk = Dialogue().open()
    talk.client("conversation.item.create", item=written("Weather?"))
    talk.client("response.create")
    talk.answer(CallTool("get_weather", "{}", call_id="call_1"))
    talk.run(1.0)
    talk.client("conversation.item.create", item={"type": "function_call_output", "call_id": "call_1", "output": "sunny"})
    prompt = asked(talk, conversation="none")
    assert (prompt.said, prompt.tool_output) == ("Weather?", "sunny")
    talk.client("conversation.item.create", item=written("And now?"))
    assert asked(talk, conversation="none").tool_output is None


def test_a_response_may_have_its_own_tools_and_input() -> None:
    talk = Dialogue().open()
    talk.client("conversation.item.create", item=written("one") | {"id": "first"})
    talk.client("conversation.item.create", item=written("two"))
    own = [{"type": "item_reference", "id": "first"}, written("three")]
    prompt = asked(talk, conversation="none", tools=[TOOL], tool_choice="required", instructions="Be brief.", input=own)
    assert [read.text for read in prompt.items] == ["one", "three"]
    assert (prompt.tools, prompt.tool_choice, prompt.instructions) == ((TOOL,), "required", "Be brief.")
    assert list(asked(talk, conversation="none", input=[]).items) == []


def test_audio_that_is_none_is_refused_in_the_input_of_a_response_too() -> None:
    talk = Dialogue().open()
    bad = written("") | {"content": [{"type": "input_audio", "audio": "***"}]}
    assert problem(talk.client("response.create", response={"conversation": "none", "input": [bad]}))[0] == "invalid_value"
    assert talk.open_requests == []
