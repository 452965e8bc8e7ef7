"""Requests of the caller's side within the call (jambonz.md 5.6)."""

from __future__ import annotations

import pytest

from simulator.jambonz.events import CallerRequested
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, ack, pause

HOOKS = {"verb": "config", "sipRequestWithinDialogHook": "/in", "referHook": "/refer"}
REFER = CallerRequested("REFER", {"Refer-To": "<sip:+1777@example.com>", "Referred-By": "sip:anna@example.com", "X-Reason": "busy"})


@pytest.mark.parametrize(("method", "status"), [("INFO", 200), ("MESSAGE", 202)])
def test_a_request_is_answered_at_once_and_told(book: Playbook, method: str, status: int) -> None:
    book.begins(HOOKS, ANSWER, pause(60))
    book >> CallerRequested(method, {"Content-Type": "text/plain"}, "hello")
    book << Send("verb:hook", "/in", sip_method=method, sip_body="hello", call_sid="call-sid")
    assert book.sent[-1]["data"]["sip_headers"] == {"content_type": "text/plain"}
    assert book.notes("sip_answer") == [{"method": method, "status": status}]
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


def test_without_a_hook_nobody_is_told(book: Playbook) -> None:
    book.begins(ANSWER, pause(60))
    book >> CallerRequested("INFO", {}, "hello")
    book.is_silent()
    assert book.notes("sip_answer") == [{"method": "INFO", "status": 200}]


def test_a_referral_is_accepted_when_the_application_has_answered(book: Playbook) -> None:
    book.begins(HOOKS, ANSWER, pause(60))
    book >> REFER
    book << Send("verb:hook", "/refer", call_sid="call-sid")
    assert not book.notes("sip_answer")
    assert book.sent[-1]["data"]["refer_details"] == {
        "sip_refer_to": "<sip:+1777@example.com>",
        "refer_to_user": "+1777",
        "sip_referred_by": "sip:anna@example.com",
        "referred_by_user": "anna",
        "referring_call_sid": "call-sid",
        "x_reason": "busy",
    }
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed")
    assert book.notes("sip_answer") == [{"method": "REFER", "status": 202}]


def test_a_referral_is_refused_without_a_hook_and_without_an_ack(book: Playbook) -> None:
    book.begins(ANSWER, HOOKS, pause(60))
    book >> REFER
    book.at(5.0)
    assert book.notes("sip_answer") == [{"method": "REFER", "status": 501}]
    other = Playbook().begins(ANSWER, pause(60)) >> REFER
    assert other.notes("sip_answer") == [{"method": "REFER", "status": 501}]


def test_several_hooks_can_be_open_at_once_and_are_told_apart_by_their_msgids(book: Playbook) -> None:
    book.begins(HOOKS, ANSWER, pause(60))
    book >> CallerRequested("INFO", {}, "one") >> CallerRequested("MESSAGE", {}, "two") >> REFER
    book.skip() >> ack(hook="/in") >> ack(hook="/refer") >> ack(hook="/in")
    book.at(30.0).is_silent()
    assert not book.notes("hook_failed")


@pytest.mark.parametrize(("attribute", "kind"), [("sendonly", "on_hold"), ("inactive", "on_hold"), ("sendrecv", "off_hold")])
def test_hold_is_a_new_invite_and_the_application_is_not_told(book: Playbook, attribute: str, kind: str) -> None:
    book.begins(ANSWER, pause(60))
    book >> CallerRequested("INVITE", {}, f"v=0\r\na={attribute}\r\n")
    book.is_silent()
    assert len(book.notes(kind)) == 1


def test_before_the_call_is_answered_there_is_no_dialog(book: Playbook) -> None:
    book.begins(pause(60)) >> CallerRequested("INFO")
    assert book.notes("sip_answer") == [{"method": "INFO", "status": 481}]
