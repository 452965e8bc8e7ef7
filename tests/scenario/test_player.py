"""How a scenario is played: what the caller and the model wait for, and what is said when it does not come."""

from __future__ import annotations

import pytest

from simulator.scenario.acts import AddBackend, Asked, HangUp, RefuseModel, TellModel
from simulator.scenario.scene import GRACE_S
from simulator.vendors.openai.events import Disconnect, EmitRaw, Expire, Mishear, Refuse, ResponseRequested, Stall, Trouble
from simulator.vendors.openai.faults import Drop, Fault, Upon
from tests.scenario.rehearsal import Rehearsal, lasts_s

HELLO = "caller: {say: hello}"
GREETS = "model: {say: Good evening.}"
WAITS = "caller: {wait: 100s}"

# --- the caller speaks


def test_the_caller_does_not_speak_before_the_call_is_answered() -> None:
    call = Rehearsal(HELLO)
    assert call.at(3.0).ordered() == []
    assert call.answered().ordered() == ["speaks: hello"]


def test_the_caller_waits_politely_until_the_assistant_was_heard_to_the_end() -> None:
    call = Rehearsal(GREETS, HELLO).connected().asked()
    assert call.ordered() == ["resp_1: Good evening."]
    call.later(0.5).plays(2.0).later(0.5).done()
    assert call.later(1.0).ordered() == []
    assert call.played().ordered() == ["speaks: hello"]


def test_the_caller_waits_while_the_model_still_makes_something() -> None:
    call = Rehearsal(GREETS, HELLO).connected().asked()
    call.ordered()
    call.plays(1.0).played()
    assert call.ordered() == []
    assert call.done().ordered() == ["speaks: hello"]


def test_the_next_step_comes_when_the_caller_has_finished_speaking() -> None:
    call = Rehearsal(HELLO, "caller: {press: 12#}").answered()
    assert call.ordered() == ["speaks: hello"]
    assert call.later(lasts_s("hello") - 0.001).ordered() == []
    assert call.later(0.001).ordered() == ["presses 12#", HangUp()]


def test_a_turn_that_never_comes_fails_and_says_who_speaks() -> None:
    call = Rehearsal("caller: {say: hello, within: 4s}").plays(60.0).answered().at(4.0)
    assert call.failed == [
        "scenario.yaml:3:5: the caller waited 4 s for a turn that never came",
        "    the assistant is still speaking",
        "    remedy: wait longer with `within`, or use caller: {interrupt: …}",
    ]
    assert call.ordered() == [HangUp()]


def test_a_call_that_is_never_answered_is_told_as_such() -> None:
    call = Rehearsal("caller: {say: hello, within: 4s}").at(4.0)
    assert call.failed[1] == "    the call was never answered: the application sent no verb that answers"


def test_a_caller_whose_call_is_over_cannot_speak() -> None:
    call = Rehearsal(HELLO).later(1.0).ends("app", "failed")
    assert call.failed == [
        "scenario.yaml:3:5: the caller cannot do this: the call is over",
        "    the call ended at 1.000 s: failed, by app",
        "    remedy: the application has ended it: see what made it do so, or end the scenario there",
    ]
    assert call.ordered() == [], "nobody hangs up twice"


# --- the caller interrupts


def test_the_caller_interrupts_at_once() -> None:
    assert Rehearsal("caller: {interrupt: stop}").ordered() == ["speaks: stop"]


def test_the_caller_interrupts_after_so_much_was_heard() -> None:
    call = Rehearsal("caller: {interrupt: stop, after: 1.2s}").connected().at(3.0).plays(5.0)
    assert call.at(4.199).ordered() == []
    assert call.at(4.2).ordered() == ["speaks: stop"]


def test_what_is_heard_counts_from_where_the_assistant_began_and_not_from_the_step() -> None:
    call = Rehearsal("caller: {wait: 1s}", "caller: {interrupt: stop, after: 1.2s}").connected().plays(5.0)
    assert call.at(1.199).ordered() == []
    assert call.at(1.2).ordered() == ["speaks: stop"]


