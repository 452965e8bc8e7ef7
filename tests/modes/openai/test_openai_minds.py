"""Who answers what: scripts, rules, the echo and the default assistant, asked with a prompt, without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.modes.openai.assistant import Assistant
from simulator.modes.openai.files import read_rules, read_script
from simulator.modes.openai.minds import Echo, Mind, Ruled, Scripted
from simulator.modes.openai.plans import Plan
from simulator.vendors.openai import events as openai
from simulator.vendors.openai.events import Answer, CallTool, Disconnect, Json, Mishear, Refuse, Say, Stall, Trouble
from simulator.vendors.openai.prompt import Prompt, Read

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}, "scale": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["location", "scale"],
    },
}
BOOK = {
    "type": "function",
    "name": "book_table",
    "parameters": {"type": "object", "properties": {"people": {"type": "integer"}}, "required": ["people"]},
}


def user(text: str) -> Read:
    return Read({"type": "message", "role": "user", "content": []}, text)


def output(text: str) -> Read:
    return Read({"type": "function_call_output", "call_id": "c"}, text)


def prompt(*items: Read, tools: tuple[Json, ...] = (), choice: str | Json = "auto") -> Prompt:
    return Prompt("", tools, choice, items)


def script(text: str) -> Mind:
    return Scripted(read_script(text, "s.yaml", env={}), Echo())


def rules(text: str) -> Mind:
    return Ruled(read_rules(text, "r.yaml", env={}).rules, Echo())


def said(plan: Plan) -> Any:
    """The text that is said, or the name and arguments of the tool that is called."""
    assert plan.answer is not None
    (item,) = plan.answer.items
    return item.text if isinstance(item, Say) else (item.name, json.loads(item.arguments))


# --- scripts ----------------------------------------------------------------------------------------------------------------------


def test_each_response_takes_one_answer_of_the_script() -> None:
    mind = script("steps: [model: {say: one}, model: {say: [two, three]}, model: {call: get, with: {a: 1}}]")
    assert said(mind.answers(prompt())) == "one"
    assert mind.answers(prompt()).answer == Answer((Say("two"), Say("three")))
    assert said(mind.answers(prompt())) == ("get", {"a": 1})


@pytest.mark.parametrize(("after", "then"), [("repeat", "one"), ("default", "Hi")])
def test_when_the_script_is_used_up(after: str, then: str) -> None:
    mind = script(f"{{steps: [model: {{say: one}}], after_last: {after}}}")
    mind.answers(prompt())
    assert [said(mind.answers(prompt(user("Hi")))) for _ in range(2)] == [then, then]


def test_a_script_that_is_used_up_may_fail_and_says_at_which_response() -> None:
    mind = script("{steps: [model: {say: one}], after_last: fail}")
    mind.answers(prompt())
    answer = mind.answers(prompt()).answer
    assert answer is not None
    assert answer.fail is not None
    assert answer.fail.message == "The script has no step for response 2 of this connection."


def test_a_default_step_answers_from_there_on() -> None:
    mind = script("steps: [model: {default: {say: again}}, model: {say: one}]")
    assert [said(mind.answers(prompt())) for _ in range(3)] == ["one", "again", "again"]


def test_what_stands_between_answers_happens_when_the_next_one_is_asked_for() -> None:
    mind = script("steps: [model: {say: one}, model: {stall: 2s}, model: {error: server_error}, model: {say: two}, model: {disconnect: 1011}]")
    assert mind.answers(prompt()).before == ()
    assert mind.answers(prompt()) == Plan((Stall(2.0), Trouble("server_error")), Answer((Say("two"),)))
    assert mind.answers(prompt()) == Plan((Disconnect(1011, ""),))


def test_a_disconnect_after_some_speech_belongs_to_the_answer_before_it() -> None:
    mind = script("steps: [model: {say: one}, model: {disconnect: dropped, after: 1.2s}, model: {say: two}]")
    assert mind.answers(prompt()).later == ((1.2, Disconnect(None, "")),)


def test_what_is_heard_is_told_before_the_greeting_and_mishear_before_its_turn() -> None:
    mind = script("{heard: [one, null], steps: [model: {refuse: invalid_api_key}, model: {say: a}, model: {mishear: b}, model: {say: c}]}")
    assert mind.begins() == Plan((Mishear("one"), Mishear(None), Refuse("invalid_api_key")))
    assert mind.answers(prompt()).before == (Mishear("b"),)


# --- rules ------------------------------------------------------------------------------------------------------------------------


def test_the_first_rule_that_fits_the_last_turn_answers_and_its_captures_are_filled_in() -> None:
    mind = rules("""
- when: /table for (?P<people>\\d+)/
  model: {call: book_table, with: {people: "${people}", note: "for ${1}, $${1}"}}
