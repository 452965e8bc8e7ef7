"""What the caller hears while the application thinks (jambonz.md 5.3)."""

from __future__ import annotations

from typing import Any

from simulator.jambonz.events import AudioFetched, CallerPressed, FetchAudio
from tests.jambonz.playbook import ANSWER, Does, Playbook, Send, ack, command, pause, said

DELAY = {
    "enabled": True,
    "noResponseTimeout": 2,
    "noResponseGiveUpTimeout": 9,
    "retries": 1,
    "actions": [{"verb": "say", "text": "one moment"}, {"verb": "say", "text": "still here"}],
    "giveUpActions": [{"verb": "say", "text": "goodbye"}],
}
NOISE = {"enable": True, "url": "https://files.test/typing.wav", "startDelaySecs": 1}


def gather(**settings: Any) -> dict[str, Any]:
    return {"verb": "gather", "numDigits": 1, "actionHook": "/g", **settings}


def told(book: Playbook) -> list[str]:
    return [note["text"] for note in book.notes("said")]


def test_actions_are_taken_in_turn_while_a_hook_is_open(book: Playbook) -> None:
    book.begins(ANSWER, gather(actionHookDelayAction=DELAY), pause(60))
    book >> CallerPressed("1")
    book.at(1.99)
    assert told(book) == []
    book.at(2.0)
    assert told(book) == ["one moment"]
    book.at(4.0)
    assert told(book) == ["one moment", "still here"]


def test_the_answer_ends_them(book: Playbook) -> None:
    book.begins(ANSWER, gather(actionHookDelayAction=DELAY), pause(60))
    book >> CallerPressed("1")
    book.at(2.1).skip() >> ack()
    assert book.notes("heard")[-1]["cut_s"] > 0
    book.at(30.0).is_silent()
    assert told(book) == ["one moment"]


def test_they_also_begin_when_the_session_idles_and_in_the_end_jambonz_hangs_up(book: Playbook) -> None:
    book.begins({"verb": "config", "actionHookDelayAction": DELAY}, ANSWER)
    book.at(8.9).is_silent()
    assert told(book) == ["one moment", "still here"]
    book.at(20.0) << Send("call:status", call_status="completed", call_termination_by="jambonz")
    assert told(book)[-1] == "goodbye"
    assert book.notes("gave_up")


def test_new_verbs_end_the_waiting_of_an_idle_session(book: Playbook) -> None:
    book.begins({"verb": "config", "actionHookDelayAction": DELAY}, ANSWER)
    book.at(1.0) >> command("redirect", [said("here I am"), pause(60)])
    book.at(30.0).is_silent()
    assert told(book) == ["here I am"]


def test_an_action_whose_file_is_missing_ends_and_the_next_one_comes(book: Playbook) -> None:
    play = {"verb": "play", "url": "https://files.test/none.wav"}
    book.begins(ANSWER, gather(actionHookDelayAction={**DELAY, "actions": [play, said("still here")]}), pause(60))
    book >> CallerPressed("1")
    book.at(2.0) >> AudioFetched("https://files.test/none.wav", None)
    book.at(4.0)
    assert told(book) == ["still here"]
    assert book.notes("verb_failed")[0]["consequence"] == "it is logged, nothing else"


def test_only_say_and_play_can_be_actions(book: Playbook) -> None:
    book.begins(ANSWER, gather(actionHookDelayAction={**DELAY, "actions": [{"verb": "hangup"}]}))
    book >> CallerPressed("1")
    assert "only say and play" in book.notes("dropped")[0]["why"]


def test_filler_noise_plays_until_the_answer(book: Playbook) -> None:
    book.begins(ANSWER, gather(fillerNoise=NOISE), pause(60))
    book >> CallerPressed("1")
    book.skip().at(1.0) << Does(FetchAudio("https://files.test/typing.wav"))
    book >> AudioFetched("https://files.test/typing.wav", bytes(160_000))
    book.at(3.0) >> ack()
    assert book.notes("heard") == [{"text": "", "heard_s": 2.0, "cut_s": 8.0}]


def test_after_a_timeout_there_is_no_filler_noise(book: Playbook) -> None:
    book.begins(ANSWER, gather(fillerNoise={**NOISE, "startDelaySecs": 0}, timeout=1))
    book.at(1.0) << Send("verb:hook", reason="timeout")
    book.is_silent()
