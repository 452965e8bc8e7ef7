"""Recordings: what a connection leaves behind, and what happens when it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.modes.openai import openai_server
from simulator.modes.openai.recording import Recorder, quiet
from simulator.vendors.openai.events import ClientBinary, ClientClosed, ClientText, Close, Emit, Opened

KEY = "sk-proj-0123456789abcdefWXYZ"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def dialogue(path: Path) -> list[tuple[str, str]]:
    return [(line["from"], line["kind"]) for line in lines(path)[1:]]


def greeted(recorder: Recorder, number: int = 1, session_id: str = "sess_1") -> Any:
    recording = recorder.begin(number, "ga", 100.0)
    recording.happened(Opened({"model": "gpt-realtime", "api-key": "plain-key-of-azure"}, {"authorization": f"Bearer {KEY}"}), 100.0)
    recording.sent(Emit({"type": "session.created", "event_id": "event_1", "session": {"id": session_id}}), 100.005)
    return recording


async def talk(url: str, *events: dict[str, Any], reads: int, key: str = KEY) -> None:
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {key}"}) as http, http.ws_connect(f"{url}?model=gpt-realtime") as socket:
        await socket.receive_json()
        for event in events:
            await socket.send_json(event)
        for _ in range(reads):
            await asyncio.wait_for(socket.receive(), 10)


def ended(folder: Path, count: int) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() and len(list(folder.iterdir())) == count else []


async def recorded(folder: Path, count: int = 1) -> list[Path]:
    """The files, once the last of them has its end."""
    for _ in range(500):
        files = ended(folder, count)
        if files and all(lines(file)[-1]["kind"] == "closed" for file in files):
            return files
        await asyncio.sleep(0.01)
    raise AssertionError(f"not {count} whole recordings in {folder}")


async def test_both_sides_of_every_connection_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    with openai_server(script={"steps": [{"model": {"say": "Hello", "text": True}}]}, pace=0, record=folder) as server:
        await talk(server.url, {"type": "response.create"}, reads=11)
        await talk(server.url, {"type": "input_audio_buffer.append", "audio": "AAAA" * 400}, {"type": "input_audio_buffer.clear"}, reads=1)
        first, second = await recorded(folder, 2)
    assert re.fullmatch(r"0001-sess_\w{21}\.jsonl", first.name)
    assert re.fullmatch(r"0002-sess_\w{21}\.jsonl", second.name)
    assert dialogue(first)[:5] == [
        ("client", "connect"),
        ("model", "session.created"),
        ("client", "response.create"),
        ("model", "response.created"),
        ("model", "response.output_item.added"),
    ]
    assert dialogue(first)[-1] == ("client", "closed")
    header, *frames = lines(second)
    assert (header["schema_version"], header["connection"], header["dialect"]) == (1, 2, "ga")
    assert [list(frame) for frame in frames[:1]] == [["seq", "at_s", "wall_ms", "link", "from", "kind", "frame"]]
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    assert [frame["frame"]["audio"] for frame in frames if frame["kind"] == "input_audio_buffer.append"] == ["<1200 bytes of audio>"]


async def test_sound_of_the_model_is_measured_and_not_written_down(tmp_path: Path) -> None:
    with openai_server(script={"steps": [{"model": {"say": "Hello"}}]}, pace=0, record=tmp_path) as server:
        await talk(server.url, {"type": "response.create"}, reads=12)
        (file,) = await recorded(tmp_path)
    deltas = [line["frame"]["delta"] for line in lines(file)[1:] if line["kind"] == "response.output_audio.delta"]
    assert deltas
    assert all(re.fullmatch(r"<\d+ bytes of audio>", delta) for delta in deltas)
    assert file.stat().st_size < 20_000


async def test_a_refused_connection_is_recorded_too(tmp_path: Path) -> None:
    with openai_server(script={"quota": "gone"}, record=tmp_path) as server:
        await talk(server.url, reads=1)
        (file,) = await recorded(tmp_path)
    assert file.name == "0001-no_session.jsonl"
    assert dialogue(file)[:4] == [("script", "scripted"), ("client", "connect"), ("model", "error"), ("model", "closed")]


async def test_faults_stand_where_they_struck(tmp_path: Path) -> None:
    script = {"steps": [{"model": {"drop": "response.done"}}, {"model": {"say": "Hi", "text": True}}]}
    with openai_server(script=script, pace=0, record=tmp_path) as server:
        await talk(server.url, {"type": "response.create"}, reads=10)
        (file,) = await recorded(tmp_path)
    (fault,) = [line for line in lines(file)[1:] if line["kind"] == "fault"]
    assert (fault["from"], fault["frame"]["what"], fault["frame"]["event"]) == ("script", "drop", "response.done")


def test_no_key_is_written_wherever_it_stands(tmp_path: Path) -> None:
    recording = greeted(Recorder(tmp_path, print))
    azure = Recorder(tmp_path, print).begin(2, "beta", 0.0)
    azure.happened(Opened({"api-key": "plain-key-of-azure"}, {}), 0.0)
    for each in (recording, azure):
        for text in (KEY, "plain-key-of-azure"):
            each.happened(ClientText(json.dumps({"type": f"x {text}", text: [text], "session": {"tools": [{"authorization": "hm"}]}})), 1.0)
            each.happened(ClientText(f"no JSON {text}"), 1.0)
        each.end()
    written = [path.read_text() for path in sorted(tmp_path.iterdir())]
    assert [KEY in text for text in written] == [False, False]
    assert '"hm"' not in written[0]
    assert "plain-key-of-azure" not in written[1]


def test_files_are_for_their_owner_only_and_none_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / "0003-sess_1.jsonl").symlink_to(tmp_path / "elsewhere")
    recorder = Recorder(tmp_path, print)
    for number in (1, 1, 3):
        greeted(recorder, number).end()
    made = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert made == ["0001-sess_1-2.jsonl", "0001-sess_1.jsonl", "0003-sess_1-2.jsonl", "0003-sess_1.jsonl"]
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert stat.S_IMODE((tmp_path / "0001-sess_1.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize("session_id", ["../../etc/passwd", "a/b", "", "x" * 300, None])
def test_a_name_never_leaves_the_folder(tmp_path: Path, session_id: Any) -> None:
    folder = tmp_path / "in"
    greeted(Recorder(folder, print), session_id=session_id).end()
    assert [path.name for path in folder.iterdir()] == ["0001-no_session.jsonl"]


async def test_a_folder_that_cannot_be_written_is_told_and_everybody_is_served(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with openai_server(pace=0, record=tmp_path / "file" / "folder") as server:
        await talk(server.url, {"type": "input_audio_buffer.clear"}, reads=1)
        notes = server.notes
    assert (
        notes[0] == f"cannot record into {tmp_path / 'file' / 'folder'}: Not a directory; the server goes on without recordings until that is mended"
    )
    assert notes[1] == f"connection 1 cannot be recorded in {tmp_path / 'file' / 'folder'}: Not a directory; it is served without a recording"
    assert len(notes) == 2


def test_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    recording = greeted(Recorder(tmp_path, notes.append))

    def full(_file: int, _data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for _ in range(3):
        recording.happened(ClientBinary(), 101.0)
    recording.end()
    assert notes == [f"connection 1 cannot be recorded in {tmp_path}: No space left on device; it is served without a recording"]


def test_a_recording_has_a_largest_size(tmp_path: Path) -> None:
    notes: list[str] = []
    recording = greeted(Recorder(tmp_path, notes.append, largest_bytes=2_000))
    for _ in range(100):
        recording.happened(ClientBinary(), 101.0)
    recording.end()
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size <= 2_000
    assert lines(file)
    assert len(notes) == 1
    assert "is full" in notes[0]


def test_a_client_that_talks_before_its_greeting_fills_no_memory(tmp_path: Path) -> None:
    recording = Recorder(tmp_path, print).begin(1, "ga", 0.0)
    for _ in range(101):
        recording.happened(ClientBinary(), 0.0)
    (file,) = tmp_path.iterdir()
    assert len(lines(file)) > 100
    recording.sent(Close(1011), 0.0)
    recording.happened(ClientClosed(1011), 0.0)
    recording.end()
    assert dialogue(file)[-2:] == [("model", "closed"), ("client", "closed")]


@given(st.text())
def test_any_text_a_client_sends_is_a_line(text: str) -> None:
    assert isinstance(quiet({"text": text}), dict)


def test_deep_nesting_is_a_frame_as_well(tmp_path: Path) -> None:
    recording = greeted(Recorder(tmp_path, print))
    recording.happened(ClientText('{"a":' * 150 + "1" + "}" * 150), 1.0)
    recording.happened(ClientText("[" * 100_000), 1.0)
    recording.happened(ClientText('{"type": "half \\ud800", "x": "\\ud800"}'), 1.0)
    recording.end()
    (file,) = tmp_path.iterdir()
    assert len(lines(file)) == 6


def test_what_was_said_is_there_when_the_process_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "openai", "--port", "0", "--record", str(tmp_path), "--echo", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]

        async def speak() -> None:
            headers = {"authorization": f"Bearer {KEY}"}
            async with aiohttp.ClientSession(headers=headers) as http, http.ws_connect(f"{url}?model=gpt-realtime") as socket:
                await socket.receive_json()
                await socket.send_json({"type": "input_audio_buffer.clear"})
                await socket.receive_json()
                process.send_signal(signal.SIGKILL)
                process.wait()

        asyncio.run(speak())
    (file,) = tmp_path.iterdir()
    assert [kind for _, kind in dialogue(file)] == ["connect", "session.created", "input_audio_buffer.clear", "input_audio_buffer.cleared"]
