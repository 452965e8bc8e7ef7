"""Commands that concern what is heard, signalled or recorded (jambonz.md 3.3), tracks and recordings (5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AudioFetched, CallerHungUp, FetchAudio
from simulator.speech import speak
from tests.jambonz.playbook import ANSWER, HANGUP, Does, Playbook, command, pause, said

MUSIC = "https://files.test/music.wav"


def fates(book: Playbook) -> list[str]:
    return [note["fate"] for note in book.notes("command")]


def dub(action: str, **more: Any) -> dict[str, Any]:
    return {"verb": "dub", "action": action, "track": "t", **more}


# --- dtmf, sip:request, boostAudioSignal


def test_keys_are_sent(book: Playbook) -> None:
    book.begins(ANSWER, pause(9)) >> command("dtmf", {"dtmf": {"digit": "5"}})
    assert book.notes("sends_digits") == [{"digits": "5", "duration_ms": 250}]
    assert fates(book) == ["done"]


def test_a_request_is_sent_and_its_answer_not_told(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> command("sip:request", {"sip_request": {"method": "message", "content_type": "text/plain", "content": "x"}})
    book.is_silent()
    assert book.notes("sip_request")[0]["method"] == "MESSAGE"
    assert "answered with 200" in fates(book)[0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dtmf", {"digit": "5"}),
        ("dtmf", "5"),
        ("sip:request", {"method": "INFO"}),
        ("record", "startCallRecording"),
        ("record", {"action": "dance"}),
        ("boostAudioSignal", "loud"),
        ("boostAudioSignal", "9" * 5000),
        ("dub", {"action": "addTrack"}),
    ],
    ids=str,
)
def test_what_the_server_cannot_read_is_dropped_with_a_reason(book: Playbook, name: str, data: Any) -> None:
    book.begins(ANSWER, pause(9)) >> command(name, data)
    book.is_silent()
    assert fates(book) == ["dropped"]
    assert book.notes("dropped")[0]["remedy"]


@pytest.mark.parametrize(("name", "data"), [("dtmf", {"dtmf": {"digit": "5"}}), ("sip:request", {"sip_request": {"method": "INFO"}})])
def test_on_an_unanswered_call_they_are_dropped(book: Playbook, name: str, data: Any) -> None:
    book.begins(pause(9)) >> command(name, data)
    assert fates(book) == ["dropped"]


@pytest.mark.parametrize(("written", "gain_db"), [(3, 3.0), ("3 dB", 3.0), ("-6dB", -6.0), ({"boostAudioSignal": 2}, 2.0)])
def test_gain_is_in_decibels(book: Playbook, written: Any, gain_db: float) -> None:
    book.begins(ANSWER, pause(9)) >> command("boostAudioSignal", written)
    assert book.notes("gain") == [{"gain_db": gain_db}]
    assert book.notes("not_simulated")


# --- record


def test_a_recording_is_started_paused_resumed_and_stopped(book: Playbook) -> None:
    book.begins(ANSWER, pause(9))
    book >> command("record", {"action": "startCallRecording", "recordingID": "r", "siprecServerURL": "sip:srs.test"})
    for action in ("pauseCallRecording", "resumeCallRecording", "stopCallRecording"):
        book >> command("record", {"action": action})
    assert [note["state"] for note in book.notes("recording")] == ["on", "paused", "on", "off"]
    assert book.notes("recording")[0]["siprecServerURL"] == "sip:srs.test"


@pytest.mark.parametrize("actions", [["pauseCallRecording"], ["stopCallRecording"], ["startCallRecording", "startCallRecording"]], ids=str)
def test_what_is_impossible_is_passed_over(book: Playbook, actions: list[str]) -> None:
    book.begins(ANSWER, pause(9))
    for action in actions:
        book >> command("record", {"action": action})
    assert fates(book)[-1] == "dropped"


def test_a_recording_that_is_ordered_early_begins_with_the_answer(book: Playbook) -> None:
    book.begins(pause(3), ANSWER, pause(9))
    book >> command("record", {"action": "startCallRecording"})
    assert not book.notes("recording")
    book.at(3.0)
    assert [note["state"] for note in book.notes("recording")] == ["on"]


def test_config_records_and_answers(book: Playbook) -> None:
    book.begins({"verb": "config", "record": {"action": "startCallRecording"}}, pause(9))
    assert book.call.answered_at_s == 0.0
    assert book.notes("recording")


# --- dub


def test_a_track_plays_beside_what_is_said(book: Playbook) -> None:
    book.begins(ANSWER, dub("addTrack"), dub("sayOnTrack", say="aside"), said("the main thing"), HANGUP)
    book.at(20.0)
    heard = {note.get("track"): note["text"] for note in book.notes("heard")}
    assert heard == {"t": "aside", None: "the main thing"}
    assert "the mix" in book.notes("not_simulated")[0]["what"]


def test_music_loops_until_it_is_silenced(book: Playbook) -> None:
    book.begins(ANSWER, dub("addTrack", play=MUSIC, loop=True), pause(60))
    book << Does(FetchAudio(MUSIC))
    book >> AudioFetched(MUSIC, bytes(16_000))
    book.at(2.5) >> command("dub", {"action": "silenceTrack", "track": "t"})
    book.at(9.0)
    assert [note["heard_s"] for note in book.notes("heard")] == [1.0, 1.0, 0.5]


def test_a_new_sound_replaces_that_of_the_track(book: Playbook) -> None:
    book.begins(ANSWER, dub("addTrack"), dub("sayOnTrack", say={"text": "one two three four"}), pause(0.5), dub("sayOnTrack", say="other"), pause(9))
    book.at(9.0)
    assert [note["cut_s"] > 0 for note in book.notes("heard")] == [True, False]


def test_the_end_of_the_call_ends_its_tracks(book: Playbook) -> None:
    book.begins(ANSWER, dub("addTrack", say="one two three four"), pause(60))
    book.at(0.5) >> CallerHungUp()
    assert book.notes("heard") == [{"text": "one two", "heard_s": 0.5, "cut_s": speak("one two three four").duration_s - 0.5, "track": "t"}]


@pytest.mark.parametrize("verbs", [[dub("playOnTrack", play=MUSIC)], [dub("removeTrack")], [dub("addTrack"), dub("addTrack")]])
def test_what_the_media_server_refuses_only_its_log_sees(book: Playbook, verbs: list[dict[str, Any]]) -> None:
    book.begins(ANSWER, *verbs, pause(1))
    assert book.notes("dropped")


def test_a_file_that_is_missing_is_noted(book: Playbook) -> None:
    book.begins(ANSWER, dub("addTrack", play=MUSIC), pause(1))
    book >> AudioFetched(MUSIC, None)
    assert "cannot be fetched" in book.notes("dropped")[0]["why"]
