"""What is expected of a call: what fits, when it counts, and what is told when it does not come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.failure import MAX_LINES
from simulator.scenario.scene import GRACE_S
from tests.scenario.rehearsal import Rehearsal

THEN = "caller: {press: 1}"


def passed(call: Rehearsal) -> bool:
    """Whether the first step is behind us."""
    return any(act == "presses 1" for act in call.ordered())


def expecting(what: str) -> Rehearsal:
    return Rehearsal(f"expect: {{{what}}}", THEN)


# --- what fits

ITEM = {"type": "function_call_output", "call_id": "call_1", "output": '{"t": 23}'}

FITTING: list[tuple[str, tuple[str, str, str, dict[str, Any]]]] = [
    ("verbs: [answer, {pause: {length: 1}}, ...]", ("app", "app", "ack", {"data": [{"verb": "answer"}, {"pause": {"length": 1}}, {"verb": "llm"}]})),
    ("verbs: hangup", ("app", "app", "command", {"command": "redirect", "data": [{"verb": "hangup"}]})),
    ("verbs: [{verb: say, text: /hello/}]", ("app", "app", "ack", {"data": [{"say": {"text": "hello there"}}]})),
    ("say: Goodbye.", ("media", "jambonz", "said", {"text": "Goodbye."})),
    ("heard: {contains: evening}", ("media", "jambonz", "heard", {"text": "Good evening.", "heard_s": 1.0})),
    ("heard: {text: /evening/, heard_s: {less_than: 2}}", ("media", "jambonz", "heard", {"text": "Good evening.", "heard_s": 1.0})),
    ("streamed: two people", ("audio", "jambonz", "said", {"text": "two people", "from_s": 0.0, "duration_s": 0.8})),
    ("streamed: {channel: 2, text: /hold/}", ("audio", "jambonz", "said", {"text": "please hold", "channel": 2})),
    ("audio_frame: killAudio", ("audio", "app", "killAudio", {"type": "killAudio"})),
    ("audio_frame: {type: mark, data: {name: end}}", ("audio", "app", "mark", {"type": "mark", "data": {"name": "end"}})),
    ("call: completed, by: caller", ("media", "jambonz", "call_ended", {"status": "completed", "by": "caller"})),
    ("call: failed, sip_status: 603", ("media", "jambonz", "call_ended", {"status": "failed", "by": "app", "sip_status": 603})),
    ("call: in-progress", ("app", "jambonz", "call:status", {"data": {"call_status": "in-progress"}})),
    ("tool_output: {output: {t: 23}}", ("app", "app", "command", {"command": "llm:tool-output", "data": {"item": ITEM}})),
    ("tool_output: /23/", ("app", "app", "command", {"command": "llm:tool-output", "data": {"item": ITEM}})),
    ("tool_output: {call_id: call_1}", ("app", "app", "command", {"command": "llm:update", "data": {"item": ITEM}})),
    ("tool_output: 23", ("app", "app", "command", {"command": "llm:tool-output", "data": {"item": {**ITEM, "output": "23"}}})),
    ("tool_output: {contains: 23}", ("app", "app", "command", {"command": "llm:tool-output", "data": {"item": {**ITEM, "output": "[22, 23]"}}})),
    ("action: {not: server failure}", ("app", "jambonz", "verb:hook", {"hook": "/f", "data": {"completion_reason": "normal conversation end"}})),
    ("event: {any_of: [{type: error}, {type: session.created}]}", ("app", "jambonz", "llm:event", {"data": {"type": "error"}})),
    ("event: {any_of: [error, session.created]}", ("app", "jambonz", "llm:event", {"data": {"type": "error"}})),
    ("command: redirect", ("app", "app", "command", {"command": "redirect"})),
    (
        "command: {command: 'llm:update', data: {type: session.update}}",
        ("app", "app", "command", {"command": "llm:update", "data": {"type": "session.update"}}),
    ),
    ("hook: /final", ("app", "jambonz", "verb:hook", {"hook": "/final"})),
    ("hook: /moved", ("app", "jambonz", "session:redirect", {"hook": "/moved"})),
    ("action: normal conversation end", ("app", "jambonz", "verb:hook", {"hook": "/f", "data": {"completion_reason": "normal conversation end"}})),
    ("event: error", ("app", "jambonz", "llm:event", {"data": {"type": "error"}})),
    ("client_event: {type: response.create}", ("model", "jambonz", "response.create", {"type": "response.create"})),
    ("session: {voice: alloy}", ("model", "model", "session.updated", {"session": {"voice": "alloy"}})),
    ("response: cancelled", ("model", "model", "response.done", {"response": {"status": "cancelled"}})),
    (
        "response: {status: failed, status_details: '*'}",
        ("model", "model", "response.done", {"response": {"status": "failed", "status_details": {}}}),
    ),
    ("request: https://a.example/x", ("world", "app", "request", {"method": "GET", "url": "https://a.example/x"})),
    ("request: {query: {city: Berlin}}", ("world", "app", "request", {"url": "https://a.example/x", "query": {"city": "Berlin"}})),
    ("frame: {link: app, from: jambonz, kind: session:new, frame: {msgid: '*'}}", ("app", "jambonz", "session:new", {"msgid": "1"})),
]


@pytest.mark.parametrize(("what", "frame"), FITTING, ids=[what for what, _ in FITTING])
def test_an_expectation_is_met_by_what_it_speaks_about(what: str, frame: tuple[str, str, str, dict[str, Any]]) -> None:
    link, source, kind, content = frame
    call = expecting(what)
    assert not passed(call)
    assert passed(call.later(1.0).notes(link, source, kind, **content))


@pytest.mark.parametrize(("what", "frame"), FITTING, ids=[what for what, _ in FITTING])
def test_it_is_not_met_by_the_same_frame_of_somebody_else(what: str, frame: tuple[str, str, str, dict[str, Any]]) -> None:
    _, _, kind, content = frame
    assert not passed(expecting(what).notes("elsewhere", "nobody", kind, **content))


def test_what_a_tool_returned_is_found_by_the_name_of_the_tool() -> None:
    call = expecting("tool_output: {tool: weather, output: {t: 23}}")
    call.jambonz("llm:tool-call", data={"name": "weather", "tool_call_id": "call_1"})
    assert passed(call.app("command", command="llm:tool-output", data={"item": ITEM}))


@pytest.mark.parametrize("data", [None, "text", [], {}, {"item": None}, {"item": {"type": "message"}}])
def test_an_output_of_another_shape_is_shown_and_fits_nothing(data: Any) -> None:
    call = expecting("tool_output: {call_id: '*'}").app("command", command="llm:tool-output", data=data).at(5.0)
    assert "call_id: expected anything, got nothing" in "\n".join(call.failed)


# --- from when on it counts


def test_the_window_moves_on_behind_what_fitted() -> None:
    call = Rehearsal("expect: {hook: /a}", "expect: {hook: /b}", THEN)
    call.jambonz("verb:hook", hook="/b")
    call.jambonz("verb:hook", hook="/a")
    assert not passed(call)
    assert passed(call.jambonz("verb:hook", hook="/b"))


def test_what_happened_since_the_last_match_is_found_although_it_happened_before_the_step() -> None:
    call = Rehearsal("expect: {hook: /a}", "caller: {wait: 5s}", "expect: {hook: /b}", THEN)
    call.jambonz("verb:hook", hook="/a").later(1.0).jambonz("verb:hook", hook="/b")
    assert passed(call.at(5.0))


def test_one_frame_meets_one_expectation() -> None:
    call = Rehearsal("expect: {hook: /a}", "expect: {hook: /a}", THEN)
    assert not passed(call.jambonz("verb:hook", hook="/a"))
    assert passed(call.jambonz("verb:hook", hook="/a"))


def test_frames_of_one_instant_are_found_in_their_order() -> None:
    call = Rehearsal("expect: {hook: /a}", "expect: {hook: /b}", THEN)
    call.journal.note("app", "jambonz", "verb:hook", {"hook": "/a"}, at_s=0.0)
    assert passed(call.jambonz("verb:hook", hook="/b"))


# --- for how long it is waited for


@pytest.mark.parametrize(("what", "limit_s"), [("hook: /a", 5.0), ("hook: /a, within: 12s", 12.0), ("hook: /a, within: 300ms", 0.3)])
def test_an_expectation_has_its_time(what: str, limit_s: float) -> None:
    assert passed(expecting(what).at(limit_s - 0.01).jambonz("verb:hook", hook="/a"))
    call = expecting(what).at(limit_s)
    assert call.failed[0] == 'scenario.yaml:3:5: expected hook: "/a", but jambonz called no such hook'
    assert f"    waited until {limit_s:.3f} s" in call.failed


def test_what_comes_at_the_last_instant_is_in_time() -> None:
    call = expecting("hook: /a")
    call.now_s = 5.0
    assert passed(call.jambonz("verb:hook", hook="/a"))


def test_after_the_end_of_a_call_a_last_frame_is_waited_for_a_moment() -> None:
    call = expecting("hook: /a, within: 30s").later(2.0).ends("caller")
    assert passed(call.later(GRACE_S - 0.1).jambonz("verb:hook", hook="/a"))


def test_and_not_longer() -> None:
    call = expecting("hook: /a, within: 30s").later(2.0).ends("caller").later(GRACE_S)
    assert call.failed == [
        'scenario.yaml:3:5: expected hook: "/a", but jambonz called no such hook',
        "    no verb of the application names the hook '/a': it names none",
        "    waited until 3.000 s; the call ended at 2.000 s: completed, by caller",
        "    remedy: name the hook in a verb that runs",
    ]


def test_when_everything_is_closed_nobody_waits() -> None:
    call = expecting("hook: /a, within: 30s").ends("caller").settled()
    assert call.failed


# --- states


def test_a_state_is_asked_for_as_it_is_whenever_it_came() -> None:
    call = Rehearsal("expect: {hook: /a}", "expect: {session: {voice: alloy}}", THEN)
    call.notes("model", "model", "session.updated", session={"voice": "alloy"})
    assert passed(call.jambonz("verb:hook", hook="/a"))


def test_of_a_state_the_latest_counts() -> None:
    call = Rehearsal("caller: {wait: 1s}", "expect: {session: {voice: alloy}}", THEN)
    call.notes("model", "model", "session.created", session={"voice": "alloy"})
    call.notes("model", "model", "session.updated", session={"voice": "coral"})
    assert not passed(call.at(1.0))
    assert passed(call.notes("model", "model", "session.updated", session={"voice": "alloy"}))


def test_a_state_does_not_move_the_window() -> None:
    call = Rehearsal("expect: {call: in-progress}", "expect: {hook: /a}", THEN)
    call.jambonz("verb:hook", hook="/a")
    assert passed(call.jambonz("call:status", data={"call_status": "in-progress"}))


def test_a_state_that_is_another_is_told() -> None:
    call = expecting("call: completed, by: app").ends("caller").later(GRACE_S)
    assert call.failed[1:3] == [
        "    nearest: #0 at 0.000 s, media link, jambonz: call_ended",
        '      by: expected "app", got "caller"',
    ]


# --- what must not happen


def test_what_must_not_happen_until_the_next_step_is_checked_when_that_is_done() -> None:
    call = Rehearsal("expect: {hook: /bad, absent: true}", "expect: {hook: /good}", THEN)
    assert call.failed == []
    call.later(1.0).jambonz("verb:hook", hook="/bad").jambonz("verb:hook", hook="/good")
    assert call.failed[:3] == [
        'scenario.yaml:3:5: expected not to see hook: "/bad", and saw it',
        "    it came: #0 at 1.000 s, app link, jambonz: verb:hook",
        '      {"hook": "/bad"}',
    ]


def test_what_does_not_happen_until_then_is_fine_and_may_happen_later() -> None:
    call = Rehearsal("expect: {hook: /bad, absent: true}", "expect: {hook: /good}", "caller: {wait: 5s}", THEN)
    call.jambonz("verb:hook", hook="/good").jambonz("verb:hook", hook="/bad")
    assert passed(call.at(5.0))
    assert call.failed == []


def test_at_the_end_of_a_scenario_it_must_not_happen_until_the_end_of_the_call() -> None:
    call = Rehearsal(THEN, "expect: {hook: /bad, absent: true}").answered()
    call.jambonz("verb:hook", hook="/bad").ends("caller").settled()
    assert call.failed[0].endswith("and saw it")


def test_several_things_may_be_forbidden_at_once() -> None:
    call = Rehearsal("expect: {hook: /bad, absent: true}", "expect: {command: redirect, absent: true}", "caller: {wait: 2s}", THEN)
    call.app("command", command="redirect").at(2.0)
    assert call.failed[0] == 'scenario.yaml:4:5: expected not to see command: "redirect", and saw it'


def test_with_a_time_it_must_not_happen_for_as_long() -> None:
    call = expecting("hook: /bad, absent: true, within: 2s")
    assert not passed(call.at(1.9))
    assert passed(call.at(2.0))
    assert passed(call.jambonz("verb:hook", hook="/bad")) is False
    assert call.failed == []


def test_with_a_time_it_fails_at_once() -> None:
    call = expecting("hook: /bad, absent: true, within: 2s").later(1.0).jambonz("verb:hook", hook="/bad")
    assert call.failed[:3] == [
        'scenario.yaml:3:5: expected not to see hook: "/bad", and saw it',
        "    it came: #0 at 1.000 s, app link, jambonz: verb:hook",
        '      {"hook": "/bad"}',
    ]


def test_a_state_that_must_not_be_for_a_while() -> None:
    call = expecting("call: completed, absent: true, within: 3s").later(1.0).ends("app")
    assert call.failed[0] == 'scenario.yaml:3:5: expected not to see call: {"status": "completed"}, and saw it'


def test_a_state_that_must_not_be_and_is_already() -> None:
    call = Rehearsal("caller: {wait: 1s}", "expect: {call: in-progress, absent: true, within: 3s}", THEN)
    call.jambonz("call:status", data={"call_status": "in-progress"}).at(1.0)
    assert call.failed[0].endswith('expected not to see call: {"status": "in-progress"}, and saw it')


def test_a_state_that_must_not_be_and_is_not() -> None:
    call = expecting("call: completed, absent: true, within: 3s").jambonz("call:status", data={"call_status": "in-progress"})
    assert passed(call.at(3.0))


def test_a_state_that_must_not_be_until_the_next_step() -> None:
    call = Rehearsal("expect: {session: {voice: coral}, absent: true}", "caller: {wait: 1s}", THEN)
    call.notes("model", "model", "session.updated", session={"voice": "coral"}).at(1.0)
    assert call.failed[0].endswith("and saw it")


# --- what is told


def test_the_nearest_frame_is_told_with_its_differences() -> None:
    call = expecting("request: {url: /weather/, query: {city: Berlin}}")
    call.notes("world", "app", "request", url="https://a.example/places", query={})
    call.later(1.0).notes("world", "app", "request", url="https://a.example/weather", query={"city": "Bonn"}).at(5.0)
    assert call.failed[1:] == [
        "    nearest: #1 at 1.000 s, world link, app: request",
        '      query.city: expected "Berlin", got "Bonn"',
        "    waited until 5.000 s",
        '    remedy: mend query.city in the application (it came in #1), or expect "Bonn"',
    ]


def test_of_frames_that_are_equally_near_the_latest_is_told() -> None:
    call = expecting("say: {text: /a/}").notes("media", "jambonz", "said", text="x").notes("media", "jambonz", "said", text="y").at(5.0)
    assert call.failed[2] == '      text: expected text like /a/, got "y"'


def test_of_texts_that_differ_the_one_most_alike_is_told() -> None:
    call = expecting("heard: Good evening.").notes("media", "jambonz", "heard", text="Good morning.").notes("media", "jambonz", "heard", text="Bye.")
    assert call.at(5.0).failed[2] == '      text: expected "Good evening.", got "Good morning."'


def test_what_has_another_name_is_not_near_but_told_as_what_came_instead() -> None:
    call = expecting("hook: /a").jambonz("verb:hook", hook="/x").jambonz("verb:hook", hook="/y").jambonz("verb:hook", hook="/x").at(5.0)
    assert "    instead came: /y, /x (2 times)" in call.failed


def test_what_happened_too_early_is_told() -> None:
    call = Rehearsal("expect: {hook: /b}", "expect: {hook: /a}")
    call.jambonz("verb:hook", hook="/a").jambonz("verb:hook", hook="/b").at(5.0)
    assert "    it happened before: #0 at 0.000 s, app link, jambonz: verb:hook, ahead of #1, which was expected last" in call.failed


def test_a_model_that_is_being_asked_meanwhile_is_told() -> None:
    call = expecting("hook: /a").connected().asked().at(5.0)
    assert "    the model is being asked for a response, which the next `model` step would answer" in call.failed


@pytest.mark.parametrize("what", ["command: redirect", "verbs: hangup"])
def test_an_application_that_sent_nothing_is_to_be_looked_at(what: str) -> None:
    assert expecting(what).at(5.0).failed[-1].startswith("    remedy: the application sent nothing of the kind")


@given(st.integers(0, 40), st.integers(0, 12))
def test_a_failure_has_at_most_25_lines(frames: int, members: int) -> None:
    wanted = ", ".join(f"m{number}: 1" for number in range(members))
    call = Rehearsal(f"expect: {{frame: {{kind: never, frame: {{{wanted}}}}}}}").connected().asked()
    for number in range(frames):
        call.notes(("app", "model", "media", "world")[number % 4], "app", f"kind-{number}", n=number)
    call.at(5.0)
    assert 3 <= len(call.failed) <= MAX_LINES
