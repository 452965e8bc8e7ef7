"""`conference`: everybody hears everybody else, some wait for it to begin, and it ends with the last or with its host (jambonz.md 5.2, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerHungUp
from tests.jambonz.playbook import ANSWER, HANGUP, OVER, Playbook, Send, ack, close, command, over, pause, said, spoken

Json = dict[str, Any]

STATUS: Json = {"statusHook": "/status", "statusEvents": ["start", "join", "leave", "end"]}


def room(**more: Any) -> Json:
    return {"verb": "conference", "name": "team", "actionHook": "/left", **more}


def told(event: str, **data: Any) -> Send:
    return Send("verb:hook", "/status", event=event, **data)


def statuses(book: Playbook, leg: int | None = None) -> list[tuple[str, int]]:
    """What status hooks were told: event and members, of the call of this leg."""
    sid = None if leg is None else book.server.calls[leg].info.call_sid
    hooks = [message["data"] for message in book.sent if message.get("hook") == "/status"]
    return [(data["event"], data["members"]) for data in hooks if sid in (None, data["call_sid"])]


# --- hearing each other


def test_everybody_hears_everybody_else(book: Playbook) -> None:
    book.begins(room())
    book.calls(room())
    book.calls(room())
    book >> spoken("good morning all", 1)
    book.at(5.0)
    assert [book.heard(leg) for leg in range(3)] == [["good morning all"], [], ["good morning all"]]


def test_two_who_speak_at_once_are_heard_at_once_as_far_as_they_can_be_told_apart(book: Playbook) -> None:
    book.begins(room())
    book.calls(room())
    book.calls(room())
    book >> spoken("one two three four", 1)
    book.at(0.3) >> spoken("five six seven eight", 2)
    book.at(10.0)
    assert book.heard(1) == ["five six seven eight"]
    assert book.heard(2) == ["one two three four"]
    both = book.notes("heard", 0)
    assert len(both) == 1  # one stretch of sound, in which each of them covers words of the other
    assert both[0]["heard_s"] == pytest.approx(0.3 + book.notes("heard", 1)[0]["heard_s"], abs=0.01)
    assert "eight" in both[0]["text"].split()


def test_who_comes_in_while_somebody_speaks_hears_the_rest(book: Playbook) -> None:
    book.begins(room())
    book.calls(room())
    book >> spoken("one two three four", 1)
    book.at(1.0)
    late = book.calls(room())
    book.at(5.0)
    assert book.heard(0) == ["one two three four"]
    assert book.heard(late) == ["four"]


def test_who_leaves_in_the_middle_of_a_word_is_heard_up_to_there(book: Playbook) -> None:
    book.begins(room())
    book.calls(room())
    book.calls(room())
    book >> spoken("one two three four", 1)
    book.at(0.7) >> CallerHungUp(leg=1)
    book.at(5.0)
    assert book.heard(0) == book.heard(2) == ["one two"]


def test_conferences_of_different_names_do_not_hear_each_other(book: Playbook) -> None:
    book.begins(room())
    book.calls(room(name="another"))
    book >> spoken("hello", 1)
    book.at(3.0)
    assert book.heard(0) == []


def test_who_joins_muted_hears_and_is_not_heard(book: Playbook) -> None:
    book.begins(room())
    book.calls(room(joinMuted=True))
    book >> spoken("can you hear me", 1) >> spoken("who is there")
    book.at(5.0)
    assert (book.heard(0), book.heard(1)) == ([], ["who is there"])


def test_who_speaks_only_to_a_tag_is_heard_by_that_tag_alone(book: Playbook) -> None:
    book.begins(room(memberTag="agent"))
    book.calls(room())
    book.calls({"verb": "conference", "name": "team", "speakOnlyTo": "agent"})
    book >> spoken("offer them a discount", 2)
    book.at(5.0)
    assert (book.heard(0), book.heard(1)) == (["offer them a discount"], [])


def test_who_speaks_only_to_a_tag_and_may_start_the_conference_joins_muted_and_stays_so(book: Playbook) -> None:
    book.begins(room(memberTag="agent"))
    book.calls(room(speakOnlyTo="agent", startConferenceOnEnter=True))
    book >> spoken("offer them a discount", 1)
    book.at(5.0)
    assert book.heard(0) == []
    book >> command("conf:participant-action", {"action": "unmute"}, 1) >> spoken("now then", 1)
    book.at(9.0)
    assert book.heard(0) == ["now then"]


def test_a_beep_is_heard_by_all_when_somebody_with_one_comes_in(book: Playbook) -> None:
    book.begins(room())
    book.calls(room(beep=True))
    book.at(3.0)
    assert [note["heard_s"] for note in book.notes("heard")] == [1.5, 1.5]


# --- beginning


def test_the_first_starts_it_and_says_so(book: Playbook) -> None:
    book.begins(room(**STATUS))
    book << told("start", members=0, conference_sid="conf:account:team", friendly_name="team", duration=0.0, time="2026-01-01T00:00:00.000Z")
    book << told("join", members=1, call_sid="call-sid", call_status="in-progress")
    book.is_silent()


def test_the_trace_stands_inside_of_the_data_and_not_in_the_envelope(book: Playbook) -> None:
    book.begins(room(**STATUS))
    hook = next(message for message in book.sent if message.get("hook") == "/status")
    assert "b3" not in hook
    assert hook["data"]["b3"].endswith("-1")


def test_who_finds_it_begun_tells_what_its_starter_wanted_to_know(book: Playbook) -> None:
    book.begins(room(statusHook="/status", statusEvents=["join"]))
    book.at(2.5)
    book.calls(room(statusHook="/mine", statusEvents=["leave"]))
    book << told("join", call_sid="call-sid") << told("join", call_sid="call-sid-1", members=2, duration=2.5)
    book >> CallerHungUp(leg=1)
    book << Send("call:status", call_status="completed") << Send("verb:hook", "/left", call_sid="call-sid-1")


def test_without_status_events_nothing_is_told(book: Playbook) -> None:
    book.begins(room(statusHook="/status"), HANGUP).is_silent()


def test_who_may_not_start_it_waits_and_comes_in_when_it_starts(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False))
    assert book.notes("conference_waiting") == [{"conference": "team"}]
    book >> spoken("is anybody there")
    book.at(4.0)
    book.calls(room())
    assert [note["members"] for note in book.notes("conference_joined")] == [1, 2]
    book >> spoken("welcome", 1)
    book.at(6.0)
    assert book.heard(0) == ["welcome"]


def test_while_one_waits_the_wait_hook_is_asked_again_and_again(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False, waitHook="/wait"))
    book.at(0.74).is_silent()
    book.at(0.75) << Send("verb:hook", "/wait", call_sid="call-sid", local_sip_address="10.0.0.5:5060", fs_sip_address="absent", has_recording=False)
    book >> ack([said("please wait"), pause(2)])
    ends_s = 0.75 + book.notes("said")[0]["duration_s"] + 2
    book.at(ends_s + 0.74).is_silent()
    book.at(ends_s + 0.75) << Send("verb:hook", "/wait")
    assert book.heard(0) == ["please wait"]


def test_what_one_listens_to_while_waiting_ends_when_the_conference_starts(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False, waitHook="/wait"))
    book.at(0.75) << Send("verb:hook", "/wait")
    book >> ack([said("one two three four five six")])
    book.at(1.5)
    book.calls(room())
    book.at(8.0).is_silent()
    assert book.heard(0) == ["one two"]


@pytest.mark.parametrize("data", [None, [], [{"verb": "gather"}], [{"verb": "nonsense"}]])
def test_a_wait_hook_without_anything_to_listen_to_is_not_asked_again(book: Playbook, data: Any) -> None:
    book.begins(room(startConferenceOnEnter=False, waitHook="/wait"))
    book.at(0.75) << Send("verb:hook", "/wait")
    book >> ack(data)
    book.at(60.0).is_silent()


def test_what_may_not_come_in_a_wait_hook_is_dropped_with_its_reason(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False, waitHook="/wait"))
    book.at(0.75) >> ack([said("hello"), ANSWER])
    assert book.notes("dropped")[0]["what"] == "answer in the ack of the waitHook /wait"
    assert book.notes("said") == []


def test_on_the_way_in_one_listens_to_the_enter_hook(book: Playbook) -> None:
    book.begins(room(enterHook="/enter", **STATUS))
    book << told("start") << Send("verb:hook", "/enter", local_sip_address="10.0.0.5:5060")
    book >> ack([said("you are joining")], hook="/enter")
    book.is_silent()
    book.at(5.0) << told("join")


def test_without_an_ack_of_the_enter_hook_one_comes_in_all_the_same(book: Playbook) -> None:
    book.begins(room(enterHook="/enter"))
    book << Send("verb:hook", "/enter")
    book.at(5.0)
    assert book.notes("conference_joined")


def test_who_hangs_up_on_the_way_in_leaves_it_begun_for_others(book: Playbook) -> None:
    book.begins(room(enterHook="/enter"))
    book >> CallerHungUp()
    book << Send("verb:hook", "/enter") << Send("call:status", call_status="completed") << Send("verb:hook", "/left")
    assert book.notes("conference_left_begun")
    book.calls(room(startConferenceOnEnter=False))
    assert book.notes("conference_joined", 1)


# --- ending


def test_the_last_one_to_leave_ends_it(book: Playbook) -> None:
    book.begins(room(**STATUS))
    book.calls(room())
    book.skip().at(4.0) >> CallerHungUp(leg=1)
    book << Send("call:status", call_sid="call-sid-1") << told("leave", members=1, call_sid="call-sid-1")
    book << Send("verb:hook", "/left", call_sid="call-sid-1")
    book >> ack(hook="/left")
    book.skip().at(6.0) >> CallerHungUp()
    book << Send("call:status", call_sid="call-sid") << told("leave", members=0) << told("end", members=0) << Send("verb:hook", "/left")


def test_the_hook_gets_call_info_only_and_its_verbs_run(book: Playbook) -> None:
    book.begins(room(endConferenceOnExit=True))
    book.calls(room(id="guest"), HANGUP)
    book >> CallerHungUp()
    book.skip()
    hook = next(message["data"] for message in book.sent if message.get("hook") == "/left" and message["data"]["call_sid"] == "call-sid-1")
    assert set(hook) == {*book.server.calls[1].info.payload(), "verb_id"}
    book >> ack([said("how did you like it")], leg=1)
    assert book.notes("said", 1)


def test_when_the_host_leaves_everybody_is_put_out_and_goes_on(book: Playbook) -> None:
    book.begins(room(endConferenceOnExit=True, **STATUS))
    book.calls(room(), said("goodbye"), HANGUP)
    book.calls(room(), said("goodbye"), HANGUP)
    book.skip() >> CallerHungUp()
    book << Send("call:status", call_sid="call-sid") << told("leave", members=2) << told("end", members=2) << Send("verb:hook", "/left")
    for sid in ("call-sid-1", "call-sid-2"):  # they find it empty and say so themselves
        book << told("leave", members=0, call_sid=sid) << told("end", call_sid=sid) << Send("verb:hook", "/left", call_sid=sid)
    book >> ack(hook="/left", leg=1) >> ack(hook="/left", leg=2)
    book.at(3.0)
    assert book.heard(1) == book.heard(2) == ["goodbye"]


def test_of_two_hosts_the_last_one_ends_it_for_the_others(book: Playbook) -> None:
    book.begins(room(endConferenceOnExit=True))
    book.calls(room(endConferenceOnExit=True))
    book.calls(room())
    book >> CallerHungUp()
    assert len(book.notes("conference_left")) == 1
    book >> CallerHungUp(leg=1)
    assert len(book.notes("conference_left")) == 3


def test_who_starts_it_anew_after_its_end_is_told_so(book: Playbook) -> None:
    book.begins(room(**STATUS))
    book >> CallerHungUp()
    book.calls(room(**STATUS))
    assert statuses(book) == [("start", 0), ("join", 1), ("leave", 0), ("end", 0), ("start", 0), ("join", 1)]


def test_no_more_come_in_than_allowed(book: Playbook) -> None:
    book.begins(room(maxParticipants=2))
    book.calls(room())
    third = book.calls(room(), said("it is full"))
    assert book.notes("verb_failed", third)[0]["verb"] == "conference"
    assert book.notes("said", third)[0]["text"] == "it is full"
    book.is_silent()
    book >> CallerHungUp(leg=1)
    book.calls(room())
    assert [note["members"] for note in book.notes("conference_joined")] == [1, 2, 2]


# --- killed


def test_a_redirect_takes_one_out_and_the_verbs_wait_for_the_hook(book: Playbook) -> None:
    book.begins(room(**STATUS))
    book.skip() >> command("redirect", [HANGUP])
    book << told("leave", members=0) << told("end") << Send("verb:hook", "/left", call_status="in-progress")
    book.is_silent()
    book >> ack(hook="/left")
    book << Send("call:status", call_status="completed") << close(1000) << OVER


def test_verbs_in_the_ack_of_the_hook_win_over_a_redirect(book: Playbook) -> None:
    book.begins(room())
    book >> command("redirect", [said("redirected")]) >> ack([said("from the hook")], hook="/left")
    book.at(5.0)
    assert book.heard(0) == ["from the hook"]


def test_without_an_ack_of_the_hook_the_next_verb_runs(book: Playbook) -> None:
    book.begins(room())
    book >> command("redirect", [said("redirected")])
    book.at(10.0)
    assert book.heard(0) == ["redirected"]


def test_who_is_redirected_while_waiting_waits_no_longer(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False, waitHook="/wait"))
    book.at(0.75) << Send("verb:hook", "/wait")
    book >> ack([said("please wait for a long long time")], hook="/wait") >> command("redirect", [said("enough")])
    book << Send("verb:hook", "/left")
    book >> ack(hook="/left")
    book.calls(room())
    book.at(9.0)
    assert book.heard(0) == ["", "enough"]  # nothing was heard yet of what there was to listen to
    assert book.notes("conference_joined", 0) == []


def test_a_redirect_on_the_way_in_ends_the_prompt_and_one_is_never_in(book: Playbook) -> None:
    book.begins(room(enterHook="/enter"))
    book << Send("verb:hook", "/enter")
    book >> ack([said("one two three four"), said("five")], hook="/enter") >> command("redirect", [HANGUP])
    book << Send("verb:hook", "/left")
    assert book.notes("conference_joined") == []


def test_a_caller_who_hangs_up_while_waiting_is_forgotten(book: Playbook) -> None:
    book.begins(room(startConferenceOnEnter=False))
    book >> CallerHungUp()
    book << Send("call:status") << Send("verb:hook", "/left", call_status="completed")
    book >> ack()
    book << close(1000) << OVER
    book.calls(room())
    assert book.notes("conference_joined", 0) == []


@pytest.mark.parametrize("name", ["endConferenceDuration", "distributeDtmf"])
def test_what_is_left_out_is_said(book: Playbook, name: str) -> None:
    book.begins(room(**{name: 1 if name == "endConferenceDuration" else True}))
    assert book.notes("not_simulated")[0]["what"] == f"conference.{name}"


def test_calls_that_are_over_are_told_once(book: Playbook) -> None:
    book.begins(room(actionHook=""))
    book.calls(room(actionHook=""))
    book >> CallerHungUp(leg=1)
    book << Send("call:status", call_sid="call-sid-1")
    assert book.to_come.popleft().socket == 1
    book << over(1)
