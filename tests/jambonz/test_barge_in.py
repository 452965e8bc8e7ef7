"""Barge-in as `config` switches it on (jambonz.md 5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerPressed, CallerSpoke
from simulator.speech import noise, speak
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, ack, command, pause, said, spoken

LONG = "this is a rather long announcement that nobody wants to hear to its end because it goes on and on"


def barge_in(**options: Any) -> dict[str, Any]:
    return {"verb": "config", "bargeIn": {"enable": True, "actionHook": "/barge", **options}}


OFF = {"verb": "config", "bargeIn": {"enable": False}}


def test_speech_stops_what_is_said_clears_the_stack_and_is_told(book: Playbook) -> None:
    book.begins(barge_in(), said(LONG), said("never said"), HANGUP)
    book.at(1.0) >> spoken("operator please")
    book.at(2.0)
    assert book.notes("heard")[0]["cut_s"] > 0
    book.at(5.0) << Send("verb:hook", "/barge", reason="speechDetected")
    assert book.sent[-1]["data"]["speech"]["alternatives"][0]["transcript"] == "operator please"
    assert [note["text"] for note in book.notes("said")] == [LONG]
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


def test_without_verbs_in_the_ack_the_session_idles(book: Playbook) -> None:
    book.begins(barge_in(), said(LONG), HANGUP)
    book.at(1.0) >> spoken("stop")
    book.at(5.0).skip() >> ack()
    book.at(60.0).is_silent()
    assert book.notes("idle")


def test_the_stack_is_kept_from_where_barge_in_is_switched_off(book: Playbook) -> None:
    book.begins(barge_in(), said(LONG), said("between"), OFF, pause(30), HANGUP)
    book.at(1.0) >> spoken("stop")
    book.at(5.0)
    assert book.call.verb is not None
    assert book.call.verb.name == "pause"
    book << Send("verb:hook", "/barge", reason="speechDetected")  # the config that was reached does not switch it off any more


def test_a_key_interrupts_at_once_and_the_digits_are_told_later(book: Playbook) -> None:
    book.begins(barge_in(input=["digits"], numDigits=2), said(LONG))
    book.at(1.0) >> CallerPressed("1")
    assert book.notes("heard")[0]["heard_s"] == 1.0
    book.is_silent()
    book >> CallerPressed("2")
    book << Send("verb:hook", "/barge", reason="dtmfDetected", digits="12")


def test_it_listens_once_unless_it_is_sticky(book: Playbook) -> None:
    book.begins(barge_in(input=["digits"], numDigits=1), pause(100))
    book >> CallerPressed("1") >> ack([pause(100)]) >> CallerPressed("2")
    assert [message["data"]["digits"] for message in book.sent if message.get("hook") == "/barge"] == ["1"]


def test_a_sticky_one_listens_again(book: Playbook) -> None:
    book.begins(barge_in(input=["digits"], numDigits=1, sticky=True), pause(100))
    book >> CallerPressed("1") >> ack([pause(100)]) >> CallerPressed("2")
    assert [message["data"]["digits"] for message in book.sent if message.get("hook") == "/barge"] == ["1", "2"]


def test_a_killed_llm_still_calls_its_hook(book: Playbook) -> None:
    play = {"verb": "play", "url": "https://files.test/a.wav", "actionHook": "/played"}
    book.begins(barge_in(input=["digits"], numDigits=1), play)
    book.skip() >> CallerPressed("1")
    book << Send("verb:hook", "/played", reason="playCompleted") << Send("verb:hook", "/barge", digits="1")


def test_too_few_words_do_not_interrupt(book: Playbook) -> None:
    book.begins(barge_in(minBargeinWordCount=3), said(LONG))
    book.at(1.0) >> spoken("no")
    book.at(4.0).is_silent()
    assert not book.notes("heard")


@pytest.mark.parametrize("option", [{"minBargeinWordCount": 0}, {"dtmfBargein": False}], ids=lambda option: next(iter(option)))
def test_what_is_zero_or_false_is_passed_over_as_the_real_server_does(book: Playbook, option: dict[str, Any]) -> None:
    book.begins(barge_in(**option), pause(1))
    assert "keeps its default" in book.notes("dropped")[0]["why"]


def test_in_a_gather_a_word_count_of_zero_lets_any_sound_interrupt(book: Playbook) -> None:
    book.begins({"verb": "gather", "input": ["speech"], "bargein": True, "minBargeinWordCount": 0, "say": {"text": LONG}})
    book.at(1.0) >> CallerSpoke(noise(0.6))
    book.at(2.0)
    assert book.notes("heard")[0]["cut_s"] > 0


def test_it_can_be_switched_off_by_a_command(book: Playbook) -> None:
    book.begins(barge_in(), said(LONG), pause(1))
    book >> command("config", {"bargeIn": {"enable": False}})
    book.at(1.0) >> spoken("stop")
    book.at(3.0).is_silent()
    assert not book.notes("interrupted")


def test_without_a_hook_the_application_learns_nothing(book: Playbook) -> None:
    book.begins({"verb": "config", "bargeIn": {"enable": True}}, said(LONG), HANGUP)
    book.at(1.0) >> spoken("stop")
    book.at(60.0).is_silent()
    assert book.notes("barge_in_untold")[0]["reason"] == "speechDetected"


def test_a_gather_is_taken_over_and_lends_its_timeout(book: Playbook) -> None:
    book.begins(barge_in(), {"verb": "gather", "input": ["speech"], "timeout": 4, "actionHook": "/gather"})
    book.at(3.9).is_silent()
    book.at(4.0) << Send("verb:hook", "/barge", reason="timeout")
    book.is_silent()


def test_a_gather_that_wants_speech_replaces_one_that_waits_for_keys(book: Playbook) -> None:
    book.begins(barge_in(input=["digits"]), {"verb": "gather", "input": ["speech"], "timeout": 4, "actionHook": "/gather"})
    book.at(4.0) << Send("verb:hook", "/gather", reason="timeout")


def test_an_unanswered_hook_is_told_as_a_gathers_is(book: Playbook) -> None:
    book.begins(barge_in(input=["digits"], numDigits=1), pause(60))
    book >> CallerPressed("1")
    book.skip().at(5.0) << Send("jambonz:error", msg="invalid actionHook response", verb="gather") << Send("call:status")


@pytest.mark.parametrize("notified", [True, False])
def test_verb_status_tells_of_a_prompt_that_is_interrupted(book: Playbook, notified: bool) -> None:
    prompt = {"verb": "gather", "say": {"text": LONG}, "numDigits": 2, "id": "g"}
    book.begins({"verb": "config", "notifyEvents": True}, prompt) if notified else book.begins(prompt)
    book.at(1.0) >> CallerPressed("1")
    told = [message["data"] for message in book.sent if message["data"].get("event") == "dtmf-bargein-detected"]
    assert told == ([{"event": "dtmf-bargein-detected", "verb": "gather", "dtmf": "1", "id": "g"}] if notified else [])


def test_interim_words_are_enough(book: Playbook) -> None:
    book.begins(barge_in(), said(LONG))
    words = "please could you be quiet now"
    book.at(1.0) >> spoken(words)
    book.at(1.0 + speak(words).duration_s / 2)
    assert book.notes("interrupted")
    assert ANSWER  # the config has answered the call
    assert book.call.answered_at_s == 0.0
