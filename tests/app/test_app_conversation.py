"""When the model is told what a tool has answered: dialogues with the core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversation import (
    PATIENCE_S,
    Called,
    Conversation,
    Drop,
    Effect,
    Ended,
    Event,
    Floor,
    Reconnected,
    ResponseCreated,
    ResponseDone,
    Returned,
    Run,
    SpeechStarted,
    SpeechStopped,
    Tell,
    TellAndAsk,
    Timeout,
    event_of,
)


class Talk:
    """`talk >> event` tells the conversation, `talk << effect` is what it must want next, `talk.silent()` nothing at all."""

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.now_s = 0.0
        self.wanted: list[Effect] = []

    def __rshift__(self, event: Event) -> Talk:
        self.silent()
        self.wanted = self.conversation.receive(event, self.now_s)
        return self

    def __lshift__(self, effect: Effect) -> Talk:
        assert self.wanted[:1] == [effect]
        del self.wanted[0]
        return self

    def silent(self) -> None:
        assert self.wanted == []

    def sleep(self) -> None:
        """Waits until the conversation wants to be woken, and wakes it."""
        assert self.conversation.wake_at_s is not None
        self.now_s = self.conversation.wake_at_s
        self >> Timeout()

    def calls(self, *call_ids: str) -> None:
        """A whole response in which the model calls tools, one after the other."""
        self >> ResponseCreated()
        for call_id in call_ids:
            self >> Called(call_id, "look", {}) << Run(call_id, "look", {})
        self >> ResponseDone()


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    yield talk
    talk.silent()


def test_an_output_is_given_and_the_model_is_asked_to_speak(talk: Talk) -> None:
    talk.calls("a")
    talk >> Returned("a", "1") << TellAndAsk("a", "1")


def test_an_output_that_is_quicker_than_the_calling_response_waits_for_its_end(talk: Talk) -> None:
    talk >> ResponseCreated() >> Called("a", "look", {}) << Run("a", "look", {})
    talk >> Returned("a", "1")
    talk >> ResponseDone() << TellAndAsk("a", "1")


def test_of_two_outputs_in_a_turn_only_the_last_asks_the_model_to_speak(talk: Talk) -> None:
    talk.calls("a", "b")
    talk >> Returned("a", "1")
    talk >> Returned("b", "2") << Tell("a", "1") << TellAndAsk("b", "2")


def test_outputs_are_given_in_the_order_of_the_calls(talk: Talk) -> None:
    talk.calls("a", "b", "c")
    talk >> Returned("c", "3") >> Returned("b", "2") >> Returned("a", "1") << Tell("a", "1") << Tell("b", "2") << TellAndAsk("c", "3")


def test_the_same_call_twice_runs_once(talk: Talk) -> None:
    talk.calls("a")
    talk >> Called("a", "look", {}) << Drop("a", "called a second time")
    talk >> Returned("a", "1") << TellAndAsk("a", "1")
    talk >> Called("a", "look", {}) << Drop("a", "called a second time")


def test_an_output_waits_while_the_caller_speaks_and_for_the_answer_to_that(talk: Talk) -> None:
    talk.calls("a")
    talk >> SpeechStarted()
    talk >> Returned("a", "1")
    talk >> SpeechStopped()
    talk >> ResponseCreated()
    talk >> ResponseDone() << TellAndAsk("a", "1")


def test_a_response_cancelled_by_the_caller_does_not_free_the_floor(talk: Talk) -> None:
    talk >> ResponseCreated() >> Called("a", "look", {}) << Run("a", "look", {})
    talk >> Returned("a", "1")
    talk >> SpeechStarted()
    talk >> ResponseDone()
    talk >> SpeechStopped()
    talk >> ResponseCreated()
    talk >> ResponseDone() << TellAndAsk("a", "1")


def test_our_own_response_that_begins_while_the_caller_speaks_does_not_take_the_floor(talk: Talk) -> None:
    talk.calls("a", "b")
    talk >> Returned("a", "1") >> Returned("b", "2") << Tell("a", "1") << TellAndAsk("b", "2")
    talk >> SpeechStarted() >> ResponseCreated() >> ResponseDone()
    assert talk.conversation.floor is Floor.CALLER


def test_the_next_output_waits_for_the_response_that_the_last_one_asked_for(talk: Talk) -> None:
    talk.calls("a")
    talk.calls("b")
    talk >> Returned("b", "2") << TellAndAsk("b", "2")
    talk >> Returned("a", "1")
    talk >> ResponseCreated()
    talk >> ResponseDone() << TellAndAsk("a", "1")


def test_a_slow_tool_does_not_hold_up_those_of_another_turn(talk: Talk) -> None:
    talk.calls("slow", "quick")
    talk.calls("other")
    talk >> Returned("quick", "2")
    talk >> Returned("other", "3") << TellAndAsk("other", "3")
    talk >> ResponseCreated() >> ResponseDone()
    talk >> Returned("slow", "1") << Tell("slow", "1") << TellAndAsk("quick", "2")


def test_turns_that_have_become_complete_while_the_model_spoke_are_answered_together(talk: Talk) -> None:
    talk.calls("a")
    talk.calls("b")
    talk >> ResponseCreated()
    talk >> Returned("b", "2") >> Returned("a", "1")
    talk >> ResponseDone() << Tell("a", "1") << TellAndAsk("b", "2")


def test_a_response_that_was_due_and_never_came_is_not_waited_for_for_ever(talk: Talk) -> None:
    talk.calls("a")
    talk >> SpeechStarted() >> SpeechStopped() >> Returned("a", "1")
    assert talk.conversation.wake_at_s == PATIENCE_S
    talk.sleep()
    talk << TellAndAsk("a", "1")


def test_a_response_that_goes_on_is_waited_for_however_long_it_takes(talk: Talk) -> None:
    talk.calls("a")
    talk >> ResponseCreated() >> Returned("a", "1")
    assert talk.conversation.wake_at_s is None


def test_a_call_out_of_nowhere_is_answered_when_its_response_is_done(talk: Talk) -> None:
    talk >> Called("a", "look", {}) << Run("a", "look", {})
    talk >> Returned("a", "1")
    talk >> ResponseDone() << TellAndAsk("a", "1")


def test_a_call_out_of_nowhere_is_answered_although_no_response_ends(talk: Talk) -> None:
    talk >> Called("a", "look", {}) << Run("a", "look", {})
    talk >> Returned("a", "1")
    talk.sleep()
    talk << TellAndAsk("a", "1")


def test_after_a_reconnect_a_response_is_believed_in_for_a_while_only(talk: Talk) -> None:
    talk >> ResponseCreated() >> Called("a", "look", {}) << Run("a", "look", {})
    talk >> Returned("a", "1") >> Reconnected()
    talk.sleep()
    talk << TellAndAsk("a", "1")


@pytest.mark.parametrize("waits_before", [False, True])
def test_outputs_that_may_have_been_lost_with_the_socket_are_given_again(talk: Talk, waits_before: bool) -> None:
    talk.calls("a", "b")
    talk >> Returned("a", "1") >> Returned("b", "2") << Tell("a", "1") << TellAndAsk("b", "2")
    if waits_before:
        talk.sleep()
    talk >> Reconnected()
    talk.sleep()
    talk << Tell("a", "1") << TellAndAsk("b", "2")


def test_outputs_that_a_response_has_followed_are_not_given_again(talk: Talk) -> None:
    talk.calls("a")
    talk >> Returned("a", "1") << TellAndAsk("a", "1")
    talk >> Reconnected() >> ResponseCreated() >> ResponseDone()
    assert talk.conversation.wake_at_s is None


def test_a_reconnect_while_nothing_is_under_way_changes_nothing(talk: Talk) -> None:
    talk >> Reconnected()
    assert talk.conversation.wake_at_s is None


def test_nothing_is_said_after_the_end(talk: Talk) -> None:
    talk.calls("a", "b")
    talk >> Returned("a", "1")
    assert talk.conversation.owed == ("a", "b")
    talk >> Ended() << Drop("a", "the conversation ended first") << Drop("b", "the conversation ended first")
    talk >> Returned("b", "2") << Drop("b", "the conversation is over")
    talk >> Called("c", "look", {}) << Drop("c", "the conversation is over")
    talk >> ResponseCreated() >> ResponseDone() >> Reconnected()
    assert talk.conversation.wake_at_s is None


def test_an_output_nobody_asked_for_is_dropped(talk: Talk) -> None:
    talk >> Returned("a", "1") << Drop("a", "nobody waits for this output")


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"type": "response.created"}, ResponseCreated()),
        ({"type": "response.done"}, ResponseDone()),
        ({"type": "input_audio_buffer.speech_started"}, SpeechStarted()),
        ({"type": "input_audio_buffer.speech_stopped"}, SpeechStopped()),
        ({"type": "input_audio_buffer.committed"}, None),
        ({"type": ["response.done"]}, None),
        ({}, None),
    ],
)
def test_events_of_the_model_are_understood(message: dict[str, Any], meaning: Event | None) -> None:
    assert event_of(message) == meaning


@given(st.lists(st.sampled_from(["respond", "done", "speak", "stop", "call", "return", "reconnect", "wait"]), max_size=60))
def test_the_model_is_never_asked_while_it_speaks_and_no_output_is_ever_forgotten(moves: Sequence[str]) -> None:
    """A model that does everything by the book, a caller who speaks at any time, and tools that return in any order."""
    conversation, now_s = Conversation(), 0.0
    active = speaking = False
    due = 0
    running: list[str] = []
    answered: list[str] = []
    called = 0

    def tell(event: Event) -> None:
        nonlocal due
        for effect in conversation.receive(event, now_s):
            match effect:
                case Run(call_id):
                    running.append(call_id)
                case Tell(call_id):
                    answered.append(call_id)
                case TellAndAsk(call_id):
                    assert not active
                    assert not speaking
                    assert due == 0
                    answered.append(call_id)
                    due += 1
                case Drop():
                    raise AssertionError(effect)

    for move in [*moves, "stop", *["respond", "done"] * 3, *["return"] * 60, *["respond", "done"] * 60]:
        if move == "respond" and due and not active and not speaking:
            due, active = 0, True
            tell(ResponseCreated())
        elif move == "respond" and not called and not active and not speaking:
            active = True
            tell(ResponseCreated())
        elif move == "done" and active:
            active = False
            tell(ResponseDone())
        elif move == "speak" and not speaking:
            speaking, due = True, 0
            tell(SpeechStarted())
            if active:
                active = False
                tell(ResponseDone())
        elif move == "stop" and speaking:
            speaking, due = False, 1
            tell(SpeechStopped())
        elif move == "call" and active:
            called += 1
            tell(Called(f"call_{called}", "look", {}))
        elif move == "return" and running:
            tell(Returned(running.pop(), "{}"))
        elif move == "reconnect":
            tell(Reconnected())
        elif move == "wait" and conversation.wake_at_s is not None and not active and not due and not speaking:
            now_s = conversation.wake_at_s
            tell(Timeout())
    assert sorted(dict.fromkeys(answered)) == sorted(f"call_{number + 1}" for number in range(called))
