"""The life of a call, from INVITE to the end (jambonz.md 4)."""

from __future__ import annotations

import pytest

from simulator.jambonz.events import AppClosed, AppConnected, AppUnreachable, CallerHungUp, Invited
from simulator.jambonz.media import MediaServer
from tests.jambonz.playbook import ANSWER, HANGUP, OVER, Playbook, Send, ack, close, command, dial, pause, said


def test_a_call_is_offered_acknowledged_answered_and_hung_up(book: Playbook) -> None:
    book >> Invited()
    book << dial()
    book >> AppConnected()
    book << Send("session:new", call_status="trying", sip_status=100, direction="inbound")
    book.is_silent()
    book >> ack([ANSWER, pause(1), HANGUP])
    book << Send("call:status", call_status="trying", sip_status=100, sip_reason="Trying")
    book << Send("call:status", call_status="in-progress", sip_status=200, sip_reason="OK")
    book.at(1.0) << Send("call:status", call_status="completed", call_termination_by="jambonz", duration=1) << close(1000) << OVER
    book.is_silent()


def test_every_message_has_an_id_of_its_own_and_the_sid_of_the_call(book: Playbook) -> None:
    book.begins(ANSWER, HANGUP)
    assert len({message["msgid"] for message in book.sent}) == len(book.sent) == 4
    assert {message["call_sid"] for message in book.sent} == {"call-sid"}
    assert all(len(message["msgid"]) == 22 for message in book.sent)


def test_session_new_holds_what_is_known_of_the_call_and_nothing_else() -> None:
    book = Playbook(caller_name="Ann", env_vars={"apiKey": "x"})
    book >> Invited() >> AppConnected()
    data = book.sent[0]["data"]
    assert data["caller_name"] == '"Ann"'
    assert data["env_vars"] == {"apiKey": "x"}
    assert data["sip"]["headers"]["from"] == '"Ann" <sip:+1555@sip.example.com>;tag=from-1'
    assert data["local_sip_address"] == "10.0.0.5:5060"
    assert "fs_sip_address" not in data
    assert "originating_sip_ip" not in data


def test_the_duration_counts_whole_seconds_from_the_answer(book: Playbook) -> None:
    book.begins(pause(5), ANSWER, pause(1.9), HANGUP)
    book.at(5.0) << Send("call:status", call_status="in-progress")
    book.at(6.9) << Send("call:status", call_status="completed", duration=1)


def test_the_caller_hangs_up_and_the_headers_of_the_bye_arrive(book: Playbook) -> None:
    book.begins(ANSWER, pause(10), HANGUP)
    book.at(2.0) >> CallerHungUp({"X-Reason-Code": "7"})
    book << Send("call:status", call_status="completed", call_termination_by="caller", duration=2, headers={"x_reason_code": "7"})
    book << close(1000) << OVER


def test_the_caller_cancels_while_it_rings(book: Playbook) -> None:
    book.begins(pause(10), ANSWER)
    book.at(1.0) >> CallerHungUp()
    book << Send("call:status", call_status="no-answer", sip_status=487, sip_reason="Request Terminated", call_termination_by="caller")
    book << close(1000) << OVER
    assert "duration" not in book.sent[-1]["data"]


