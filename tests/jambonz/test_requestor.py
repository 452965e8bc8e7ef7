"""The connection to the application: dialling, reconnecting, queueing, closing (jambonz.md 1)."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from simulator.jambonz.events import AppClosed, AppConnected, AppUnreachable, CallerHungUp, CallerPressed, Invited
from simulator.jambonz.hook import Hook
from tests.jambonz.playbook import ANSWER, HANGUP, LLM, OVER, Playbook, Send, ack, close, dial, frame, pause

GATHER = {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/digits"}
REFUSED = AppUnreachable("ct", "connect ECONNREFUSED")
BUSY = AppUnreachable("5xx", "503 Service Unavailable")
ANSWERED = [ANSWER, pause(3600)]


def attempts(book: Playbook, failure: AppUnreachable, until_s: float = 60.0) -> list[float]:
    """When the application is dialled if every attempt fails at once."""
    times = []
    book >> Invited()
    while book.to_come and book.to_come[0].__class__ is dial().effect.__class__:
        book.skip()
        times.append(book.now_s)
        book >> failure
        while not book.to_come and book.now_s < until_s:
            book.at(book.now_s + 0.5)
    return times


# --- the URL and what stands behind its hash


@pytest.mark.parametrize(
    ("fragment", "retries", "policy"),
    [
        ("", 5, ("ct",)),
        ("#rc=2", 2, ("ct",)),
        ("#rc=0", 5, ("ct",)),
        ("#rc=-3", 3, ("ct",)),
        ("#rc=9", 5, ("ct",)),
        ("#rc=2x", 2, ("ct",)),
        ("#rc=many", 5, ("ct",)),
        ("#rp=4xx,5xx&rc=1", 1, ("4xx", "5xx")),
        ("#rp=all", 5, ("all",)),
    ],
)
def test_the_hash_says_how_often_to_try_and_is_not_dialled(fragment: str, retries: int, policy: tuple[str, ...]) -> None:
    hook = Hook.parse(f"wss://app.test/a?b=1{fragment}")
    assert (hook.url, hook.retries, hook.policy) == ("wss://app.test/a?b=1", retries, policy)


@pytest.mark.parametrize(("username", "password"), [(None, None), ("ann", None), (None, "x"), ("ann", "")])
def test_authorization_needs_both_name_and_password(username: str | None, password: str | None) -> None:
    assert Hook.parse("ws://app.test", username, password).headers() == {}
    assert Hook.parse("ws://app.test", "ann", "s:x").headers() == {"Authorization": "Basic YW5uOnM6eA=="}


# --- the first connection


@pytest.mark.parametrize(
    ("fragment", "failure", "times"),
    [
        ("", REFUSED, [0, 0.5, 1.5, 3.5, 7.5, 13.5]),
        ("", BUSY, [0]),
        ("", AppUnreachable("4xx", "404 Not Found"), [0]),
        ("", AppUnreachable(None, "Server sent no subprotocol"), [0]),
        ("#rc=2&rp=5xx", BUSY, [0, 0.5, 1.5]),
        ("#rc=2&rp=4xx", BUSY, [0]),
        ("#rc=0&rp=all", AppUnreachable(None, "Opening handshake has timed out"), [0, 0.5, 1.5, 3.5, 7.5, 13.5]),
        ("#rc=1&rp=ct,5xx", REFUSED, [0, 0.5]),
    ],
)
def test_the_policy_says_which_failures_are_tried_again(fragment: str, failure: AppUnreachable, times: list[float]) -> None:
    book = Playbook(url=f"ws://app.test/hook{fragment}")
    assert attempts(book, failure) == times
    assert book.notes("sip_response") == [{"status": 480, "x_reason": failure.reason}]


def test_the_ack_time_of_session_new_begins_when_it_is_sent() -> None:
    book = Playbook()
    book >> Invited() >> REFUSED
    book.at(0.5) >> AppConnected()
    book.skip().at(5.4).is_silent()
    book.at(5.5) << close(1001)


# --- close codes


@pytest.mark.parametrize("code", [1001, 1005, 1006, 1009, 1011, 1012, 4000])
def test_every_close_but_1000_is_a_drop_and_is_dialled_again_after_half_a_second(book: Playbook, code: int) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(code)
    book.at(0.49).is_silent()
    book.at(0.5) << dial()
    book >> AppConnected()
    book << Send("session:reconnect", call_status="trying")
    book.is_silent()


def test_a_close_with_1000_is_graceful_and_the_application_hears_no_more(book: Playbook) -> None:
    book.begins(ANSWER, pause(1), HANGUP)
    book >> AppClosed(1000)
    book.at(1.0) << OVER
    assert book.notes("sip_bye")


def test_after_a_close_with_1000_a_session_without_verbs_ends_instead_of_waiting(book: Playbook) -> None:
    book.begins(ANSWER, pause(1))
    book >> AppClosed(1000)
    book.at(1.0) << OVER


def test_an_idle_session_stays_up_in_silence_when_its_application_closes_with_1000(book: Playbook) -> None:
    book.begins(ANSWER)
    book >> AppClosed(1000)
    book.at(900.0).is_silent()
    book >> CallerHungUp()
    book << OVER


# --- reconnecting


def test_session_reconnect_carries_the_old_session_new_and_a_new_msgid(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    first, last = book.sent[0], book.sent[-1]
    assert last["data"] == first["data"]
    assert last["call_sid"] == "call-sid"
    assert last["msgid"] != first["msgid"]
    assert "b3" not in last


def test_after_the_ack_waiting_messages_go_out_those_that_want_an_ack_first(book: Playbook) -> None:
    book.begins(GATHER, pause(9))
    book >> AppClosed(1006)
    book.meanwhile(lambda: book.call.notify("call:status", {"first": 1}))
    book.meanwhile(lambda: book.call.requestor.send("verb:hook", {"second": 2}, "/h"))
    book.meanwhile(lambda: book.call.notify("llm:event", {"third": 3}, "/e"))
    book << dial()
    book >> AppConnected()
    book << Send("session:reconnect")
    book.is_silent()
    book >> ack()
    book << Send("verb:hook", "/h", second=2) << Send("llm:event", "/e", third=3) << Send("call:status", first=1)
    book.is_silent()


def test_verbs_in_the_ack_of_session_reconnect_are_ignored(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.5) >> AppConnected() >> ack([HANGUP])
    assert not book.call.over
    assert book.notes("dropped")[0]["what"] == "verbs in the ack of session:reconnect"


def test_session_reconnect_without_an_ack_ends_the_call(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    book.skip().at(5.4).is_silent()
    book.at(5.5) << Send("call:status", call_status="completed", call_termination_by="jambonz") << close(1000) << OVER


def test_a_message_dials_at_once_without_waiting_for_its_turn(book: Playbook) -> None:
    book.begins(GATHER, pause(9))
    book >> AppClosed(1006)
    book.at(0.1) >> CallerPressed("1")
    book << dial()
    book.at(2.0).is_silent()


def test_the_wait_between_attempts_is_never_reset(book: Playbook) -> None:
    book.begins(*ANSWERED)
    dialled = []
    for _ in range(4):
        closed_s = book.now_s
        book >> AppClosed(1006)
        while not book.to_come:
            book.at(book.now_s + 0.5)
        dialled.append(book.now_s - closed_s)
        book >> AppConnected() >> ack()
        book.skip()
    assert dialled == [0.5, 1.0, 2.0, 4.0]


def test_four_times_it_reconnects_by_itself_then_only_to_send_something(book: Playbook) -> None:
    book.begins(ANSWER, pause(100), GATHER)
    for _ in range(4):
        book >> AppClosed(1006)
        book.at(book.now_s + 10.0) >> AppConnected() >> ack()
    book.skip() >> AppClosed(1006)
    book.at(99.0).is_silent()
    book.at(101.0) >> CallerPressed("1")
    book << dial()
    book >> AppConnected()
    book << Send("session:reconnect")
    book >> ack()
    book << Send("verb:hook", "/digits")


def test_with_rc_1_it_never_reconnects_by_itself() -> None:
    book = Playbook(url="ws://app.test/hook#rc=1").begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(600.0).is_silent()
    assert not book.call.over


def test_a_reconnection_that_is_refused_by_the_network_is_tried_for_ever_with_growing_waits(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    times: list[float] = []
    while len(times) < 8:
        book.at(book.now_s + 0.5)
        if book.to_come:
            times.append(book.now_s)
            book.skip() >> REFUSED
    assert [later - earlier for earlier, later in zip([0.0, *times], times, strict=False)] == [0.5, 1, 2, 4, 6, 8, 10, 12]


def test_a_reconnection_that_is_refused_with_a_status_waits_for_the_next_message(book: Playbook) -> None:
    book.begins(GATHER, pause(9))
    book >> AppClosed(1006)
    book.at(0.5) << dial()
    book >> BUSY
    book.at(10.0).is_silent()
    book >> CallerPressed("1")
    book << dial()


def test_the_end_of_a_call_ends_the_attempts_to_reconnect() -> None:
    book = Playbook(status_hook=None)
    book >> Invited() >> AppConnected() >> ack(ANSWERED) >> AppClosed(1006)
    book.skip() >> CallerHungUp()
    book << OVER
    book.at(60.0).is_silent()


def test_the_last_message_of_a_call_is_dialled_for_and_nothing_else_is_said_on_that_connection(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.1) >> CallerHungUp()
    book << dial() << OVER
    book.at(0.2) >> AppConnected()
    book << Send("call:status", call_status="completed")
    book.at(5.1).is_silent()
    book.at(5.2) << close(1000)


def test_a_last_message_that_finds_nobody_is_lost(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.1) >> CallerHungUp()
    book.skip() >> REFUSED
    book.at(60.0).is_silent()


def test_a_hook_that_is_dialled_for_in_vain_is_unanswered_as_the_policy_says(book: Playbook) -> None:
    book.begins(GATHER, pause(60))
    book >> AppClosed(1006)
    book.at(0.5) << dial()
    book >> BUSY
    book.at(1.0) >> CallerPressed("1")
    book << dial()
    book >> BUSY
    assert [message["type"] for message in book.sent][-1] == "call:status"
    assert book.server.call.requestor.held_back[0]["type"] == "jambonz:error"


def test_a_drop_before_the_ack_of_session_reconnect_ends_the_call(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> AppClosed(1006)
    book.at(0.5) >> AppConnected() >> AppClosed(1006)
    assert book.call.over
    assert book.notes("sip_bye")


# --- a drop before the ack of session:new


def test_the_ack_of_session_reconnect_counts_as_that_of_session_new_which_was_still_open(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> AppClosed(1006)
    book.skip().at(0.5) << dial()
    book >> AppConnected()
    book << Send("session:reconnect")
    book >> ack([ANSWER, pause(9)], "session:reconnect")
    assert book.call.answered_at_s == 0.5


def test_then_nothing_guards_it_and_the_phone_rings_for_ever(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    book.skip().at(900.0).is_silent()
    assert not book.call.over


def test_and_after_it_every_message_is_queued_for_ever(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> AppClosed(1006)
    book.at(0.5) >> AppConnected() >> ack([ANSWER, GATHER, HANGUP], "session:reconnect")
    book.skip() >> CallerPressed("1")
    book.at(900.0).is_silent()
    book >> CallerHungUp()
    book.at(901.0)
    assert [message["type"] for message in book.sent] == ["session:new", "session:reconnect"]


def test_any_ack_even_an_unknown_one_makes_it_an_ordinary_drop(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> frame(type="ack", msgid="unknown")
    book.skip() >> AppClosed(1006)
    book << OVER
    assert book.notes("sip_response") == [{"status": 480, "x_reason": "unknown"}]


# --- acknowledgements


@pytest.mark.parametrize("msgid", ["unknown", 7, ["a"], {"a": 1}], ids=str)
def test_an_unknown_ack_is_ignored_and_noted(book: Playbook, msgid: Any) -> None:
    book.begins(*ANSWERED)
    book >> frame(type="ack", msgid=msgid, data=[HANGUP])
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == "ack"


def test_a_repeated_ack_is_ignored(book: Playbook) -> None:
    book.begins(GATHER, pause(1), pause(1), pause(1))
    book >> CallerPressed("1") >> ack()
    hook = book.sent[-1]["msgid"]
    book.skip() >> frame(type="ack", msgid=hook, data=[HANGUP])
    book.is_silent()
    assert not book.call.over


def test_a_late_ack_is_ignored(book: Playbook) -> None:
    book.begins({**GATHER, "actionHook": "/late"}, pause(60))
    book >> CallerPressed("1")
    book.at(5.0)
    book.skip() >> ack([HANGUP])
    book.is_silent()


def test_an_ack_to_a_message_that_wants_none_is_ignored(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book >> frame(type="ack", msgid=book.sent[-1]["msgid"])
    book.is_silent()
    assert book.sent[-1]["type"] == "call:status"


def test_several_hooks_may_be_open_and_are_told_apart_by_msgid(book: Playbook) -> None:
    book.begins({**GATHER, "actionHook": "/verb"}, HANGUP)
    book >> CallerPressed("1")
    book.meanwhile(lambda: book.call.requestor.send("verb:hook", {}, "/beside"))
    book >> ack([HANGUP], hook="/beside")
    assert not book.call.over
    book >> ack(hook="/verb")
    assert book.call.over


# --- what the envelope holds


@pytest.mark.parametrize(
    ("type_", "named", "waits"),
    [
        ("verb:hook", True, True),
        ("dial:confirm", True, True),
        ("session:redirect", True, True),
        ("session:adulting", False, True),
        ("llm:event", True, False),
        ("llm:tool-call", True, False),
        ("call:status", False, False),
        ("verb:status", False, False),
        ("jambonz:error", False, False),
        ("tts:tokens-result", False, False),
        ("tts:streaming-event", False, False),
    ],
)
def test_some_messages_name_their_hook_and_some_want_an_ack(book: Playbook, type_: str, named: bool, waits: bool) -> None:
    book.begins(*ANSWERED)
    book.meanwhile(lambda: book.call.requestor.send(type_, {"someKey": 1}, "/hook"))
    message = book.sent[-1]
    assert message["type"] == type_
    assert message["data"] == {"some_key": 1}
    assert ("hook" in message) is named
    assert (message["msgid"] in book.server.call.requestor.open) is waits


def test_it_says_who_owes_an_answer(book: Playbook) -> None:
    kinds: list[Literal["connection", "session:new", "nothing"]] = []
    for event in (Invited(), AppConnected(), None):
        book >> (ack([LLM | {"actionHook": "/f"}]) if event is None else event)
        owed = " ".join(book.server.owed)
        kinds.append("connection" if "connection" in owed else "session:new" if "session:new" in owed else "nothing")
    assert kinds == ["connection", "session:new", "nothing"]


def test_a_socket_closed_with_1000_before_it_acknowledged_the_reconnect_is_left_alone(book: Playbook) -> None:
    book.begins(*ANSWERED)
    book.at(1.0) >> AppClosed(1006)
    book.at(2.0) >> AppConnected() >> AppClosed(1000)
    book.skip()
    book.at(60.0) << OVER
    book.is_silent()


def test_an_unanswered_call_whose_reconnect_is_not_acknowledged_is_refused_and_nobody_is_told(book: Playbook) -> None:
    book.begins(pause(60))
    book.at(1.0) >> AppClosed(1006)
    book.at(2.0) >> AppConnected()
    book.skip()
    book.at(60.0) << close(1000) << OVER
    book.is_silent()
    assert book.notes("sip_response") == [{"status": 603}]


def test_a_hook_that_nobody_waits_for_may_be_acknowledged_after_the_end_of_the_call_and_nothing_else(book: Playbook) -> None:
    book.begins({"verb": "conference", "name": "team", "statusHook": "/status", "statusEvents": ["leave"]})
    book >> CallerHungUp() >> ack(hook="/status")
    assert book.notes("dropped") == []
    book >> frame(type="ack", msgid="unknown")
    assert book.notes("dropped")[0]["what"] == "ack"
