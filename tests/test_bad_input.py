"""Whatever is wrong, in a scenario or with the application: nothing hangs, and a stranger is told what to do.

The applications are in `tests/rubbish.py`; all but a few of them live and fail on virtual time.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest

from simulator import network
from simulator.host import AppRef
from simulator.jambonz.server import FeatureServer
from simulator.modes import reports, run
from simulator.modes.cli import main
from simulator.modes.config import Config
from simulator.network import loop, watch
from simulator.report.causes import in_short, remedy_of
from simulator.report.result import Result
from simulator.report.text import explanation
from simulator.scenario.load import loads
from tests import rubbish
from tests.mistakes.manners import keeps_its_manners

GREETED = """
name: a call
steps:
  - expect: {say: Hello.}
  - expect: {call: completed, by: app}
"""


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those who hold everything up: what is wall time, and a matter of seconds otherwise, is short."""
    monkeypatch.setattr(loop, "BUSY_LIMIT_S", 0.2)
    monkeypatch.setattr(loop, "BUSY_TURN_S", 0.05)
    monkeypatch.setattr(loop, "THREAD_LIMIT_S", 0.1)


def call(app: str, scenario: str = GREETED) -> Result:
    """One call with one of the applications."""
    return run.play(loads(scenario)[0], AppRef(f"tests.rubbish:{app}" if app in vars(rubbish) else app), Config())


def said(result: Result) -> str:
    return "\n".join(explanation(result))


# --- the scenario


BROKEN = {
    "a list that is not closed": ("name: a call\nsteps: [\n", 3, 1, "a comma or ] is missing", "in quotes"),
    "a tab": ("name: a call\nsteps:\n\t- caller: {say: hello}\n", 3, 1, "tab", "spaces"),
    "nothing": ("", 1, 1, "the file is empty", "at least name: and steps:"),
    "a list": ("- name: a call\n", 1, 1, "a scenario is a mapping", "begin with name:"),
    "no name": ("steps:\n  - caller: {hang_up: true}\n", 1, 1, "name", ""),
    "no steps": ("name: a call\n", 1, 1, "steps", ""),
    "an unknown key": ("name: a call\nstesp:\n  - caller: {hang_up: true}\n", 2, 1, "'stesp'", "did you mean 'steps'?"),
    "an unknown actor": ("name: a call\nsteps:\n  - calller: {say: hello}\n", 3, 5, "there is no actor 'calller'", "did you mean 'caller'?"),
    "an unknown step": ("name: a call\nsteps:\n  - caller: {sya: hello}\n", 3, 14, "the caller has no step 'sya'", "did you mean 'say'?"),
    "an unknown option": ("name: a call\nsteps:\n  - model: {say: hello, thinsk: 1s}\n", 3, 25, "'thinsk'", "did you mean 'thinks'?"),
    "a duration without a unit": ("name: a call\nsteps:\n  - caller: {wait: 3}\n", 3, 20, "wait", "3s"),
    "a list instead of a text": ("name: [a, call]\nsteps:\n  - caller: {hang_up: true}\n", 1, 7, "name", ""),
    "a text instead of a list": ("name: a call\nsteps: hang up\n", 2, 8, "steps", ""),
    "a number for the seed that is none": ("name: a call\nseed: many\nsteps:\n  - caller: {hang_up: true}\n", 2, 7, "seed", ""),
    "the same key twice": ("name: a call\nname: another\nsteps:\n  - caller: {hang_up: true}\n", 2, 1, "name", ""),
    "a variable that is not set": ("name: a call\nsteps:\n  - caller: {say: '${NOBODY_SET_THIS}'}\n", 3, 19, "NOBODY_SET_THIS", ""),
    "a file that is not there": ("name: a call\nworld: !include nowhere.yaml\nsteps:\n  - caller: {hang_up: true}\n", 2, 8, "nowhere.yaml", ""),
}


