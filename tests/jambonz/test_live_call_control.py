"""Commands about the legs of a call (jambonz.md 3.3): who is heard, whispering, and a session for the dialled leg."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.jambonz.events import AppClosed, AppConnected, AppSaid, CallerHungUp, ConnectApp, PhoneAnswered, PhoneRefused
from tests.jambonz.playbook import ANSWER, HANGUP, OVER, Does, Invites, Playbook, Send, ack, cancels, close, command, over, pause, said, spoken

Json = dict[str, Any]
DIAL: Json = {"verb": "dial", "actionHook": "/dialled", "target": [{"type": "phone", "number": "+1777"}]}
ADULTING = Does(ConnectApp("ws://app.test/hook/adulting", {}, socket=1))


def talks(book: Playbook, *verbs: Json) -> Playbook:
    """Caller and agent are connected."""
    book.begins(*(verbs or (DIAL, HANGUP))) >> PhoneAnswered(1)
    return book.skip()


def sid(book: Playbook, leg: int) -> str:
    return book.server.calls[leg].info.call_sid


def on_socket(number: int, **message: Any) -> AppSaid:
    return AppSaid(json.dumps(message), number)


# --- who is heard


def test_a_muted_caller_is_not_heard_until_unmuted(book: Playbook) -> None:
    talks(book) >> command("mute:status", "mute") >> spoken("one two three four")
    book.at(1.0) >> command("mute:status", {"mute_status": "unmute"})
    book.at(20)
    assert book.heard(1) == ["four"]


def test_the_dialled_leg_is_muted_by_its_sid(book: Playbook) -> None:
    talks(book) >> spoken("one two three", 1)
    book.at(0.7) >> command("mute:status", "mute", callSid=sid(book, 1)) >> spoken("who is there")
    book.at(20)
    assert book.heard(0) == ["one two"]
    assert book.heard(1) == ["who is there"]


@pytest.mark.parametrize(("name", "data"), [("mute:status", "mute"), ("media:path", "no-media"), ("whisper", {"whisper": said("psst")})])
def test_what_needs_a_connected_dial_is_dropped_elsewhere(book: Playbook, name: str, data: Any) -> None:
    book.begins(ANSWER, pause(2), DIAL) >> command(name, data)
    assert book.notes("dropped")[0]["what"] == f"command {name}"
    book.at(2.0) >> command(name, data)  # it rings only
    assert len(book.notes("dropped")) == 2


def test_the_media_path_can_be_changed_and_the_two_still_hear_each_other(book: Playbook) -> None:
    talks(book) >> command("media:path", "no-media") >> command("media:path", "no-media") >> spoken("hello")
    assert book.notes("media_path") == [{"path": "no-media"}]
    assert "already" in book.notes("dropped")[0]["why"]
    assert book.at(9).heard(1) == ["hello"]


# --- whisper


@pytest.mark.parametrize("leg", [0, 1])
def test_a_whisper_is_heard_by_one_party_alone_and_then_they_talk_on(book: Playbook, leg: int) -> None:
    to = {"callSid": sid(talks(book), leg)}
    book >> command("whisper", {"whisper": [said("two minutes left")]}, **to) >> spoken("hm", 1 - leg)
    book.at(9)
    assert book.heard(leg) == ["two minutes left"]
    assert book.heard(1 - leg) == []
    book >> spoken("so", 1 - leg)
    assert book.at(19).heard(leg) == ["two minutes left", "so"]


@pytest.mark.parametrize("data", [{"whisper": pause(1)}, {"whisper": {"verb": "no such"}}, {"whisper": "/hook"}, {}])
def test_only_say_and_play_are_whispered(book: Playbook, data: Json) -> None:
    talks(book) >> command("whisper", data or {"x": 1})
    assert book.notes("dropped")[0]["what"] == "command whisper"
    book >> spoken("still here")
    assert book.at(9).heard(1) == ["still here"]


# --- keys for the far end


def test_a_key_is_sent_to_the_leg_that_is_named(book: Playbook) -> None:
    talks(book) >> command("dtmf", {"dtmf": {"digit": "5"}}, callSid=sid(book, 1)) >> command("dtmf", {"dtmf": {"digit": "6", "duration": 500}})
    assert book.notes("sends_digits", 1) == [{"digits": "5", "duration_ms": 250}]
    assert book.notes("sends_digits", 0) == [{"digits": "6", "duration_ms": 500}]


def test_a_flat_key_is_lost(book: Playbook) -> None:
    talks(book) >> command("dtmf", {"digit": "5"})
    assert book.notes("dropped")[0]["what"] == "command dtmf"


# --- a session for the dialled leg


def parted(book: Playbook) -> Playbook:
    """The agent's leg has a session of its own, and the caller other verbs."""
    talks(book) >> command("redirect", {"parent_call": [said("we are sorry"), HANGUP], "child_call": [said("thank you"), pause(60), HANGUP]})
    return book