- when: /table/
  model: {say: "For how many?"}
""")
    assert said(mind.answers(prompt(user("a table for 4"), tools=(BOOK,)))) == ("book_table", {"people": 4, "note": "for 4, ${1}"})
    assert said(mind.answers(prompt(user("a table for 4")))) == ("book_table", {"people": "4", "note": "for 4, ${1}"})
    assert said(mind.answers(prompt(user("a table"), user("a table please")))) == "For how many?"
    assert said(mind.answers(prompt(user("nothing of the kind")))) == "nothing of the kind"


def test_a_rule_about_turns_leaves_tool_outputs_alone() -> None:
    mind = rules("""
- when: {tool_output: {status: /closed (\\w+)/}}
  model: {say: "Closed ${1}."}
- {when: {tool_output: "*"}, model: {say: "Done."}}
- {when: "*", model: {call: get_weather}}
""")
    assert said(mind.answers(prompt(user("weather?")))) == ("get_weather", {})
    assert said(mind.answers(prompt(user("weather?"), output("{}")))) == "Done."
    assert said(mind.answers(prompt(user("weather?"), output('{"status": "closed today"}')))) == "Closed today."
    assert said(mind.answers(prompt(user("weather?"), output("{}"), user("and now?")))) == ("get_weather", {})


def test_a_rule_for_the_time_before_anybody_spoke() -> None:
    assert said(rules("[{when: {absent: true}, model: {say: Welcome}}]").answers(prompt())) == "Welcome"


def test_a_rule_may_fail_stall_and_disconnect() -> None:
    mind = rules("""
- {when: /fail/, model: {fail: server_error}}
- {when: /slow/, model: [{stall: 5s}, {say: "Sorry."}]}
- {when: /bye/, model: {disconnect: 1000}}
- {when: /drop/, model: [{say: "I was going to"}, {disconnect: dropped, after: 300ms}]}
""")
    failed = mind.answers(prompt(user("fail"))).answer
    assert failed is not None
    assert failed.fail == openai.Fail("server_error")
    assert mind.answers(prompt(user("slow"))) == Plan((Stall(5.0),), Answer((Say("Sorry."),)))
    assert mind.answers(prompt(user("bye"))) == Plan((Disconnect(1000, ""),))
    assert mind.answers(prompt(user("drop"))).later == ((0.3, Disconnect(None, "")),)


# --- echo and assistant --------------------------------------------------------------------------------------------------------------


def test_the_echo_says_back_what_it_heard() -> None:
    assert said(Echo().answers(prompt(user("one"), user("two")))) == "two"
    assert said(Echo().answers(prompt(user("one"), output("result")))) == "result"


@pytest.mark.parametrize("text", ["get weather", "Please call get_weather", "How is the weather?", "getWeather now"])
def test_the_assistant_calls_a_tool_that_is_named(text: str) -> None:
    name, arguments = said(Assistant(0).answers(prompt(user(text), tools=(BOOK, WEATHER))))
    assert name == "get_weather"
    assert arguments["scale"] in ("celsius", "fahrenheit")


def test_the_assistant_takes_arguments_from_what_was_said() -> None:
    call = Assistant(0).answers(prompt(user("What is the weather in New York in celsius?"), tools=(WEATHER,)))
    assert said(call) == ("get_weather", {"location": "New York", "scale": "celsius"})
    assert said(Assistant(0).answers(prompt(user("Book a table for 4"), tools=(BOOK,)))) == ("book_table", {"people": 4})


def test_the_assistant_says_the_tools_answer_and_does_not_call_again() -> None:
    plan = Assistant(0).answers(prompt(user("weather"), output('{"temperature_c": 21, "sky": "clear"}'), tools=(WEATHER,)))
    assert said(plan) == "The answer is: temperature c 21, sky clear"


@pytest.mark.parametrize(
    ("choice", "calls"),
    [("auto", None), ("none", None), ("required", "book_table"), ({"type": "function", "name": "get_weather"}, "get_weather")],
)
def test_the_assistant_obeys_tool_choice(choice: str | Json, calls: str | None) -> None:
    (item,) = (Assistant(0).answers(prompt(user("Good morning"), tools=(BOOK, WEATHER), choice=choice)).answer or Answer()).items
    assert (item.name if isinstance(item, CallTool) else None) == calls


def test_the_assistant_talks_otherwise() -> None:
    assert said(Assistant(0).answers(prompt())) == "Hello! How can I help you?"
    assert said(Assistant(0).answers(prompt(user("Good morning")))) == "You said: Good morning"
    assert said(Assistant(0).answers(prompt(user("")))) == "I can hear you, but I cannot make out any words."
