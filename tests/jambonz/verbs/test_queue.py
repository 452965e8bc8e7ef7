"""`enqueue` and `dequeue`: waiting in line, being taken out of it, and talking (jambonz.md 5.2, 5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import CallerHungUp
from tests.jambonz.playbook import HANGUP, OVER, Playbook, Send, ack, close, command, pause, said, spoken

Json = dict[str, Any]


def enqueue(**more: Any) -> Json:
    return {"verb": "enqueue", "name": "support", "actionHook": "/dequeued", **more}


def dequeue(**more: Any) -> Json:
    return {"verb": "dequeue", "name": "support", "actionHook": "/served", **more}


def waited(**data: Any) -> Send:
    return Send("verb:hook", "/wait", **data)


def dequeued(result: str, **data: Any) -> Send:
    return Send("verb:hook", "/dequeued", queue_result=result, queue_sid="queue:account:support", **data)


def served(result: str, **data: Any) -> Send:
    return Send("verb:hook", "/served", dequeue_result=result, **data)


def talking(book: Playbook, *caller: Json, agent: Json | None = None) -> Playbook:
    """A caller waits, and since 1.0 s an agent has been connected with them, as leg 1."""
    book.begins(*(caller or (enqueue(), HANGUP)))
    book.calls(agent or dequeue(), HANGUP)
    return book.at(1.0).skip()


# --- waiting


def test_the_wait_hook_is_told_of_the_queue_and_of_nothing_else(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.49).is_silent()
    book.at(0.5) << waited()
    data = book.sent[-1]["data"]
    sid = {"queue_sid": "queue:account:support", "call_sid": "call-sid", "call_id": "call-id"}
    assert data == {**sid, "queue_time": 0, "queue_size": 1, "queue_position": 0}


def test_it_is_asked_again_whenever_its_verbs_are_done(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) << waited(queue_time=0)
    book >> ack([pause(2)])
    book.at(2.99).is_silent()
    book.at(3.0) << waited(queue_time=3)


def test_a_tag_of_the_call_is_told_too_and_may_come_in_the_wait_hook(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) << waited(customerData="absent")
    book >> ack([{"verb": "tag", "data": {"camelCase": 1}}])
    book.at(1.0) << waited(customerData={"camelCase": 1})


def test_the_second_in_line_knows(book: Playbook) -> None:
    book.begins(enqueue())
    book.calls(enqueue(waitHook="/wait"))
    book.at(0.5) << waited(queue_size=2, queue_position=1, call_sid="call-sid-1")


def test_lower_priorities_come_first_and_none_is_last(book: Playbook) -> None:
    book.begins(enqueue())
    book.calls(enqueue(priority=5))
    book.calls(enqueue(priority=1))
    book.calls(enqueue(priority=5))
    order = [place.call.leg for place in book.server.queue("account", "support").places]
    assert order == [2, 1, 3, 0]


def test_leave_takes_one_out_after_what_stands_before_it(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"), HANGUP)
    book.at(0.5) << waited()
    book >> ack([said("nobody is here"), {"verb": "leave"}, said("never said")], hook="/wait")
    book.is_silent()
    book.at(6.0) << dequeued("leave")
    assert book.heard(0) == ["nobody is here"]
    assert book.server.queue("account", "support").places == []


def test_verbs_in_the_ack_run_after_leaving(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) >> ack([{"verb": "leave"}], hook="/wait")
    book << waited() << dequeued("leave")
    book >> ack([said("leave a message")])
    assert book.notes("said")[0]["text"] == "leave a message"


@pytest.mark.parametrize("data", [None, [], [{"verb": "gather"}], [{"verb": "nonsense"}], "nonsense"])
def test_a_wait_hook_without_anything_to_listen_to_is_not_asked_again(book: Playbook, data: Any) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) << waited()
    book >> ack(data)
    book.at(60.0).is_silent()


def test_without_an_ack_it_is_not_asked_again_either(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) << waited()
    book.at(60.0).is_silent()


def test_a_play_of_the_wait_hook_has_no_hook_of_its_own(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) >> ack([{"verb": "play", "url": "http://media.test/a.wav", "actionHook": "/played"}])
    assert book.notes("not_simulated") == [{"what": "play.actionHook", "instead": "nothing happens"}]


def test_a_caller_who_hangs_up_is_out_of_line_and_the_hook_says_so(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.at(0.5) >> ack([said("one two three four")])
    book.skip().at(1.2) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << dequeued("hangup", queue_time=1, call_status="completed")
    book >> ack()
    book << close(1000) << OVER
    assert book.server.queue("account", "support").places == []


def test_a_redirect_takes_one_out_and_verbs_in_the_ack_of_its_hook_are_ignored(book: Playbook) -> None:
    book.begins(enqueue())
    book >> command("redirect", [said("redirected")])
    book << dequeued("hangup", call_status="in-progress")
    book >> ack([said("from the hook")])
    book.at(5.0)
    assert book.heard(0) == ["redirected"]
    assert book.notes("dropped")


# --- taking out


def test_it_looks_after_a_second_and_then_every_five(book: Playbook) -> None:
    book.begins(dequeue())
    book.at(2.0)
    book.calls(enqueue())
    book.at(5.9)
    assert book.notes("bridged") == []
    book.at(6.0)
    assert len(book.notes("bridged")) == 1


@pytest.mark.parametrize("timeout", [0.5, 1, 3, 6, 12])
def test_nobody_comes_in_time(book: Playbook, timeout: float) -> None:
    book.begins(dequeue(timeout=timeout), pause(1))
    book.at(timeout - 0.01).is_silent()
    book.at(timeout) << served("timeout")


@pytest.mark.parametrize("timeout", [0, -1])
def test_without_a_timeout_it_looks_for_ever(book: Playbook, timeout: float) -> None:
    book.begins(dequeue(timeout=timeout), HANGUP)
    book.at(600.0).is_silent()


def test_the_two_hear_each_other(book: Playbook) -> None:
    talking(book) >> spoken("my kettle is broken")
    book.at(4.0) >> spoken("have you tried tea", 1)
    book.at(8.0)
    assert (book.heard(0), book.heard(1)) == (["have you tried tea"], ["my kettle is broken"])


def test_what_the_caller_was_listening_to_ends_when_taken_out(book: Playbook) -> None:
    book.begins(enqueue(waitHook="/wait"))
    book.calls(dequeue())
    book.at(0.5) >> ack([said("one two three four five"), said("six")], hook="/wait")
    book.skip().at(10.0).is_silent()
    assert book.heard(0) == ["one two"]


def test_an_agent_hears_a_beep_before_they_are_connected(book: Playbook) -> None:
    talking(book, agent=dequeue(beep=True)).at(2.49)
    assert book.notes("bridged") == []
    book.at(2.5)
    assert [note["heard_s"] for note in book.notes("heard", 1)] == [1.5]
    assert len(book.notes("bridged")) == 1


def test_one_of_a_certain_sid_is_taken_before_others(book: Playbook) -> None:
    book.begins(enqueue())
    book.calls(enqueue())
    book.calls(dequeue(callSid="call-sid-1"))
    book.at(1.0)
    assert [place.call.leg for place in book.server.queue("account", "support").places] == [0]


def test_one_of_a_sid_that_is_not_in_line_is_waited_for(book: Playbook) -> None:
    book.begins(enqueue())
    book.calls(dequeue(callSid="another", timeout=2), HANGUP)
    book.at(2.0) << served("timeout")


# --- parting


def test_the_caller_hangs_up_and_the_agent_goes_on(book: Playbook) -> None:
    talking(book).at(4.0) >> CallerHungUp()
    book << Send("call:status", call_sid="call-sid") << dequeued("bridged", queue_time=4, call_status="completed")
    book << served("complete", call_status="in-progress") << Send("call:status", call_sid="call-sid-1", call_status="completed")


def test_the_agent_hangs_up_and_the_caller_goes_on_after_the_hook(book: Playbook) -> None:
    talking(book).at(4.0) >> CallerHungUp(leg=1)
    book << Send("call:status", call_sid="call-sid-1") << served("complete", call_status="completed")
    book.skip()
    assert book.sent[-1]["data"]["queue_result"] == "bridged"
    book >> ack([said("please rate us")], hook="/dequeued")
    assert book.notes("said", 0)


def test_nobody_waits_for_the_ack_of_dequeue_and_verbs_in_it_replace_what_runs(book: Playbook) -> None:
    book.begins(dequeue(timeout=1), said("nobody there at all today"), HANGUP)
    book.at(1.0) << served("timeout")
    assert book.notes("said")
    book.at(1.7) >> ack([said("try again")])
    book.at(5.0)
    assert book.heard(0) == ["nobody", "try again"]


@pytest.mark.parametrize("data", [None, [], "nonsense", [{"verb": "nonsense"}]])
def test_an_ack_of_dequeue_without_verbs_changes_nothing(book: Playbook, data: Any) -> None:
    book.begins(dequeue(timeout=1), pause(3), said("later"))
    book.at(1.0) << served("timeout")
    book >> ack(data)
    book.at(6.0)
    assert book.heard(0) == ["later"]


def test_the_agent_is_redirected_and_both_go_on(book: Playbook) -> None:
    talking(book, enqueue(), said("you have been left")) >> command("redirect", [said("you have left")], 1)
    book << served("complete") << dequeued("bridged")
    book >> ack(hook="/dequeued")
    book.at(4.0)
    assert (book.heard(0), book.heard(1)) == (["you have been left"], ["you have left"])


def test_the_caller_is_redirected_and_both_go_on(book: Playbook) -> None:
    talking(book) >> command("redirect", [said("you have left")])
    book << dequeued("bridged") << served("complete")
    book >> ack([said("not this")], hook="/dequeued")
    book.at(4.0)
    assert book.heard(0) == ["you have left"]


def test_the_caller_hangs_up_while_the_agent_hears_the_beep(book: Playbook) -> None:
    talking(book, agent=dequeue(beep=True)).at(2.0) >> CallerHungUp()
    book << Send("call:status", call_sid="call-sid") << dequeued("bridged")
    book.at(2.5) << served("complete")
    assert book.notes("bridged") == []


def test_an_agent_who_is_redirected_while_looking_takes_nobody(book: Playbook) -> None:
    book.begins(dequeue())
    book >> command("redirect", [said("coffee first")])
    book << served("timeout")
    book.calls(enqueue())
    book.at(20.0)
    assert book.notes("bridged") == []
    assert book.heard(0) == ["coffee first"]


def test_without_an_ack_of_its_hook_the_caller_goes_on_all_the_same(book: Playbook) -> None:
    talking(book, enqueue(), said("goodbye")) >> CallerHungUp(leg=1)
    book.at(9.0)
    assert book.heard(0) == ["goodbye"]