@pytest.mark.parametrize(("text", "line", "column", "problem", "remedy"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_mistake_in_a_scenario_is_located_and_a_remedy_named(
    command: str,
    text: str,
    line: int,
    column: int,
    problem: str,
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.yaml").write_text(text, encoding="utf-8")
    assert main([command, "broken.yaml"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"broken.yaml:{line}:{column}: " in captured.err
    assert problem in captured.err
    assert remedy in captured.err
    assert "Traceback" not in captured.err


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.yaml").write_text("name: a call\nsteps:\n  - caller: {sya: hello}\n  - model: {syy: hello}\n", encoding="utf-8")
    Path("two.yaml").write_text("nmae: a call\nsteps:\n  - caller: {hang_up: true}\n", encoding="utf-8")
    assert main(["validate", "."]) == 2
    told = capsys.readouterr().err
    assert all(place in told for place in ("one.yaml:3:14", "one.yaml:4:13", "two.yaml:1:1"))


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("caller: {interrupt: hello, after: 1s}", "the caller cannot do this: the call is over"),
        ("model: {say: hello}", "the call ended at 0.460 s: completed, by app"),
        ("model: {disconnect: 1011}", "there is no connection to it"),
        ("expect: {say: Goodbye.}", 'expected "Goodbye.", got "Hello."'),
        ("expect: {tool_output: '*'}", "the application returned no tool output"),
        ("expect: {finding: J001}", "expected rule J001 not to hold, and it did"),
        ("expect: {say: Hello., absent: true, within: 5s}", "expected not to see"),
    ],
)
def test_a_step_that_does_not_hold_says_where_and_why(step: str, problem: str) -> None:
    result = call("good", f"name: a call\nsteps:\n  - {step}\n")
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert said(result).startswith("scenario.yaml:3:5: ")
    assert problem in said(result)


# --- the application does not start


DOES_NOT_START = {
    "nowhere:create_app": ("No module named 'nowhere'", "or installed?"),
    "tests.rubbish:goood": ("tests.rubbish has no function 'goood'", "did you mean 'good'?"),
    "tests.rubbish:NOT_AN_APPLICATION": ("'NOT_AN_APPLICATION' in tests/rubbish.py is no function, but of type int", "Known: "),
    "tests.rubbish:": ("is no application", "write module:factory"),
    "tests.rubbish": ("is no application", "write module:factory"),
    "factory_raises": ("RuntimeError: WS_PORT is not a number: three thousand (at tests/rubbish.py:", "its configuration"),
    "factory_exits": ("did not start: SystemExit", ""),
    "factory_wants_an_argument": ("missing a required argument: 'settings'", "give them defaults"),
    "factory_answers_nothing": ("answered nothing", "it should answer an aiohttp Application"),
    "factory_answers_text": ("answered str", "it should answer an aiohttp Application"),
    "startup_raises": ("ConnectionError: no database at db.example.com (at tests/rubbish.py:", ""),
    "startup_waits_for_ever": ("did not start within 60 s", "something that is not there?"),
    "ends_at_once": ("ended instead of serving", "serves until it is cancelled"),
    "raises_while_it_serves": ("address already in use", ""),
}

IS_NOT_REACHED = {
    "not_found": ("404", "`path`"),
    "only_http": ("200", "`path`"),
    "redirects_for_ever": ("302", "`path`"),
    "server_error": ("500", "logged"),
    "other_subprotocol": ("subprotocol", "ws.jambonz.org"),
    "no_websocket": ("did not receive a valid HTTP response", "choose the subprotocol"),
    "never_answers_the_handshake": ("timed out", "within 1.5 s"),
    "nobody_listens": ("refused", "listen there?"),
}


@pytest.mark.parametrize(("app", "problem", "remedy"), [(app, *words) for app, words in (DOES_NOT_START | IS_NOT_REACHED).items()])
def test_an_application_that_does_not_start_is_no_failure_of_a_scenario(app: str, problem: str, remedy: str) -> None:
    result = call(app)
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert problem.lower() in said(result).lower()
    assert remedy in said(result)
    assert "Traceback" not in said(result)
    assert "site-packages" not in said(result)


IMPORTS = {
    "raise ValueError('PORT is missing')": "ValueError: PORT is missing (at broken_app.py:1",
    "def create_app(:\n": "SyntaxError: invalid syntax (at broken_app.py:1)",
    "import sys; sys.exit('usage: app PORT')": "SystemExit: usage: app PORT",
    "import nowhere_to_be_found": "No module named 'nowhere_to_be_found'",
    "def make_app(): ...": "has no function 'create_app'",
    "": "has no function 'create_app'",
}


@pytest.mark.parametrize(("source", "problem"), IMPORTS.items(), ids=IMPORTS)
def test_an_application_that_cannot_be_imported_ends_the_run(
    source: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "broken_app", raising=False)
    Path("broken_app.py").write_text(source, encoding="utf-8")
    Path("call.yaml").write_text(GREETED, encoding="utf-8")
    assert main(["run", "call.yaml", "--app", "broken_app:create_app"]) == 3
    told = capsys.readouterr()
    assert problem in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


# --- the application answers rubbish


@pytest.mark.parametrize("app", ["good", "binary", "thread", "asynchronous", "serving_by_itself"])
def test_what_the_real_server_takes_is_taken(app: str) -> None:
    result = call(app)
    assert result.outcome == "passed", said(result)


RUBBISH = {
    "not_json": ("J006", "one JSON object a frame"),
    "not_text": ("J006", "is not valid JSON"),
    "not_an_object": ("J006", "type property not supplied"),
    "deep": ("J006", "no ack for session:new within 5 s"),
    "wrong_msgid": ("J005", "no message waits for this msgid"),
    "without_verbs": ("J004", "must be array"),
    "verbs_as_text": ("J004", "send a list of verbs"),
    "huge": ("J008", "more than 24576 bytes"),
    "silent": ("J001", "no ack for session:new within 5 s"),
    "closes_at_once": ("J011", "closed its socket with 1000 during the call"),
    "closes_with_an_error": ("J011", "closed its socket with 1011 during the call"),
    "raises": ("J014", "LookupError: there is no table for this caller at tests/rubbish.py:"),
    "raises_in_a_task": ("J014", "LookupError: there is no table for this caller at tests/rubbish.py:"),
    "waits_for_ever": ("J001", "no ack for session:new within 5 s"),
    "cleanup_raises": ("J014", "the session is closed already at tests/rubbish.py:"),
    "cleanup_waits_for_ever": ("J015", "the cleanup of the application still runs"),
    "refuses_to_be_cancelled": ("J015", "refuses_to_be_cancelled.<locals>.stubborn still runs"),
}


@pytest.mark.parametrize(("app", "rule", "words"), [(app, *words) for app, words in RUBBISH.items()])
def test_rubbish_fails_the_scenario_and_the_rule_says_what_to_do(app: str, rule: str, words: str) -> None:
    result = call(app)
    assert (result.outcome, result.exit_code) == ("failed", 1)
    found = [finding for finding in result.findings if finding.code == rule]
    assert found, said(result)
    assert in_short(remedy_of(found[0])) in said(result)
    keeps_its_manners(explanation(result))
    assert words in said(result)


STUCK = {
    "never_rests": ("kept the loop busy without letting time pass", "await asyncio.sleep(0)"),
    "flood": ("kept the loop busy without letting time pass", "J006"),
    "thread_that_never_ends": ("a thread has been running for 0.1 s of wall time: Event.wait", "make it end"),
}


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize(("app", "problem", "remedy"), [(app, *words) for app, words in STUCK.items()])
def test_who_waits_for_what_is_told_when_nobody_can_move(app: str, problem: str, remedy: str) -> None:
    rubbish.released.clear()
    result = call(app)
    rubbish.released.set()
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert result.failures[0].kind == "stuck"
    assert str(result.failures[0].where) == "scenario.yaml:4:5"
    keeps_its_manners(explanation(result))
    assert problem in said(result)
    assert remedy in said(result)
    assert "the app owes an ack for session:new" in said(result)
    assert "the scenario waits at scenario.yaml:4:5" in said(result)


@pytest.mark.usefixtures("little_patience")
def test_an_application_that_never_rests_while_it_starts_has_not_started() -> None:
    result = call("startup_never_rests")
    assert (result.outcome, result.exit_code) == ("error", 3)
    assert "did not start: for 0.2 s of wall time somebody has kept the loop busy" in said(result)
    assert "look for a loop of the application that never waits" in said(result)


def test_an_application_that_holds_the_loop_is_interrupted_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "watched", partial(watch.watched, limit_s=0.2))
    result = call("holds_the_loop")
    assert (result.outcome, result.exit_code) == ("failed", 1)
    assert "the event loop has been held for more than 0.2 s, in answer (rubbish.py:" in said(result)
    assert "asyncio.to_thread" in said(result)


def test_a_call_that_is_stuck_after_a_step_has_failed_tells_the_step_first() -> None:
    failure, *_ = call("raises").failures
    assert failure.kind == "step"
    assert failure.problem == 'expected say: "Hello.", but nothing was said by a verb'
    assert failure.afterwards[0] == "nobody can move and nobody owes an answer:"
    assert any("the call waits for an acknowledgement" in line for line in failure.afterwards)


# --- every frame


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


FRAMES = [
    *("", " ", "null", "true", "1", '"ack"', "[]", "{}", "x" * 24_000, nested(10_000)),
    *(
        '{"type":null}',
        '{"type":5}',
        '{"type":{}}',
        '{"type":""}',
        '{"type":"\\ud800"}',
        '{"type":"x","data":NaN}',
        '{"type":"x","n":' + "1" * 5_000 + "}",
    ),
    *(
        '{"type":"ack"}',
        '{"type":"ack","msgid":5}',
        '{"type":"ack","msgid":{"a":1}}',
        '{"type":"ack","msgid":"\\u0000"}',
        '{"type":"ack","msgid":"\\ud800"}',
    ),
    *('{"type":"ack","msgid":"x","data":1e999}', '{"type":"ack","msgid":"x","data":{"\\ud800":1}}'),
    *('{"type":"ack","msgid":"x","data":' + nested(depth) + "}" for depth in (200, 450, 900, 3_000)),
    *('{"type":"command"}', '{"type":"command","command":5,"data":5}', '{"type":"command","command":[],"data":[]}'),
    *('{"type":"command","command":"redirect","data":' + data + "}" for data in ('"x"', "[5]", "[null]", "[[]]", '{"verb":"say"}', nested(400))),
    *('{"type":"command","command":"call:status","data":' + data + "}" for data in ('"completed"', '{"call_status":5}')),
    '{"type":"command","command":"llm:tool-output"}',
    '{"type":"command","command":"llm:tool-output","data":5,"tool_call_id":[]}',
    '{"type":"command","command":"llm:update","data":{"type":5}}',
]
VERBS = [
    *(
        "5",
        '"x"',
        "{}",
        "[]",
        "[5]",
        "[null]",
        "[[]]",
        "[{}]",
        '[{"verb":5}]',
        '[{"say":5}]',
        nested(300),
        '[{"verb":"tag","data":' + nested(400) + "}]",
    ),
    *('[{"verb":"say"}]', '[{"verb":"say","text":null}]', '[{"verb":"say","text":"\\ud800"}]', '[{"verb":"say","text":"Hello","loop":"forever"}]'),
    *('[{"verb":"pause","length":' + length + "}]" for length in ("-1", "1e18", '"x"', "NaN")),
    *('[{"verb":"play","url":' + url + "}]" for url in ('""', '"x"', '"http://["', '"http://a:99999/b.wav"', "5", '["http://a/b.wav"]')),
    *('[{"verb":"gather","actionHook":' + hook + "}]" for hook in ("5", "[5]", "{}", '{"url":5}')),
    *('[{"verb":"sip:decline","status":' + status + "}]" for status in ('"x"', "99999", "null")),
    *('[{"verb":"hangup","headers":5}]', '[{"verb":"dial","target":[]}]', '[{"verb":"redirect"}]', '[{"verb":"config","recognizer":5}]'),
]
LLM = [
    '{"response_create":5,"session_update":[]}',
    '{"response_create":{"modalities":5,"instructions":5}}',
    '{"response_create":{},"session_update":{"type":"realtime","audio":5,"tools":5}}',
    '{"response_create":{},"session_update":{"input_audio_format":[],"turn_detection":5}}',
    '{"response_create":{},"session_update":{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","threshold":"x"}}}}}',
]
VERBS += [
    f'[{{"verb":"answer"}},{{"verb":"llm","vendor":"openai","model":"x","auth":{{"apiKey":"sk-x"}},"llmOptions":{options}}}]' for options in LLM
]

TALKATIVE = """
name: a call
jambonz: {profile: "%s"}
model: {default: {say: Hello.}}
steps:
  - caller: {wait: 3s}
  - caller: {interrupt: Who is there?}
  - caller: {wait: 3s}
"""


def short(text: str) -> str:
    return text if len(text) < 80 else f"{text[:40]}... ({len(text)})"


@pytest.mark.parametrize("profile", ["0.9.8", "10"])
@pytest.mark.parametrize(
    ("answers", "text"), [*(("strange_frame", text) for text in FRAMES), *(("strange_verbs", text) for text in VERBS)], ids=lambda value: short(value)
)
def test_no_frame_of_an_application_is_a_fault_of_ours(
    profile: str, answers: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rubbish, "strange", lambda: getattr(rubbish, answers)(text), raising=False)
    result = call("strange", TALKATIVE % profile)
    assert result.outcome in ("passed", "failed"), said(result)
    assert not any(failure.kind == "stuck" for failure in result.failures), said(result)
    written = reports.write_journal(result, tmp_path).read_text(encoding="utf-8")
    assert all(json.loads(line) for line in written.splitlines())


# --- our own faults


def test_a_fault_of_ours_does_not_look_like_a_failure_of_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeatureServer, "_caller_gone", lambda *_: 1 / 0)
    result = call("silent", dedent(GREETED).replace("  - expect: {say: Hello.}", "  - caller: {hang_up: true}"))
    assert (result.outcome, result.exit_code) == ("error", 70)
    assert "ZeroDivisionError: division by zero (at test_bad_input.py:" in said(result)
    assert "our own fault" in said(result)
