"""`gather`: digits and speech (jambonz.md 5.2, 5.3)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AudioFetched, CallerHungUp, CallerPressed, CallerSpoke, FetchAudio, Misheard
from simulator.jambonz.media import MediaServer
from simulator.speech import noise, speak
from tests.jambonz.playbook import ANSWER, HANGUP, Does, Playbook, Send, ack, close, spoken

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


# --- what else a gather can do


def partial_hooks(book: Playbook) -> list[str]:
    return [message["data"]["speech"]["alternatives"][0]["transcript"] for message in book.sent if message.get("hook") == "/partial"]


def test_several_partial_results_can_be_open_at_once(book: Playbook) -> None:
    book.begins(gather(input=["speech"], partialResultHook="/partial"))
    book >> spoken("one two three four")
    book.at(10.0)
    assert partial_hooks(book) == ["one", "one two", "one two three", "one two three four"]


def test_a_nested_play_is_a_prompt(book: Playbook) -> None:
    url = "https://files.test/prompt.wav"
    book.begins(gather(timeout=2, play={"url": url}))
    book << Does(FetchAudio(url))
    book >> AudioFetched(url, bytes(48_000))
    book.at(4.9).is_silent()
    book.at(5.0) << Send("verb:hook", reason="timeout")


def test_a_nested_play_without_its_file_starts_the_clock_at_once(book: Playbook) -> None:
    url = "https://files.test/prompt.wav"
    book.begins(gather(timeout=2, play={"url": url}))
    book.skip() >> AudioFetched(url, None)
    book.at(2.0) << Send("verb:hook", reason="timeout")


def test_a_prompt_can_be_said_more_than_once(book: Playbook) -> None:
    book.begins(gather(timeout=2, say={"text": PROMPT, "loop": 2}))
    book.at(2 * PROMPT_S + 1.9).is_silent()
    book.at(2 * PROMPT_S + 2.0) << Send("verb:hook", reason="timeout")


def test_a_pause_counts_only_when_enough_digits_have_come(book: Playbook) -> None:
    book.begins(gather(minDigits=3, interDigitTimeout=1, timeout=10))
    book >> CallerPressed("12")
    book.at(5.0).is_silent()
    book >> CallerPressed("3")
    book.at(6.0) << Send("verb:hook", reason="dtmfDetected", digits="123")


def test_too_few_digits_are_no_input(book: Playbook) -> None:
    book.begins(gather(minDigits=3, timeout=10))
    book >> CallerPressed("12")
    book.at(10.0) << Send("verb:hook", reason="timeout", digits="absent")


def test_keys_do_not_put_the_timeout_off(book: Playbook) -> None:
    book.begins(gather(timeout=4))
    book.at(3.0) >> CallerPressed("12")
    book.at(4.0) << Send("verb:hook", reason="dtmfDetected", digits="12")


def test_keys_go_before_speech(book: Playbook) -> None:
    book.begins(gather(input=["speech", "digits"], numDigits=2, timeout=20))
    book >> CallerPressed("1") >> spoken("never mind")
    book.at(10.0).is_silent()
    book >> CallerPressed("2")
    book << Send("verb:hook", reason="dtmfDetected", digits="12")


def test_while_the_prompt_plays_it_need_not_listen(book: Playbook) -> None:
    book.begins(gather(input=["speech"], listenDuringPrompt=False, timeout=3, say={"text": PROMPT * 3}))
    book.at(0.1) >> spoken("early")
    book.at(3 * PROMPT_S + 2.0).is_silent()
    book >> spoken("late")
    book.at(30.0) << Send("verb:hook", reason="speechDetected")
    assert transcript(book)["transcript"] == "late"


def transcript(book: Playbook) -> Any:
    return next(message["data"]["speech"]["alternatives"][0] for message in reversed(book.sent) if "speech" in message["data"])


def test_what_the_recogniser_mishears_is_told(book: Playbook) -> None:
    book.begins(gather(input=["speech"], partialResultHook="/partial"))
    book >> Misheard("for ten people") >> spoken("for two people")
    book.at(10.0)
    assert transcript(book) == {"transcript": "for ten people", "confidence": 0.98}
    assert partial_hooks(book) == ["for", "for ten", "for ten people"]


def test_too_little_confidence_is_told_as_such(book: Playbook) -> None:
    book.begins(gather(input=["speech"], recognizer={"vendor": "default", "minConfidence": 0.5}))
    book >> Misheard(confidence=0.3) >> spoken("for two")
    book.at(10.0) << Send("verb:hook", reason="stt-low-confidence")
    assert transcript(book) == {"transcript": "for two", "confidence": 0.3}


def test_the_confidence_of_the_recogniser_is_the_scenarios() -> None:
    book = Playbook(media=MediaServer(confidence=0.7)).begins(gather(input=["speech"]))
    book >> spoken("for two")
    book.at(10.0)
    assert transcript(book)["confidence"] == 0.7


def test_recognition_that_fails_is_an_error_and_ends_the_gather(book: Playbook) -> None:
    book.begins(gather(input=["speech"], recognizer={"vendor": "deepgram"}) | {"id": "g"})
    book >> Misheard(failure="no licence") >> spoken("for two")
    details = "STT Vendor deepgram error: no licence"
    book.at(10.0) << Send("jambonz:error", msg="ASR error", details=details, failover="not available", verb="gather", id="g")
    book << Send("verb:hook", "/g", reason="error", details="no licence")


def test_another_vendor_takes_over_where_one_is_named(book: Playbook) -> None:
    book.begins(gather(input=["speech"], timeout=30, recognizer={"vendor": "deepgram", "fallbackVendor": "aws"}))
    book >> Misheard(failure="no licence") >> spoken("for two")
    book.at(5.0) << Send("jambonz:error", failover="in progress")
    book >> spoken("for two")
    book.at(10.0) << Send("verb:hook", reason="speechDetected")
    assert book.sent[-1]["data"]["speech"]["vendor"]["name"] == "aws"


def test_language_and_vendor_of_the_verb_go_over_those_of_config(book: Playbook) -> None:
    config = {"verb": "config", "recognizer": {"vendor": "aws", "language": "de-DE"}}
    book.begins(config, gather(input=["speech"], recognizer={"vendor": "default", "language": "fr-FR"}))
    book >> spoken("bonjour")
    book.at(5.0)
    speech = book.sent[-1]["data"]["speech"]
    assert (speech["vendor"]["name"], speech["language_code"]) == ("aws", "fr-FR")


def test_a_reset_brings_back_what_the_application_was_set_up_with(book: Playbook) -> None:
    config = {"verb": "config", "recognizer": {"vendor": "aws", "language": "de-DE"}}
    book.begins(config, {"verb": "config", "reset": "recognizer"}, gather(input=["speech"]))
    book >> spoken("hello")
    book.at(5.0)
    assert book.sent[-1]["data"]["speech"]["vendor"]["name"] == "google"


def test_continuous_recognition_waits_for_its_own_silence_and_joins_what_it_heard(book: Playbook) -> None:
    book.begins(gather(input=["speech"], recognizer={"vendor": "default", "asrTimeout": 2}))
    book >> spoken("one two")
    book.at(2.0) >> spoken("three")
    book.at(20.0) << Send("verb:hook", reason="speechDetected")
    assert transcript(book)["transcript"] == "one two three"


def test_a_key_can_end_continuous_recognition(book: Playbook) -> None:
    recognizer = {"vendor": "default", "asrTimeout": 60, "asrDtmfTerminationDigit": "#"}
    book.begins(gather(input=["speech"], recognizer=recognizer))
    book >> spoken("one two")
    book.at(5.0) >> CallerPressed("#")
    book.at(6.0) << Send("verb:hook", reason="speechDetected")


def test_a_speech_timeout_is_not_simulated(book: Playbook) -> None:
    book.begins(gather(input=["speech"], speechTimeout=2))
    assert book.notes("not_simulated")[0]["what"] == "gather.speechTimeout"


@pytest.mark.parametrize("pressed", ["#", "12#"])
def test_the_finishing_key_alone_gives_no_digits(book: Playbook, pressed: str) -> None:
    book.begins(gather(finishOnKey="#"))
    book >> CallerPressed(pressed)
    book << Send("verb:hook", reason="dtmfDetected", digits=pressed[:-1])