def test_verbs_for_the_child_give_it_a_session_on_a_socket_of_its_own(book: Playbook) -> None:
    parted(book) << ADULTING << Send("verb:hook", "/dialled", dial_call_status="completed", dial_call_sid=sid(book, 1))
    book >> AppConnected(1)
    book << Send("session:adulting", call_sid=sid(book, 1), direction="outbound", parent_call_sid="call-sid", sip="absent")
    message = book.sent[-1]
    assert "call_sid" not in message
    assert "hook" not in message
    assert message["data"]["parent_call_info"]["call_sid"] == "call-sid"


def test_both_calls_go_on_separately(book: Playbook) -> None:
    parted(book) >> AppConnected(1)
    book.skip() >> ack(hook="/dialled")
    book.at(9)
    assert (book.heard(0), book.heard(1)) == (["we are sorry"], ["thank you"])
    book << Send("call:status", call_status="completed", call_sid="call-sid") << close(1000) << OVER
    book.at(50).is_silent()
    book.at(70) << Send("call:status", call_status="completed", call_sid=sid(book, 1)) << Does(close(1000).effect.__class__(1000, 1)) << over(1)


def test_the_end_of_the_child_comes_on_its_own_socket(book: Playbook) -> None:
    parted(book) >> AppConnected(1)
    book.at(3).skip() >> CallerHungUp(leg=1)
    (ended,) = [effect for effect in book.to_come if getattr(effect, "message", {}).get("type") == "call:status"]
    assert ended.socket == 1
    assert "call_sid" not in ended.message
    assert ended.message["data"]["call_termination_by"] == "caller"


def test_the_child_obeys_commands_on_its_own_socket(book: Playbook) -> None:
    parted(book) >> AppConnected(1)
    book >> on_socket(1, type="command", command="redirect", data=[said("something else")])
    book.at(9)
    assert book.heard(1)[-1] == "something else"


def test_a_reconnect_of_the_child_repeats_the_adulting_data(book: Playbook) -> None:
    parted(book) >> AppConnected(1)
    book.skip() >> AppClosed(1006, 1)
    book.at(0.5) >> AppConnected(1)
    reconnect = book.sent[-1]
    assert reconnect["type"] == "session:reconnect"
    assert reconnect["data"]["parent_call_sid"] == "call-sid"


def test_only_verbs_for_the_child_let_the_caller_go_on_with_the_old_stack(book: Playbook) -> None:
    talks(book, DIAL, said("what next"), HANGUP) >> command("redirect", {"child_call": [pause(60)]})
    book.skip() >> ack(hook="/dialled")
    book.at(3)
    assert book.heard(0) == ["what next"]


def test_no_verbs_for_the_child_hang_it_up(book: Playbook) -> None:
    talks(book) >> command("redirect", {"child_call": [], "parent_call": [pause(60)]})
    assert book.server.calls[1].over
    assert not book.call.over


def test_the_child_hook_is_asked_about_the_child(book: Playbook) -> None:
    talks(book) >> command("redirect", {"child_call_hook": "/child"})
    book << Send("session:redirect", "/child", call_sid=sid(book, 1))
    book >> ack([said("thank you")])
    book << ADULTING
    assert book.at(9).heard(1) == ["thank you"]


def test_without_a_connected_dial_there_is_no_child(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)) >> command("redirect", {"child_call": [HANGUP]})
    book.is_silent()
    assert book.notes("dropped")[0]["what"] == "command redirect for the child call"


def test_bad_verbs_for_the_child_change_nothing(book: Playbook) -> None:
    talks(book) >> command("redirect", {"child_call": [{"verb": "no such"}]}) >> spoken("still here")
    assert book.at(9).heard(1) == ["still here"]


def test_every_adulting_appends_to_the_same_address(book: Playbook) -> None:
    talks(book) >> command("redirect", {"child_call": [pause(90)], "parent_call": [DIAL]})
    book.skip() >> ack(hook="/dialled")
    book << Invites("+1777", 2)
    book >> PhoneAnswered(2)
    book.skip() >> command("redirect", {"child_call": [pause(90)]})
    book << Does(ConnectApp("ws://app.test/hook/adulting/adulting", {}, socket=2))


# --- calls of their own


def test_the_dial_command_makes_a_call_of_its_own(book: Playbook) -> None:
    body = {"from": "+1555", "to": {"type": "phone", "number": "+1777"}, "call_hook": "wss://other.test/app", "timeout": 5}
    book.begins(ANSWER, pause(60)) >> command("dial", body)
    book << Invites("+1777", 1) << Does(ConnectApp("wss://other.test/app", {}, socket=1))
    book.at(5.0) << cancels(1)
    book >> AppConnected(1) >> PhoneRefused(487, "Request Terminated", 1)
    assert [effect.message["data"]["call_status"] for effect in book.to_come if hasattr(effect, "message")] == ["trying", "no-answer"]


def test_a_dial_command_that_is_refused_is_a_jambonz_error(book: Playbook) -> None:
    book.begins(ANSWER, pause(60)) >> command("dial", {"from": "+1555", "to": {"type": "phone", "number": "+1777"}})
    book << Send("jambonz:error", msg="either call_hook or application_sid required")
