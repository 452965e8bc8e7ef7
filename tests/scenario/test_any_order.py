"""Several things are expected, and nobody knows in which order they come."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.scene import GRACE_S
from tests.scenario.rehearsal import Rehearsal
from tests.scenario.test_scenario_mistakes import told

DONE = "caller: {press: 9}"
BOB = "phones: {bob: '+15550100'}\n"


def block(*expectations: str, more: str = "", then: str = DONE) -> Rehearsal:
    return Rehearsal(f"any_order: [{', '.join(expectations)}]", then, more=more)


def hook(path: str, **options: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in options.items())
    return f"{{expect: {{hook: {path}{more}}}}}"


def in_order(*expectations: str) -> str:
    return f"{{in_order: [{', '.join(expectations)}]}}"


def happens(call: Rehearsal, *paths: str, leg: int = 0) -> Rehearsal:
    for path in paths:
        call.journal.note("app", "jambonz", "verb:hook", {"hook": path, "data": {}}, at_s=call.now_s, leg=leg)
    return call.notes("world", "nobody", "moment")


def passed(call: Rehearsal) -> bool:
    return any(act == "presses 9" for act in call.ordered())


# --- what holds


@pytest.mark.parametrize("order", list(permutations(["/a", "/b", "/c"])))
def test_all_must_hold_in_whatever_order(order: tuple[str, ...]) -> None:
    call = block(hook("/a"), hook("/b"), hook("/c"))
    for path in order:
        assert not passed(call)
        happens(call.later(0.1), path)
    assert passed(call)


def test_frames_of_one_instant_hold_them_all() -> None:
    assert passed(happens(block(hook("/a"), hook("/b")), "/b", "/a"))


def test_each_looks_from_where_the_block_begins() -> None:
    call = Rehearsal("expect: {hook: /first}", "caller: {wait: 1s}", f"any_order: [{hook('/a')}, {hook('/b')}]", DONE)
    happens(call, "/a", "/first", "/b").at(1.0)
    assert not passed(call), "what came before the last expectation that held does not count"
    assert passed(happens(call, "/a"))


def test_afterwards_expectations_look_behind_the_last_of_them() -> None:
    call = block(hook("/a"), hook("/b"), then="expect: {hook: /c}")
    happens(call, "/a", "/c", "/b")
    assert call.player.waits_for == "scenario.yaml:4:5"
    assert happens(call, "/c").player.step_number == 2


def test_one_frame_holds_one_of_them() -> None:
    call = block(hook("/a"), hook("/a"))
    assert not passed(happens(call, "/a"))
    assert passed(happens(call, "/a"))


@pytest.mark.parametrize("expectations", list(permutations(["'*'", "/a", "{any_of: [/a, /b]}"])))
def test_who_could_take_either_leaves_it_to_who_cannot(expectations: tuple[str, ...]) -> None:
    """However they are written: /a is the only frame for one of them, /b for another, and the third takes what is left."""
    assert passed(happens(block(*map(hook, expectations)), "/a", "/b", "/c"))


def test_what_was_taken_too_early_is_given_back() -> None:
    call = block(hook("'*'"), hook("/a"))
    assert not passed(happens(call, "/a"))
    assert passed(happens(call, "/b")), "so the first took /b, and /a was for the second"


# --- threads


def test_what_is_in_order_holds_in_its_order_beside_the_others() -> None:
    call = block(in_order(hook("/a"), hook("/b")), hook("/c"))
    assert not passed(happens(call, "/b", "/a", "/c"))
    assert passed(happens(call, "/b"))


@pytest.mark.parametrize("frames", [("/a", "/b", "/x", "/y"), ("/x", "/a", "/y", "/b"), ("/x", "/y", "/a", "/b"), ("/a", "/x", "/y", "/b")])
def test_threads_go_on_beside_each_other(frames: tuple[str, ...]) -> None:
    assert passed(happens(block(in_order(hook("/a"), hook("/b")), in_order(hook("/x"), hook("/y"))), *frames))


def test_threads_that_want_the_same_share_it_out() -> None:
    call = block(in_order(hook("/a"), hook("/b")), in_order(hook("/a"), hook("/c")))
    assert not passed(happens(call, "/a", "/c", "/b"))
    assert passed(happens(call, "/a", "/b")) or passed(happens(call, "/c"))


# --- states


def test_a_state_holds_when_it_does_and_takes_no_frame() -> None:
    call = block("{expect: {call: in-progress}}", "{expect: {frame: {kind: 'call:status'}}}")
    assert passed(call.jambonz("call:status", data={"call_status": "in-progress"}))


def test_a_state_that_held_before_holds() -> None:
    call = Rehearsal("expect: {hook: /a}", f"any_order: [{{expect: {{session: {{voice: alloy}}}}}}, {hook('/b')}]", DONE)
    call.notes("model", "model", "session.updated", session={"voice": "alloy"})
    assert passed(happens(call, "/a", "/b"))


# --- several phones


def test_each_is_about_the_call_of_its_phone() -> None:
    call = block(hook("/a"), hook("/b", who="bob"), more=BOB)
    call.journal.note("media", "caller", "dials", {"who": "bob"}, at_s=0.0, leg=1)
    assert not passed(happens(call, "/b"))
    assert not passed(happens(call, "/b", leg=1))
    assert passed(happens(call, "/a"))


# --- captures


def test_what_they_capture_is_there_behind_the_block() -> None:
    call = block("{expect: {say: {as: said}}}", "{expect: {hook: {as: path}}}", then="caller: {say: '${said} ${path}'}").answered()
    happens(call, "/a").notes("media", "jambonz", "said", text="Hello.")
    assert call.ordered() == ["speaks: Hello. /a"]


def item(call: Rehearsal, kind: str, **event: Any) -> Rehearsal:
    return call.jambonz("llm:event", data={"type": kind, **event})


def test_a_thread_uses_what_it_has_captured_itself() -> None:
    added = "{expect: {event: {type: added, id: {as: item}}}}"
    call = block(in_order(added, "{expect: {event: {type: done, id: '${item}'}}}"), hook("/a"))
    happens(item(call, "added", id="one"), "/a")
    assert not passed(item(call, "done", id="two"))
    assert passed(item(call, "done", id="one"))


def test_a_thread_may_have_begun_with_any_of_several_frames() -> None:
    added = "{expect: {event: {type: added, id: {as: item}}}}"
    call = block(in_order(added, "{expect: {event: {type: done, id: '${item}'}}}"), hook("/a"), then="caller: {say: '${item}'}").answered()
    happens(item(item(item(call, "added", id="one"), "added", id="two"), "done", id="two"), "/a")
    assert call.ordered() == ["speaks: two"], "the first was added and never done"


# --- for how long


def test_each_has_its_own_time() -> None:
    call = happens(block(hook("/a", within="10s"), hook("/b", within="2s")).later(1.9), "/b")
    assert passed(happens(call.at(9.9), "/a"))


def test_they_fail_as_soon_as_one_can_hold_no_more() -> None:
    call = block(hook("/a", within="10s"), hook("/b", within="2s")).at(1.99)
    assert call.failed == []
    assert call.at(2.0).failed[:2] == ["scenario.yaml:3:5: expected things in any order: none came", "    waited until 2.000 s"]


def test_what_comes_at_the_last_instant_is_in_time() -> None:
    call = happens(block(hook("/a"), hook("/b")), "/a")
    call.now_s = 5.0
    assert passed(happens(call, "/b"))


def test_in_a_thread_the_time_begins_when_the_one_before_has_held() -> None:
    call = happens(block(in_order(hook("/a"), hook("/b", within="2s")), hook("/c", within="20s")).later(4.0), "/a")
    assert passed(happens(happens(call.later(1.9), "/b").later(3.0), "/c"))


def test_a_thread_that_would_be_too_late_may_have_begun_later() -> None:
    call = happens(block(in_order(hook("/a", within="20s"), hook("/b", within="2s")), hook("/c")), "/a", "/c").at(5.0)
    assert call.failed == [], "another /a may come"
    assert passed(happens(happens(call, "/a").later(1.0), "/b"))


def test_after_the_end_of_the_call_a_last_frame_is_waited_for_a_moment() -> None:
    call = block(hook("/a", within="30s"), hook("/b", within="30s")).later(2.0).ends("caller")
    assert call.at(2.0 + GRACE_S - 0.1).failed == []
    assert "    the call ended at 2.000 s: completed, by caller" in call.at(2.0 + GRACE_S).failed


def test_what_must_not_happen_until_the_block_is_complete_stands_before_it() -> None:
    call = Rehearsal("expect: {hook: /bad, absent: true}", f"any_order: [{hook('/a')}, {hook('/b')}]", DONE)
    happens(call, "/a", "/bad", "/b")
    assert call.failed[0] == 'scenario.yaml:3:5: expected not to see hook: "/bad", and saw it'


# --- what is told


def test_a_failure_says_which_are_open_what_came_nearest_and_which_held() -> None:
    call = happens(block(hook("/a"), "{expect: {action: {digits: '1', reason: dtmf}}}", hook("/c")), "/a", "/x")
    call.jambonz("verb:hook", hook="/y", data={"digits": "2", "reason": "dtmf"}).at(5.0)
    assert call.failed == [
        "scenario.yaml:3:5: expected 3 things in any order, and 2 of them did not come",
        "    waited until 5.000 s",
        '    open: action: {"digits": "1", "reason": "dtmf"}, line 3',
        "      nearest: #3 at 0.000 s, app link, jambonz: verb:hook",
        '        digits: expected "1", got "2"',
        '    open: hook: "/c", line 3',
        "      instead came: /x, /y",
        '    held: line 3, hook: "/a", by #0 at 0.000 s',
        "    remedy: let the application do what is still open, or leave it out; each expectation needs a frame of its own",
    ]


def test_a_frame_that_serves_another_one_is_told() -> None:
    call = happens(block(hook("/a"), hook("/a")), "/a").at(5.0)
    assert "      #0 at 0.000 s fits, and serves another one: a frame holds one expectation" in call.failed


def test_in_a_thread_the_one_that_is_waited_for_is_open() -> None:
    call = happens(block(in_order(hook("/a"), hook("/b"), hook("/c")), hook("/d")), "/a", "/d").at(5.0)
    assert call.failed[0].endswith("expected 4 things in any order, and 2 of them did not come")
    assert [line for line in call.failed if "open:" in line] == ['    open: hook: "/b", line 3']


def test_what_was_captured_before_is_told() -> None:
    call = Rehearsal("expect: {hook: {as: path}}", f"any_order: [{hook('/b')}, {{expect: {{hook: '${{path}}/c'}}}}]")
    happens(call, "/a", "/b").at(5.0)
    assert call.failed[1] == '    path is "/a"'
    assert '    open: hook: "/a/c", line 4' in call.failed


def test_what_a_thread_captured_itself_is_told() -> None:
    call = block(in_order("{expect: {hook: {as: path}}}", "{expect: {action: {at: '${path}'}}}"), hook("/b"))
    happens(call, "/a", "/b").at(5.0)
    assert '      path is "/a"' in call.failed


# --- what is refused


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            "any_order: {expect: {hook: /a}}",
            "3:14: any_order: expected a list of expectations, found a mapping\n"
            "    begin each with - expect:, or with - in_order: and a list of them",
        ),
        (
            "any_order: []",
            "3:14: any_order: expected two expectations or more, found none\n    begin each with - expect:, or with - in_order: and a list of them",
        ),
        (
            "any_order: [expect: {hook: /a}]",
            "3:14: any_order: expected two expectations or more, found 1\n    begin each with - expect:, or with - in_order: and a list of them",
        ),
        (
            "any_order: [expect: {hook: /a}, caller: {say: a}]",
            "3:35: any_order holds expectations, and this is a step of 'caller'\n"
            "    only what is expected can come in any order; what others do stands before the block, or behind it",
        ),
        (
            "any_order: [expect: {hook: /a}, expect: {hook: /b, absent: true}]",
            "3:35: what must not happen has no place in any_order\n"
            "    write it before the block: then it must not happen until the block is complete",
        ),
        (
            "any_order: [expect: {hook: /a}, expect: {finding: J001}]",
            "3:35: a finding is asked for when the call is over, so it has no place in an order\n    write it as a step of its own",
        ),
        (
            "any_order: [expect: {hook: /a}, any_order: [expect: {hook: /b}, expect: {hook: /c}]]",
            "3:35: any_order stands in any_order\n    all of them hold in any order already: write them into the outer list",
        ),
        ("any_order: [expect: {hook: /a}, inorder: []]", "3:35: any_order has no 'inorder'\n    did you mean 'in_order'? Known: expect, in_order."),
        (
            "any_order: [expect: {hook: /a}, in_order: []]",
            "3:45: any_order: in_order is empty\n    write the expectations that hold one after the other",
        ),
        (
            "any_order: [expect: {hook: /a}, in_order: x]",
            "3:45: any_order: in_order: expected a list of expectations, found the text 'x'\n    begin each with - expect:",
        ),
        ("any_order: [expect: {hook: /a}, expect: {hok: /a}]", "3:44: there is no expectation 'hok'"),
        ("any_order: [expect: {hook: /a}, expect: {hook: /b, who: bob}]", "3:59: who: there is no phone 'bob'"),
        (
            "any_order: [expect: {hook: {as: x}}, expect: {say: {as: x}}]",
            "3:55: x is captured twice in one step\n    give it another name here; the first stands in line 3",
        ),
        (
            "any_order: [expect: {hook: {as: x}}, expect: {say: '${x}'}]",
            "3:54: ${x} is not known yet here: it is captured in line 3\n"
            "    use it in a step behind that one; what stands before the steps is there before the call",
        ),
        (
            f"any_order: [{', '.join(['expect: {hook: /a}'] * 14)}]",
            "3:14: any_order: 14 threads of expectations can go 16384 ways, and 10000 are possible\n    split the block into several",
        ),
    ],
)
def test_what_has_no_place_in_a_block_is_explained(steps: str, said: str) -> None:
    assert told(f"name: x\nsteps:\n- {steps}").startswith(said)


# --- whatever is expected, and whatever comes

LETTERS = st.sampled_from("abc")
THREADS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "any"]), min_size=1, max_size=2), min_size=2, max_size=4)


def can_hold(threads: list[list[str]], frames: list[str]) -> bool:
    """Whether there is a way, by trying them all."""
    if not any(threads):
        return True
    if not frames:
        return False
    first, rest = frames[0], frames[1:]
    return can_hold(threads, rest) or any(
        thread and thread[0] in (first, "any") and can_hold([*threads[:at], thread[1:], *threads[at + 1 :]], rest)
        for at, thread in enumerate(threads)
    )


@given(THREADS, st.lists(LETTERS, max_size=8))
def test_a_block_holds_exactly_when_every_expectation_can_have_a_frame_of_its_own(threads: list[list[str]], frames: list[str]) -> None:
    written = [in_order(*(hook("'*'" if one == "any" else f"/{one}") for one in thread)) for thread in threads]
    call = block(*written)
    seen = []
    held = False
    for frame in frames:
        seen.append(frame)
        held = passed(happens(call, f"/{frame}"))
        assert held is can_hold(threads, seen)
        if held:
            break
    assert held or (call.at(99.0).failed[0].startswith("scenario.yaml:3:5: expected"))
