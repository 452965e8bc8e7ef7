"""`say` and `play`: what the caller hears, and what the application learns of it (jambonz.md 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.jambonz.events import AudioFetched, CallerHungUp, FetchAudio
from simulator.jambonz.media import MediaServer
from simulator.speech import speak
from tests.jambonz.playbook import HANGUP, Does, Playbook, Send, ack, close, command, pause, said

TEXT = "good evening"
SECONDS = speak(TEXT).duration_s
URL = "https://files.test/tune.wav"
TUNE = AudioFetched(URL, bytes(2 * 8_000))
NOTIFY = {"verb": "config", "notifyEvents": True}


def play(**settings: Any) -> dict[str, Any]:
    return {"verb": "play", "url": URL, "actionHook": "/played", **settings}


# --- say


def test_say_takes_as_long_as_its_text_and_has_no_hook(book: Playbook) -> None:
    book.begins(said(TEXT), HANGUP)
    book.at(SECONDS - 0.01).is_silent()
    book.at(SECONDS) << Send("call:status", call_status="completed")
    assert book.notes("heard") == [{"text": TEXT, "heard_s": round(SECONDS, 3), "cut_s": 0.0}]


@pytest.mark.parametrize(
    ("changes", "times"), [({"loop": 2}, 2), ({"loop": "2"}, 2), ({"text": [TEXT, TEXT]}, 2), ({"text": [TEXT] * 2, "loop": 2}, 4)]
)
def test_say_repeats_and_says_lists(book: Playbook, changes: dict[str, Any], times: int) -> None:
    book.begins(said(TEXT) | changes, HANGUP)
    book.at(60.0) << Send("call:status", call_status="completed", duration=int(times * SECONDS))
    assert len(book.notes("heard")) == times


def test_say_for_ever_ends_with_the_call(book: Playbook) -> None:
    book.begins(said(TEXT) | {"loop": "forever"})
    book.at(30.0) >> CallerHungUp()
    book << Send("call:status", call_status="completed", duration=30) << close(1000)


def test_killed_speech_is_cut_off(book: Playbook) -> None:
    book.begins(said(TEXT))
    book.at(0.5) >> command("redirect", [pause(9)])
    assert book.notes("heard")[0]["heard_s"] == 0.5


def test_when_synthesis_fails_the_application_is_told_and_the_next_verb_runs() -> None:
    book = Playbook(media=MediaServer(tts_failure="no voice today"), synthesizer={"vendor": "deepgram"})
    book.begins(said(TEXT) | {"id": "s-1"}, HANGUP)
    book << Send(
        "jambonz:error",
        msg="TTS error",
        details="TTS vendor deepgram error: Error: no voice today",
        failover="not available",
        verb="say",
        id="s-1",
    )
    book << Send("call:status", call_status="completed")


def test_with_notify_events_the_playback_is_told_step_by_step(book: Playbook) -> None:
    book.begins(NOTIFY, said(TEXT) | {"id": "s"}, HANGUP)
    book << Send("verb:status", name="config", event="finished") << Send("verb:status", event="starting", name="say")
    book << Send("call:status", call_status="in-progress")
    book << Send("verb:status", event="synthesized-audio", verb="say", id="s", characters=len(TEXT), served_from_cache=False)
    book << Send("verb:status", event="start-playback", verb="say", id="s")
    book.at(SECONDS) << Send("verb:status", event="stop-playback", verb="say") << Send("verb:status", event="finished", name="say")


def test_killed_with_notify_events_it_says_so(book: Playbook) -> None:
    book.begins(NOTIFY, said(TEXT), HANGUP)
    book.skip().at(0.2) >> command("redirect", [pause(9)])
    book << Send("verb:status", event="kill-playback", verb="say") << Send("verb:status", event="finished", name="say")


# --- play


def test_play_fetches_its_file_and_tells_when_it_was_played(book: Playbook) -> None:
    book.begins(play(id="p"), HANGUP)
    book << Does(FetchAudio(URL))
    book >> TUNE
    book.at(0.9).is_silent()
    book.at(1.0)
    book << Send("verb:hook", "/played", reason="playCompleted", playback_seconds=1, playback_milliseconds=1000, verb_id="p")
    assert book.sent[-1]["data"]["playback_last_offset_pos"] == "8000"
    book >> ack()
    book << Send("call:status", call_status="completed")


def test_play_without_a_hook_just_plays(book: Playbook) -> None:
    book.begins({"verb": "play", "url": URL}, HANGUP)
    book.skip() >> TUNE
    book.at(1.0) << Send("call:status", call_status="completed")


def test_killed_play_tells_how_far_it_came(book: Playbook) -> None:
    book.begins(play())
    book.skip() >> TUNE
    book.at(0.25) >> command("redirect", [HANGUP])
    book << Send("verb:hook", "/played", reason="playCompleted", playback_milliseconds=250)
    book >> ack()
    book << Send("call:status", call_status="completed")


def test_several_files_are_played_one_after_the_other(book: Playbook) -> None:
    other = "https://files.test/other.wav"
    book.begins(play(url=[URL, other]))
    book << Does(FetchAudio(URL))
    book >> TUNE
    book.at(1.0) << Does(FetchAudio(other))
    book >> AudioFetched(other, bytes(2 * 8_000))
    book.at(2.0) << Send("verb:hook", playback_seconds=2)


def test_a_file_repeats(book: Playbook) -> None:
    book.begins(play(loop=2))
    for second in (0.0, 1.0):
        book.at(second) << Does(FetchAudio(URL))
        book >> TUNE
    book.at(2.0) << Send("verb:hook", playback_seconds=2)


def test_an_empty_file_is_over_at_once(book: Playbook) -> None:
    book.begins(play())
    book.skip() >> AudioFetched(URL, b"")
    book << Send("verb:hook", reason="playCompleted", playback_seconds=0)


def test_a_missing_file_fails(book: Playbook) -> None:
    book.begins(NOTIFY, play(), HANGUP)
    book.skip() >> AudioFetched(URL, None)
    book << Send("verb:hook", status="fail", reason="playFailed")
    book >> ack()
    book << Send("verb:status", event="starting", name="hangup")


# --- what else can be said and played


def test_ssml_is_spoken_with_its_pauses(book: Playbook) -> None:
    book.begins(said(f"<speak>{TEXT}<break time='1s'/>{TEXT}</speak>"), HANGUP)
    book.at(2 * SECONDS + 1) << Send("call:status", call_status="completed")
    assert book.notes("said") == [{"text": f"{TEXT} {TEXT}", "duration_s": round(2 * SECONDS + 1, 3)}]


def test_silence_and_files_can_stand_among_texts(book: Playbook) -> None:
    book.begins(said([TEXT, "silence_stream://500", URL]), HANGUP)
    book.at(SECONDS + 0.5) << Does(FetchAudio(URL))
    book >> TUNE
    book.at(SECONDS + 1.5) << Send("call:status", call_status="completed")


def test_instructions_are_written_down(book: Playbook) -> None:
    book.begins(said(TEXT) | {"instructions": "warmly"})
    assert book.notes("said")[0]["instructions"] == "warmly"


def synthesized(book: Playbook) -> list[Any]:
    return [message["data"] for message in book.sent if message["data"].get("event") == "synthesized-audio"]


def test_the_voice_of_the_verb_goes_over_that_of_the_call(book: Playbook) -> None:
    book.begins(NOTIFY, said(TEXT) | {"synthesizer": {"vendor": "default", "language": "de-DE"}})
    assert [(data["vendor"], data["language"]) for data in synthesized(book)] == [("google", "de-DE")]


@pytest.mark.parametrize(("second", "cached"), [({}, True), ({"disableTtsCache": True}, False), ({"synthesizer": {"vendor": "aws"}}, False)])
def test_what_was_said_before_comes_from_the_cache(book: Playbook, second: dict[str, Any], cached: bool) -> None:
    book.begins(NOTIFY, said(TEXT), said(TEXT) | second)
    book.at(SECONDS)
    first, again = synthesized(book)
    assert (first["served_from_cache"], again["served_from_cache"]) == (False, cached)
    assert ("characters" in again) is not cached


def test_a_loop_is_synthesized_once() -> None:
    book = Playbook(media=MediaServer(synthesis_ms=180)).begins(NOTIFY, said(TEXT) | {"loop": 3}, HANGUP)
    book.at(60.0)
    assert [data["elapsed_time"] for data in synthesized(book)] == [180]


def test_a_file_can_be_cut_off_in_time(book: Playbook) -> None:
    book.begins(play(loop="forever", timeoutSecs=2.5), HANGUP)
    for second in range(3):
        book.at(float(second)) >> TUNE
    book.skip().at(2.5) << Send("verb:hook", "/played", reason="playCompleted", playback_milliseconds=2500)
    book >> ack()
    book << Send("call:status", call_status="completed")


@pytest.mark.parametrize("offset", [4000, "4000"])
def test_a_file_can_begin_further_on(book: Playbook, offset: object) -> None:
    book.begins(play(seekOffset=offset))
    book.skip() >> TUNE
    book.at(0.5) << Send("verb:hook", playback_milliseconds=500, playback_last_offset_pos="8000")
