"""`gather`: digits and speech (jambonz.md 5.2, 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerHungUp, CallerPressed, CallerSpoke
from simulator.speech import noise, speak
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, ack, close, spoken

PROMPT = "please say or press a number now"
PROMPT_S = speak(PROMPT).duration_s


def gather(**settings: Any) -> dict[str, Any]:
    return {"verb": "gather", "actionHook": "/g", **settings}


def test_the_wanted_number_of_digits_ends_it_at_once(book: Playbook) -> None:
    book.begins(gather(numDigits=3))
    book.at(1.0) >> CallerPressed("12")
    book.is_silent()
    book >> CallerPressed("3")
    book << Send("verb:hook", "/g", reason="dtmfDetected", digits="123", speech="absent")


@pytest.mark.parametrize(("finish", "pressed", "digits"), [("#", "12#", "12"), ("*", "4*", "4"), ("9", "19", "1")])
def test_the_finishing_key_ends_it_and_is_no_digit(book: Playbook, finish: str, pressed: str, digits: str) -> None:
    book.begins(gather(finishOnKey=finish))
    book >> CallerPressed(pressed)
    book << Send("verb:hook", reason="dtmfDetected", digits=digits)


def test_the_most_digits_end_it(book: Playbook) -> None:
    book.begins(gather(maxDigits=2))
    book >> CallerPressed("123")
    book << Send("verb:hook", digits="12")


def test_a_pause_between_digits_ends_it(book: Playbook) -> None:
    book.begins(gather(interDigitTimeout=2))
    book.at(1.0) >> CallerPressed("1")
    book.at(2.5) >> CallerPressed("2")
    book.at(4.4).is_silent()
    book.at(4.5) << Send("verb:hook", reason="dtmfDetected", digits="12")


@pytest.mark.parametrize(("settings", "after_s"), [({}, 15.0), ({"timeout": 3}, 3.0), ({"timeout": 0.5}, 0.5)])
def test_without_any_input_it_times_out(book: Playbook, settings: dict[str, Any], after_s: float) -> None:
    book.begins(gather(**settings))
    book.at(after_s - 0.01).is_silent()
    book.at(after_s) << Send("verb:hook", reason="timeout", digits="absent", speech="absent")


def test_a_timeout_of_zero_waits_for_ever(book: Playbook) -> None:
    book.begins(gather(timeout=0))
    book.at(3600.0).is_silent()


def test_the_timeout_counts_from_the_end_of_the_prompt(book: Playbook) -> None:
    book.begins(gather(timeout=2, say={"text": PROMPT}))
    book.at(PROMPT_S + 1.9).is_silent()
    book.at(PROMPT_S + 2.0) << Send("verb:hook", reason="timeout")


def test_a_key_stops_the_prompt(book: Playbook) -> None:
    book.begins(gather(numDigits=2, say={"text": PROMPT}))
    book.at(1.0) >> CallerPressed("1")
    assert book.notes("heard")[0]["heard_s"] == 1.0
    book >> CallerPressed("2")
    book << Send("verb:hook", digits="12")


def test_with_dtmf_bargein_off_the_prompt_goes_on(book: Playbook) -> None:
    book.begins(gather(numDigits=2, dtmfBargein=False, say={"text": PROMPT}))
    book.at(1.0) >> CallerPressed("1")
    assert not book.notes("heard")


def test_keys_mean_nothing_where_only_speech_is_wanted(book: Playbook) -> None:
    book.begins(gather(input=["speech"], numDigits=1))
    book >> CallerPressed("1")
    book.is_silent()


def test_speech_is_sent_when_the_caller_has_finished(book: Playbook) -> None:
    book.begins(gather(input=["speech"]))
    book.at(2.0) >> spoken("for two people")
    book.at(2.0 + speak("for two people").duration_s + 0.4).is_silent()
    book.at(2.0 + speak("for two people").duration_s + 0.5)
    book << Send("verb:hook", "/g", reason="speechDetected", digits="absent")
    speech = book.sent[-1]["data"]["speech"]
    assert speech["alternatives"][0]["transcript"] == "for two people"
    assert speech["is_final"] is True


def test_a_speaking_caller_does_not_time_out(book: Playbook) -> None:
    book.begins(gather(input=["speech"], timeout=1.5, bargein=True))
    book.at(1.0) >> spoken("i would like to think about this for a rather long moment please")
    book.at(30.0) << Send("verb:hook", reason="speechDetected")


def test_a_cough_is_not_speech(book: Playbook) -> None:
    book.begins(gather(input=["speech"], timeout=4))
    book >> CallerSpoke(noise(1.0))
    book.at(4.0) << Send("verb:hook", reason="timeout")


def test_with_bargein_speech_stops_the_prompt(book: Playbook) -> None:
    book.begins(gather(input=["speech"], bargein=True, say={"text": PROMPT}))
    book.at(0.5) >> spoken("operator")
    book.at(10.0) << Send("verb:hook", reason="speechDetected")
    assert book.notes("heard")[0]["cut_s"] > 0


def test_bargein_may_want_several_words(book: Playbook) -> None:
    book.begins(gather(input=["speech"], bargein=True, minBargeinWordCount=3, say={"text": PROMPT * 3}))
    book.at(0.5) >> spoken("no")
    book.at(1.1)
    assert not book.notes("heard")


def test_partial_results_go_to_their_own_hook_and_verbs_in_their_acks_are_ignored(book: Playbook) -> None:
    book.begins({**gather(input=["speech"], partialResultHook="/partial"), "id": "g"})
    book >> spoken("one two three")
    book.at(1.0)
    book << Send("verb:hook", "/partial", verb_id="g")
    assert book.sent[-1]["data"]["speech"]["is_final"] is False
    book >> ack([HANGUP])
    assert not book.call.over


@pytest.mark.parametrize("wants", [["digits", "speech"], ["speech", "digits"]])
def test_whichever_comes_first_wins(book: Playbook, wants: list[str]) -> None:
    book.begins(gather(input=wants, numDigits=1))
    book >> spoken("one")
    book.at(0.2) >> CallerPressed("1")
    book << Send("verb:hook", reason="dtmfDetected")


def test_after_a_hang_up_there_is_no_hook(book: Playbook) -> None:
    book.begins(gather(numDigits=1, say={"text": PROMPT}))
    book.at(1.0) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << close(1000)


def test_verbs_in_the_ack_replace_the_stack_and_none_let_it_go_on(book: Playbook) -> None:
    book.begins(ANSWER, gather(numDigits=1), gather(numDigits=1), HANGUP)
    book >> CallerPressed("1") >> ack() >> CallerPressed("2")
    book << Send("verb:hook", digits="1") << Send("verb:hook", digits="2")
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed")