def test_speech_that_is_too_short_to_be_interrupted_there_is_told() -> None:
    call = Rehearsal("caller: {interrupt: stop, after: 3s}").connected().plays(1.0).played()
    assert call.failed == [
        "scenario.yaml:3:5: the caller wanted to wait for 3 s of the assistant's speech, but it was shorter",
        '    the caller heard 1 s: ""',
        "    remedy: shorten `after`, or let the model say more",
    ]


def test_an_assistant_that_says_nothing_cannot_be_interrupted() -> None:
    call = Rehearsal("caller: {interrupt: stop, after: 1s, within: 5s}").connected().at(5.0)
    assert call.failed[0] == "scenario.yaml:3:5: the assistant did not speak within 5 s"


def test_the_caller_coughs_whoever_is_speaking() -> None:
    call = Rehearsal("caller: {noise: 300ms}", "caller: {press: 1}").connected().plays(5.0)
    assert call.ordered() == ["speaks: "]
    assert call.later(0.3).ordered()[0] == "presses 1"


# --- the caller hangs up


def test_the_caller_hangs_up_with_headers_and_once() -> None:
    assert Rehearsal("caller: {hang_up: {X-Reason: bored}}").ordered() == [HangUp({"X-Reason": "bored"})]


def test_the_caller_hangs_up_in_the_middle_of_a_sentence() -> None:
    call = Rehearsal("caller: {hang_up: true, after: 1s}").connected().plays(5.0)
    assert call.at(0.9).ordered() == []
    assert call.at(1.0).ordered() == [HangUp()]


def test_a_caller_whose_call_is_over_cannot_hang_up() -> None:
    call = Rehearsal("caller: {wait: 2s}", "caller: {hang_up: true}").ends().at(2.0)
    assert call.failed[0] == "scenario.yaml:4:5: the caller cannot hang up: the call is over"


# --- the model answers


def test_the_model_answers_requests_in_order() -> None:
    call = Rehearsal(GREETS, "model: {call: weather, with: {city: Berlin}}", "model: {say: [Sunny., Bye.]}").connected()
    assert call.asked("resp_1").ordered() == ["resp_1: Good evening."]
    assert call.asked("resp_2").ordered() == ['resp_2: weather({"city": "Berlin"})']
    assert call.asked("resp_3").ordered() == ["resp_3: Sunny. / Bye."]


def test_a_request_waits_for_the_step_that_answers_it() -> None:
    call = Rehearsal("caller: {wait: 2s}", GREETS).connected().asked()
    assert call.ordered() == []
    assert call.at(2.0).ordered() == ["resp_1: Good evening."]


def test_a_request_that_is_gone_is_not_answered() -> None:
    call = Rehearsal("caller: {wait: 2s}", GREETS).connected().asked("resp_1").gone("resp_1").asked("resp_2")
    assert call.at(2.0).ordered() == ["resp_2: Good evening."]


def test_when_the_connection_is_closed_its_requests_are_gone() -> None:
    call = Rehearsal("caller: {wait: 2s}", GREETS).connected().asked("resp_1").notes("model", "model", "closed", code=1011)
    call.notes("model", "model", "open").asked("resp_2")
    assert call.at(2.0).ordered() == ["resp_2: Good evening."]


# --- nobody asks the model: who should have?


def why_nobody_asked(call: Rehearsal) -> str:
    call.later(30.0)
    assert call.failed[0].endswith("the model was to say 'Good evening.', but nobody asked it for a response")
    return call.failed[1].strip()


def test_no_connection_was_made() -> None:
    assert why_nobody_asked(Rehearsal(GREETS).answered()) == "no connection to the model was made: the application started no llm verb (yet)"


def test_the_connection_is_gone() -> None:
    call = Rehearsal(GREETS).connected().notes("model", "model", "closed", code=1011)
    assert why_nobody_asked(call) == 'there is no connection to the model any more: closed {"code": 1011}'


def test_the_connection_was_refused() -> None:
    call = Rehearsal(GREETS).answered().notes("model", "jambonz", "connect").notes("model", "model", "refused", reason="no answer")
    assert why_nobody_asked(call) == 'there is no connection to the model any more: refused {"reason": "no answer"}'


