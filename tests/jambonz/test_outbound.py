"""Outbound calls, as the REST API makes them (jambonz.md 4.4, 7.3)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import (
    AppConnected,
    AppUnreachable,
    CallCreated,
    CallerHungUp,
    CallRefused,
    ConnectApp,
    CreateCall,
    PhoneAnswered,
    PhoneRang,
    PhoneRefused,
)
from tests.jambonz.playbook import HANGUP, OVER, Does, Invites, Playbook, Send, ack, cancels, close, command, dial, pause, said

Json = dict[str, Any]
NUMBER = "+1777"
BODY: Json = {"from": "+1555", "to": {"type": "phone", "number": NUMBER}, "application_sid": "application"}


@pytest.fixture
def book() -> Playbook:
    """A server without a call so far."""
    return Playbook(rings=False, env_vars={"GREETING": "hi"})


def status(call_status: str, **data: Any) -> Send:
    return Send("call:status", call_status=call_status, **data)


def created(book: Playbook, **more: Any) -> Playbook:
    """The call is asked for, and the INVITE sent."""
    book >> CreateCall({**BODY, **more}, 0)
    book << Invites(NUMBER, 0) << dial()
    made = book.to_come.popleft()
    assert isinstance(made, CallCreated)
    assert made.sid == book.server.call.info.call_sid
    book.call = book.server.call
    book >> AppConnected()
    return book << status("trying", sip_status=100)


def answered(book: Playbook, *verbs: Json, **more: Any) -> Playbook:
    created(book, **more) >> PhoneAnswered()
    book << status("in-progress", sip_status=200) << Send("session:new", call_status="in-progress")
    return book >> ack(list(verbs) if verbs else None)


def test_the_statuses_come_before_the_session_and_have_no_call_sid_in_the_envelope(book: Playbook) -> None:
    created(book) >> PhoneRang() >> PhoneAnswered()
    book << status("ringing", sip_status=180, sip_reason="Trying") << status("in-progress", sip_status=200, sip_reason="OK")
    assert not any("call_sid" in message for message in book.sent[:3])
    assert book.sent[3]["call_sid"] == book.call.info.call_sid


def test_early_media_is_a_status_of_its_own(book: Playbook) -> None:
    created(book) >> PhoneRang(early_media=True)
    book << status("early-media", sip_status=183)


def test_the_session_is_made_of_call_info_environment_and_speech(book: Playbook) -> None:
    created(book, tag={"order": 7}) >> PhoneAnswered()
    data = book.sent[-1]["data"]
    assert data["direction"] == "outbound"
    assert (data["from"], data["to"]) == ("+1555", NUMBER)
    assert data["env_vars"] == {"GREETING": "hi"}
    assert data["defaults"]["synthesizer"]["vendor"] == "google"
    assert data["customerData"] == {"order": 7}
    assert not {"sip", "service_provider_sid", "parent_call_sid", "caller_id"} & set(data)


def test_its_verbs_run(book: Playbook) -> None:
    answered(book, said("hello"), HANGUP).at(9)
    book << status("completed", call_termination_by="jambonz") << close(1000) << OVER
    assert book.heard(0) == ["hello"]


@pytest.mark.parametrize("verbs", [None, [], [{"verb": "no such"}]])
def test_an_empty_or_bad_ack_leaves_the_call_up_for_commands(book: Playbook, verbs: Any) -> None:
    created(book) >> PhoneAnswered()
    book.skip() >> ack(verbs)
    book.at(30).is_silent()
    book >> command("redirect", [HANGUP])
    book << status("completed", duration=30)


def test_without_an_ack_the_call_stays_up(book: Playbook) -> None:
    created(book) >> PhoneAnswered()
    book.skip().at(60).is_silent()
    book >> CallerHungUp()
    book << status("completed", call_termination_by="caller") << close(1000) << OVER


@pytest.mark.parametrize(
    ("sip_status", "told"), [(486, "busy"), (603, "busy"), (600, "failed"), (487, "no-answer"), (404, "failed"), (500, "failed")]
)
def test_a_failure_is_told_and_five_seconds_later_the_socket_is_closed(book: Playbook, sip_status: int, told: str) -> None:
    created(book).at(1.0) >> PhoneRefused(sip_status, "Because")
    book << status(told, sip_status=sip_status, sip_reason="Because", call_termination_by="absent", duration="absent")
    book.at(5.9).is_silent()
    book.at(6.0) << close(1000) << OVER


@pytest.mark.parametrize(("written", "rings_s"), [({}, 60.0), ({"timeout": 7}, 7.0)])
def test_nobody_answers_in_time(book: Playbook, written: Json, rings_s: float) -> None:
    created(book, **written).at(rings_s - 0.1).is_silent()
    book.at(rings_s) << cancels(0)
    book >> PhoneRefused(487, "Request Terminated")
    book << status("no-answer")


@pytest.mark.parametrize("said_so", [command("call:status", {"call_status": "no-answer"}), command("redirect", [pause(9)])])
def test_the_application_takes_it_back_while_it_rings(book: Playbook, said_so: Any) -> None:
    created(book) >> said_so
    book << cancels(0)
    book >> said_so  # once is enough
    book >> PhoneRefused(487, "Request Terminated")
    book << status("no-answer")


def test_the_time_limit_counts_from_the_answer(book: Playbook) -> None:
    created(book, timeLimit=20).at(10.0) >> PhoneAnswered()
    book.skip() >> ack([pause(90)])
    book.at(29.9).is_silent()
    book.at(30.0) << status("completed", duration=20)


def test_an_answering_machine_is_told(book: Playbook) -> None:
    answered(book, pause(60), amd={"actionHook": "/amd"}).at(5.0)
    book << Send("verb:hook", "/amd", type="amd_no_speech_detected")


def test_a_call_hook_of_its_own_is_dialled_with_its_credentials(book: Playbook) -> None:
    hook = {"url": "wss://other.test/app?x=1", "username": "u", "password": "p"}
    book >> CreateCall({"from": "+1555", "to": BODY["to"], "call_hook": hook, "speech_synthesis_vendor": "aws", "headers": {"X-A": "1"}}, 0)
    book << Invites(NUMBER, 0, {"headers": {"X-A": "1"}}) << Does(ConnectApp("wss://other.test/app?x=1", {"Authorization": "Basic dTpw"}))
    book >> AppConnected() >> PhoneAnswered()
    data = book.sent[-1]["data"]
    assert data["defaults"]["synthesizer"]["vendor"] == "aws"
    assert "env_vars" not in data


def test_an_application_that_is_not_there_does_not_stop_the_call(book: Playbook) -> None:
    book >> CreateCall(BODY, 0)
    book.skip() >> AppUnreachable(None, "no")
    book >> PhoneAnswered()
    book << dial()


@pytest.mark.parametrize(
    ("body", "code", "said_so"),
    [
        ({"to": BODY["to"]}, 400, "missing from parameter"),
        ("text", 400, "missing from parameter"),
        ({"from": "+1", "to": {"type": "phone"}}, 400, 'missing or invalid to property: {"type":"phone"}'),
        ({"from": "+1", "to": "+2"}, 400, 'missing or invalid to property: "+2"'),
        ({"from": "+1", "to": BODY["to"]}, 400, "either call_hook or application_sid required"),
        ({**BODY, "application_sid": "other"}, 400, "application_sid not found other"),
        ({"from": "+1", "to": BODY["to"], "call_hook": 5}, 400, "call_hook must be string or an object containing a url property"),
        ({"from": "+1", "to": BODY["to"], "call_hook": "/relative"}, 400, "call_hook url be an absolute url"),
        ({**BODY, "tiemout": 5}, 500, "rest:dial: unknown property tiemout"),
        ({**BODY, "timeout": "5"}, 500, "rest:dial: property timeout has invalid data type"),
        (
            {**BODY, "to": {"type": "teams", "number": "+2"}},
            500,
            "dial to ms teams not allowed; account must first be configured with teams info",
        ),
    ],
)
def test_what_the_api_refuses_makes_no_call(book: Playbook, body: Any, code: int, said_so: str) -> None:
    book >> CreateCall(body, 0)
    book << Does(CallRefused(code, {"msg": said_so}))
    book.is_silent()
    assert book.server.calls == {}
