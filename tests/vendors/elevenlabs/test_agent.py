"""The agent at the far end, in dialogue."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.ids import Ids
from simulator.script import Timeout
from simulator.speech import noise, speak, words
from simulator.vendors.elevenlabs.server import AgentServer
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    CallTool,
    ClientClosed,
    ClientEvent,
    Close,
    Disconnect,
    Emit,
    Expire,
    Fail,
    Mishear,
    Opened,
    ResponseGone,
    ResponseRequested,
    Say,
    ServerHappening,
    Stall,
)

RATE_HZ = 16_000


class Agent:
    """One conversation; `happens` answers what the agent does at once, `at` what it does until then."""

    def __init__(self, query: dict[str, str] | None = None) -> None:
        self.server = AgentServer(dialect="ga", ids=Ids(0))
        self.now_s = 0.0
        self.effects: list[Any] = []
        self.happens(Opened({"agent_id": "a"} if query is None else query))

    def happens(self, event: ServerHappening) -> Agent:
        self.effects += self.server.receive(event, self.now_s)
        return self

    def at(self, at_s: float) -> Agent:
        while (due_s := self.server.wake_at_s) is not None and due_s <= at_s:
            self.now_s = max(self.now_s, due_s)
            self.happens(Timeout())
        self.now_s = at_s
        return self

    def answers(self, *items: Any, fail: Fail | None = None) -> Agent:
        return self.happens(Answered(self.requested[-1].response_id, Answer(items, fail))).at(self.now_s + 2.0)

    def hears(self, pcm: bytes) -> Agent:
        return self.happens(ClientEvent({"user_audio_chunk": pcm + bytes(2 * RATE_HZ)}))

    def events(self, type_: str) -> list[dict[str, Any]]:
        return [effect.event for effect in self.effects if isinstance(effect, Emit) and effect.event.get("type") == type_]

    @property
    def requested(self) -> list[ResponseRequested]:
        return [effect for effect in self.effects if isinstance(effect, ResponseRequested)]


def test_it_names_the_conversation_and_wants_to_greet() -> None:
    agent = Agent()
    (first,) = agent.events("conversation_initiation_metadata")
    assert first["conversation_initiation_metadata_event"]["agent_output_audio_format"] == "pcm_16000"
    assert [request.by for request in agent.requested] == ["client"]
    assert list(agent.server.owed) == [f"the scenario owes an answer to {agent.requested[0].response_id}"]


def test_nobody_talks_to_an_agent_without_a_name() -> None:
    assert Agent({}).effects == [Close(3000, "Missing agent_id")]


def test_what_it_says_comes_as_text_and_as_sound() -> None:
    agent = Agent().answers(Say("good morning"))
    assert agent.events("agent_response")[0]["agent_response_event"] == {"agent_response": "good morning"}
    assert words(b"".join(event["audio_event"]["audio_base_64"] for event in agent.events("audio")), RATE_HZ) == "good morning"
    assert agent.effects[-1] == ResponseGone(agent.requested[0].response_id, "it is said")


def test_it_hears_what_is_said_and_answers_that() -> None:
    agent = Agent().answers(Say("hi"))
    agent.at(5.0).hears(speak("what time is it", RATE_HZ).pcm)
    assert agent.events("user_transcript")[0]["user_transcription_event"] == {"user_transcript": "what time is it"}
    assert (agent.requested[-1].by, agent.requested[-1].heard) == ("vad", "what time is it")


def test_it_may_mishear() -> None:
    agent = Agent().answers(Say("hi")).happens(Mishear("what crime is it"))
    agent.at(5.0).hears(speak("what time is it", RATE_HZ).pcm)
    assert agent.requested[-1].heard == "what crime is it"


def test_a_cough_is_no_turn() -> None:
    agent = Agent().answers(Say("hi"))
    agent.at(5.0).hears(noise(0.4, RATE_HZ).pcm)
    assert len(agent.requested) == 1


def test_a_tool_is_called_and_only_its_result_asks_for_the_next_answer() -> None:
    agent = Agent().answers(CallTool("weather", '{"city": "Oslo"}', "c1"), CallTool("time", "{}", "c2"))
    assert [event["client_tool_call"]["tool_call_id"] for event in agent.events("client_tool_call")] == ["c1", "c2"]
    for call_id, requests in (("c1", 1), ("unknown", 1), ("c2", 2), ("c2", 2)):
        agent.happens(ClientEvent({"type": "client_tool_result", "tool_call_id": call_id, "result": "x"}))
        assert len(agent.requested) == requests


def test_talked_over_it_stops_and_corrects_itself() -> None:
    agent = Agent().happens(Answered("nobody asked", Answer()))
    agent.happens(Answered(agent.requested[0].response_id, Answer((Say("one two three four five six seven eight"),)))).at(1.5)
    agent.hears(speak("stop", RATE_HZ).pcm)
    assert agent.events("interruption")
    correction = agent.events("agent_response_correction")[0]["agent_response_correction_event"]
    assert correction["corrected_agent_response"] == "one two three..."[: len(correction["corrected_agent_response"]) - 3] + "..."
    sounds = len(agent.events("audio"))
    assert len(agent.at(10.0).events("audio")) == sounds


def test_a_message_typed_is_a_turn_and_a_strange_one_the_end() -> None:
    agent = Agent().happens(ClientEvent({"type": "user_message", "text": "hello"}))
    assert agent.requested[-1].heard == "hello"
    assert isinstance(agent.happens(ClientEvent({"type": "session.update"})).effects[-2], Close)


def test_it_pings() -> None:
    assert [event["ping_event"]["event_id"] for event in Agent().at(20.5).events("ping")] == [1, 2]


def test_a_failed_answer_is_an_error() -> None:
    assert Agent().answers(fail=Fail("rate_limit_exceeded", message="slow down")).events("error")[0]["error"]["message"] == "slow down"


@pytest.mark.parametrize(("event", "close"), [(Expire(), Close(1000, "max_duration_exceeded")), (Disconnect(None), Close(None, ""))])
def test_it_ends(event: ServerHappening, close: Close) -> None:
    agent = Agent()
    assert close in agent.happens(event).effects
    assert agent.server.wake_at_s is None
    assert not agent.server.owed


def test_a_stall_keeps_everything_back_and_then_sends_it_in_order() -> None:
    agent = Agent().happens(Stall(3.0)).answers(Say("hi"))
    assert not agent.events("agent_response")
    assert agent.at(3.0).events("agent_response")


def test_a_client_that_goes_leaves_nothing_behind() -> None:
    agent = Agent().happens(ClientClosed())
    assert agent.server.wake_at_s is None
    assert agent.effects[-1] == ResponseGone(agent.requested[0].response_id, "the connection is over")


def test_it_speaks_and_hears_at_the_rates_it_was_set_up_for() -> None:
    agent = Agent.__new__(Agent)
    agent.server, agent.now_s, agent.effects = AgentServer(dialect="ga", ids=Ids(0)), 0.0, []
    agent.server.set_up(8_000, 24_000)
    agent.happens(Opened({"agent_id": "a"})).answers(Say("good morning"))
    formats = agent.events("conversation_initiation_metadata")[0]["conversation_initiation_metadata_event"]
    assert (formats["user_input_audio_format"], formats["agent_output_audio_format"]) == ("pcm_8000", "pcm_24000")
    assert words(b"".join(event["audio_event"]["audio_base_64"] for event in agent.events("audio")), 24_000) == "good morning"
    agent.at(5.0).hears(speak("good evening", 8_000).pcm)
    assert agent.requested[-1].heard == "good evening"
