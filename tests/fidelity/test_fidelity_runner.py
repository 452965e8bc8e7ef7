"""The runner itself, on scripts of our own: what the recordings at hand do not contain, and what holds without them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fidelity.playing import play

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
