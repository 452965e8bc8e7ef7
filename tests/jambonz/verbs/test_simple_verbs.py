"""The verbs that end at once, and `pause` (jambonz.md 5.2)."""

from __future__ import annotations

import pytest

from simulator.jambonz.events import CallerHungUp, Note
from tests.jambonz.playbook import ANSWER, HANGUP, LLM, OVER, Playbook, Send, ack, close, pause


def test_pause_lasts_its_length(book: Playbook) -> None:
    book.begins(ANSWER, pause(2.5), HANGUP)
    book.at(2.4).is_silent()
    book.at(2.5) << Send("call:status", call_status="completed", duration=2)


def test_a_leading_pause_is_ringing_time(book: Playbook) -> None:
    book.begins(pause(4), ANSWER, HANGUP)
    book.at(3.9).is_silent()
    book.at(4.0) << Send("call:status", call_status="in-progress") << Send("call:status", call_status="completed", duration=0)


def test_answer_on_an_answered_call_does_nothing(book: Playbook) -> None:
    book.begins(ANSWER, ANSWER, ANSWER, pause(1))
    book.is_silent()


def test_hangup_sends_its_headers_to_the_caller_and_not_to_the_application(book: Playbook) -> None:
    book.begins(ANSWER, HANGUP | {"headers": {"X-Reason": "done"}}, pause(9))
    book << Send("call:status", call_status="completed", call_termination_by="jambonz", headers="absent") << close(1000) << OVER
    assert book.notes("sip_bye") == [{"by": "jambonz", "headers": {"X-Reason": "done"}}]


def test_a_tag_is_in_every_later_payload_with_its_keys_untouched(book: Playbook) -> None:
    book.begins({"verb": "tag", "data": {"orderId": 7, "X-Deep": {"innerKey": 1}}}, ANSWER, HANGUP)
    assert book.sent[1]["data"].get("customerData") is None
    assert [message["data"]["customerData"] for message in book.sent[2:]] == [{"orderId": 7, "X-Deep": {"innerKey": 1}}] * 2


def test_a_later_tag_replaces_the_first(book: Playbook) -> None:
    book.begins({"verb": "tag", "data": {"a": 1}}, {"verb": "tag", "data": {"b": 2}}, ANSWER, HANGUP)
    assert book.sent[-1]["data"]["customerData"] == {"b": 2}


def test_notify_events_cannot_be_switched_off_again(book: Playbook) -> None:
    book.begins({"verb": "config", "notifyEvents": True}, {"verb": "config", "notifyEvents": False}, pause(1))
    assert book.sent[-1]["data"] == {"event": "starting", "name": "pause"}


def test_settings_that_are_not_simulated_are_named(book: Playbook) -> None:
    book.begins({"verb": "config", "turnTaking": {"enable": True}, "notifySttLatency": True}, pause(1))
    assert [entry["what"] for entry in book.notes("not_simulated")] == ["config.turnTaking", "config.notifySttLatency"]


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        ({"verb": "llm", **{key: value for key, value in LLM.items() if key != "verb"}}, "Llm_OpenAI_s2s"),
        ({"verb": "openai_s2s", **{key: value for key, value in LLM.items() if key not in ("verb", "vendor")}}, "Llm_OpenAI_s2s"),
        ({"verb": "s2s", **{key: value for key, value in LLM.items() if key != "verb"}}, "Llm_OpenAI_s2s"),
    ],
    ids=["llm", "openai_s2s", "s2s"],
)
def test_an_llm_by_any_name_is_called_after_its_vendor(book: Playbook, verb: dict[str, object], name: str) -> None:
    book.begins({"verb": "config", "notifyEvents": True}, verb)
    assert book.sent[-2]["data"] == {"event": "starting", "name": name}


# --- sip:decline


@pytest.mark.parametrize(
    ("verb", "status", "reason"),
    [({"status": 486}, 486, "Busy Here"), ({"status": 603, "reason": "Go away"}, 603, "Go away"), ({"status": 499}, 499, "Declined")],
    ids=str,
)
def test_decline_gives_the_caller_and_the_application_its_status(book: Playbook, verb: dict[str, object], status: int, reason: str) -> None:
    book.begins({"verb": "sip:decline", **verb}, ANSWER)
    book << Send("call:status", call_status="failed", sip_status=status, sip_reason=reason, duration="absent") << close(1000) << OVER
    assert book.notes("sip_response")[0]["status"] == status


def test_a_verb_that_is_not_simulated_is_skipped_and_says_so() -> None:
    book = Playbook(profile="10")
    book.begins(ANSWER, {"verb": "room", "name": "team"}, HANGUP)
    book << Send("call:status", call_status="completed")
    assert Note("app", "not_simulated", {"what": "verb room", "instead": "it is skipped"}) in book.all_notes


def test_caller_hang_ups_end_any_verb(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "/next"})
    book >> CallerHungUp()
    book.skip() >> ack([pause(9)])
    book << close(1000) << OVER


def test_config_changes_the_voice_of_later_verbs(book: Playbook) -> None:
    voice = {"verb": "config", "notifyEvents": True, "synthesizer": {"vendor": "deepgram"}}
    book.begins(voice, ANSWER, {"verb": "say", "text": "Hello"}, HANGUP)
    spoken = [message["data"] for message in book.sent if message["data"].get("event") == "synthesized-audio"]
    assert [(data["vendor"], data["language"]) for data in spoken] == [("deepgram", "en-US")]


def test_what_config_cannot_do_here_is_said(book: Playbook) -> None:
    book.begins({"verb": "config", "onHoldMusic": "https://files.test/a.wav", "notifyEvents": False}, ANSWER, HANGUP)
    assert book.notes("not_simulated") == [{"what": "config.onHoldMusic", "instead": "nothing happens"}]
