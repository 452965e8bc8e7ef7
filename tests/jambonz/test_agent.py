"""The `agent` verb of profile 10, by its documented events."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerHungUp, CloseModel, ConnectModel, ModelClosed, ModelConnected, ModelSaid, ModelUnreachable, SendModel
from tests.jambonz.playbook import ANSWER, Does, Playbook, Send, ToModel, ack, command, spoken

Json = dict[str, Any]
AGENT: Json = {
    "verb": "agent",
    "stt": {"vendor": "deepgram", "language": "en-US"},
    "tts": {"vendor": "cartesia", "voice": "sonic"},
    "llm": {
        "vendor": "openai",
        "model": "gpt-4o",
        "auth": {"apiKey": "sk-agent"},
        "llmOptions": {"systemPrompt": "Be kind.", "tools": [{"name": "weather", "parameters": {}}]},
    },
    "actionHook": "/done",
    "eventHook": "/event",
    "toolHook": "/tool",
}
STORY = "once upon a time there was a very long story that nobody wanted to hear"


def reply(text: str = "", *calls: Json) -> ModelSaid:
    return ModelSaid({"type": "reply", "text": text} | ({"tool_calls": list(calls)} if calls else {}))


def tool(name: str, call_id: str = "c1", **arguments: Any) -> Json:
    return {"id": call_id, "name": name, "arguments": arguments}


def prompts(book: Playbook) -> list[list[Json]]:
    """The messages of every prompt that was not spoken of yet."""
    return [effect.event["messages"] for effect in book.to_come if isinstance(effect, SendModel)]


def talking(**changes: Any) -> Playbook:
    """An agent that has connected to its model."""
    book = Playbook(profile="10").begins(AGENT | changes)
    assert isinstance(book.to_come.popleft(), ConnectModel)
    return book >> ModelConnected()


def test_it_asks_the_model_for_a_greeting_with_its_prompt_and_tools() -> None:
    book = Playbook(profile="10").begins(AGENT)
    book << Does(ConnectModel("openai", "/gpt-4o", {"authorization": "Bearer sk-agent"}, "chat"))
    book >> ModelConnected()
    book << ToModel("prompt", {"messages": [{"role": "system", "content": "Be kind."}], "tools": [{"name": "weather", "parameters": {}}]})
    book.is_silent()


def test_without_a_greeting_the_caller_speaks_first() -> None:
    talking(greeting=False).is_silent()


def test_a_turn_from_the_callers_words_to_the_end_of_the_reply() -> None:
    book = talking(greeting=False)
    book >> spoken("how warm is it")
    book.at(3.0) << Send("agent:event", "/event", type="user_transcript", transcript="how warm is it")
    book << ToModel("prompt", {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "how warm is it"}]})
    book >> reply("It is warm")
    book << Send("agent:event", type="llm_response", response="It is warm")
    book.at(6.0) << Send("agent:event", type="turn_end", transcript="how warm is it", response="It is warm", interrupted=False)
    latency = book.sent[-1]["data"]["latency"]
    assert set(latency) == {"transcriber_latency", "model_latency"}
    book.is_silent()


def test_sustained_speech_over_the_reply_interrupts_it() -> None:
    book = talking() >> reply(STORY)
    book.skip().at(1.0) >> spoken("please stop talking to me now")
    book.at(2.0) << Send("agent:event", type="user_interruption")
    book << Send("agent:event", type="turn_end", interrupted=True, response=STORY)
    assert book.notes("heard")[0]["cut_s"] > 0


@pytest.mark.parametrize(("settings", "words"), [({"enable": False}, "please stop talking to me now"), ({"minSpeechDuration": 30}, "please stop")])
def test_an_interruption_may_be_switched_off_or_too_short(settings: Json, words: str) -> None:
    book = talking(bargeIn=settings) >> reply(STORY)
    book.skip().at(1.0) >> spoken(words)
    book.at(1.9).is_silent()


def test_a_tool_is_called_with_its_arguments_and_any_output_goes_back_as_text() -> None:
    book = talking().skip() >> reply("", tool("weather", city="Oslo"))
    book << Send("agent:tool-call", "/tool", tool_call_id="c1", name="weather", arguments={"city": "Oslo"})
    book >> command("llm:tool-output", {"result": 21}, tool_call_id="c1")
    assert prompts(book)[-1][-1] == {"role": "tool", "tool_call_id": "c1", "content": '{"result": 21}'}


def test_two_tools_are_waited_for_together() -> None:
    book = talking().skip() >> reply("", tool("weather", "c1"), tool("weather", "c2"))
    book.skip() >> command("llm:tool-output", {}, tool_call_id="c2")
    book.is_silent()
    book >> command("llm:tool-output", {}, tool_call_id="c1")
    assert len(prompts(book)) == 1


def test_an_output_nobody_waits_for_is_dropped() -> None:
    book = talking().skip() >> command("llm:tool-output", {}, tool_call_id="c9")
    book.is_silent()
    assert [note["what"] for note in book.notes("dropped")] == ["llm:tool-output"]


def test_after_silence_the_caller_is_asked_whether_they_are_there_and_then_the_verb_ends() -> None:
    book = talking(noResponseTimeout=5, noResponseMaxPrompts=1) >> reply("Hello")
    book.skip().at(8.0)
    assert prompts(book)[-1][-1]["role"] == "system"
    book >> reply("Still there?")
    book.skip().at(20.0) << Send("agent:event", type="turn_end") << Send("verb:hook", "/done", completion_reason="no_response")


def test_the_hang_up_tool_hangs_up() -> None:
    book = talking(hangup={"reason": "done"}).skip() >> reply("", tool("hangup"))
    book << Send("call:status", call_status="completed", call_termination_by="jambonz") << Send("verb:hook", "/done")


@pytest.mark.parametrize(
    ("event", "reason"),
    [(ModelClosed(1011), "disconnect from remote end"), (ModelSaid({"type": "failed", "error": {"code": "x"}}), "server error")],
)
def test_how_it_ends(event: Any, reason: str) -> None:
    book = talking().skip() >> event
    book << Send("verb:hook", "/done", completion_reason=reason)
    book >> ack()
    book << Does(CloseModel())


def test_a_model_that_cannot_be_reached_is_a_connection_failure() -> None:
    book = Playbook(profile="10").begins(AGENT).skip() >> ModelUnreachable("401")
    book << Send("verb:hook", "/done", completion_reason="connection failure")


def test_the_caller_hangs_up() -> None:
    book = talking().skip() >> CallerHungUp()
    (
        book
        << Send("call:status", call_status="completed")
        << Does(CloseModel())
        << Send("verb:hook", "/done", completion_reason="normal conversation end")
    )


@pytest.mark.parametrize(
    ("update", "last"),
    [
        ({"type": "generate_reply", "instructions": "Say bye."}, {"role": "system", "content": "Say bye."}),
        ({"type": "update_instructions", "instructions": "Be brief."}, {"role": "system", "content": "Be brief."}),
        ({"type": "inject_context", "context": "It rains."}, {"role": "system", "content": "It rains."}),
    ],
)
def test_updates_change_what_the_model_is_asked_next(update: Json, last: Json) -> None:
    book = talking().skip() >> command("agent:update", update)
    if update["type"] != "generate_reply":
        book.is_silent()
        book >> command("agent:update", {"type": "generate_reply"})
    assert prompts(book)[-1][-1] == last


@pytest.mark.parametrize("data", [{"type": "other"}, "text", {"no": "type"}])
def test_an_update_of_another_kind_is_dropped(data: Any) -> None:
    book = talking().skip() >> command("agent:update", data)
    book.is_silent()
    assert [note["what"] for note in book.notes("dropped")] == ["agent:update"]


def test_to_0_9_8_both_verb_and_command_are_unknown() -> None:
    book = Playbook().begins(ANSWER) >> command("agent:update", {"type": "generate_reply"})
    assert "knows no such command" in book.notes("dropped")[0]["why"]
    refused = Playbook()
    refused.begins(ANSWER) >> command("redirect", [AGENT])
    assert refused.notes("dropped")[0]["why"].startswith("invalid instruction: agent")