def test_the_application_owes_the_output_of_a_tool() -> None:
    call = Rehearsal(GREETS).connected().jambonz("llm:tool-call", data={"name": "weather", "tool_call_id": "call_1"})
    assert why_nobody_asked(call) == "the application never returned the output of weather (call_1), so jambonz asked for no response"


def test_an_output_that_was_returned_is_not_owed() -> None:
    call = Rehearsal(GREETS).connected().jambonz("llm:tool-call", data={"name": "weather", "tool_call_id": "call_1"})
    call.notes("model", "jambonz", "conversation.item.create", item={"type": "function_call_output", "call_id": "call_1"})
    assert why_nobody_asked(call).startswith("nobody sent response.create")


def test_nobody_said_anything() -> None:
    call = Rehearsal(GREETS).connected()
    assert why_nobody_asked(call) == "nobody sent response.create and turn detection heard no end of a turn; should the caller say something first?"


def test_the_call_is_over() -> None:
    call = Rehearsal(GREETS).connected().later(1.0).ends("caller").later(GRACE_S)
    assert call.failed[1].strip() == "the call ended at 1.000 s: completed, by caller"
    assert call.now_s == 2.0


def test_what_the_model_was_to_do_is_said() -> None:
    assert "the model was to call weather, but" in Rehearsal("model: {call: weather}").at(30.0).failed[0]
    assert "the model was to fail with server_error, but" in Rehearsal("model: {fail: server_error}").at(30.0).failed[0]
    assert "the model was to say 'Wait.' and call weather, but" in Rehearsal("model: {say: Wait., call: weather}").at(30.0).failed[0]


# --- the model is asked, and no step answers


def test_a_response_that_no_step_answers_keeps_the_caller_from_speaking() -> None:
    call = Rehearsal("caller: {say: hello, within: 5s}", GREETS).asked(heard="are you there").connected().at(5.0)
    assert call.failed[1].strip() == (
        "the model was asked for a response (after the caller said 'are you there') that no step answers: add a `model` step before this one"
    )


def test_a_response_that_no_step_answers_fails_at_the_end() -> None:
    call = Rehearsal("caller: {wait: 2s}").connected().asked()
    call.at(2.0)
    assert call.failed == [
        "scenario.yaml:3:5: the scenario ends while the model is asked for a response that no step answers",
        "    the model was asked for a response (by the application or jambonz) that no step answers: add a `model` step before this one",
        "    remedy: add a `model` step, or set `model: {default: ...}`",
    ]


# --- default answers

DEFAULT = "model: {default: {say: Mm-hm.}}\n"


def test_the_default_answers_what_no_step_does() -> None:
    call = Rehearsal(WAITS, more=DEFAULT).connected()
    assert call.asked("resp_1").asked("resp_2").ordered() == ["resp_1: Mm-hm.", "resp_2: Mm-hm."]


def test_the_default_keeps_still_while_a_step_follows_that_answers() -> None:
    call = Rehearsal("caller: {wait: 2s}", GREETS, WAITS, more=DEFAULT).connected().asked("resp_1")
    assert call.ordered() == []
    assert call.at(2.0).ordered() == ["resp_1: Good evening."]
    assert call.asked("resp_2").ordered() == ["resp_2: Mm-hm."]


def test_a_default_set_by_a_step_also_answers_what_is_waiting() -> None:
    call = Rehearsal("caller: {wait: 2s}", "model: {default: {say: Mm-hm.}}", WAITS).connected().asked("resp_1")
    assert call.at(2.0).ordered() == ["resp_1: Mm-hm."]
    assert call.asked("resp_2").ordered() == ["resp_2: Mm-hm."]


# --- other things that happen to the model