def test_the_caller_cancels_before_the_first_ack_so_that_trying_comes_after_no_answer(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> CallerHungUp()
    book << dial() << Send("session:new") << Send("call:status", call_status="no-answer")
    book >> ack([ANSWER, HANGUP])
    book << Send("call:status", call_status="trying", sip_status=100) << close(1000) << OVER


def test_what_follows_the_end_changes_nothing(book: Playbook) -> None:
    book.begins(ANSWER, HANGUP).skip()
    book >> CallerHungUp() >> command("redirect", [said("hello?")]) >> AppClosed(1000)
    book.is_silent()


def test_a_session_without_verbs_left_waits_in_silence_for_commands(book: Playbook) -> None:
    book.begins(ANSWER)
    book.at(3600.0).is_silent()
    assert book.notes("idle")
    book >> command("redirect", [HANGUP])
    book << Send("call:status", call_status="completed") << close(1000)


def test_hangup_as_the_only_verb_leaves_the_phone_ringing_until_the_caller_gives_up(book: Playbook) -> None:
    book.begins(HANGUP)
    book.at(60.0).is_silent()
    assert "rings on" in book.notes("dropped")[0]["why"]
    book >> CallerHungUp()
    book << Send("call:status", call_status="no-answer") << close(1000)


@pytest.mark.parametrize("verb", [HANGUP, {"verb": "sip:refer", "referTo": "+1"}, {"verb": "sip:request", "method": "INFO"}], ids=lambda v: v["verb"])
def test_what_needs_an_answered_call_is_skipped_on_a_ringing_one(book: Playbook, verb: dict[str, str]) -> None:
    book.begins(verb, ANSWER)
    assert [entry["what"] for entry in book.notes("dropped")] == [f"verb {verb['verb']}"]
    assert book.call.answered_at_s is not None


@pytest.mark.parametrize(
    ("verb", "answers"),
    [
        (ANSWER, True),
        (said("x"), True),
        ({"verb": "gather"}, True),
        ({**said("x"), "earlyMedia": True}, False),
        (pause(1), False),
        ({"verb": "tag", "data": {}}, False),
        ({"verb": "config", "notifyEvents": True}, False),
        ({"verb": "config", "bargeIn": {"enable": True, "input": ["speech"]}}, True),
    ],
    ids=str,
)
def test_verbs_that_need_media_answer_the_call(book: Playbook, verb: dict[str, object], answers: bool) -> None:
    book.begins(verb, pause(100))
    assert (book.call.answered_at_s is not None) is answers


def test_without_a_media_server_nothing_answers_and_the_caller_gets_480_in_the_end() -> None:
    book = Playbook(media=MediaServer(available=False)).begins(ANSWER, HANGUP)
    book.at(5.0).is_silent()
    book >> CallerHungUp()
    book << Send("call:status", call_status="no-answer", sip_status=487) << close(1000)
    assert book.notes("sip_response") == [{"status": 480, "x_reason": "crankback: media server failure"}]


def test_without_a_status_hook_there_is_no_call_status() -> None:
    book = Playbook(status_hook=None)
    book >> Invited() >> AppConnected() >> ack([ANSWER, HANGUP])
    assert [message["type"] for message in book.sent] == ["session:new"]


def test_an_application_that_cannot_be_reached_costs_the_caller_a_480(book: Playbook) -> None:
    book >> Invited() >> AppUnreachable("5xx", "503 Service Unavailable")
    book << dial() << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": "503 Service Unavailable"}]


def test_decline_refuses_a_ringing_call(book: Playbook) -> None:
    book.begins({"verb": "sip:decline", "status": 486, "reason": "Busy"})
    book << Send("call:status", call_status="failed", sip_status=486, sip_reason="Busy") << close(1000) << OVER


def test_decline_is_skipped_on_an_answered_call(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "sip:decline", "status": 486}, HANGUP)
    book << Send("call:status", call_status="completed")


def test_verb_status_tells_of_every_verb_once_it_was_switched_on(book: Playbook) -> None:
    book.begins({"verb": "config", "notifyEvents": True}, {**pause(1), "id": "p"}, ANSWER, HANGUP)
    book << Send("verb:status", event="finished", name="config")
    book << Send("verb:status", event="starting", id="p", name="pause")
    book.at(1.0) << Send("verb:status", event="finished", id="p", name="pause")
    book << Send("verb:status", event="starting", name="answer")
    book << Send("call:status", call_status="in-progress")
    book << Send("verb:status", event="finished", name="answer") << Send("verb:status", event="starting", name="hangup")
    book << Send("call:status", call_status="completed") << Send("verb:status", event="finished", name="hangup") << close(1000)


def test_a_skipped_verb_starts_and_never_finishes(book: Playbook) -> None:
    book.begins({"verb": "config", "notifyEvents": True}, HANGUP, pause(1))
    book << Send("verb:status", event="finished", name="config")
    book << Send("verb:status", event="starting", name="hangup")
    book << Send("verb:status", event="starting", name="pause")


def test_a_call_that_ends_while_something_is_said_is_told_before_the_socket_is_closed(book: Playbook) -> None:
    book.begins(said("a long story that nobody wants to hear"))
    book.at(0.5) >> CallerHungUp()
    book << Send("call:status", call_status="completed", call_termination_by="caller") << close(1000) << OVER
