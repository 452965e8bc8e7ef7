"""Commands about a conference (jambonz.md 3.3): mute, hold, tag, coach, kick."""

from __future__ import annotations

from typing import Any

import pytest

from tests.jambonz.playbook import ANSWER, Playbook, Send, ack, command, pause, said, spoken

Json = dict[str, Any]


def room(**more: Any) -> Json:
    return {"verb": "conference", "name": "team", "actionHook": "/left", **more}


def action(name: str, leg: int = 0, **more: Any) -> Any:
    return command("conf:participant-action", {"action": name, **more}, leg)


def three(book: Playbook, **host: Any) -> Playbook:
    """A host and two guests."""
    book.begins(room(startConferenceOnEnter=True, **host))
    book.calls(room())
    book.calls(room())
    return book


# --- who is heard


@pytest.mark.parametrize("data", ["mute", {"mute_status": "mute"}])
def test_mute_status_mutes_the_member_in_the_middle_of_a_word(book: Playbook, data: Any) -> None:
    three(book) >> spoken("one two three four", 1)
    book.at(0.7) >> command("mute:status", data, 1)
    book.at(5.0)
    assert book.heard(0) == book.heard(2) == ["one two"]


def test_who_is_muted_by_one_leaves_the_speech_of_others_whole(book: Playbook) -> None:
    three(book) >> spoken("one two three four", 1)
    book.at(0.7) >> command("mute:status", "mute", 2)
    book.at(5.0)
    assert book.heard(0) == ["one two three four"]


def test_who_is_unmuted_is_heard_from_there_on(book: Playbook) -> None:
    three(book) >> action("mute", 1) >> spoken("one two three four", 1)
    book.at(1.0) >> action("unmute", 1)
    book.at(5.0)
    assert book.heard(0) == ["four"]


def test_conf_mute_status_mutes_all_who_are_no_moderators_whoever_asks(book: Playbook) -> None:
    three(book) >> command("conf:mute-status", {"conf_mute_status": "mute"}, 1)
    book >> spoken("the host") >> spoken("a guest", 1) >> spoken("another", 2)
    book.at(5.0)
    assert [book.heard(leg) for leg in range(3)] == [[], ["the host"], ["the host"]]
    book >> command("conf:mute-status", {"conf_mute_status": "unmute"}) >> spoken("a guest", 1)
    book.at(9.0)
    assert book.heard(0) == ["a guest"]


def test_on_hold_one_neither_hears_nor_is_heard(book: Playbook) -> None:
    three(book) >> command("conf:hold-status", {"conf_hold_status": "hold"}, 1)
    book >> spoken("where is he") >> spoken("let me out", 1)
    book.at(5.0)
    assert [book.heard(leg) for leg in range(3)] == [[], [], ["where is he"]]
    book >> command("conf:hold-status", {"conf_hold_status": "unhold"}, 1) >> spoken("back again", 1)
    book.at(9.0)
    assert book.heard(0) == ["back again"]


def test_who_was_muted_before_the_hold_is_heard_after_it(book: Playbook) -> None:
    three(book) >> action("mute", 1) >> action("hold", 1) >> action("unhold", 1) >> spoken("hello", 1)
    book.at(5.0)
    assert book.heard(0) == ["hello"]


def test_on_hold_one_listens_to_what_the_wait_hook_gives_until_the_end_of_the_hold(book: Playbook) -> None:
    three(book) >> action("hold", 1, wait_hook="/hold")
    book.at(0.1) << Send("verb:hook", "/hold", call_sid="call-sid-1", local_sip_address="10.0.0.5:5060")
    book >> ack([said("we are with you soon")]) >> spoken("meanwhile")
    book.at(3.0) << Send("verb:hook", "/hold")
    book >> ack([said("one two three four")])
    book.at(3.7) >> action("unhold", 1) >> spoken("there you are")
    book.at(9.0).is_silent()
    assert book.heard(1) == ["we are with you soon", "one two", "there you are"]


def test_another_wait_hook_takes_the_place_of_the_first(book: Playbook) -> None:
    three(book) >> action("hold", 1, wait_hook="/hold")
    book.at(0.1) << Send("verb:hook", "/hold")
    book >> ack([said("one two three four five six")])
    book.at(0.8) >> command("conf:hold-status", {"conf_hold_status": "hold", "wait_hook": "/other"}, 1)
    book.at(1.0) << Send("verb:hook", "/other")
    book >> command("conf:hold-status", {"conf_hold_status": "hold"}, 1)
    book.at(3.0).is_silent()
    assert book.notes("command")[-1]["fate"] == "was on hold already"


# --- who speaks to whom


def test_coach_and_tag_decide_who_hears_a_member(book: Playbook) -> None:
    three(book) >> action("tag", 1, tag="agent") >> action("coach", tag="agent") >> spoken("offer a discount")
    book.at(3.0)
    assert (book.heard(1), book.heard(2)) == (["offer a discount"], [])
    book >> action("untag", 1) >> action("tag", 2, tag="agent") >> spoken("well done")
    book.at(6.0)
    assert (book.heard(1), book.heard(2)) == (["offer a discount"], ["well done"])
    book >> action("uncoach") >> spoken("all of you")
    book.at(9.0)
    assert book.heard(1)[-1] == book.heard(2)[-1] == "all of you"


def test_kick_puts_the_member_out_and_the_hook_follows(book: Playbook) -> None:
    three(book) >> action("kick", 2)
    book << Send("verb:hook", "/left", call_sid="call-sid-2", call_status="in-progress")
    book >> spoken("is she gone")
    book.at(3.0)
    assert (book.heard(1), book.heard(2)) == (["is she gone"], [])


# --- elsewhere


@pytest.mark.parametrize("name", ["conf:mute-status", "conf:hold-status", "conf:participant-action"])
def test_outside_of_a_conference_they_are_dropped(book: Playbook, name: str) -> None:
    book.begins(ANSWER, pause(1), room(startConferenceOnEnter=False)) >> command(name, {"action": "mute"})
    book.at(1.0) >> command(name, {"action": "mute"})  # it waits only
    assert [note["what"] for note in book.notes("dropped")] == [f"command {name}"] * 2


def test_while_the_hook_is_awaited_they_are_dropped(book: Playbook) -> None:
    three(book) >> command("redirect", []) >> action("mute")
    assert book.notes("dropped")[-1]["what"] == "command conf:participant-action"


@pytest.mark.parametrize("data", [{"action": "unmutte"}, {}, {"action": 7}, {"action": ["mute"]}, "mute", 3])
def test_an_unknown_action_is_dropped_with_a_suggestion(book: Playbook, data: Any) -> None:
    three(book) >> command("conf:participant-action", data)
    assert book.notes("dropped")[-1]["what"] == "command conf:participant-action"
    if data == {"action": "unmutte"}:
        assert "unmute" in book.notes("dropped")[-1]["remedy"]
