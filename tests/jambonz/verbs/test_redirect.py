"""`redirect`: another hook, on this socket or at another server (jambonz.md 5.2, 5.5)."""

from __future__ import annotations

from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, AppUnreachable, CallerHungUp, CloseApp, ConnectApp
from tests.jambonz.playbook import ANSWER, HANGUP, OVER, Does, Playbook, Send, ack, command, frame, pause

ELSEWHERE = {"verb": "redirect", "actionHook": "ws://other.test/next?a=1#rc=2"}
DIALS_ELSEWHERE = Does(ConnectApp("ws://other.test/next?a=1", {}, socket=1))


def test_redirect_asks_another_hook_and_runs_what_it_says(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "/next", "id": "r"}, pause(99))
    book << Send("session:redirect", "/next", call_status="in-progress", verb_id="r")
    book >> ack([HANGUP])
    book << Send("call:status", call_status="completed")


def test_redirect_does_not_answer_a_ringing_call(book: Playbook) -> None:
    book.begins({"verb": "redirect", "actionHook": "/next"})
    book << Send("session:redirect", "/next", call_status="trying")
    book >> ack([ANSWER, HANGUP])
    book << Send("call:status", call_status="in-progress")


def test_redirect_without_verbs_goes_on_with_the_old_ones(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "/next"}, HANGUP)
    book.skip() >> ack()
    book << Send("call:status", call_status="completed")


def test_redirect_to_an_object_breaks_the_verb_and_ends_the_call(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "redirect", "actionHook": {"url": "/next"}}, pause(9))
    book << Send("call:status", call_status="completed", call_termination_by="jambonz")


def test_a_missing_ack_ends_the_call(book: Playbook) -> None:
    book.begins(ANSWER, {"verb": "redirect", "actionHook": "/next"}, pause(99))
    book.skip().at(4.9).is_silent()
    book.at(5.0) << Send("call:status", call_status="completed")


# --- to another server


def elsewhere(book: Playbook) -> Playbook:
    """The call has gone on to another server, which has taken it."""
    book.begins(ANSWER, ELSEWHERE)
    book << DIALS_ELSEWHERE
    book >> AppConnected(1)
    book << Send("session:redirect", "ws://other.test/next?a=1#rc=2", call_status="in-progress")
    return book


def on_socket(said: AppSaid, socket: int) -> AppSaid:
    return AppSaid(said.text, socket)


def test_another_server_gets_a_socket_of_its_own_whose_messages_have_no_call_sid(book: Playbook) -> None:
    elsewhere(book)
    book.is_silent()
    assert "call_sid" not in book.sent[-1]
    assert book.sent[-1]["data"]["call_sid"] == "call-sid"


def test_the_session_goes_on_there_and_the_status_stays_here(book: Playbook) -> None:
    elsewhere(book)
    book >> on_socket(frame(type="ack", msgid=book.sent[-1]["msgid"], data=[{"verb": "gather", "numDigits": 1, "actionHook": "/g"}]), 1)
    book.at(15.0)
    hook = book.to_come.popleft()
    assert (hook.message["type"], hook.socket) == ("verb:hook", 1)
    book >> on_socket(frame(type="ack", msgid=hook.message["msgid"], data=[HANGUP]), 1)
    status = book.to_come.popleft()
    assert (status.message["type"], status.socket) == ("call:status", 0)
    book << Does(CloseApp(1000, socket=1)) << Does(CloseApp(1000, socket=0)) << OVER


def test_commands_on_the_old_socket_are_not_listened_to_any_more(book: Playbook) -> None:
    elsewhere(book)
    book >> on_socket(frame(type="ack", msgid=book.sent[-1]["msgid"], data=[pause(9)]), 1)
    book >> command("redirect", [HANGUP])
    book.is_silent()
    assert "before the redirect" in book.notes("dropped")[0]["why"]
    book >> on_socket(command("redirect", [HANGUP]), 1)
    book << Send("call:status", call_status="completed")


def test_mistakes_are_answered_where_they_were_made(book: Playbook) -> None:
    elsewhere(book)
    for socket in (0, 1):
        book >> AppSaid("{}", socket)
        assert book.to_come.popleft().socket == socket


def test_the_new_socket_reconnects_with_empty_data(book: Playbook) -> None:
    elsewhere(book)
    book >> on_socket(frame(type="ack", msgid=book.sent[-1]["msgid"], data=[pause(99)]), 1) >> AppClosed(1006, 1)
    book.at(0.5) << DIALS_ELSEWHERE
    book >> AppConnected(1)
    book << Send("session:reconnect")
    assert book.sent[-1]["data"] == {}
    assert "call_sid" not in book.sent[-1]


def test_a_server_that_cannot_be_reached_ends_the_call(book: Playbook) -> None:
    book.begins(ANSWER, ELSEWHERE)
    book >> AppUnreachable("5xx", "503 Service Unavailable", 1)
    book << DIALS_ELSEWHERE << Send("call:status", call_status="completed", call_termination_by="jambonz")


def test_the_caller_may_hang_up_on_the_way(book: Playbook) -> None:
    book.begins(ANSWER, ELSEWHERE)
    book >> CallerHungUp() >> AppConnected(1)
    book.at(5.0)
    assert book.call.over
    assert book.to_come[-1] == OVER.effect
