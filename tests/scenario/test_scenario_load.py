"""Files become scenarios: what each key means, and the defaults."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioErrors, UsageError, Where
from simulator.jambonz.defects import KNOWN, Defects
from simulator.pattern import MISSING
from simulator.scenario.load import CallSettings, JambonzSettings, ModelSettings, Scenario, collect, load, loads
from simulator.scenario.steps import caller, expect, model, world
from simulator.scenario.steps.registry import ACTORS, Line
from tests.wav import wav

ANYWHERE = Where("", 0, 0)

DESIGN = r"""
# yaml-language-server: $schema=../../simulator/scenario/scenario.schema.json
name: the caller asks for the weather, then changes her mind
tags: [tools, barge-in]
openai: ga                        # what the model server speaks: ga | beta (default ga)
jambonz: {profile: "0.9.8", compat: on}
call: {from: "+15083084809", to: "+15083728363"}
world:
  - stub: GET https://geocoding-api.open-meteo.com/v1/search
    query: {name: Berlin}
    reply: {json: {results: [{name: Berlin, latitude: 52.52, longitude: 13.42}]}}
  - stub: GET https://api.open-meteo.com/v1/forecast
    reply: {json: {current: {temperature_2m: 21.4, wind_speed_10m: 9.7}}, after: 120ms}
steps:
  - expect: {verbs: [answer, pause, llm, hangup]}
  - model:  {say: "Hello, how can I help?"}
  - caller: {say: "What is the weather in Berlin in celsius?"}
  - model:  {call: get_weather, with: {location: Berlin, scale: celsius}}
  - expect: {tool_output: {output: /21\.4/}, within: 2s}
  - model:  {say: "It is twenty one degrees in Berlin, with a light breeze from the west."}
  - caller: {interrupt: "And in Paris?", after: 1.2s}
  - expect: {response: cancelled}
  - model:  {fail: rate_limit_exceeded, try_again_in: 20s}
  - expect: {say: "Sorry, you have exceeded your open AI rate limits. Please try again in 20 seconds."}
  - expect: {call: completed, by: app}