@pytest.mark.parametrize(
    ("step", "order"),
    [
        ("error: server_error", TellModel(Trouble("server_error"))),
        ("disconnect: 1011, reason: gone", TellModel(Disconnect(1011, "gone"))),
        ("disconnect: dropped", TellModel(Disconnect(None))),
        ("expire: true", TellModel(Expire())),
        ("emit: {type: x}", TellModel(EmitRaw({"type": "x"}))),
        ("stall: 2s", TellModel(Stall(2.0))),
        ("mishear: yes please", TellModel(Mishear("yes please"))),
        ("refuse: invalid_api_key", TellModel(Refuse("invalid_api_key"))),
        ("refuse: 503", RefuseModel(503)),
        ("refuse: no_answer", RefuseModel(None)),
    ],
)
def test_what_happens_to_the_model_is_ordered(step: str, order: object) -> None:
    assert Rehearsal(f"model: {{{step}}}", WAITS, started=True).connected().ordered() == [order]


@pytest.mark.parametrize("step", ["error: server_error", "disconnect: 1011", "expire: true", "emit: {type: x}"])
def test_what_happens_on_a_connection_waits_for_one(step: str) -> None:
    call = Rehearsal(f"model: {{{step}}}", WAITS).answered().at(3.0)
    assert call.ordered() == []
    assert len(call.connected().ordered()) == 1


def test_without_a_connection_it_cannot_happen() -> None:
    call = Rehearsal("model: {expire: true}").answered().at(30.0)
    assert call.failed[0] == "scenario.yaml:3:5: the model cannot expire: there is no connection to it"


def test_the_model_goes_away_in_the_middle_of_a_sentence() -> None:
    call = Rehearsal("model: {disconnect: 1011, after: 1s}", WAITS).connected().at(2.0).plays(3.0)
    assert call.at(2.9).ordered() == []
    assert call.at(3.0).ordered() == [TellModel(Disconnect(1011))]


def test_a_backend_changes_in_the_middle_of_a_call() -> None:
    (order,) = Rehearsal("world: {stub: GET https://a.example/x, reply: {status: 503, text: later}}", WAITS).ordered()
    assert isinstance(order, AddBackend)
    assert (order.backend.url, order.backend.answer.status, order.backend.answer.body) == ("https://a.example/x", 503, b"later")


@pytest.mark.parametrize(
    "step",
    [
        "caller: {hang_up: true, after: 1s, within: 2s}",
        "caller: {interrupt: hello, after: 1s, within: 2s}",
        "caller: {say: hello, within: 2s}",
        "caller: {sends: INFO, within: 2s}",
        "caller: {transfers: '1', within: 2s}",
        "caller: {holds: true, within: 2s}",
        "caller: {answer: true, within: 2s}",
        "caller: {decline: 603, within: 2s}",
        "model: {say: hello, within: 2s}",
        "model: {expire: true, within: 2s}",
        "model: {stall: 1s, after: 1s, within: 2s}",
        "model: {disconnect: 1011, after: 1s, within: 2s}",
        "expect: {hook: /a, within: 2s}",
        "any_order: [expect: {hook: /a, within: 2s}, expect: {hook: /b}]",
    ],
)
def test_whoever_waits_does_so_for_as_long_as_the_step_says(step: str) -> None:
    call = Rehearsal(step, WAITS).at(1.99)
    assert call.failed == []
    assert call.at(2.0).failed


# --- the end


def test_after_the_last_step_the_caller_hears_the_assistant_out_and_hangs_up() -> None:
    call = Rehearsal(GREETS).connected().asked().plays(2.0).done()
    assert call.ordered() == ["resp_1: Good evening."]
    assert call.played().ordered() == [HangUp()]
    assert not call.player.done
    call.ends("caller").settled()
    assert (call.player.done, call.failed) == (True, [])


def test_a_call_that_was_never_answered_is_given_up_at_once() -> None:
    assert Rehearsal("caller: {press: 1}").ordered() == ["presses 1", HangUp()]


def test_the_application_may_hang_up_after_the_last_step() -> None:
    call = Rehearsal(GREETS).connected().asked().plays(2.0).done().later(1.0)
    call.ordered()
    call.ends("app").settled()
    assert (call.player.done, call.failed, call.ordered()) == (True, [], [])


def test_an_end_of_the_call_that_nobody_settles_is_waited_for_in_vain() -> None:
    call = Rehearsal("caller: {hang_up: true}").answered().ends("caller").later(GRACE_S)
    assert call.player.done


