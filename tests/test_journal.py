"""The journal: what happened, in order, without secrets, and never changed afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import stage
from simulator.journal import SCHEMA_VERSION, Frame, Journal, hidden, may_hold_secret, redact
from tests.playing import play, shipped

KEY = "sk-simulated-0123456789"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def noted(*frames: dict[str, Any], wall_ms: float = 0.0) -> Journal:
    journal = Journal()
    for number, frame in enumerate(frames):
        journal.note("app", "app", "ack", frame, at_s=number / 3, wall_ms=wall_ms)
    return journal


# --- secrets


@pytest.mark.parametrize(
    "name",
    ["apiKey", "api_key", "api-key", "Authorization", "password", "secret", "client_secret", "token", "OPENAI_API_KEY", "weather_token", "X-Api-Key"],
)
def test_what_stands_under_the_name_of_a_secret_is_hidden(name: str) -> None:
    assert redact({name: "hush"}) == {name: hidden("hush")}


@pytest.mark.parametrize("name", ["tokens", "max_output_tokens", "key", "authorized", "tool_call_id"])
def test_what_only_sounds_like_a_secret_is_kept(name: str) -> None:
    assert redact({name: "hush"}) == {name: "hush"}


@pytest.mark.parametrize("key", ["sk-abcdef", "sk-proj-abc_def-123", "ek_68af296e8e40", "rk-limited1", "sk_live_123456"])
def test_what_looks_like_a_key_is_hidden_wherever_it_stands(key: str) -> None:
    assert redact({"text": f"my key is {key}, keep it"}) == {"text": f"my key is {hidden(key)}, keep it"}


@pytest.mark.parametrize("text", ["task-oriented", "risk_management", "a sk-8 board", "ask-me-anything"])
def test_what_only_looks_a_little_like_a_key_is_kept(text: str) -> None:
    assert redact({"text": text}) == {"text": text}


NAMES = st.sampled_from(
    [
        "apiKey",
        "APIKEY",
        "api-key",
        "api\N{KELVIN SIGN}ey",
        "Authorization",
        "password",
        "client-secret",
        "x_Token",
        "bearer",
        "a\\nsk-0123456",
        "k",
        "tokens",
    ]
)
TEXTS = st.sampled_from([KEY, f'"{KEY}"', f"line\n{KEY}", f"\\{KEY}\t", f"{KEY}\ud83d", "ek_0123456789", "task-oriented", "", "hush"]) | st.text()
FRAMES = st.dictionaries(
    NAMES | st.text(max_size=4),
    st.recursive(
        TEXTS | st.integers() | st.binary(max_size=4), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2)
    ),
    max_size=3,
)


@given(FRAMES)
def test_no_frame_with_a_secret_is_passed_over(frame: dict[str, Any]) -> None:
    assert may_hold_secret(frame) or redact(frame) is frame


@pytest.mark.parametrize("frame", [{"type": "response.done", "usage": {"total_tokens": 7}}, {"text": "What is the weather in Berlin?"}])
def test_ordinary_frames_are(frame: dict[str, Any]) -> None:
    assert not may_hold_secret(frame)


def test_secrets_are_found_at_any_depth_and_nothing_else_changes() -> None:
    frame = {"data": [{"verb": "llm", "auth": {"apiKey": KEY}, "llmOptions": {"tools": [f"Bearer {KEY}", 1, None]}}]}
    clean = {"data": [{"verb": "llm", "auth": {"apiKey": hidden(KEY)}, "llmOptions": {"tools": [f"Bearer {hidden(KEY)}", 1, None]}}]}
    assert redact(frame) == clean
    assert frame["data"][0]["auth"] == {"apiKey": KEY}, "what was sent is not touched"


def test_a_key_used_as_a_name_is_hidden_too() -> None:
    assert redact({"env": {KEY: "x"}}) == {"env": {hidden(KEY): "x"}}


def test_a_hash_says_which_secret_stood_there_and_not_what_it_was() -> None:
    assert hidden(KEY) == hidden(KEY) == "<secret:d70d15b26b>"
    assert hidden(KEY) != hidden(KEY + "0")


def test_what_is_hidden_already_is_not_hidden_again() -> None:
    once = redact({"apiKey": KEY})
    assert redact(once) is once


def test_half_a_character_in_a_secret_can_be_hidden() -> None:
    assert redact({"token": "\ud800"}) == {"token": hidden("\ud800")}


def test_an_empty_secret_is_no_secret() -> None:
    assert redact({"apiKey": "", "token": None}) == {"apiKey": "", "token": None}


@given(JSON)
def test_what_holds_no_secret_is_the_very_same_object(value: Any) -> None:
    clean = redact(value)
    assert clean is value or clean != value


@given(JSON)
def test_redacting_twice_changes_nothing_more(value: Any) -> None:
    assert redact(redact(value)) == redact(value)


def test_the_journal_knows_which_of_its_frames_held_secrets() -> None:
    journal = noted({"a": 1}, {"text": KEY}, {"apiKey": "hush"}, {"b": 2})
    assert journal.with_secrets == [1, 2]
    assert KEY not in journal.text()
    assert "hush" not in journal.text()


def test_a_frame_without_secrets_is_noted_as_it_is() -> None:
    frame = {"type": "ack"}
    assert noted(frame).frames[0].frame is frame


# --- reading it


def test_frames_are_numbered_as_they_are_noted() -> None:
    journal = Journal()
    noted = [journal.note("app", "app", "ack", {}, at_s=0.0), journal.note("model", "jambonz", "session.update", {}, at_s=1.0)]
    assert noted == journal.frames
    assert [frame.seq for frame in noted] == [0, 1]


def test_frames_are_selected_by_all_that_is_given() -> None:
    journal = Journal()
    for link, source, kind in (("app", "app", "ack"), ("app", "jambonz", "ack"), ("model", "app", "ack"), ("app", "app", "command")):
        journal.note(link, source, kind, {}, at_s=0.0)

    def numbers(**asked: Any) -> list[int]:
        return [frame.seq for frame in journal.select(**asked)]

    assert numbers() == [0, 1, 2, 3]
    assert numbers(link="app", source="app") == [0, 3]
    assert numbers(kind="ack") == [0, 1, 2]
    assert numbers(kind="ack", since=1) == [1, 2]
    assert numbers(link="media") == []


# --- as a file


def lines(journal: Journal, **options: Any) -> list[Any]:
    return [json.loads(line) for line in journal.text(**options).splitlines()]


def test_a_journal_is_json_lines_after_a_line_that_says_of_what() -> None:
    journal = noted({"type": "ack"}, {"text": "grüß dich"}, wall_ms=1.23456)
    assert lines(journal, header={"scenario": "greeting"}) == [
        {"schema_version": SCHEMA_VERSION, "scenario": "greeting"},
        {"seq": 0, "at_s": 0.0, "wall_ms": 1.235, "link": "app", "from": "app", "kind": "ack", "frame": {"type": "ack"}},
        {"seq": 1, "at_s": 0.333333, "wall_ms": 1.235, "link": "app", "from": "app", "kind": "ack", "frame": {"text": "grüß dich"}},
    ]


def test_without_wall_times_two_runs_write_the_same() -> None:
    slow, quick = noted({"a": 1}, {"b": 2}, wall_ms=20.0), noted({"a": 1}, {"b": 2}, wall_ms=0.1)
    assert slow.text() != quick.text()
    assert slow.text(wall=False) == quick.text(wall=False)


def test_audio_is_told_by_its_length() -> None:
    assert lines(noted({"audio": bytes(480)}))[1]["frame"] == {"audio": "<480 bytes of audio>"}


def test_what_is_no_json_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="a journal cannot hold set"):
        noted({"x": {1}}).text()


@given(st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=3), max_size=4))
def test_any_frames_can_be_written_and_read_back(tmp_path_factory: pytest.TempPathFactory, frames: list[dict[str, Any]]) -> None:
    file = tmp_path_factory.mktemp("journal") / "call.jsonl"
    journal = noted(*frames)
    journal.write(file)
    read = [json.loads(line)["frame"] for line in file.read_text(encoding="utf-8").split("\n")[1:-1]]
    assert read == [frame.frame for frame in journal.frames]


def test_half_a_character_in_a_frame_can_be_written(tmp_path: Path) -> None:
    journal = noted({"text": "half \ud83d"})
    journal.write(tmp_path / "call.jsonl")
    assert json.loads((tmp_path / "call.jsonl").read_text(encoding="utf-8").splitlines()[1])["frame"] == {"text": "half \ud83d"}


# --- without its sound


def test_a_journal_without_its_sound_says_the_same_and_is_searched_the_same() -> None:
    journal = Journal()
    frames = [{"type": "a", "audio": bytes(9)}, {"items": [{"audio": b"12"}, "b"]}, {"text": "c"}]
    for frame in frames:
        journal.note("model", "model", "said", frame, at_s=1.0)
    journal.note("app", "app", "ack", {"apiKey": KEY}, at_s=1.0, leg=1)
    silent = journal.silent()
    assert silent.text() == journal.text()
    assert [one.frame for one in silent.select("model")] == [
        {"type": "a", "audio": "<9 bytes of audio>"},
        {"items": [{"audio": "<2 bytes of audio>"}, "b"]},
        frames[2],
    ]
    assert (silent.legs, silent.with_secrets) == (journal.legs, journal.with_secrets) == ({0, 1}, [3])
    assert list(silent.select("app", kind="ack")) == list(journal.select("app", kind="ack"))


# --- what was noted stays as it was


class Photographs(Journal):
    """A journal that keeps every line as it was when it was noted."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[str] = []

    def note(self, *args: Any, **options: Any) -> Frame:
        number = len(self.frames)
        frame = super().note(*args, **options)
        assert frame.seq == number
        self.taken.append(frame.line())
        return frame


@pytest.mark.parametrize("name", ["conversation/greeting.yaml", "tools/weather.yaml", "barge-in/during-speech.yaml", "trouble/disconnect.yaml"])
def test_a_frame_is_never_changed_after_it_was_noted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "Journal", Photographs)
    journal = play(next(one for one in shipped() if one.file.endswith(name))).journal
    assert isinstance(journal, Photographs)
    assert len(journal.taken) > 20
    assert [frame.line() for frame in journal.frames] == journal.taken
