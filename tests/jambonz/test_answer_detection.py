"""Whether a person or a machine is on the phone (jambonz.md 5.6)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.answer_detection import judge
from simulator.jambonz.events import CallerHungUp
from simulator.speech import speak
from tests.jambonz.playbook import HANGUP, Playbook, Send, ack, pause, spoken

GREETING = "you have reached the office of Jones and Jones we are closed at the moment"


def amd(**options: Any) -> dict[str, Any]:
    return {"verb": "config", "amd": {"actionHook": "/amd", **options}}


def test_a_short_greeting_is_a_person(book: Playbook) -> None:
    book.begins(amd(), pause(60))
    book.at(1.0) >> spoken("hello Jones speaking")
    book.at(10.0) << Send("verb:hook", "/amd", type="amd_human_detected", reason="short greeting", greeting="hello Jones speaking", language="en-US")
    book >> ack()
    book.at(30.0).is_silent()


def test_a_long_greeting_is_a_machine_which_stops_speaking(book: Playbook) -> None:
    book.begins(amd(), pause(60))
    book >> spoken(GREETING)
    over_s = speak(GREETING).duration_s + 0.5 + 2.0
    book.at(over_s - 0.5) << Send("verb:hook", "/amd", type="amd_machine_detected", reason="long greeting")
    book >> ack()
    book.at(over_s + 0.5) << Send("verb:hook", "/amd", type="amd_machine_stopped_speaking", reason="absent")


def test_silence_is_told_after_five_seconds(book: Playbook) -> None:
    book.begins(amd(), pause(60))
    book.at(4.99).is_silent()
    book.at(5.0) << Send("verb:hook", "/amd", type="amd_no_speech_detected")


def test_timers_are_the_applications(book: Playbook) -> None:
    book.begins(amd(timers={"noSpeechTimeoutMs": 1000}), pause(60))
    book.at(1.0) << Send("verb:hook", "/amd", type="amd_no_speech_detected")


def test_verbs_in_the_ack_replace_the_stack(book: Playbook) -> None:
    book.begins(amd(), pause(60))
    book.at(5.0).skip() >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


def test_a_hang_up_ends_it(book: Playbook) -> None:
    book.begins(amd(), pause(60))
    book.at(1.0) >> CallerHungUp()
    book.skip().at(20.0).is_silent()


@pytest.mark.parametrize(
    ("text", "final", "options", "found"),
    [
        ("hello", True, {}, "amd_human_detected"),
        ("hello", False, {}, None),
        ("one two three", True, {"thresholdWordCount": 3}, "amd_machine_detected"),
        ("please leave a message", False, {}, "amd_machine_detected"),
        ("this is 5551234", False, {"digitCount": 7}, "amd_machine_detected"),
    ],
)
def test_what_words_tell(text: str, final: bool, options: dict[str, Any], found: str | None) -> None:
    judged = judge(text, final, options, {"language": "en-US"})
    assert (None if judged is None else judged["type"]) == found
