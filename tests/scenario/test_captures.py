"""What a pattern captures is there for the steps behind it, as it was."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioErrors
from simulator.scenario.acts import AddBackend, AnswerModel, AskApi, HangUp
from simulator.scenario.load import load, loads
from simulator.scenario.steps import Later
from simulator.vendors.openai.events import CallTool
from tests.scenario.rehearsal import Rehearsal
from tests.scenario.test_scenario_mistakes import told

DONE = "caller: {press: 9}"
SAID = ["presses 9", HangUp()]
"""What is ordered when that step, the last one, is reached."""
CALLED = "expect: {frame: {kind: 'llm:tool-call', frame: {data: {tool_call_id: {as: tool_call_id}}}}}"


def calls_tool(call: Rehearsal, tool_call_id: Any = "call_1") -> Rehearsal:
    return call.jambonz("llm:tool-call", data={"tool_call_id": tool_call_id, "name": "get_weather", "args": {}})


def returns(call: Rehearsal, call_id: Any, output: str = "{}") -> Rehearsal:
    return call.app("command", command="llm:tool-output", data={"item": {"type": "function_call_output", "call_id": call_id, "output": output}})


def hook(call: Rehearsal, **data: Any) -> Rehearsal:
    return call.jambonz("verb:hook", hook="/a", data=data)


def lines(*steps: str) -> str:
    return "name: x\nsteps:\n" + "".join(f"- {step}\n" for step in steps)


# --- from a frame into a step


def test_what_is_captured_is_expected_again() -> None:
    call = Rehearsal(CALLED, "expect: {tool_output: {call_id: '${tool_call_id}'}}", DONE)
    returns(calls_tool(call, "call_7"), "call_8")
    assert call.ordered() == []
    assert returns(call, "call_7").ordered() == SAID


def test_a_failure_says_what_was_captured() -> None:
    call = Rehearsal(CALLED, "expect: {tool_output: {call_id: '${tool_call_id}'}}")
    returns(calls_tool(call, "call_7"), "call_8").at(6.0)
    assert call.failed[:4] == [
        'scenario.yaml:4:5: expected tool_output: {"call_id": "call_7"}, but what came differs',
        '    tool_call_id is "call_7"',
        "    nearest: #1 at 0.000 s, app link, app: command",
        '      call_id: expected "call_7", got "call_8"',
    ]


def test_it_is_captured_when_the_whole_pattern_fits_and_not_before() -> None:
    call = Rehearsal("expect: {action: {reason: {as: why}, digits: '2'}}", "caller: {say: 'because ${why}'}").answered()
    hook(call, reason="timeout", digits="1")
    hook(call, reason="dtmf", digits="2")
    assert call.ordered() == ["speaks: because dtmf"]


def test_a_pattern_beside_the_name_must_fit_too() -> None:
    call = Rehearsal("expect: {action: {digits: {as: code, matches: '/^[0-9]{4}$/'}}}", "caller: {press: '${code}'}")
    hook(call, digits="12")
    assert call.ordered() == []
    assert hook(call, digits="1234").ordered()[0] == "presses 1234"


def test_named_groups_of_a_regular_expression_capture() -> None:
    call = Rehearsal(
        r"expect: {say: '/code is (?P<code>\d+)(?P<rest>, never)?/'}", "caller: {press: '${code}'}", "caller: {say: 'so ${rest:-it is}'}"
    )
    call.answered().notes("media", "jambonz", "said", text="Your code is 4711, thank you.")
    assert call.ordered() == ["presses 4711", "speaks: so it is"]


def test_a_short_form_captures_what_it_speaks_about() -> None:
    call = Rehearsal("expect: {say: {as: words}}", "caller: {say: 'You said ${words}'}").answered()
    assert call.notes("media", "jambonz", "said", text="Hello.", voice="x").ordered() == ["speaks: You said Hello."]


def test_a_later_capture_of_the_same_name_replaces_the_first() -> None:
    call = Rehearsal("expect: {action: {n: {as: n}}}", "expect: {action: {n: {as: n}}}", "caller: {press: '${n}'}")
    assert hook(hook(call, n="1"), n="2").ordered()[0] == "presses 2"


def test_one_that_the_rest_api_answered_is_captured_too() -> None:
    call = Rehearsal(
        "world: {api: list, answers: {status: {as: status}, body: [{sid: {as: sid}}]}}", "world: {api: update, with: {whisper: '${sid}'}}"
    )
    call.notes("world", "jambonz", "api_reply", status=200, body=[{"sid": "s-1"}])
    assert [act.body for act in call.ordered() if isinstance(act, AskApi)] == [{}, {"whisper": "s-1"}]


def test_a_key_that_looks_like_a_name_waits_for_nothing() -> None:
    (step,) = loads(lines("world: {api: update, with: {'$${x}': 1}}"))[0].steps
    assert getattr(step, "with_", None) == {"${x}": 1}


@pytest.mark.parametrize(
    ("answers", "fits"),
    [
        ("201", True),
        ("{any_of: [200, 201]}", True),
        ("{status: 201}", True),
        ("'*'", True),
        ("{less_than: 300}", True),
        ("200", False),
        ("{as: code}", True),
    ],
)
def test_what_the_rest_api_answers_may_be_short_for_its_status(answers: str, fits: bool) -> None:
    call = Rehearsal(f"world: {{api: list, answers: {answers}}}").notes("world", "jambonz", "api_reply", status=201, body=[])
    assert (call.failed == []) is fits


# --- where it goes


def captured(value: Any, step: str) -> Any:
    """What is ordered by a step that takes in `value` as ${x}."""
    call = Rehearsal("expect: {action: {x: {as: x}}}", step).answered()
    ordered = hook(call, x=value).ordered()
    assert call.failed == []
    return ordered[0] if ordered else None


def test_a_model_answers_with_the_call_id_of_an_earlier_call() -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", "model: {call: {name: get, call_id: '${x}', with: {id: '${x}', n: 'no. ${x}'}}}")
    hook(call.connected(), x="call_7").asked()
    answer = next(act for act in call._acts if isinstance(act, AnswerModel))
    assert answer.answer.items == (CallTool("get", '{"id": "call_7", "n": "no. call_7"}', "call_7"),)


@pytest.mark.parametrize("value", [3, 1.5, True, None, "3", "", "*", "/x/", [1, {"a": "*"}], {"contains": "a"}, {"as": "b"}, {"a": {"as": "${c}"}}])
def test_a_value_that_is_the_whole_text_stays_as_it_is(value: Any) -> None:
    made = captured(value, "world: {api: update, with: {x: '${x}'}}")
    assert made.body == {"x": value}
    assert type(made.body["x"]) is type(value)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("*", "anything"),
        ("/a/", "a"),
        ({"contains": "a"}, {"contains": "a", "b": 1}),
        ({"as": "n"}, 1),
        (["..."], [1, 2]),
        (1, True),
        ("...", 1),
        ({}, {"a": 1}),
    ],
)
def test_in_a_pattern_it_means_itself_whatever_it_looks_like(value: Any, other: Any) -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", "expect: {action: {y: '${x}'}}", DONE)
    hook(hook(call, x=value), y=other)
    assert call.ordered() == []
    assert hook(call, y=value).ordered() == SAID


@pytest.mark.parametrize(
    ("value", "pattern", "fitting", "other"),
    [
        ("a*", "{contains: '${x}'}", "an a*, and more", "aaa"),
        ("a", "{contains: '${x}'}", ["b", "a"], ["b"]),
        (3, "{less_than: '${x}'}", 2, 3),
        (3, "{more_than: '${x}'}", 4, 3),
        (["*", "b"], "{any_of: '${x}'}", "*", "c"),
        ("*", "{any_of: ['${x}', b]}", "b", "c"),
        ("a", "{not: '${x}'}", "b", "a"),
        ({"a": 1}, "['${x}', '...']", [{"a": 1}, 2], [{"a": 1, "b": 2}]),
    ],
)
def test_words_ask_for_it(value: Any, pattern: str, fitting: Any, other: Any) -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", f"expect: {{action: {{y: {pattern}}}}}", DONE)
    hook(hook(call, x=value), y=other)
    assert call.ordered() == []
    assert hook(call, y=fitting).ordered() == SAID


def test_in_a_regular_expression_every_character_of_it_means_itself() -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", "expect: {action: {y: '/^to ${x}, please/'}}", DONE)
    hook(hook(call, x="+1 (508) .*"), y="to +1 (508) 999, please")
    assert call.ordered() == []
    assert hook(call, y="to +1 (508) .*, please").ordered() == SAID


def test_a_text_with_it_is_no_regular_expression_unless_it_was_written_as_one() -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", "expect: {action: {y: '${x}${x}'}}", DONE)
    hook(hook(call, x="/"), y="anything")
    assert call.ordered() == []
    assert hook(call, y="//").ordered() == SAID


def test_members_of_what_was_captured() -> None:
    made = captured(
        {"a": [{"b": 5}], "c": ""}, "world: {api: update, with: {five: '${x.a.0.b}', c: '${x.c:-nothing}', d: '${x.d:-none}', e: 'is ${x.a.0.b}'}}"
    )
    assert made.body == {"five": 5, "c": "nothing", "d": "none", "e": "is 5"}


def test_a_stub_answers_with_it() -> None:
    made = captured("o/1", "world: {stub: 'GET https://a.example/orders', query: {id: '${x}'}, reply: {json: {id: '${x}'}}}")
    assert isinstance(made, AddBackend)
    assert made.backend.answer.body == b'{"id": "o/1"}'


@pytest.mark.parametrize(("value", "waited_s"), [("3s", 3.0), ("300ms", 0.3)])
def test_a_duration_may_be_captured(value: str, waited_s: float) -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", "caller: {wait: '${x}'}", DONE)
    assert hook(call, x=value).at(waited_s - 0.01).ordered() == []
    assert call.at(waited_s).ordered() == SAID


def test_beside_it_the_environment_and_cases_are_filled_in_as_ever() -> None:
    text = lines("expect: {action: {x: {as: x}}}", "caller: {press: '${A}${x}${case.n}'}") + "cases: [{name: c, n: 3}]\n"
    (scenario,) = loads(text, env={"A": "1"})
    later = scenario.steps[1]
    assert isinstance(later, Later)
    assert (str(later), later.takes_in) == ("caller.press", ("x",))


def test_what_is_captured_goes_before_the_environment() -> None:
    text = lines("caller: {press: '${CODE}'}", "expect: {action: {code: {as: CODE}}}", "caller: {press: '${CODE}'}")
    first, _, last = loads(text, env={"CODE": "1"})[0].steps
    assert (getattr(first, "press", None), type(last)) == ("1", Later)


@pytest.mark.parametrize(
    "first",
    ["expect: {say: {as: x}}", "expect: {verbs: [{as: x}, ...]}", "expect: {response: {id: {as: x}}}", "expect: {heard: {contains: {as: x}}}"],
)
def test_any_expectation_may_capture(first: str) -> None:
    assert isinstance(loads(lines(first, "caller: {say: '${x}'}"))[0].steps[1], Later)


# --- what cannot be known before the call


@pytest.mark.parametrize(
    ("value", "step", "said"),
    [
        (
            "soon",
            "caller: {wait: '${x}'}",
            "caller.wait: expected a duration like 300ms or 1.5s, found the text 'soon' (units are ms, s, m and h, right behind the number)",
        ),
        ("abc!", "caller: {press: '${x}'}", "caller.press: expected keys of a telephone: 0 to 9, *, #, A to D, found 'abc!'"),
        ({"a": 1}, "caller: {say: 'a ${x}'}", "${x} is a mapping and cannot stand inside of text (let it stand alone)"),
        ([1], "caller: {say: '${x}'}", "caller.say: expected text, found a list (write one text, without [ ] or { } around it)"),
        ({"a": 1}, "caller: {say: '${x.b}'}", "${x.b}: there is no 'b' in what was captured: {\"a\": 1}"),
        (
            "ftp://x",
            "world: {stub: '${x}', reply: 200}",
            "world.stub: 'ftp://x/' is not a URL (write a method and a URL: stub: GET https://api.example.com/v1/orders)",
        ),
    ],
)
def test_a_value_that_cannot_stand_there_fails_the_step(value: Any, step: str, said: str) -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", step).answered()
    hook(call, x=value)
    problem, known, detail, *_ = call.failed
    assert problem.startswith("scenario.yaml:4:5: the step ")
    assert problem.endswith(" cannot be played with what was captured")
    assert known.startswith("    x is ")
    assert detail == f"    {said}"


def test_a_value_nested_without_end_fails_the_step_and_not_us() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    call = Rehearsal("expect: {action: {x: {as: x}}}", "world: {api: update, with: {x: '${x}'}}")
    assert "nested more than" in "\n".join(hook(call, x=deep).failed)


def test_sound_is_captured_as_it_is_on_the_wire() -> None:
    call = Rehearsal("expect: {client_event: {type: input_audio_buffer.append, audio: {as: x}}}", "caller: {say: 'it is ${x}'}").answered()
    call.notes("model", "jambonz", "input_audio_buffer.append", type="input_audio_buffer.append", audio=b"\0\1")
    assert call.ordered() == ["speaks: it is AAE="]


# --- what is known before the call


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            ["caller: {say: '${order}'}", "expect: {say: {as: order}}"],
            "3:17: ${order} is not known yet here: it is captured in line 4\n"
            "    use it in a step behind that one; what stands before the steps is there before the call",
        ),
        (
            ["expect: {say: {as: order}}", "caller: {say: '${ordr}'}"],
            "4:17: the environment has no ordr, and no step before this one captures it\n"
            "    did you mean ${order}? Set it, or write ${ordr:-default}.",
        ),
        (
            ["expect: {say: {as: order}}", "caller: {say: '${ordr.id}'}"],
            "4:17: ${ordr.id}: there is nothing called 'ordr'\n"
            "    did you mean 'order'? Known: case, fake, order. A variable of the environment has no dot in its name.",
        ),
        (
            ["expect: {action: {a: {as: x}, b: {as: x}}}"],
            "3:37: x is captured twice in one step\n    give it another name here; the first stands in line 3",
        ),
        (
            ["expect: {action: {a: {as: x}, b: '/(?P<x>.)/'}}"],
            "3:36: x is captured twice in one step\n    give it another name here; the first stands in line 3",
        ),
        (
            ["expect: {say: {as: x}, absent: true}"],
            "3:18: x is captured from what must not happen\n    leave out absent:, or what is captured",
        ),
        (
            ["expect: {say: {as: x, matches: {absent: true}}}"],
            "3:34: expect.say: what is absent cannot be captured\n    leave out as:, or the pattern",
        ),
        (
            ["expect: {say: {not: {as: x}}}"],
            "3:24: expect.say: x is captured from what must not be there, inside of not\n    capture from an expectation of its own",
        ),
        (
            ["expect: {say: {any_of: [a, '/(?P<x>.)/']}}"],
            "3:30: expect.say: x is captured from one of several alternatives, inside of any_of\n    write {as: name, matches: {any_of: […]}}",
        ),
        (
            ["expect: {say: {as: 'a b'}}"],
            "3:22: expect.say: expected the name of what is captured, found the text 'a b'\n    letters, digits and _, for example as: order_id",
        ),
        (
            ["expect: {say: {as: [a]}}"],
            "3:22: expect.say: expected the name of what is captured, found a list\n    letters, digits and _, for example as: order_id",
        ),
        (
            ["expect: {say: {as: fake}}"],
            "3:18: expect.say: nothing can be captured as 'fake'\n    ${fake.…} means something else: write another name",
        ),
        (
            ["world: {stub: GET https://a.example/, json: {id: {as: x}}, reply: 200}"],
            "3:53: world.stub: json: nothing is captured here\n"
            "    expect: captures what it waits for; with another key beside it, `as` is a key like all others",
        ),
        (
            ["model: {drop: {type: response.done, response: {as: x}}}"],
            "3:50: model.drop: nothing is captured here\n"
            "    expect: captures what it waits for; with another key beside it, `as` is a key like all others",
        ),
        (
            ["expect: {say: {as: x}}", "caller: {say: a, who: '${x}'}"],
            "4:25: this must be known before the call\n    write it out: nothing that is captured can be a part of it",
        ),
        (
            ["expect: {say: {as: x}}", "expect: {finding: '${x}'}"],
            "4:21: this must be known before the call\n    write it out: nothing that is captured can be a part of it",
        ),
        (
            ["expect: {say: {as: x}}", "world: {api: update, with: {'a${x}': 1}}"],
            "4:31: the key 'a${x}' takes in a captured value, and only values can\n    write the key out",
        ),
        (
            ["expect: {say: {as: x}}", "caller: '${x}'"],
            "4:11: caller: expected a mapping of what it does, found the text '${x}'\n"
            "    a captured value cannot be a whole step: write what is done, with the value in it",
        ),
    ],
)
def test_a_name_in_the_wrong_place_is_explained(steps: list[str], said: str) -> None:
    assert told(lines(*steps)) == said


def test_the_rest_of_an_open_step_is_checked_before_the_call() -> None:
    assert told(lines("expect: {say: {as: x}}", "caller: {say: '${x}', withn: 3s}", "model: {call: a, with: {b: '${x}'}, within: 3}")) == (
        "4:25: caller.say has no 'withn'\n    did you mean 'within'? Known: who, say, within.\n"
        "5:47: model: within: expected a duration like 300ms or 1.5s, found the number 3\n    say the unit: 3s or 3ms"
    )


def test_what_stands_before_the_steps_is_there_before_the_call() -> None:
    text = "name: '${x}'\nworld:\n- {stub: GET https://a.example/, reply: {json: '${x}'}}\nsteps:\n- expect: {say: {as: x}}\n"
    assert [line.split(": ", 1)[0] for line in told(text).splitlines() if line[0] != " "] == ["1:7", "3:48"]


def test_a_key_called_as_beside_others_is_a_key() -> None:
    with pytest.raises(ScenarioErrors):
        loads(lines("expect: {action: {who: {as: caller, n: 1}}}", "caller: {say: '${caller}'}"))


def test_what_is_captured_in_a_file_may_be_used_in_the_one_that_includes_it(tmp_path: Path) -> None:
    (tmp_path / "_order.yaml").write_text("- expect: {say: '/order (?P<order>[0-9]+)/'}\n")
    (tmp_path / "a.yaml").write_text("name: x\nsteps:\n- !include _order.yaml\n- caller: {press: '${order}'}\n")
    assert isinstance(load(tmp_path / "a.yaml", env={})[0].steps[1], Later)
    (tmp_path / "a.yaml").write_text("name: x\nsteps:\n- caller: {press: '${order}'}\n- !include _order.yaml\n")
    with pytest.raises(ScenarioErrors, match=r"it is captured at .*_order\.yaml:1:17"):
        load(tmp_path / "a.yaml", env={})


def test_a_case_may_say_what_is_captured() -> None:
    text = lines("expect: {say: '${case.wanted}'}", "caller: {press: '${code}'}") + "cases:\n- {name: a, wanted: '/code (?P<code>.)/'}\n"
    assert isinstance(loads(text)[0].steps[1], Later)
    assert "the environment has no code" in told(text + "- {name: b, wanted: hello}\n"), "the other case captures nothing"


def test_a_scenario_with_open_steps_travels_to_another_process() -> None:
    (scenario,) = loads(lines("expect: {say: {as: x}}", "any_order: [expect: {hook: '${x}'}, expect: {say: '/${x}/'}]"))
    there = pickle.loads(pickle.dumps(scenario))
    assert [line.takes_in for line in there.steps[1].lines] == [("x",), ("x",)]


# --- whatever is captured

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["*", "/(/", "/(a+)+$/", "${x}", "...", "2s", "503"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.sampled_from(["as", "contains", "not"]), inner, max_size=3),
    max_leaves=6,
)
TAKING = (
    "caller: {say: '${x}'}",
    "caller: {press: '1${x}'}",
    "caller: {wait: '${x}'}",
    "caller: {noise: 1s, level_db: '${x}'}",
    "caller: {decline: '${x}'}",
    "caller: {transfers: '${x}', headers: {X-Id: '${x}'}}",
    "model: {say: ['${x}', 'a ${x}'], call: {name: '${x}', with: {a: '${x}'}}, thinks: '${x}'}",
    "model: {call: '${x}'}",
    "model: {fail: '${x}', message: '${x}'}",
    "model: {emit: {type: '${x}', a: '${x}'}}",
    "model: {emit: '${x}'}",
    "model: {drop: '${x}'}",
    "model: {stall: 1s, after: '${x}'}",
    "model: {disconnect: '${x}'}",
    "world: {stub: '${x}', reply: '${x}'}",
    "world: {stub: 'GET https://a.example/${x}', query: {a: '/${x}/'}, json: '${x}', reply: {status: '${x}', json: '${x}', headers: {a: '${x}'}}}",
    "world: {stub: 'GET /${x}/', reply: 200}",
    "world: {api: update, with: '${x}', answers: '${x}'}",
    "world: {api: update, with: {a: '${x}'}, answers: {body: {as: y, matches: '${x}'}}}",
    "expect: {verbs: ['${x}', {say: {text: '${x}'}}]}",
    "expect: {verbs: '${x}'}",
    "expect: {response: '${x}'}",
    "expect: {call: '${x}'}",
    "expect: {frame: {link: '${x}', frame: '${x}'}}",
    "expect: {frame: '${x}'}",
    "expect: {event: {type: '${x}', a: {any_of: ['${x}', 'a ${x}']}, b: {less_than: '${x}'}, c: {any_of: '${x}'}, d: {contains: '${x}'}}}",
    "expect: {say: '${x}', within: '${x}'}",
    "any_order: [expect: {say: '${x}'}, in_order: [expect: {hook: {as: y}}, expect: {action: {a: '${y}', b: '/${x}/'}, within: '${x}'}]]",
)


@pytest.mark.parametrize("step", TAKING)
@given(value=ANYTHING)
@settings(max_examples=30, deadline=None)
def test_whatever_was_captured_is_played_or_fails_the_step(step: str, value: Any) -> None:
    call = Rehearsal("expect: {action: {x: {as: x}}}", step).connected()
    hook(call, x=value).asked()
    hook(call, a=value, b="b", x=value).jambonz("llm:event", data={"type": "t", "a": value, "b": 1, "d": [value]})
    call.notes("world", "jambonz", "api_reply", status=200, body=value).app("ack", data=[value, {"verb": "say", "text": value}]).at(200.0)
    assert call.player.done or call.player.waits_for == "the end of the call" or call.player.step_number == 1
    if call.failed and call.failed[0].endswith("cannot be played with what was captured"):
        assert call.failed[1].startswith("    x is ")