"""
"""The example of the design, section 6."""


def steps(*lines: str) -> list[Line]:
    """The steps of a scenario that has these lines."""
    (scenario,) = loads("name: x\nsteps:\n" + "".join(f"- {line}\n" for line in lines))
    return list(scenario.steps)


def step(line: str) -> Any:
    return steps(line)[0]


def test_the_example_of_the_design() -> None:
    (scenario,) = loads(DESIGN, "weather.yaml")
    assert scenario.id == "the caller asks for the weather, then changes her mind"
    assert (scenario.tags, scenario.openai, scenario.seed, scenario.clock) == (("tools", "barge-in"), "ga", 0, None)
    assert scenario.jambonz == JambonzSettings(profile="0.9.8", compat=True)
    assert scenario.call == CallSettings(from_="+15083084809", to="+15083728363")
    geocoding, forecast = scenario.world
    assert (geocoding.method, geocoding.url, geocoding.query) == ("GET", "https://geocoding-api.open-meteo.com/v1/search", {"name": "Berlin"})
    assert forecast.reply == world.Reply(json={"current": {"temperature_2m": 21.4, "wind_speed_10m": 9.7}}, after_s=0.12)
    rate_limits = "Sorry, you have exceeded your open AI rate limits. Please try again in 20 seconds."
    assert scenario.steps == (
        expect.Verbs(where=ANYWHERE, verbs=("answer", "pause", "llm", "hangup")),
        model.Answer(where=ANYWHERE, say=("Hello, how can I help?",)),
        caller.Say(where=ANYWHERE, say="What is the weather in Berlin in celsius?"),
        model.Answer(where=ANYWHERE, call=(model.ToolCall(name="get_weather"),), with_={"location": "Berlin", "scale": "celsius"}),
        expect.ToolOutput(where=ANYWHERE, tool_output={"output": r"/21\.4/"}, within_s=2.0),
        model.Answer(where=ANYWHERE, say=("It is twenty one degrees in Berlin, with a light breeze from the west.",)),
        caller.Interrupt(where=ANYWHERE, interrupt="And in Paris?", after_s=1.2),
        expect.Response(where=ANYWHERE, response="cancelled"),
        model.Answer(where=ANYWHERE, fail="rate_limit_exceeded", try_again_in="20s"),
        expect.Say(where=ANYWHERE, say=rate_limits),
        expect.Call(where=ANYWHERE, call="completed", by="app"),
    )
    assert [str(one.where) for one in scenario.steps[:2]] == ["weather.yaml:15:5", "weather.yaml:16:5"]
    assert (scenario.file, str(scenario.where)) == ("weather.yaml", "weather.yaml:3:1")


def test_what_is_left_out_has_a_default() -> None:
    (scenario,) = loads("name: x\nsteps:\n- caller: {hang_up: true}")
    assert scenario == Scenario(where=ANYWHERE, name="x", steps=(caller.HangUp(where=ANYWHERE, hang_up=True),))
    assert scenario.call == CallSettings(from_="+15083084809", to="+15083728363", caller_name="", direction="inbound")
    assert scenario.jambonz == JambonzSettings(profile="0.9.8", compat=None, status_hook=True)
    assert (scenario.model, scenario.ignore, scenario.world, scenario.tags) == (ModelSettings(), {}, (), ())


@pytest.mark.parametrize(
    ("written", "compat"),
    [
        ("", True),
        ("openai: beta\n", False),
        ("openai: beta\njambonz: {compat: on}\n", True),
        ("jambonz: {compat: off}\n", False),
        ("jambonz: {compat: No}\n", False),
        ("jambonz: {compat: true}\n", True),
    ],
)
def test_compat_is_on_for_ga_unless_said(written: str, compat: bool) -> None:
    assert loads(written + "name: x\nsteps:\n- caller: {hang_up: true}")[0].compat is compat


@pytest.mark.parametrize(
    ("written", "off"),
    [
        ("", set()),
        ("jambonz: {defects: on}\n", set()),
        ("jambonz: {defects: off}\n", set(KNOWN)),
        ("jambonz: {defects: false}\n", set(KNOWN)),
        ("jambonz: {defects: {rc_zero: off}}\n", {"rc_zero"}),
        ("jambonz: {defects: {rc_zero: off, open_filter: on, stuck_queue: no}}\n", {"rc_zero", "stuck_queue"}),
        ("jambonz: {defects: {}}\n", set()),
        ("jambonz: {defects: {rc_zero: '${SWITCH:-off}'}}\n", {"rc_zero"}),
    ],
)
def test_defects_of_the_real_server_are_on_unless_switched_off(written: str, off: set[str]) -> None:
    assert loads(written + "name: x\nsteps:\n- caller: {hang_up: true}")[0].jambonz.defects == Defects(frozenset(off))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("{rc_zeros: off}", "1:21: jambonz: defects: there is no defect 'rc_zeros'\n    did you mean 'rc_zero'?"),
        ("{rc_zero: never}", "1:30: jambonz: defects.rc_zero: expected true or false, found the text 'never'"),
        ("none", "1:20: jambonz: defects: expected on or off, or a mapping from names of defects to on or off, found the text 'none'"),
        ("[rc_zero]", "1:20: jambonz: defects: expected on or off, or a mapping from names of defects to on or off, found a list"),
    ],
)
def test_a_defect_that_is_not_known_is_an_error_with_a_suggestion(written: str, problem: str) -> None:
    with pytest.raises(ScenarioErrors, match=re.escape(problem)):
        loads(f"jambonz: {{defects: {written}}}\nname: x\nsteps:\n- caller: {{hang_up: true}}")


def test_numbers_are_text_where_people_write_them_without_quotes() -> None:
    (scenario,) = loads(
        "name: x\njambonz: {profile: 10}\ncall: {from: +15083084809, to: 0049301234, env_vars: {A: 1, B: true, C: null}, headers: {X-Id: 007}}\n"
        "steps:\n- caller: {press: 0123}\n- caller: {press: 42#}\n- model: {fail: rate_limit_exceeded, try_again_in: 20s}\n"
    )
    assert (scenario.jambonz.profile, scenario.call.from_, scenario.call.to) == ("10", "+15083084809", "0049301234")
    assert (scenario.call.env_vars, scenario.call.headers) == ({"A": "1", "B": "true", "C": None}, {"X-Id": "007"})
    assert [one.press for one in scenario.steps if isinstance(one, caller.Press)] == ["0123", "42#"]


@pytest.mark.parametrize(("written", "seconds"), [("300ms", 0.3), ("1.5s", 1.5), ("2m", 120.0), ("1m26.4s", 86.4), ("0s", 0.0), ("1h", 3600.0)])
def test_durations_have_units(written: str, seconds: float) -> None:
    assert step(f"caller: {{wait: {written}}}").wait_s == seconds


# --- the steps of each actor


def test_steps_of_the_caller() -> None:
    assert steps(
        "caller: {say: hello, within: 5s}",
        "caller: {interrupt: stop}",
        "caller: {press: '1'}",
        "caller: {wait: 2s}",
        "caller: {hang_up: true, after: 1s}",
        "caller: {hang_up: {X-Reason: bored}}",
        "caller: {noise: 300ms, level_db: -20}",
    ) == [
        caller.Say(where=ANYWHERE, say="hello", within_s=5.0),
        caller.Interrupt(where=ANYWHERE, interrupt="stop", after_s=None, within_s=30.0),
        caller.Press(where=ANYWHERE, press="1"),
        caller.Wait(where=ANYWHERE, wait_s=2.0),
        caller.HangUp(where=ANYWHERE, hang_up=True, after_s=1.0),
        caller.HangUp(where=ANYWHERE, hang_up={"X-Reason": "bored"}),
        caller.Noise(where=ANYWHERE, noise_s=0.3, level_db=-20.0),
    ]
    assert [step(f"caller: {{hang_up: {how}}}").headers for how in ("true", "{X-Reason: bored}")] == [{}, {"X-Reason": "bored"}]


def test_a_sound_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").write_bytes(wav(bytes(320), 8_000))
    (tmp_path / "a.yaml").write_text("name: x\nsteps:\n- caller: {play: hello.wav, says: hello}\n")
    (scenario,) = load(tmp_path / "a.yaml", env={})
    (play,) = scenario.steps
    assert isinstance(play, caller.Play)
    assert (play.path, play.says) == (tmp_path / "hello.wav", "hello")


def test_answers_of_the_model() -> None:
    assert step("model: {say: [one, two], lasts: 3s, thinks: 200ms}") == model.Answer(
        where=ANYWHERE, say=("one", "two"), lasts_s=3.0, thinks_s=0.2, text=False, within_s=30.0
    )
    both = step("model: {say: one moment, call: find, with: {id: 1}}")
    assert [(call.name, call.arguments_text) for call in both.calls] == [("find", '{"id": 1}')]
    assert step("model: {call: find, arguments: '{\"id\": '}").calls[0].arguments_text == '{"id": '
    assert step("model: {call: find}").calls[0].arguments_text == "{}"
    several = step("model: {call: [find, {name: book, with: {day: 2}, call_id: call_1}]}")
    assert several.calls == (model.ToolCall(name="find"), model.ToolCall(name="book", with_={"day": 2}, call_id="call_1"))
    assert step("model: {call: {name: find, with: {id: 1}}}").calls[0].with_ == {"id": 1}
    assert step("model: {fail: server_error, message: oh}").message == "oh"
    assert step("model: {say: hm, fail: content_filter}").fail == "content_filter"
    assert step("model: {fail: rate_limit_exceeded, try_again_in: 1m26.4s, limit: requests}").limit == "requests"


def test_what_goes_wrong_with_the_model() -> None:
    assert steps(
        "model: {error: session_expired}",
        "model: {error: {code: x, type: y, message: z, param: p}}",
        "model: {refuse: invalid_api_key}",
        "model: {refuse: 503}",
        "model: {refuse: no_answer}",
        "model: {disconnect: 1011, reason: sorry}",
        "model: {disconnect: dropped, after: 2s}",
        "model: {expire: true}",
        "model: {stall: 3s}",
        "model: {stall: 3s, after: response.created}",
        "model: {drop: response.done}",
        "model: {delay: '/audio.delta$/', by: 2s, times: all, skip: 3}",
        "model: {duplicate: {type: response.output_item.done, item: {type: function_call}}, copies: 2, after: 800ms}",
        "model: {mishear: something else}",
        "model: {mishear: null}",
        "model: {emit: {type: a}}",
        "model: {emit: [{type: a}, {type: b}]}",
        "model: {default: {say: Mhm.}}",
    ) == [
        model.Trouble(where=ANYWHERE, error=model.ErrorBody(code="session_expired")),
        model.Trouble(where=ANYWHERE, error=model.ErrorBody(code="x", type="y", message="z", param="p")),
        model.Refuse(where=ANYWHERE, refuse="invalid_api_key"),
        model.Refuse(where=ANYWHERE, refuse=503),
        model.Refuse(where=ANYWHERE, refuse="no_answer"),
        model.Disconnect(where=ANYWHERE, disconnect=1011, reason="sorry"),
        model.Disconnect(where=ANYWHERE, disconnect="dropped", after=2.0),
        model.Expire(where=ANYWHERE, expire=True),
        model.Stall(where=ANYWHERE, stall_s=3.0),
        model.Stall(where=ANYWHERE, stall_s=3.0, after="response.created"),
        model.Drop(where=ANYWHERE, drop="response.done"),
        model.Delay(where=ANYWHERE, delay="/audio.delta$/", by_s=2.0, times="all", skip=3),
        model.Duplicate(where=ANYWHERE, duplicate={"type": "response.output_item.done", "item": {"type": "function_call"}}, copies=2, after=0.8),
        model.Mishear(where=ANYWHERE, mishear="something else"),
        model.Mishear(where=ANYWHERE, mishear=None),
        model.Emit(where=ANYWHERE, emit=({"type": "a"},)),
        model.Emit(where=ANYWHERE, emit=({"type": "a"}, {"type": "b"})),
        model.Default(where=ANYWHERE, default=model.Answer(where=ANYWHERE, say=("Mhm.",))),
    ]
    assert [step(f"model: {{disconnect: {how}}}").code for how in ("1011", "dropped")] == [1011, None]


@pytest.mark.parametrize(
    ("written", "method", "url"),
    [
        ("GET https://API.example.com/v1", "GET", "https://api.example.com/v1"),
        ("post HTTP://localhost:8080/A/b", "POST", "http://localhost:8080/A/b"),
        ("GET https://api.example.com", "GET", "https://api.example.com/"),
        ("https://api.example.com/v1", "*", "https://api.example.com/v1"),
        ("'* https://api.example.com/v1'", "*", "https://api.example.com/v1"),
        (r"GET /orders\/[0-9]+$/", "GET", r"/orders\/[0-9]+$/"),
        ('"*"', "*", "*"),
        ('"GET *"', "GET", "*"),
        ("GET https://[::1]:8080/x", "GET", "https://[::1]:8080/x"),
    ],
)
def test_a_stub_names_method_and_url(written: str, method: str, url: str) -> None:
    (scenario,) = loads(f"name: x\nworld:\n- stub: {written}\n  reply: 200\nsteps:\n- caller: {{hang_up: true}}")
    (stub,) = scenario.world
    assert (stub.method, stub.url) == (method, url)


def test_replies_of_a_backend() -> None:
    stub = "world: {stub: POST https://a/b, "
    assert step(stub + "reply: 503}").reply == world.Reply(status=503)
    assert step(stub + "reply: {drop: true, after: 1s}}").reply == world.Reply(drop=True, after_s=1.0)
    assert step(stub + "reply: {text: '{no json', headers: {X-A: 1}}}").reply == world.Reply(text="{no json", headers={"X-A": "1"})
    assert step(stub + "reply: {json: null}}").reply.json is None
    assert step(stub + "reply: {}}").reply.json is MISSING
    full = step(stub + "query: {a: /x/}, json: {b: 1}, headers: {c: '*'}, reply: 200, times: 2, name: orders}")
    assert (full.query, full.json, full.headers, full.times, full.name) == ({"a": "/x/"}, {"b": 1}, {"c": "*"}, 2, "orders")


@pytest.mark.parametrize(
    ("written", "kind", "pattern"),
    [
        ("verbs: [answer, {llm: {vendor: openai}}]", expect.Verbs, ("answer", {"llm": {"vendor": "openai"}})),
        ("verbs: hangup", expect.Verbs, ("hangup",)),
        ("say: /sorry/", expect.Say, "/sorry/"),
        ("tool_output: {tool: get_weather, output: {contains: error}}", expect.ToolOutput, {"tool": "get_weather", "output": {"contains": "error"}}),
        ("command: redirect", expect.Command, "redirect"),
        ("hook: {hook: /final, data: {completion_reason: x}}", expect.Hook, {"hook": "/final", "data": {"completion_reason": "x"}}),
        ("event: response.done", expect.Event, "response.done"),
        ("client_event: {type: session.update}", expect.ClientEvent, {"type": "session.update"}),
        ("session: {tools: ['...']}", expect.Session, {"tools": ["..."]}),
        ("response: cancelled", expect.Response, "cancelled"),
        ("response: {status: {any_of: [failed, incomplete]}}", expect.Response, {"status": {"any_of": ["failed", "incomplete"]}}),
        ("heard: hello", expect.Heard, "hello"),
        ("call: completed", expect.Call, {"status": "completed"}),
        ("call: no-answer, by: app, sip_status: 603", expect.Call, {"status": "no-answer", "by": "app", "sip_status": 603}),
        ("request: {url: 'https://a/b'}", expect.Request, {"url": "https://a/b"}),
        ("action: server failure", expect.Action, "server failure"),
        ("finding: J012", expect.Finding, "J012"),
        (
            "frame: {link: app, from: jambonz, frame: {x: {less_than: 3}}}",
            expect.Frame,
            {"link": "app", "from": "jambonz", "frame": {"x": {"less_than": 3}}},
        ),
    ],
)
def test_expectations(written: str, kind: type[expect.Expect], pattern: object) -> None:
    found = step(f"expect: {{{written}, within: 2s, absent: true}}")
    assert (type(found), found.pattern, found.within_s, found.absent) == (kind, pattern, 2.0, True)
    assert found.word == written.partition(":")[0]
    assert step(f"expect: {{{written}}}").within_s is None


def test_a_step_says_who_does_what() -> None:
    assert [str(one) for one in steps("caller: {wait: 1s}", "model: {say: x}", "model: {fail: server_error}", "expect: {heard: x}")] == [
        "caller.wait",
        "model.say",
        "model.fail",
        "expect.heard",
    ]


def test_every_word_of_the_design_has_a_step() -> None:
    design = {
        "caller": ["say", "interrupt", "press", "play", "wait", "hang_up", "noise"],
        "model": "say call fail error refuse disconnect expire stall drop delay duplicate mishear emit default".split(),  # noqa: SIM905
        "world": ["stub"],
        "expect": (
            "verbs say tool_output command hook event client_event session response heard call request action finding frame".split()  # noqa: SIM905
        ),
    }
    assert [word for actor, words in design.items() for word in words if word not in ACTORS[actor].steps] == []


def test_a_step_cannot_be_changed() -> None:
    say = step("caller: {say: hello}")
    with pytest.raises(FrozenInstanceError):
        say.say = "bye"
    with pytest.raises(FrozenInstanceError):
        del say.say
    assert replace(say, say="bye") == caller.Say(where=ANYWHERE, say="bye")
    assert say != caller.Say(where=ANYWHERE, say="bye")
    assert say != "hello"
    assert hash(say) == hash(caller.Say(where=ANYWHERE, say="hello"))
    assert repr(say) == "Say(where=Where(file='scenario.yaml', line=3, column=3), who=None, say='hello', within_s=30.0)"


# --- documents, cases, seeds


def test_each_document_is_a_scenario() -> None:
    text = "name: {}\nsteps: [caller: {{hang_up: true}}]\n---\n"
    assert [scenario.id for scenario in loads(text.format("a") + text.format("b"))] == ["a", "b"]


CASES = """
name: the weather in a city
cases:
  - {name: Berlin, degrees: 21, within: 2s, stub: {status: 200, json: {t: 21}}}
  - {name: Paris, degrees: -3, within: 300ms, stub: 503, more: [{model: {say: "${CITY}"}}]}
