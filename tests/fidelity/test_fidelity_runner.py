"""The runner itself, on scripts of our own: what the recordings at hand do not contain, and what holds without them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.jambonz.environment import Environment
from tests.fidelity.playing import ignored_in, play
from tests.fidelity.script import Script, ScriptError

Json = dict[str, Any]


def on_new(*verbs: Json) -> Json:
    return {"on": "to_app", "match": {"type": "session:new"}, "do": [{"ack": list(verbs)}]}


ANSWER, HANGUP, PAUSE = {"verb": "answer"}, {"verb": "hangup"}, {"verb": "pause", "length": 1}
LLM = {
    "verb": "llm",
    "vendor": "openai",
    "auth": {"apiKey": "sk-test"},
    "connectOptions": {"host": "{{openai_host}}"},
    "actionHook": "/final",
    "llmOptions": {"response_create": {}, "session_update": {}},
}


def played(folder: Path, **script: Any) -> list[Json]:
    """The recording of a script."""
    path = folder / "one.script.json"
    path.write_text(json.dumps({"name": "one", "level": 3, **script}), encoding="utf-8")
    return play(path).masked()


def to_app(recording: list[Json], conn: int = 1) -> list[str]:
    """Types of what one connection received, and its close code."""
    lines = [entry["frame"]["type"] for entry in recording if entry["dir"] == "to_app" and entry["conn"] == conn]
    closes = [entry["frame"]["code"] for entry in recording if entry["frame"].get("event") == "app_closed" and entry["frame"]["conn"] == conn]
    return [*lines, *map(str, closes)]


def test_a_whole_call_on_real_websocket_bytes_in_no_time(tmp_path: Path) -> None:
    recording = played(tmp_path, rules=[on_new(ANSWER, PAUSE, HANGUP)])
    assert to_app(recording) == ["session:new", "call:status", "call:status", "call:status", "1000"]
    assert recording[1]["frame"]["msgid"] == "<msgid:1>"
    assert recording[1]["frame"]["call_sid"] == "<uuid:1>"
    assert recording[-1]["frame"] == {"event": "recording_ends", "reason": "session over"}


def test_a_frame_over_24_kib_is_closed_with_1009_and_dialled_again(tmp_path: Path) -> None:
    big = {"on": "to_app", "match": {"data": {"call_status": "in-progress"}}, "nth": 1, "do": [{"app_send_text": "{{repeat:x:24577}}"}]}
    recording = played(tmp_path, rules=[on_new(ANSWER, PAUSE, HANGUP), big], auto_ack=["session:reconnect"])
    assert to_app(recording, 1) == ["session:new", "call:status", "call:status", "1009"]
    assert to_app(recording, 2) == ["session:reconnect", "call:status", "1000"]


def test_a_redirect_to_another_server_opens_a_second_connection(tmp_path: Path) -> None:
    rules = [
        on_new(ANSWER, {"verb": "redirect", "actionHook": "ws://{{app_host}}/other?x=1#rc=1"}),
        {"on": "to_app", "match": {"type": "session:redirect"}, "do": [{"ack": [{"verb": "pause", "length": 0.2}, HANGUP]}]},
    ]
    recording = played(tmp_path, rules=rules)
    assert to_app(recording, 1) == ["session:new", "call:status", "call:status", "call:status", "1000"]
    assert to_app(recording, 2) == ["session:redirect", "1000"]
    asked = next(entry["frame"] for entry in recording if entry["frame"].get("type") == "session:redirect")
    assert asked["hook"] == "ws://<app_host>/other?x=1#rc=1"
    assert "call_sid" not in asked


@pytest.mark.parametrize(("code", "seen"), [(1000, "1000"), (4001, "4001"), (None, "1005")])
def test_the_application_closes_with_any_code_or_none(tmp_path: Path, code: int | None, seen: str) -> None:
    closes = {"on": "to_app", "match": {"data": {"call_status": "in-progress"}}, "nth": 1, "do": [{"app_close": code}]}
    recording = played(tmp_path, rules=[on_new(ANSWER, PAUSE, HANGUP), closes], auto_ack=["session:reconnect"])
    assert to_app(recording, 1)[-1] == seen
    assert bool(to_app(recording, 2)) is (code != 1000)


@pytest.mark.parametrize("way", ["openai_close", "openai_terminate"])
def test_the_model_goes_away(tmp_path: Path, way: str) -> None:
    leaves = {"on": "openai_connected", "do": [{"wait": 100}, {way: 1011}]}
    recording = played(tmp_path, rules=[on_new(ANSWER, LLM, HANGUP), leaves], auto_ack=["verb:hook"])
    reasons = [entry["frame"]["data"].get("completion_reason") for entry in recording if entry["frame"].get("type") == "verb:hook"]
    assert reasons == ["disconnect from remote end"]


@pytest.mark.parametrize("plan", [{"status": 503}, {"drop": True}], ids=str)
def test_the_model_does_not_take_the_connection(tmp_path: Path, plan: Json) -> None:
    recording = played(tmp_path, rules=[on_new(ANSWER, LLM, HANGUP)], auto_ack=["verb:hook"], openai={"handshakes": [plan]})
    reasons = [entry["frame"]["data"].get("completion_reason") for entry in recording if entry["frame"].get("type") == "verb:hook"]
    assert reasons == ["connection failure"]


def test_a_call_nobody_ends_is_cut_off_in_the_end(tmp_path: Path) -> None:
    recording = played(tmp_path, rules=[on_new(ANSWER)], end={"max_ms": 3000})
    assert recording[-1]["frame"]["reason"] == "time is over"
    assert recording[-1]["t_ms"] == 3000


def test_a_requestor_alone_queues_what_it_is_asked_while_it_dials(tmp_path: Path) -> None:
    asks = [{"request": {"type": "call:status", "hook": "/s", "params": {"aB": 1}}}, {"request": {"type": "verb:hook", "hook": "/h", "params": {}}}]
    rules = [{"on": "start", "do": [*asks, {"wait": 500}, {"requestor_close": None}, {"end": True}]}]
    recording = played(tmp_path, level=1, rules=rules, auto_ack=["verb:hook"])
    assert to_app(recording) == ["call:status", "verb:hook", "1000"]
    assert [entry["frame"]["type"] for entry in recording if entry["frame"].get("event") == "request_resolved"] == ["call:status", "verb:hook"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tests.fidelity", *arguments], capture_output=True, text=True, check=False)


def test_the_command_names_the_first_difference_and_writes_our_recordings(tmp_path: Path) -> None:
    path = tmp_path / "one.script.json"
    path.write_text(json.dumps({"name": "one", "level": 3, "rules": [on_new(ANSWER, HANGUP)]}), encoding="utf-8")
    play(path).write(tmp_path / "one.jsonl")
    assert run(str(tmp_path)).stdout == "1 of 1 equal\n"
    lines = (tmp_path / "one.jsonl").read_text(encoding="utf-8").replace('"completed"', '"failed"')
    (tmp_path / "one.jsonl").write_text(lines, encoding="utf-8")
    differs = run(str(tmp_path), "--out", str(tmp_path / "ours"))
    assert differs.returncode == 1
    assert "DIFFERS one" in differs.stdout
    assert "data.call_status: 'failed', ours is 'completed'" in differs.stdout
    assert (tmp_path / "ours" / "one.jsonl").exists()


def test_a_folder_without_scripts_is_a_usage_error(tmp_path: Path) -> None:
    assert run(str(tmp_path)).returncode == 2


# --- scripts and recordings that are not as they should be

BROKEN: dict[str, tuple[str, str]] = {
    "no_json": ("{", "it cannot be read"),
    "no_object": ("[]", "it is no JSON object"),
    "nested_without_end": ("[" * 100_000, "it cannot be read"),
    "no_level": ("{}", "its level is None"),
    "another_level": ('{"level": 4}', "its level is 4"),
    "rules_no_list": ('{"level": 3, "rules": {}}', "rules is {}, not a list"),
    "rule_without_on": ('{"level": 3, "rules": [{"do": []}]}', "it needs on and do"),
    "action_of_two": ('{"level": 3, "rules": [{"on": "start", "do": [{"wait": 1, "end": true}]}]}', "an action is an object with one key"),
    "endless_wait": ('{"level": 3, "rules": [{"on": "start", "do": [{"wait": "long"}]}]}', "wait cannot be 'long'"),
    "close_of_a_reserved_code": ('{"level": 3, "rules": [{"on": "app_connected", "do": [{"app_close": 1006}]}]}', "no server can close with 1006"),
    "handshake_of_a_third_kind": ('{"level": 3, "app": {"handshakes": [{"hang": true}]}}', "known are accept, status and drop"),
    "too_long": ('{"level": 3, "rules": [{"on": "app_connected", "do": [{"app_send_text": "{{repeat:x:99999999999}}"}]}]}', "is longer than"),
    "feeds_itself": ('{"level": 3, "rules": [{"on": "note", "do": [{"caller_hangup": true}]}]}', "feeds itself"),
    "request_at_level_3": ('{"level": 3, "rules": [{"on": "start", "do": [{"request": {"type": "verb:hook"}}]}]}', "belong to level 1"),
    "caller_at_level_1": ('{"level": 1, "rules": [{"on": "start", "do": [{"caller_hangup": true}]}]}', "there is no caller"),
}


@pytest.mark.parametrize(("text", "why"), BROKEN.values(), ids=list(BROKEN))
def test_what_cannot_be_played_says_why(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "one.script.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError) as raised:
        play(path)
    assert why in str(raised.value)


def test_a_script_that_cannot_be_played_does_not_keep_the_others_from_it(tmp_path: Path) -> None:
    good = {"level": 3, "rules": [on_new(ANSWER, HANGUP)]}
    for name, text in {"a": "{", "b": json.dumps(good), "c": json.dumps(good), "d": json.dumps(good)}.items():
        (tmp_path / f"{name}.script.json").write_text(text, encoding="utf-8")
    play(tmp_path / "b.script.json").write(tmp_path / "b.jsonl")
    (tmp_path / "d.jsonl").write_text('{"dir": "to_app"}\n', encoding="utf-8")
    done = run(str(tmp_path), "--out", str(tmp_path / "ours"))
    assert done.returncode == 1
    assert "CANNOT PLAY a\n    it cannot be read" in done.stdout
    assert "CANNOT PLAY d\n    d.jsonl:1 is no entry of a recording" in done.stdout
    assert done.stdout.endswith("1 of 4 equal, 1 without a recording, 2 not played\n")
    assert sorted(path.name for path in (tmp_path / "ours").iterdir()) == ["b.jsonl", "c.jsonl", "d.jsonl"]


def test_scripts_without_recordings_are_played_and_that_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "one.script.json").write_text(json.dumps({"level": 3, "rules": [on_new(ANSWER, HANGUP)]}), encoding="utf-8")
    done = run(str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "0 of 1 equal, 1 without a recording\n")


def test_what_has_no_effect_is_named(tmp_path: Path) -> None:
    path = tmp_path / "one.script.json"
    odd = {"on": "weather", "do": [{"dance": 1}], "unless": 1}
    settings: Json = {"env": {"JAMBONES_WS_PING_INTERVAL_MS": "20000"}, "call": {"amd": {}}, "mood": 1, "rules": [odd]}
    path.write_text(json.dumps({"level": 3, **settings}), encoding="utf-8")
    ignored = ignored_in(Script.read(path))
    assert ignored[:3] == ["the key 'mood'", "call.amd", "the rule on weather: 'unless'"]
    assert ignored[3].startswith("the rule on weather: nothing of that name ever happens here; known are app_closed,")
    assert ignored[4:] == ["the rule on weather: there is no action 'dance'", "env.JAMBONES_WS_PING_INTERVAL_MS"]


def test_a_status_hook_over_http_is_asked_there_and_rules_may_wait_for_it(tmp_path: Path) -> None:
    hangs_up = {"on": "note", "match": {"event": "http_request", "body": {"call_status": "in-progress"}}, "do": [{"caller_hangup": True}]}
    recording = played(tmp_path, call={"status_hook": "http"}, rules=[on_new(ANSWER, PAUSE), hangs_up])
    asked = [entry["frame"] for entry in recording if entry["frame"].get("event") == "http_request"]
    assert [frame["body"]["call_status"] for frame in asked] == ["trying", "in-progress", "completed"]
    assert {(frame["method"], frame["path"]) for frame in asked} == {("POST", "/status")}
    assert to_app(recording) == ["session:new", "1000"]


def test_texts_of_the_application_that_are_json_are_shown_as_json(tmp_path: Path) -> None:
    sends = [{"app_send_text": text} for text in ("null", "[1]", '"x"', "{}", "hello", "{{repeat:x:500}}")]
    recording = played(tmp_path, rules=[on_new(ANSWER, HANGUP), {"on": "app_connected", "do": sends}])
    shown = [entry["frame"] for entry in recording if entry["dir"] == "from_app"]
    assert [frame for frame in shown if not isinstance(frame, dict) or "data" not in frame] == [
        *(None, [1], "x", {}, {"text": "hello"}),
        {"text_head": "x" * 80, "bytes": 500},
    ]


def test_places_are_filled_in_where_a_rule_matches_and_where_the_call_is_set(tmp_path: Path) -> None:
    hangs_up = {"on": "to_app", "match": {"type": "call:status", "call_sid": "{{call_sid}}"}, "nth": 2, "do": [{"caller_hangup": True}]}
    recording = played(tmp_path, call={"caller_name": "{{openai_host}}"}, rules=[on_new(ANSWER), hangs_up])
    assert recording[1]["frame"]["data"]["caller_name"] == '"<openai_host>"'
    assert recording[-1]["frame"]["reason"] == "session over"


def test_at_level_2_a_caller_who_hangs_up_kills_the_verb(tmp_path: Path) -> None:
    rules = [{"on": "openai_connected", "do": [{"wait": 100}, {"caller_hangup": True}]}]
    recording = played(tmp_path, level=2, verb=LLM, rules=rules, auto_ack=["verb:hook"])
    reasons = [entry["frame"]["data"].get("completion_reason") for entry in recording if entry["frame"].get("type") == "verb:hook"]
    assert reasons == ["normal conversation end"]


def test_at_level_2_a_verb_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    recording = played(tmp_path, level=2, verb={**LLM, "auth": {}})
    assert recording[0]["frame"] == {"event": "verb_failed", "error": "auth.apiKey is required for OpenAI S2S"}


def test_settings_are_read_as_the_server_reads_its_environment() -> None:
    read = Environment.of({"JAMBONES_WS_MAX_PAYLOAD": "1000", "JAMBONES_HTTP_TIMEOUT": "0", "JAMBONES_WS_HANDSHAKE_TIMEOUT_MS": "250ms", "OTHER": 1})
    assert (read.max_frame_bytes, read.http_timeout_s, read.handshake_limit_s, read.ack_timeout_s) == (1000, 10.0, 0.25, 5.0)
