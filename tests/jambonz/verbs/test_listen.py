"""`listen`: a websocket for the sound of a call (jambonz.md 5.2, 5.4; listen.js, mod_audio_fork)."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from simulator.jambonz.events import CallerHungUp, CallerPressed
from simulator.jambonz.fork_events import AudioClosed, AudioConnected, AudioSaid, AudioUnreachable
from simulator.speech import speak, words
from tests.jambonz.playbook import ANSWER, HANGUP, Playbook, Send, ack, close, command, dials_audio, frame, hangs_up_audio, pause, said, says, spoken

URL = "ws://ear.test/sound"
STREAMING = {"enabled": True, "streaming": True}


def listen(**settings: Any) -> dict[str, Any]:
    return {"verb": "listen", "url": URL, "actionHook": "/over", **settings}


def listens(book: Playbook, *then: dict[str, Any], **settings: Any) -> Playbook:
    """A listen verb runs, and its websocket is open."""
    book.begins(listen(**settings), *then)
    book << dials_audio(URL)
    book >> AudioConnected(0)
    return book << says(mixType=settings.get("mixType", "mono"))


def message(type_: str, data: Any = None, **more: Any) -> AudioSaid:
    return AudioSaid(0, json.dumps({"type": type_} | ({} if data is None else {"data": data}) | more))


def clip(text: str, **more: Any) -> AudioSaid:
    samples = base64.b64encode(speak(text).pcm).decode()
    return message("playAudio", {"audioContent": samples, "audioContentType": "raw", "sampleRate": 8000, **more})


def pcm_of(book: Playbook) -> bytes:
    return b"".join(pcm for _, pcm in book.sound)


# --- the connection


def test_the_first_frame_tells_of_the_call_in_camel_case(book: Playbook) -> None:
    book.begins({"verb": "tag", "data": {"my_key": 1}}, listen(metadata={"purpose": "test", "mixType": "own"}, sampleRate=16000))
    book << dials_audio(URL)
    book >> AudioConnected(0)
    book << says(
        sampleRate=16000, mixType="own", callSid="call-sid", callStatus="in-progress", sbcCallid="sbc-id", customerData={"my_key": 1}, purpose="test"
    )


def test_a_path_leads_to_the_applications_own_server() -> None:
    book = Playbook(url="wss://app.test:8443/hook?x=1")
    book.begins(listen(url="/sound"))
    book << dials_audio("wss://app.test:8443/sound")


def test_credentials_go_into_the_request_when_both_are_known(book: Playbook) -> None:
    book.begins(listen(wsAuth={"username": "ear", "password": "open"}))
    book << dials_audio(URL, Authorization="Basic ZWFyOm9wZW4=")


@pytest.mark.parametrize(("url", "dialled"), [("http://ear.test/x", "ws://ear.test/x"), ("https://ear.test", "wss://ear.test")])
def test_the_media_server_takes_urls_of_the_web_too(book: Playbook, url: str, dialled: str) -> None:
    book.begins(listen(url=url))
    book << dials_audio(dialled)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"url": "sound"}, "cannot connect to 'sound'"),
        ({"url": "ftp://ear.test"}, "cannot connect"),
        ({"url": "ws://[::1"}, "cannot connect"),
        ({"sampleRate": 11025}, "refuses sampleRate 11025"),
        ({"sampleRate": 128000}, "refuses sampleRate"),
        ({"bidirectionalAudio": {"sampleRate": 7}}, "no rate of sound"),
    ],
)
def test_what_the_media_server_refuses_ends_the_verb_without_a_hook(book: Playbook, settings: dict[str, Any], why: str) -> None:
    book.begins(listen(**settings), said("next"))
    book.is_silent()
    assert why in book.notes("dropped")[0]["why"]
    assert [note["text"] for note in book.notes("said")] == ["next"]


def test_a_connection_that_fails_is_a_hook_without_a_duration(book: Playbook) -> None:
    book.begins(listen())
    book << dials_audio(URL)
    book.at(1.0) >> AudioUnreachable(0, "refused")
    book << Send("verb:hook", "/over", dial_call_duration="absent", digits="absent")
    book >> ack()
    book.is_silent()


# --- frames to the application


def test_a_frame_of_twenty_milliseconds_is_sent_every_twenty_milliseconds(book: Playbook) -> None:
    listens(book).at(1.0)
    assert [round(at_s, 3) for at_s, _ in book.sound] == [round(0.02 * number, 3) for number in range(1, 51)]
    assert {len(pcm) for _, pcm in book.sound} == {320}


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000, 48000])
def test_what_the_caller_says_arrives_in_words_at_the_rate_asked_for(book: Playbook, rate_hz: int) -> None:
    listens(book, sampleRate=rate_hz) >> spoken("two people please")
    book.at(3.0)
    assert words(pcm_of(book), rate_hz) == "two people please"
    assert len(pcm_of(book)) == 3 * rate_hz * 2
    assert [note["text"] for note in book.notes("said") if "from_s" in note] == ["two people please"]


def test_in_stereo_the_second_channel_is_what_the_caller_hears(book: Playbook) -> None:
    listens(book, mixType="stereo") >> spoken("hello there")
    book.at(0.5) >> command("whisper", {"whisper": {"verb": "say", "text": "speak up"}})
    book.at(4.0)
    both = np.frombuffer(pcm_of(book), "<i2")
    assert words(both[0::2].tobytes(), 8000) == "hello there"
    assert words(both[1::2].tobytes(), 8000) == "speak up"
    assert [(note["channel"], note["text"]) for note in book.notes("said") if "channel" in note] == [(1, "hello there"), (2, "speak up")]


def test_mixed_is_both_in_one_channel(book: Playbook) -> None:
    listens(book, mixType="mixed", sampleRate=16000) >> spoken("hello")
    book.at(1.5) >> command("whisper", {"whisper": [{"say": {"text": "speak up"}}]})
    book.at(4.0)
    assert words(pcm_of(book), 16000) == "hello speak up"


def test_a_beep_comes_before_the_connection(book: Playbook) -> None:
    book.begins(listen(playBeep=True))
    book.at(0.49).is_silent()
    book.at(0.5) << dials_audio(URL)
    assert book.notes("heard")[0]["heard_s"] == 0.5


# --- how it ends


def test_a_finishing_key_ends_it_and_is_told(book: Playbook) -> None:
    listens(book, finishOnKey="#").at(2.5) >> CallerPressed("1#")
    book << hangs_up_audio() << Send("verb:hook", "/over", dial_call_duration=2, digits="#")


def test_several_finishing_keys_are_compared_as_a_whole(book: Playbook) -> None:
    listens(book, finishOnKey="#*").at(1.0) >> CallerPressed("#*")
    book.is_silent()
    assert "no key ever ends the verb" in book.notes("dropped")[0]["why"]


def test_the_longest_duration_ends_it(book: Playbook) -> None:
    listens(book, maxLength=3).at(2.9).is_silent()
    book.at(3.0) << hangs_up_audio() << Send("verb:hook", "/over", dial_call_duration=3)


@pytest.mark.parametrize("most_s", [3e9, 1e300, -5])
def test_a_duration_that_no_timer_holds_is_over_at_once(book: Playbook, most_s: float) -> None:
    listens(book, maxLength=most_s).at(0.01)
    book << hangs_up_audio() << Send("verb:hook", "/over", dial_call_duration=0)


def test_a_timeout_of_silence_is_read_by_nobody(book: Playbook) -> None:
    listens(book, timeout=1).at(60.0).is_silent()
    assert book.notes("dropped")[0]["what"] == "listen.timeout"


def test_the_far_end_closing_ends_it(book: Playbook) -> None:
    listens(book).at(1.5) >> AudioClosed(0, 1006)
    book << Send("verb:hook", "/over", dial_call_duration=1)


def test_the_application_may_end_it_with_disconnect(book: Playbook) -> None:
    listens(book).at(1.0) >> message("disconnect")
    book << hangs_up_audio() << Send("verb:hook", "/over", dial_call_duration=1)


def test_an_error_message_ends_the_verb_and_forgets_the_websocket(book: Playbook) -> None:
    listens(book, pause(1)).at(1.0) >> message("error")
    book << Send("verb:hook", "/over", dial_call_duration="absent")
    book >> ack()
    book.at(1.5)
    assert book.sound[-1][0] == pytest.approx(1.5), "the server has lost sight of it: it goes on until the call ends"
    book >> CallerHungUp()
    book << Send("call:status", call_status="completed") << hangs_up_audio()


def test_killed_by_a_redirect_it_still_sends_its_hook_and_verbs_in_the_ack_win(book: Playbook) -> None:
    listens(book).at(1.0) >> command("redirect", [said("redirected")])
    book << hangs_up_audio() << Send("verb:hook", "/over", dial_call_duration=1)
    book >> ack([said("acknowledged")])
    assert [note["text"] for note in book.notes("said")] == ["acknowledged"]


def test_after_a_hang_up_the_hook_says_that_the_call_is_completed(book: Playbook) -> None:
    listens(book).at(2.0) >> CallerHungUp()
    book << Send("call:status", call_status="completed") << hangs_up_audio()
    book << Send("verb:hook", "/over", call_status="completed", dial_call_duration=2)
    book >> ack()
    book << close(1000)


def test_an_unanswered_hook_is_only_logged(book: Playbook) -> None:
    listens(book, said("next"), maxLength=1).at(6.0)
    book << hangs_up_audio() << Send("verb:hook", "/over")
    assert [note["text"] for note in book.notes("said")] == ["next"]


def test_without_a_hook_the_next_verb_begins_at_once(book: Playbook) -> None:
    book.begins({"verb": "stream", "url": URL, "maxLength": 1}, HANGUP)
    book << dials_audio(URL)
    book >> AudioConnected(0)
    book.at(1.0) << says() << hangs_up_audio() << Send("call:status", call_status="completed")


# --- keys


def test_keys_are_passed_on_as_they_are_pressed(book: Playbook) -> None:
    listens(book, passDtmf=True, finishOnKey="#").at(1.0) >> CallerPressed("1#")
    book << says(event="dtmf", dtmf="1", duration="1600") << says(event="dtmf", dtmf="#") << hangs_up_audio()


# --- clips


def test_a_clip_is_heard_and_answered_when_it_has_been_played(book: Playbook) -> None:
    listens(book).at(1.0) >> clip("good morning", id="g")
    duration_s = speak("good morning").duration_s
    book.at(1.0 + duration_s - 0.01).is_silent()
    book.at(1.0 + duration_s) << says(
        type="playDone",
        data={
            "id": "g",
            "playbackSeconds": int(duration_s),
            "playbackMilliseconds": round(duration_s * 1000),
            "playbackLastOffsetPos": str(round(duration_s * 8000)),
        },
    )
    assert book.notes("heard")[0]["text"] == "good morning"


def test_clips_are_queued_when_that_is_asked_for(book: Playbook) -> None:
    listens(book) >> clip("one", id=1) >> clip("two", id=2, queuePlay=True)
    book.at(5.0)
    assert [json.loads(effect.data)["data"]["id"] for effect in book.to_come] == [1, 2]
    assert [note["text"] for note in book.notes("heard")] == ["one", "two"]


def test_a_clip_that_is_not_queued_takes_the_place_of_the_others(book: Playbook) -> None:
    listens(book) >> clip("a very long story", id=1) >> clip("more of it", id=2, queuePlay=True)
    book.at(0.3) >> clip("stop", id=3)
    book.at(5.0)
    assert [json.loads(effect.data)["data"]["id"] for effect in book.to_come] == [1, 3]
    assert [(note["text"], note["cut_s"] > 0) for note in book.notes("heard")] == [("a", True), ("stop", False)]


def test_more_than_eleven_queued_clips_are_forgotten(book: Playbook) -> None:
    listens(book)
    for number in range(14):
        book >> clip("word", id=number, queuePlay=True)
    book.at(20.0)
    assert len(book.to_come) == 12
    assert "more than ten clips" in book.notes("dropped")[0]["why"]


def test_kill_audio_ends_the_clip_and_the_next_one_begins(book: Playbook) -> None:
    listens(book) >> clip("a very long story", id=1) >> clip("next", id=2, queuePlay=True)
    book.at(0.3) >> message("killAudio")
    book.at(5.0)
    assert [note["text"] for note in book.notes("heard")] == ["a", "next"]
    assert [json.loads(effect.data)["data"]["id"] for effect in book.to_come] == [1, 2]


def test_a_clip_outlives_the_verb_and_nobody_is_told_of_its_end(book: Playbook) -> None:
    listens(book) >> clip("good morning everybody") >> message("disconnect")
    book << hangs_up_audio() << Send("verb:hook", "/over")
    book >> ack()
    book.at(5.0).is_silent()
    assert book.notes("heard")[0]["text"] == "good morning everybody"


@pytest.mark.parametrize(
    ("settings", "said_frame", "why"),
    [
        ({}, AudioSaid(0, bytes(320)), "discards it"),
        ({"bidirectionalAudio": STREAMING}, clip("x"), "takes binary frames"),
        ({"disableBidirectionalAudio": True}, clip("x"), "bidirectional audio is off"),
        ({"bidirectionalAudio": {"enabled": False}}, clip("x"), "bidirectional audio is off"),
        ({}, message("playAudio"), "no data"),
        ({}, message("playAudio", {"audioContentType": "raw", "audioContent": "AA==", "sampleRate": "8000"}), "played as 16000"),
        ({}, message("mark", name="flat"), "it has no data.name"),
        ({}, message("transfer", {}), "does not listen"),
        ({}, message("clear"), "knows no such message"),
        ({}, AudioSaid(0, "nonsense"), "no JSON object"),
        ({}, AudioSaid(0, "[" * 100_000), "no JSON object"),
        ({}, AudioSaid(0, '{"type": 1}'), "no JSON object"),
    ],
)
def test_what_the_media_server_ignores_is_said_once(book: Playbook, settings: dict[str, Any], said_frame: AudioSaid, why: str) -> None:
    listens(book, **settings) >> said_frame >> said_frame
    assert [why in note["why"] for note in book.notes("dropped")] == [True]
    assert not book.notes("heard")


# --- streams


def stream(book: Playbook, pcm: bytes) -> None:
    for at in range(0, len(pcm), 320):
        book >> AudioSaid(0, pcm[at : at + 320])


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_what_is_streamed_is_heard_in_its_words(book: Playbook, rate_hz: int) -> None:
    listens(book, bidirectionalAudio={**STREAMING, "sampleRate": rate_hz})
    stream(book, speak("good morning", rate_hz).pcm + bytes(rate_hz))
    book.at(4.0)
    assert [note["text"] for note in book.notes("heard")] == ["good morning"]


def test_a_clock_that_is_late_plays_every_frame_in_its_own_place(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING)
    stream(book, speak("good morning to you").pcm + bytes(3200))
    for late_s in (0.3, 0.31, 0.7, 1.2, 1.65, 2.5):
        book.now_s = late_s
        book >> CallerPressed("1")
    assert [note["text"] for note in book.notes("heard")] == ["good morning to you"]
    assert len(book.sound) == 125


def test_silence_in_a_stream_is_not_something_heard(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING)
    stream(book, bytes(8000) + speak("first").pcm + bytes(16000) + speak("second").pcm + bytes(160_000))
    book.at(5.0)
    assert [note["text"] for note in book.notes("heard")] == ["first", "second"]
    assert not book.call.playback.playing


def test_a_stream_is_laid_over_what_a_verb_says_and_does_not_keep_it_from_ending(book: Playbook) -> None:
    on = {"verb": "config", "listen": {"enable": True, "url": URL, "bidirectionalAudio": STREAMING}}
    book.begins(on, pause(1), said("one moment please"), said("done"), pause(60)) >> AudioConnected(0)
    stream(book, bytes(8000) + speak("this is a stream of very many words that goes on for longer").pcm)
    book.at(1.0 + speak("one moment please").duration_s + 0.05)
    assert [note["text"] for note in book.notes("said") if "from_s" not in note] == ["one moment please", "done"]
    book.at(20.0)
    (heard,) = book.notes("heard")
    assert heard["heard_s"] > speak("this is a stream of very many words that goes on for longer").duration_s - 0.1
    assert heard["text"].startswith("this")


def test_in_stereo_a_stream_is_heard_on_the_second_channel_at_any_rate(book: Playbook) -> None:
    listens(book, mixType="stereo", sampleRate=16000, bidirectionalAudio={**STREAMING, "sampleRate": 24000})
    stream(book, speak("good morning", 24000).pcm + bytes(24_000))
    book.at(4.0)
    both = np.frombuffer(pcm_of(book), "<i2")
    assert words(both[1::2].tobytes(), 16000) == "good morning"


def test_marks_tell_how_far_the_caller_has_heard(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING)
    stream(book, speak("first").pcm)
    book >> message("mark", {"name": "between"})
    stream(book, speak("second").pcm + bytes(3200))
    book.at(speak("first").duration_s).is_silent()
    book.at(speak("first").duration_s + 0.04) << says(type="mark", data={"name": "between", "event": "playout"})


def test_kill_audio_throws_the_stream_away_and_clears_its_marks(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING)
    stream(book, speak("a long story of many words").pcm)
    book >> message("mark", {"name": "end"})
    book.at(0.3) >> message("killAudio")
    book << says(type="mark", data={"name": "end", "event": "cleared"})
    book.at(5.0)
    assert [note["text"] for note in book.notes("heard")] == ["a"]


def test_cleared_marks_are_not_told_of(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING)
    stream(book, speak("a story").pcm)
    book >> message("mark", {"name": "end"}) >> message("clearMarks")
    book.at(5.0).is_silent()


# --- commands


@pytest.mark.parametrize("name", ["listen", "stream"])
def test_a_paused_listen_sends_nothing_until_it_is_resumed(book: Playbook, name: str) -> None:
    listens(book).at(1.0) >> command(f"{name}:status", {f"{name}_status": "pause"})
    book.at(2.0) >> command(f"{name}:status", {f"{name}_status": "resume"})
    book.at(3.0)
    assert len(book.sound) == 100
    assert not [at_s for at_s, _ in book.sound if 1.0 < at_s <= 2.0]


def test_silence_hides_what_is_said(book: Playbook) -> None:
    listens(book) >> command("listen:status", {"listen_status": "silence"}) >> spoken("secret")
    book.at(1.0)
    assert pcm_of(book) == bytes(16_000)


@pytest.mark.parametrize("data", ["pause", {"listen_status": "stop"}, {}, []])
def test_any_other_status_is_dropped(book: Playbook, data: Any) -> None:
    listens(book) >> command("listen:status", data)
    assert "it knows" in book.notes("dropped")[0]["why"] or data in ({}, [])


@pytest.mark.parametrize("name", ["listen:status", "stream:status", "whisper", "transcribe:status", "mute:status"])
def test_without_a_listen_nobody_obeys(book: Playbook, name: str) -> None:
    book.begins(ANSWER, pause(5)) >> command(name, {"listen_status": "pause", "whisper": said("x")})
    assert "verb pause is running" in book.notes("dropped")[0]["why"]


@pytest.mark.parametrize("name", ["mute:status", "transcribe:status"])
def test_a_listen_obeys_what_concerns_it_and_nothing_else(book: Playbook, name: str) -> None:
    listens(book) >> command(name, {"mute_status": "mute", "transcribe_status": "pause"})
    assert "verb listen is running" in book.notes("dropped")[0]["why"]


def test_while_the_hook_is_awaited_nobody_obeys(book: Playbook) -> None:
    listens(book).at(1.0) >> command("redirect", [pause(1)]) >> command("whisper", {"whisper": said("too late")})
    assert book.notes("dropped")[0]["what"] == "command whisper"


def test_whispered_verbs_are_heard_one_after_the_other(book: Playbook) -> None:
    listens(book) >> command("whisper", {"whisper": [said("one moment"), said("please")]})
    book.at(5.0)
    assert [note["text"] for note in book.notes("heard")] == ["one moment", "please"]


@pytest.mark.parametrize(
    ("whisper", "why"),
    [
        ("http://x.test", "no whisper with a verb"),
        (None, "no whisper with a verb"),
        ({"verb": "hangup"}, "only say and play"),
        ([{"verb": "say", "txt": "x"}], "unknown property txt"),
    ],
)
def test_what_cannot_be_whispered_is_dropped(book: Playbook, whisper: Any, why: str) -> None:
    listens(book) >> command("whisper", {"whisper": whisper})
    assert why in book.notes("dropped")[0]["why"]


# --- nested, and in the background


def test_a_nested_transcribe_reports_and_takes_no_verbs(book: Playbook) -> None:
    listens(book, transcribe={"transcriptionHook": "/heard", "recognizer": {"vendor": "google"}}) >> spoken("two people")
    book.at(2.0) << Send("verb:hook", "/heard")
    book >> ack([HANGUP])
    assert not book.call.over
    assert "nested in another verb" in book.notes("dropped")[0]["why"]


def test_a_nested_transcribe_can_be_paused(book: Playbook) -> None:
    listens(book, transcribe={"transcriptionHook": "/heard", "recognizer": {"vendor": "google"}})
    book >> command("transcribe:status", {"transcribe_status": "pause"}) >> spoken("two people")
    book.at(5.0).is_silent()


def test_in_the_background_it_goes_on_beside_the_verbs_until_it_is_switched_off(book: Playbook) -> None:
    off = {"verb": "config", "listen": {"enable": False}}
    book.begins({"verb": "config", "listen": {"enable": True, "url": URL}}, pause(2), off, pause(5))
    book << dials_audio(URL)
    book >> AudioConnected(0)
    book.at(5.0) << says() << hangs_up_audio()
    assert book.sound[-1][0] == pytest.approx(2.0)


def test_the_end_of_the_call_ends_it_in_the_background(book: Playbook) -> None:
    book.begins({"verb": "config", "listen": {"enable": True, "url": URL}}, pause(9)) >> AudioConnected(0)
    book.skip().at(1.0) >> CallerHungUp()
    book << hangs_up_audio() << Send("call:status", call_status="completed") << close(1000)


def test_a_second_one_in_the_background_is_skipped(book: Playbook) -> None:
    on = {"verb": "config", "listen": {"enable": True, "url": URL}}
    book.begins(on, on, pause(1))
    book << dials_audio(URL)
    book.is_silent()
    assert "one is running already" in book.notes("dropped")[0]["why"]


def test_a_listen_in_the_background_does_not_keep_a_verb_from_listening(book: Playbook) -> None:
    listens(book) >> frame(type="command", command="config", data={"listen": {"enable": True, "url": URL}})
    book << dials_audio(URL, fork=1)
    book >> AudioConnected(1)
    book.at(1.0) << says()
    assert len(book.sound) == 100


def test_elastic_time_does_not_jump_over_sound(book: Playbook) -> None:
    book.begins(listen())
    assert "an audio websocket to the app is being opened" in book.server.owed
    book >> AudioConnected(0)
    assert "sound flows to the app, which takes its time" in book.server.owed
    book >> AudioClosed(0, 1000)
    assert not [debt for debt in book.server.owed if "sound" in debt]


def test_the_notes_say_what_was_streamed_in_sum(book: Playbook) -> None:
    listens(book, bidirectionalAudio=STREAMING) >> AudioSaid(0, bytes(320))
    book.at(1.0) >> AudioClosed(0, 1000)
    assert book.notes("streamed") == [{"frames_sent": 50, "frames_received": 1, "bytes_received": 320}]
