"""What a line keeps to, whatever faults are laid on it."""

from __future__ import annotations

from simulator.faults import Disconnection, Duplication, Latency, Loss, Passing, Stall, Throttle
from tests.faults.dialogue import Talk


def test_without_a_fault_nobody_is_asked() -> None:
    talk = Talk()
    assert talk.line.admit(Passing("to", 1, "frame", {"type": "a"})) is None
    assert talk.line.wake_at_s is None


def test_what_has_not_been_judged_yet_is_in_the_way_of_what_follows() -> None:
    """Both may be told to a line of which the fault is healed in between."""
    talk = Talk().lay(Latency(1.0))
    first = talk.line.admit(Passing("to", 1, "frame", {"type": "a"}, "a"))
    talk.heal()
    second = talk.line.admit(Passing("to", 1, "frame", {"type": "b"}, "b"))
    assert first is not None
    assert second is not None


def test_when_all_faults_are_over_the_line_is_clear_again() -> None:
    talk = Talk().lay(Latency(0.1), lasts_s=1).lay(Loss(), times=1).says("a").at(2)
    assert not talk.line.is_clear
    talk.says("b")
    assert talk.line.is_clear


# --- whom a fault meets


def test_a_fault_of_one_direction_leaves_the_other_alone() -> None:
    talk = Talk().lay(Loss(), direction="from").says("a").says("b", to=False)
    assert talk.came() == ["0: a", "drop b"]


def test_the_first_ones_are_skipped_and_then_so_many_are_met() -> None:
    assert Talk().lay(Loss(), frame="/^[a-e]$/", skip=1, times=2).says(*"xabcde").arrived() == ["x", "a", "d", "e"]


def test_a_pattern_may_ask_for_more_than_the_type() -> None:
    talk = Talk().lay(Loss(), frame={"command": "redirect"}, times=1).says("command", command="say:token").says("command", command="redirect")
    assert talk.came() == ["0: command", "drop command"]


def test_a_fault_of_one_call_leaves_others_alone() -> None:
    assert Talk().lay(Loss(), leg=3).says("a").came() == ["0: a"]


def test_luck_is_drawn_from_the_seed() -> None:
    def survivors(seed: int) -> list[str]:
        return Talk(seed).lay(Loss(), probability=0.5).says(*"abcdefghijklmnop").arrived()

    assert survivors(1) == survivors(1) != survivors(2)
    assert 0 < len(survivors(1)) < 16


def test_a_fault_begins_and_ends_when_it_was_told_to() -> None:
    talk = Talk().lay(Loss(), after_s=1, lasts_s=2)
    for second in range(5):
        talk.at(second).says(str(second))
    assert talk.arrived() == ["0", "3", "4"]


def test_a_fault_of_certain_frames_has_nothing_to_say_about_openings_and_closes() -> None:
    talk = Talk().lay(Stall(), frame="*").says("connect", kind="opening").says("close", kind="close")
    assert talk.came() == ["0: connect", "0: close"]


# --- several at once


def test_what_two_faults_say_adds_up() -> None:
    talk = Talk().lay(Latency(0.3)).lay(Throttle(1000), mark="a.yaml:2:2").lay(Duplication(), mark="a.yaml:3:3", times=1)
    assert talk.says("a", size_bytes=200).at(1).came()[-2:] == ["0.5: a", "0.5: a"]


def test_a_close_arrives_behind_what_was_said_before_it() -> None:
    assert Talk().lay(Latency(0.3)).says("bye").says("close", kind="close").at(1).arrived() == ["bye", "close"]


def test_what_was_under_way_on_a_connection_that_has_ended_is_lost() -> None:
    talk = Talk().lay(Latency(1)).says("a").says("b", to=False).says("c", connection=2)
    talk.came()
    assert [effect.noted("app") for effect in talk.line.ends(1)] == [  # type: ignore[union-attr]
        {"what": "lost", "to": "app", "type": "a"},
        {"what": "lost", "from": "app", "type": "b", "frame": {"type": "b"}},
    ]
    assert talk.at(2).came() == ["1: c"]


def test_healing_delivers_what_waits_in_order_and_ends_what_was_still_to_come() -> None:
    talk = Talk().lay(Latency(2)).lay(Disconnection(), mark="a.yaml:2:2", after_s=5).says(*"abc").at(1)
    talk.came()
    assert talk.heal().came() == ["1: a", "1: b", "1: c"]
    assert talk.at(9).says("d").came() == ["9: d"]


# --- who owes whom


def settled(talk: Talk, msgid: str) -> bool:
    return ("msgid", msgid) in talk.line.settled


def test_nobody_owes_an_answer_to_what_never_came() -> None:
    talk = Talk().lay(Loss(), times=1).says("verb:hook", msgid="m1").says("verb:hook", msgid="m2")
    assert settled(talk, "m1")
    assert not settled(talk, "m2")


def test_what_is_under_way_is_known() -> None:
    talk = Talk().lay(Latency(1)).says("verb:hook", msgid="m1")
    assert [passing.debts for passing in talk.line.under_way()] == [{"msgid": "m1"}]
    assert not list(talk.at(2).line.under_way())


def test_who_has_answered_owes_nothing_whatever_becomes_of_the_answer() -> None:
    talk = Talk().lay(Stall()).says("ack", to=False, msgid="m1")
    assert settled(talk, "m1")


def test_who_is_asked_again_owes_again() -> None:
    talk = Talk().lay(Loss(), times=1, direction="to").lay(Latency(1), mark="a.yaml:2:2")
    for _ in range(2):
        talk.says("verb:hook", kind="request", connection="request 1", webhook=1)
    assert ("webhook", 1) not in talk.line.settled


def test_an_event_that_tells_of_a_tool_is_no_debt() -> None:
    event = {"type": "llm:event", "data": {"item": {"call_id": "call_1"}}}
    call = {"type": "llm:tool-call", "msgid": "m", "data": {"tool_call_id": "call_1"}}
    output = {"type": "command", "data": {"type": "conversation.item.create", "item": {"call_id": "call_1"}}}
    assert Passing("to", 1, "frame", event).debts == {}
    assert Passing("to", 1, "frame", call).debts == {"msgid": "m", "tool_call_id": "call_1"}
    assert Passing("from", 1, "frame", output).debts == {"tool_call_id": "call_1"}