def test_after_a_failure_the_caller_hangs_up_and_nothing_more_is_played() -> None:
    call = Rehearsal("caller: {say: hello, within: 1s}", "caller: {press: 1}").at(1.0)
    assert call.ordered() == [HangUp()]
    assert call.player.done
    assert call.asked().answered().later(60).ordered() == []


def test_a_failed_player_says_what_it_waited_for() -> None:
    call = Rehearsal(WAITS, HELLO)
    assert call.player.waits_for == "scenario.yaml:3:5"
    call.at(100.0)
    assert call.player.waits_for == "scenario.yaml:4:5"
    call.answered().later(5.0)
    assert call.player.waits_for == "the end of the call"
    call.ends().settled()
    assert call.player.waits_for == "nothing"


def test_a_step_that_is_done_at_once_does_not_wait_for_the_next_frame() -> None:
    call = Rehearsal("caller: {press: 1}", "caller: {press: 2}", "world: {stub: GET https://a.example/, reply: 200}", "caller: {press: 3}")
    assert [act for act in call.ordered() if isinstance(act, str)] == ["presses 1", "presses 2", "presses 3"]


@pytest.mark.parametrize(("step", "minds"), [("expect: {event: error}", True), ("expect: {frame: {kind: x}}", True), (HELLO, False)])
def test_only_some_steps_want_to_hear_of_every_frame(step: str, minds: bool) -> None:
    assert Rehearsal(step).player.minds_everything is minds


def test_frames_noted_before_the_first_step_are_known_to_it() -> None:
    call = Rehearsal(HELLO, started=False)
    call.journal.note("media", "jambonz", "sip_response", {"status": 200}, at_s=0.0)
    call._acts += call.player.start(0.0)
    assert call.ordered() == ["speaks: hello"]


def test_requests_of_a_closed_call_are_no_surprise() -> None:
    request = ResponseRequested("resp_9", "client")
    call = Rehearsal("caller: {hang_up: true}").connected().ends("caller").happens(Asked(request)).settled()
    assert call.failed == []


# --- faults of events


def test_a_fault_is_laid_at_once_and_the_scenario_goes_on() -> None:
    call = Rehearsal("model: {drop: response.done, times: 2}", "model: {disconnect: dropped, after: response.created}", HELLO)
    assert call.ordered() == [
        TellModel(Fault("response.done", Drop(), times=2, number=1)),
        TellModel(Upon("response.created", (Disconnect(None),), number=2)),
    ]
    assert call.answered().ordered() == ["speaks: hello"]


def test_a_fault_that_never_struck_fails_the_scenario() -> None:
    call = Rehearsal("model: {duplicate: response.done, times: 2, after: response.created}", "caller: {wait: 1s}").connected().at(1.0)
    call.notes("model", "scenario", "fault", what="arm", event="response.created", number=1)
    call.notes("model", "scenario", "fault", what="duplicate", event="response.done", number=1)
    call.ends().settled().later(100.0)
    assert call.failed == [
        "scenario.yaml:3:5: the fault duplicate struck 1 times only",
        '    it was to follow "response.created"',
        '    it was to meet "response.done"',
        "    remedy: write the step before the model sends such an event",
    ]


@pytest.mark.parametrize(("step", "kind"), [("drop: response.done, times: all", "fault"), ("error: server_error, after: response.done", "scripted")])
def test_a_fault_that_struck_is_content(step: str, kind: str) -> None:
    call = Rehearsal(f"model: {{{step}}}", "caller: {wait: 1s}").connected().at(1.0)
    call.notes("model", "scenario", kind, what="drop", event="response.done", number=1)
    call.ends().settled().later(100.0)
    assert call.failed == []


def test_a_response_whose_end_is_lost_keeps_nobody_waiting() -> None:
    call = Rehearsal(GREETS, HELLO).connected().asked()
    call.ordered()
    call.plays(1.0).played()
    assert call.ordered() == []
    assert call.notes("model", "scenario", "fault", what="drop", event="response.done", response_id="resp_1", number=1).ordered() == ["speaks: hello"]
