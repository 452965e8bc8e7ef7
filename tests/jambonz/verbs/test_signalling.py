"""The verbs that signal: `dtmf`, `sip:refer`, `sip:request`, `message`, `alert`, `leave`, and bots (jambonz.md 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerHungUp
from simulator.jambonz.far_end import FarEnd, Referral
from tests.jambonz.playbook import ANSWER, HANGUP, OVER, Playbook, Send, ack, close, pause

REFER = {"verb": "sip:refer", "referTo": "+1777", "actionHook": "/refer", "eventHook": "/notify"}
INFO = {"verb": "sip:request", "method": "info", "body": "x", "headers": {"X-A": "1"}, "actionHook": "/info"}
SMS = {"verb": "message", "to": "+1777", "from": "+1666", "text": "hi", "actionHook": "/sms"}


def far_end(**answers: Any) -> Playbook:
    return Playbook(far_end=FarEnd(**answers))


# --- dtmf


@pytest.mark.parametrize(("verb", "lasts_s"), [({"dtmf": "1"}, 1.5), ({"dtmf": "12#", "duration": 250}, 2.25)])
def test_keys_take_their_time(book: Playbook, verb: dict[str, Any], lasts_s: float) -> None:
    book.begins({"verb": "dtmf", **verb}, HANGUP)
    assert book.notes("sends_digits")[0]["digits"] == verb["dtmf"]
    book.at(lasts_s - 0.01).is_silent()
    book.at(lasts_s) << Send("call:status", call_status="completed")


# --- sip:refer


def test_a_referral_tells_of_each_step_and_of_the_end(book: Playbook) -> None:
    book.begins(ANSWER, REFER | {"id": "r"}, HANGUP)
    book.at(1.0) << Send("verb:hook", "/notify", event="transfer-status", call_status=100, call_sid="absent")
    book >> ack()
    book.at(2.0) << Send("verb:hook", "/notify", call_status=200)
    book >> ack() << Send("verb:hook", "/refer", refer_status=202, final_referred_call_status=200, call_sid="call-sid", verb_id="r")
    book >> ack() << Send("call:status", call_status="completed")


def test_a_number_is_referred_to_as_a_uri(book: Playbook) -> None:
    book.begins(ANSWER, REFER | {"referredByDisplayName": "Desk"})
    assert book.notes("sip_request")[0]["refer_to"] == "sip:+1777@sip.example.com"
    assert book.notes("sip_request")[0]["referred_by"] == '"Desk" <sip:+1555@sip.example.com>'


def test_a_refused_referral_tells_its_status_at_once() -> None:
    book = far_end(referral=Referral(603)).begins(ANSWER, REFER)
    book << Send("verb:hook", "/refer", refer_status=603, final_referred_call_status="absent")


def test_a_referral_without_a_final_notify_ends_after_fifteen_seconds() -> None:
    book = far_end(referral=Referral(202, (100,), 1.0)).begins(ANSWER, {key: value for key, value in REFER.items() if key != "eventHook"})
    book.at(14.99).is_silent()
    book.at(15.0) << Send("verb:hook", "/refer", refer_status=202, final_referred_call_status="absent")


def test_the_callers_bye_ends_a_referral_without_a_hook(book: Playbook) -> None:
    book.begins(ANSWER, REFER)
    book.at(0.5) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << close(1000) << OVER


def test_verbs_in_the_ack_of_a_referral_replace_the_stack() -> None:
    book = far_end(referral=Referral(404)).begins(ANSWER, REFER, pause(9))
    book.skip() >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


@pytest.mark.parametrize("verb", [REFER, INFO], ids=["sip:refer", "sip:request"])
def test_on_an_unanswered_call_requests_are_skipped(book: Playbook, verb: dict[str, Any]) -> None:
    book.begins(verb, pause(1))
    assert "needs an answered call" in book.notes("dropped")[0]["why"]
    assert not book.notes("sip_request")


# --- sip:request


@pytest.mark.parametrize("status", [200, 404])
def test_any_answer_to_a_request_is_a_success(status: int) -> None:
    book = far_end(statuses={"INFO": status}).begins(ANSWER, INFO)
    book << Send("verb:hook", "/info", result="success", sip_status=status)
    assert book.notes("sip_request") == [{"method": "INFO", "headers": {"X-A": "1"}, "body": "x"}]


def test_a_request_that_nobody_answers_is_given_up_as_sip_gives_up() -> None:
    book = far_end(statuses={"INFO": None}).begins(ANSWER, INFO)
    book.at(31.9).is_silent()
    book.at(32.0) << Send("verb:hook", "/info", sip_status=408)


def test_an_unanswered_hook_of_a_request_is_called_again_as_failed_and_then_ends_the_call(book: Playbook) -> None:
    book.begins(ANSWER, INFO, pause(60))
    book << Send("verb:hook", "/info", result="success")
    book.at(5.0) << Send("verb:hook", "/info", result="failed", err="absent")
    book.at(10.0) << Send("call:status", call_status="completed", call_termination_by="jambonz")


# --- message


def test_an_sms_is_not_waited_for(book: Playbook) -> None:
    book.begins(ANSWER, SMS, HANGUP)
    book << Send("verb:hook", "/sms", message_status="success", carrier="simulated-carrier", message_failure_reason="absent")
    book << Send("call:status", call_status="completed")


@pytest.mark.parametrize("outcome", ["failure", "no carriers", "system error", "smpp configuration error"])
def test_what_becomes_of_an_sms_is_told(outcome: Any) -> None:
    book = far_end(sms=outcome).begins(SMS, pause(1))
    book << Send("verb:hook", "/sms", message_status=outcome, carrier_message_id="absent")
    assert ("message_failure_reason" in book.sent[-1]["data"]) == (outcome == "failure")


def test_verbs_in_the_late_ack_of_an_sms_replace_the_stack(book: Playbook) -> None:
    book.begins(ANSWER, SMS, pause(60))
    book.at(2.0).skip() >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


# --- the others


def test_an_alert_is_for_the_platform_and_does_not_answer(book: Playbook) -> None:
    book.begins({"verb": "alert", "message": "look here"}, pause(2))
    assert book.notes("alert") == [{"message": "look here"}]
    assert book.call.answered_at_s is None


def test_leave_at_the_top_level_blocks_until_it_is_killed(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "leave"}, HANGUP)
    book.at(3600.0).is_silent()
    assert "in no queue" in book.notes("dropped")[0]["why"]


def test_bots_of_other_vendors_are_out_of_scope_and_say_so(book: Playbook) -> None:
    book.begins({"verb": "rasa", "url": "https://bot.test", "actionHook": "/bot"}, HANGUP)
    book << Send("call:status", call_status="completed")
    assert "without a conversation" in book.notes("not_simulated")[0]["instead"]
