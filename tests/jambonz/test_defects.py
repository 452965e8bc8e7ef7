"""Defects of the real server: what each does to a call, what happens where it is switched off, and that it is written down (jambonz.md 11.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.jambonz.defects import KNOWN, Defects
from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, AppUnreachable, CallerHungUp, CallerPressed, Invited, ModelSaid
from tests.jambonz.playbook import ANSWER, HANGS_UP_MODEL, HANGUP, LLM, OVER, Playbook, Send, ToModel, ack, close, command, dial, pause, said

GATHER = {"verb": "gather", "input": ["digits"], "numDigits": 1, "actionHook": "/digits"}
ACKED_EARLY = [ANSWER, GATHER, pause(60)]


def without(name: str, **more: Any) -> Playbook:
    """A server that has every defect but this one."""
    return Playbook(defects=Defects(frozenset({name})), **more)


def met(book: Playbook) -> list[str]:
    return [note["defect"] for note in book.notes("defect")]


def the_only_note(book: Playbook, name: str) -> str:
    (note,) = book.notes("defect")
    assert note["defect"] == name
    assert note["remedy"] == KNOWN[name].remedy
    return str(note["did"])


# --- binary frames

HANGS_UP = json.dumps({"type": "command", "command": "redirect", "data": [{"verb": "hangup"}]})


def test_a_binary_frame_is_obeyed(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> AppSaid(HANGS_UP, binary=True)
    assert book.call.over
    assert the_only_note(book, "binary_frames") == f"a binary frame of {len(HANGS_UP)} bytes was read as text"


def test_a_text_frame_is_no_defect(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> AppSaid(HANGS_UP)
    assert met(book) == []


def test_binary_frames_off_throws_a_binary_frame_away_and_says_so() -> None:
    book = without("binary_frames").begins(ANSWER, pause(60))
    book >> AppSaid(HANGS_UP, binary=True) >> AppSaid("no JSON", binary=True)
    book.is_silent()
    assert met(book) == []
    assert [note["what"] for note in book.notes("dropped")] == ["a binary frame"] * 2


# --- a drop before the ack of session:new


def dropped_early(book: Playbook) -> Playbook:
    """The socket drops before session:new is acknowledged, and comes back half a second later."""
    book >> Invited() >> AppConnected() >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    return book.skip()


def test_after_a_drop_before_the_first_ack_no_message_gets_through(book: Playbook) -> None:
    dropped_early(book) >> ack(ACKED_EARLY, "session:reconnect")
    book.at(1.0) >> CallerPressed("1")
    book.at(9.0).is_silent()
    assert "kept back" in the_only_note(book, "stuck_queue")


def test_stuck_queue_off_sends_them_on_their_way() -> None:
    book = dropped_early(without("stuck_queue")) >> ack(ACKED_EARLY, "session:reconnect")
    book << Send("call:status", call_status="trying") << Send("call:status", call_status="in-progress")
    book.at(1.0) >> CallerPressed("1")
    book << Send("verb:hook", "/digits", digits="1")
    assert met(book) == []


def test_nothing_guards_a_reconnect_before_the_first_ack(book: Playbook) -> None:
    dropped_early(book).at(60.0).is_silent()
    book >> CallerHungUp() >> ack([ANSWER], "session:reconnect")
    assert book.call.over


def test_that_it_does_is_written_down_when_the_time_would_be_over(book: Playbook) -> None:
    dropped_early(book).at(5.4)
    assert met(book) == []
    book.at(60.0).is_silent()
    assert the_only_note(book, "unguarded_reconnect") == "no ack within 5 s, and nothing ends the wait: the phone rings on"


def test_unguarded_reconnect_off_refuses_the_call_after_five_seconds() -> None:
    book = dropped_early(without("unguarded_reconnect"))
    book.at(5.4).is_silent()
    book.at(5.5) << close(1001) << OVER
    assert [note["status"] for note in book.notes("sip_response")] == [480]
    assert met(book) == []


# --- the flush after a reconnect


def queued(book: Playbook) -> Playbook:
    """A status dials, an event and a hook come about meanwhile; then there is a socket, and it is acknowledged."""
    book.begins(ANSWER, pause(60)) >> AppClosed(1006)
    book.meanwhile(lambda: book.call.notify("call:status", {"first": 1}))
    book.meanwhile(lambda: book.call.notify("llm:event", {"second": 2}, "/e"))
    book.meanwhile(lambda: book.call.requestor.send("verb:hook", {"third": 3}, "/h"))
    book >> AppConnected() >> ack(None, "session:reconnect")
    while not isinstance(getattr(book.to_come[0], "message", None), dict) or book.to_come[0].message["type"] != "session:reconnect":
        book.to_come.popleft()
    book.to_come.popleft()
    return book


def test_what_was_queued_is_sent_in_two_groups(book: Playbook) -> None:
    queued(book) << Send("verb:hook", "/h") << Send("llm:event", "/e") << Send("call:status", first=1)
    told = [note["did"] for note in book.notes("defect") if note["defect"] == "unordered_flush"]
    assert told == ["sent as verb:hook, llm:event, call:status; they had come about as llm:event, verb:hook, call:status"]


def test_unordered_flush_off_keeps_the_order() -> None:
    book = queued(without("unordered_flush")) << Send("llm:event", "/e") << Send("verb:hook", "/h") << Send("call:status", first=1)
    assert "unordered_flush" not in met(book)


def test_a_flush_that_was_in_order_anyway_meets_nothing(book: Playbook) -> None:
    book.begins(GATHER, pause(60)) >> AppClosed(1006) >> CallerPressed("1")
    book >> AppConnected() >> ack(None, "session:reconnect")
    assert "unordered_flush" not in met(book)


def test_what_another_leg_meets_is_noted_as_that_legs(book: Playbook) -> None:
    book >> Invited() >> AppConnected() >> Invited(1, book.server.call.invite) >> AppConnected(1) >> AppClosed(1006, 1)
    book.at(0.5) >> AppConnected(1)
    msgid = book.sent[-1]["msgid"]
    book >> AppSaid(json.dumps({"type": "ack", "msgid": msgid, "data": ACKED_EARLY}), 1)
    assert [note["defect"] for note in book.notes("defect", leg=1)] == ["stuck_queue"]
    assert book.notes("defect", leg=0) == []


# --- rc=0


def test_rc_0_means_five(book: Playbook) -> None:
    book = Playbook(url="ws://app.test/hook#rc=0")
    book >> Invited() >> AppUnreachable("ct", "connect ECONNREFUSED")
    book << dial()
    book.at(0.5) << dial()
    assert the_only_note(book, "rc_zero") == "the application is dialled again at 0.5 s, although its hook says rc=0"


def test_rc_zero_off_means_none_at_first_and_after_a_drop() -> None:
    book = without("rc_zero", url="ws://app.test/hook#rc=0")
    book >> Invited() >> AppUnreachable("ct", "connect ECONNREFUSED")
    book << dial() << OVER
    again = without("rc_zero", url="ws://app.test/hook#rc=0").begins(ANSWER, pause(3600))
    again >> AppClosed(1006)
    again.at(900.0).is_silent()
    assert met(book) == met(again) == []


@pytest.mark.parametrize("fragment", ["", "#rc=2", "#rc=many"])
def test_only_a_zero_is_meant_as_none(fragment: str) -> None:
    book = Playbook(url=f"ws://app.test/hook{fragment}")
    book >> Invited() >> AppUnreachable("ct", "connect ECONNREFUSED")
    assert met(book) == []


# --- call:status without a status hook


def test_without_a_status_hook_the_application_is_told_no_status() -> None:
    book = Playbook(status_hook=None)
    book >> Invited() >> AppConnected()
    book.skip() >> ack([ANSWER, HANGUP])
    book << close(1000) << OVER
    assert [note["did"] for note in book.notes("defect")] == [
        "call:status trying was not sent",
        "call:status in-progress was not sent",
        "call:status completed was not sent",
    ]


def test_lost_call_status_off_sends_it_on_the_socket() -> None:
    book = without("lost_call_status", status_hook=None)
    book >> Invited() >> AppConnected()
    book.skip() >> ack([ANSWER, pause(9)])
    book << Send("call:status", call_status="trying") << Send("call:status", call_status="in-progress")
    assert met(book) == []


# --- hangup while it rings


def test_hangup_on_a_ringing_call_is_skipped(book: Playbook) -> None:
    book.begins(HANGUP)
    book.at(60.0).is_silent()
    assert not book.call.over
    assert the_only_note(book, "hangup_skipped") == "hangup did nothing while the call was trying"
    assert book.notes("dropped")[0]["what"] == "verb hangup", "the application's verb is dropped, and that is its mistake"


def test_hangup_skipped_off_declines_the_call() -> None:
    book = without("hangup_skipped").begins(HANGUP, said("never said"))
    book << Send("call:status", call_status="failed", sip_status=603, sip_reason="Decline") << close(1000) << OVER
    assert [note["status"] for note in book.notes("sip_response")] == [603]
    assert met(book) == book.notes("dropped") == []


def test_other_verbs_that_need_an_answer_are_skipped_all_the_same() -> None:
    book = without("hangup_skipped").begins({"verb": "sip:request", "method": "INFO"}, pause(9))
    assert book.notes("dropped")[0]["what"] == "verb sip:request"


# --- the ack of a killed verb's hook


def redirected_during_llm(book: Playbook, acked: Any) -> Playbook:
    book.converses(LLM) >> command("redirect", [said("from the redirect"), pause(60)])
    book << HANGS_UP_MODEL << Send("verb:hook", "/final", completion_reason="normal conversation end")
    book >> ack(acked, "verb:hook")
    return book


def test_verbs_in_the_ack_of_a_killed_llm_beat_the_redirect(book: Playbook) -> None:
    redirected_during_llm(book, [said("from the ack"), pause(60)])
    assert [note["text"] for note in book.notes("said")] == ["from the ack"]
    assert the_only_note(book, "ack_beats_redirect") == "the verbs of the redirect (say, pause) never ran: the ack of /final had others"


def test_without_verbs_in_the_ack_the_redirect_wins_and_nothing_is_met(book: Playbook) -> None:
    redirected_during_llm(book, None)
    assert [note["text"] for note in book.notes("said")] == ["from the redirect"]
    assert met(book) == []


def test_ack_beats_redirect_off_lets_the_redirect_win_and_says_what_was_dropped() -> None:
    book = redirected_during_llm(without("ack_beats_redirect"), [said("from the ack"), pause(60)])
    assert [note["text"] for note in book.notes("said")] == ["from the redirect"]
    assert met(book) == []
    assert [note["what"] for note in book.notes("dropped")] == ["verbs in the ack of /final"]


# --- filters


@pytest.mark.parametrize(("events", "meant"), [(["-error"], True), ([], False), (["nothing.*"], False)], ids=str)
def test_a_filter_that_includes_nothing_lets_everything_through(book: Playbook, events: list[str], meant: bool) -> None:
    book.converses(LLM | {"events": events})
    book >> ModelSaid({"type": "rate_limits.updated"}) >> ModelSaid({"type": "some.future.event"}) >> ModelSaid({"type": "another.one"})
    book << Send("llm:event", type="rate_limits.updated") << Send("llm:event", type="some.future.event") << Send("llm:event", type="another.one")
    first = "some.future.event" if meant else "rate_limits.updated"
    assert the_only_note(book, "open_filter") == f"{first} and whatever else came was delivered: events {events!r} includes nothing"


@pytest.mark.parametrize(("events", "meant"), [(["-error"], True), ([], False), (["nothing.*"], False)], ids=str)
def test_open_filter_off_delivers_what_was_meant(events: list[str], meant: bool) -> None:
    book = without("open_filter").converses(LLM | {"events": events})
    book >> ModelSaid({"type": "rate_limits.updated"}) >> ModelSaid({"type": "some.future.event"})
    if meant:
        book << Send("llm:event", type="rate_limits.updated")
    book.is_silent()
    assert met(book) == []


# --- tool calls without arguments


def tool_call(arguments: Any) -> ModelSaid:
    item = {"type": "function_call", "name": "get_weather", "call_id": "call_1", "arguments": arguments}
    return ModelSaid({"type": "response.output_item.done", "item": item})


@pytest.mark.parametrize(("arguments", "are"), [("", "empty"), ("{", "not JSON")])
def test_a_tool_call_without_arguments_is_lost(book: Playbook, arguments: Any, are: str) -> None:
    book.converses(LLM) >> tool_call(arguments)
    book.is_silent()
    assert the_only_note(book, "lost_tool_call") == f"get_weather (call_1) was lost: its arguments are {are}"


@pytest.mark.parametrize(("arguments", "args"), [("", {}), ("{", "{")])
def test_lost_tool_call_off_hands_it_over(arguments: Any, args: Any) -> None:
    book = without("lost_tool_call").converses(LLM)
    book >> tool_call(arguments)
    book << Send("llm:tool-call", "/tool", name="get_weather", args=args) << Send("llm:event", type="response.output_item.done")
    assert met(book) == []


# --- the data of session:reconnect


def test_session_reconnect_says_what_session_new_said(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    book << dial() << Send("session:reconnect", call_status="trying")
    assert the_only_note(book, "stale_reconnect") == "session:reconnect says trying, while the call is in-progress"


def test_stale_reconnect_off_says_how_the_call_is_now() -> None:
    book = without("stale_reconnect").begins(ANSWER, pause(60))
    book >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    book << dial() << Send("session:reconnect", call_status="in-progress", sip_status=200)
    assert book.sent[-1]["data"]["sip"] == book.sent[0]["data"]["sip"]
    assert met(book) == []


def test_data_that_happen_to_be_current_are_no_defect(book: Playbook) -> None:
    book.begins(pause(60)) >> AppClosed(1006)
    book.at(0.5) >> AppConnected()
    assert met(book) == []


@pytest.mark.parametrize("off", [False, True])
def test_on_the_socket_of_a_redirect_there_are_no_data_at_all(off: bool) -> None:
    book = (without("stale_reconnect") if off else Playbook()).begins(ANSWER, {"verb": "redirect", "actionHook": "ws://other.test/x"})
    book >> AppConnected(1)
    book >> AppSaid(json.dumps({"type": "ack", "msgid": book.sent[-1]["msgid"], "data": [pause(60)]}), 1)
    book >> AppClosed(1006, 1)
    book.at(0.5) >> AppConnected(1)
    greeting = book.sent[-1]
    assert greeting["type"] == "session:reconnect"
    assert (greeting["data"].get("call_status"), greeting.get("call_sid")) == (("in-progress", "call-sid") if off else (None, None))
    assert met(book) == ([] if off else ["stale_reconnect"])


# --- all of them


def test_the_journal_says_which_are_switched_off() -> None:
    book = Playbook(defects=Defects(frozenset({"rc_zero", "binary_frames"})))
    book >> Invited()
    assert book.notes("defects_off") == [{"names": ["binary_frames", "rc_zero"]}]


def test_a_server_with_all_its_defects_says_nothing_of_it(book: Playbook) -> None:
    book >> Invited()
    assert book.notes("defects_off") == []


@pytest.mark.parametrize("defect", KNOWN.values(), ids=lambda defect: defect.name)
def test_each_says_what_it_is_and_what_else_would_be_done_and_where_that_is_from(defect: Any) -> None:
    for text in (defect.what, defect.instead, defect.remedy, defect.source):
        assert text.strip() == text != ""
        assert not text.endswith(".")
    assert "jambonz.md" in defect.source


def test_every_defect_is_played_here_with_and_without() -> None:
    words = {name: [test for test in globals() if test.startswith(f"test_{name}_off")] for name in KNOWN}
    assert all(words.values()), words


def test_with_none_of_them_a_plain_call_goes_as_ever() -> None:
    def whole(defects: Defects) -> list[str]:
        return [str(message["type"]) for message in Playbook(defects=defects).begins(ANSWER, said("hello"), HANGUP).at(9.0).sent]

    assert whole(Defects()) == whole(Defects(frozenset(KNOWN)))


def test_an_event_for_the_model_is_not_held_up_by_any_of_them() -> None:
    book = Playbook(defects=Defects(frozenset(KNOWN))).converses(LLM)
    book >> command("llm:update", {"type": "response.cancel"})
    book << ToModel("response.cancel")
