"""`transcribe`: what the caller says goes to a hook (jambonz.md 2.4, 5.2; transcribe.js)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AppConnected, CallerHungUp, Invited, Misheard
from simulator.speech import speak
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, ack, close, command, pause, said, spoken

FINAL_S = speak("two people").duration_s + 0.5


def transcribe(**settings: Any) -> dict[str, Any]:
    return {"verb": "transcribe", "transcriptionHook": "/heard", "recognizer": {"vendor": "default", "language": "default"}, **settings}


def interim(**settings: Any) -> dict[str, Any]:
    return transcribe(recognizer={"vendor": "deepgram", "language": "de-DE", "interim": True}, **settings)


def test_a_transcript_is_told_with_the_raw_call_info_and_b3_inside_of_data(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("two people")
    book.at(FINAL_S - 0.1).is_silent()
    book.at(FINAL_S) << Send(
        "verb:hook",
        "/heard",
        call_sid="call-sid",
        call_status="in-progress",
        local_sip_address="10.0.0.5:5060",
        fs_sip_address="absent",
        b3="00000000000000000000000000000000-0000000000000000-1",
        speech={
            "language_code": "en-US",
            "channel_tag": 1,
            "is_final": True,
            "alternatives": [{"confidence": 0.98, "transcript": "two people"}],
            "vendor": {"name": "google", "evt": []},
        },
    )
    assert "b3" not in book.sent[-1]


def test_interim_results_come_when_they_are_asked_for(book: Playbook) -> None:
    book.begins(interim()) >> spoken("two people please")
    book.at(3.0)
    told = [message["data"]["speech"] for message in book.sent if message["type"] == "verb:hook"]
    assert [speech["is_final"] for speech in told] == [False] * (len(told) - 1) + [True]
    assert len(told) > 2
    assert {speech["language_code"] for speech in told} == {"de-DE"}
    assert told[-1]["alternatives"][0]["transcript"] == "two people please"


def test_it_goes_on_for_ever_and_tells_of_everything_said(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("one")
    book.at(10.0) >> spoken("two")
    book.at(60.0)
    assert [message["data"]["speech"]["alternatives"][0]["transcript"] for message in book.sent if message["type"] == "verb:hook"] == ["one", "two"]


def test_verbs_in_the_ack_replace_the_stack(book: Playbook) -> None:
    book.begins(transcribe(), said("never")) >> spoken("two people")
    book.at(FINAL_S) << Send("verb:hook", "/heard")
    book >> ack([said("thank you")])
    book.at(FINAL_S + 1.6)
    assert [note["text"] for note in book.notes("said")] == ["thank you"]


def test_several_hooks_may_be_open_and_a_missing_ack_is_only_logged(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("one")
    book.at(2.0) >> spoken("two")
    book.at(20.0)
    book << Send("verb:hook", "/heard") << Send("verb:hook", "/heard")
    book.is_silent()
    assert [note["consequence"] for note in book.notes("hook_failed")] == ["it is logged, nothing else"] * 2


def test_bad_verbs_in_the_ack_are_only_logged(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("two people")
    book.at(FINAL_S) >> ack([{"verb": "sing"}])
    assert book.notes("refused_verbs")[0]["text"] == "invalid instruction: sing"
    assert not book.call.over


def test_killed_it_waits_a_moment_for_last_words(book: Playbook) -> None:
    book.begins(transcribe()).at(1.0) >> command("redirect", [said("next")])
    assert not book.notes("said")
    book.at(2.5)
    assert [note["text"] for note in book.notes("said")] == ["next"]


def test_killed_in_the_middle_of_a_sentence_it_tells_of_what_was_said_so_far(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("two people please")
    book.at(0.6) >> command("redirect", [said("next")])
    book << Send("verb:hook", "/heard")
    assert book.sent[-1]["data"]["speech"]["alternatives"][0]["transcript"].startswith("two")
    assert [note["text"] for note in book.notes("said")] == ["next"]


def test_after_a_hang_up_nothing_is_waited_for(book: Playbook) -> None:
    book.begins(transcribe()) >> spoken("two people please")
    book.at(0.5) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << close(1000)


def test_without_a_hook_nobody_learns_of_it(book: Playbook) -> None:
    book.begins({"verb": "transcribe", "recognizer": {"vendor": "google"}}) >> spoken("two people")
    book.at(3.0).is_silent()
    assert book.notes("dropped")[0]["what"] == "a transcript"


def test_without_a_recognizer_the_call_is_refused_in_the_engines_words(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> ack([{"verb": "transcribe", "transcriptionHook": "/heard"}])
    assert book.notes("sip_response")[0]["x_reason"] == "Cannot read properties of undefined (reading 'asrTimeout')"


@pytest.mark.parametrize(("fallback", "failover"), [({}, "not available"), ({"fallbackVendor": "google"}, "in progress")])
def test_an_error_of_the_vendor_is_told_and_another_one_may_take_over(book: Playbook, fallback: dict[str, str], failover: str) -> None:
    book.begins(transcribe(recognizer={"vendor": "deepgram", **fallback}), pause(60)) >> Misheard(failure="quota") >> spoken("unheard")
    book.at(3.0) << Send("jambonz:error", msg="ASR error", details="STT Vendor deepgram error: quota", failover=failover, verb="transcribe")
    book >> spoken("two people")
    book.at(6.0)
    told = [message["data"]["speech"]["vendor"]["name"] for message in book.sent if message["type"] == "verb:hook"]
    assert told == (["google"] if fallback else [])


def test_how_sure_the_recogniser_is_goes_with_the_transcript(book: Playbook) -> None:
    book.begins(transcribe()) >> Misheard("to people", confidence=0.4) >> spoken("two people")
    book.at(FINAL_S) << Send("verb:hook", "/heard")
    assert book.sent[-1]["data"]["speech"]["alternatives"] == [{"confidence": 0.4, "transcript": "to people"}]


def test_a_translation_is_not_made_and_that_is_said(book: Playbook) -> None:
    book.begins(transcribe(translationHook="/translated"))
    assert book.notes("not_simulated")[0]["what"] == "transcribe.translationHook"


# --- in the background


def background(**settings: Any) -> dict[str, Any]:
    return {"verb": "config", "transcribe": {"enable": True, "transcriptionHook": "/heard", "recognizer": {"vendor": "google"}, **settings}}


def test_in_the_background_it_listens_while_verbs_run_and_its_verbs_replace_them(book: Playbook) -> None:
    book.begins(background(), pause(60)) >> spoken("two people")
    book.at(FINAL_S) << Send("verb:hook", "/heard")
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed") << close(1000)


def test_switched_off_it_is_silent(book: Playbook) -> None:
    book.begins(background(), pause(1), {"verb": "config", "transcribe": {"enable": False}}, pause(60))
    book.at(3.0) >> spoken("two people")
    book.at(10.0).is_silent()


@pytest.mark.parametrize(
    ("second", "why"), [(background(), "one is running already"), ({"verb": "config", "transcribe": {"enable": True}}, "without a recognizer")]
)
def test_what_is_skipped_says_so(book: Playbook, second: dict[str, Any], why: str) -> None:
    book.begins(background(), second, pause(1))
    assert why in book.notes("dropped")[0]["why"]


@pytest.mark.parametrize("verbs", [[transcribe()], [background(), pause(60)]])
def test_paused_it_hears_nothing_until_it_is_resumed(book: Playbook, verbs: list[dict[str, Any]]) -> None:
    book.begins(*verbs) >> command("transcribe:status", {"transcribe_status": "pause"}) >> spoken("unheard")
    book.at(5.0).is_silent()
    book >> command("transcribe:status", {"transcribe_status": "resume"}) >> spoken("two people")
    book.at(10.0) << Send("verb:hook", "/heard")
    assert book.sent[-1]["data"]["speech"]["alternatives"][0]["transcript"] == "two people"


def test_any_other_status_is_dropped(book: Playbook) -> None:
    book.begins(transcribe()) >> command("transcribe:status", {"transcribe_status": "stop"})
    assert "it is told 'stop'" in book.notes("dropped")[0]["why"]


def test_two_recognisers_do_not_hear_for_each_other(book: Playbook) -> None:
    book.begins(background(), transcribe(transcriptionHook="/verb"), ANSWER) >> spoken("two people")
    book.at(FINAL_S)
    assert sorted(message["hook"] for message in book.sent if message["type"] == "verb:hook") == ["/heard", "/verb"]