world:
  - stub: GET https://api.example.com/${case.name}
    reply: ${case.stub}
steps:
  - caller: {say: "the weather in ${case.name}, ${fake.first_name}", within: "${case.within}"}
  - expect: {tool_output: {output: {degrees: "${case.degrees}"}}}
"""


def test_each_case_is_a_scenario_with_its_values_filled_in() -> None:
    berlin, paris = loads(CASES, env={"CITY": "Rome"})
    assert [scenario.id for scenario in (berlin, paris)] == ["the weather in a city [Berlin]", "the weather in a city [Paris]"]
    assert (berlin.case, paris.case, berlin.cases) == ("Berlin", "Paris", ())
    assert [scenario.world[0].url for scenario in (berlin, paris)] == ["https://api.example.com/Berlin", "https://api.example.com/Paris"]
    assert [scenario.world[0].reply for scenario in (berlin, paris)] == [world.Reply(json={"t": 21}), world.Reply(status=503)]
    say, asked = berlin.steps[0], paris.steps[1]
    assert isinstance(say, caller.Say)
    assert say.within_s == 2.0
    assert re.fullmatch(r"the weather in Berlin, \w+", say.say)
    assert isinstance(asked, expect.ToolOutput)
    assert asked.tool_output == {"output": {"degrees": -3}}


def test_seeds() -> None:
    text = "name: '${fake.city}'\nseed: %s\nsteps:\n- caller: {hang_up: true}"
    assert loads(text % "5")[0].seed == 5
    assert loads(text % "${SEED}", env={"SEED": "5"})[0] == loads(text % "5")[0]
    assert loads(text % "5", seed=6)[0] == loads(text % "6")[0]
    assert loads(text % "5")[0].name != loads(text % "6")[0].name
    per_case = "name: x\ncases: [{name: a, seed: 1}, {name: b, seed: 2}]\nseed: ${case.seed}\nsteps:\n- caller: {say: '${fake.city}'}"
    one, two = loads(per_case)
    assert (one.seed, two.seed) == (1, 2)
    assert one.steps != two.steps
    with pytest.raises(ScenarioErrors, match="seed: expected a whole number"):
        loads(text % "${fake.city}")


def test_a_value_from_the_environment_fits_where_it_stands() -> None:
    text = """
        name: "${N}"
        seed: ${N}
        jambonz: {compat: "${OFF}"}
        steps:
          - caller: {say: "${N}", within: "${N}00ms"}
          - world: {stub: GET https://a/b, reply: "${S}", times: "${N}"}
          - expect: {heard: "${N}"}
    """
    (scenario,) = loads(text, env={"N": "5", "OFF": "off", "S": "204"})
    say, stub, heard = scenario.steps
    assert (scenario.name, scenario.seed, scenario.compat) == ("5", 5, False)
    assert say == caller.Say(where=ANYWHERE, say="5", within_s=0.5)
    assert isinstance(stub, world.Stub)
    assert (stub.reply.status, stub.times) == (204, 5)
    assert heard == expect.Heard(where=ANYWHERE, heard="5")


def test_included_steps_continue_the_list(tmp_path: Path) -> None:
    (tmp_path / "_greeting.yaml").write_text("- expect: {verbs: ['...']}\n- model: {say: '${HELLO}'}\n")
    (tmp_path / "a.yaml").write_text("name: x\nsteps:\n- !include _greeting.yaml\n- caller: {hang_up: true}\n")
    (scenario,) = load(tmp_path / "a.yaml", env={"HELLO": "Hi"})
    assert [str(one) for one in scenario.steps] == ["expect.verbs", "model.say", "caller.hang_up"]
    assert scenario.steps[1].where.file == str(tmp_path / "_greeting.yaml")


# --- finding files


def test_collect_finds_scenarios_in_order(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "deep/c.yaml", "deep/_part.yaml", "_parts/d.yaml", ".hidden/e.yaml", "notes.md", "Z.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = ["Z.yaml", "a.yml", "b.yaml", "deep/c.yaml"]
    assert [str(path.relative_to(tmp_path)) for path in collect([tmp_path])] == found
    named = [tmp_path / "deep" / "_part.yaml", tmp_path / "b.yaml", tmp_path]
    assert [str(path.relative_to(tmp_path)) for path in collect(named)] == ["deep/_part.yaml", "b.yaml", "Z.yaml", "a.yml", "deep/c.yaml"]
    assert collect([str(tmp_path / "_parts")]) == [tmp_path / "_parts" / "d.yaml"]


def test_collect_refuses_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("")
    with pytest.raises(UsageError, match=r"there is no file or folder .*nope"):
        collect([tmp_path / "nope"])
    with pytest.raises(UsageError, match=r"notes.md is not a scenario file\n    scenarios end with .yaml or .yml"):
        collect([tmp_path / "notes.md"])
