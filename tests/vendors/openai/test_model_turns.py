"""Turn detection on real energy, barge-in, manual turns, transcription (openai-realtime.md 4.7 to 4.10, 4.14 to 4.16, 5.3, 5.4)."""

import numpy as np
import pytest

from simulator.audio import alaw_encode, ulaw_encode
from simulator.speech import noise, speak
from simulator.vendors.openai.events import Mishear, ResponseRequested, Say
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue, problem, types

QUESTION = "What is the weather in Berlin?"
TURN_GA = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
]


def detection(talk: Dialogue, given: object) -> None:
    """Change turn detection, in the words of the dialect."""
    ga = {"type": "realtime", "audio": {"input": {"turn_detection": given}}}
    talk.client("session.update", session=ga if talk.dialect == "ga" else {"turn_detection": given})
    assert talk.events[-1]["type"] == "session.updated"


def transcribing(talk: Dialogue, model: str) -> None:
    ga = {"type": "realtime", "audio": {"input": {"transcription": {"model": model}}}}
    talk.client("session.update", session=ga if talk.dialect == "ga" else {"input_audio_transcription": {"model": model}})


def test_a_spoken_turn_in_ga(ga: Dialogue) -> None:
    events = ga.hears_words(QUESTION, before_ms=500)
    assert types(events) == TURN_GA
    assert len({event["item_id"] for event in events if "item_id" in event}) == 1
    assert ga.last("conversation.item.done")["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    (request,) = [effect for effect in ga.effects if isinstance(effect, ResponseRequested)]
    assert (request.by, request.heard) == ("vad", QUESTION)


def test_a_spoken_turn_in_beta(beta: Dialogue) -> None:
    assert types(beta.hears_words(QUESTION)) == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "response.created",
        "rate_limits.updated",
    ]


def test_milliseconds_count_appended_audio_in_frames_of_32(ga: Dialogue) -> None:
    pcm = 5000 * SILENCE + speak(QUESTION, 24000).pcm + 1000 * SILENCE
    events = ga.client("input_audio_buffer.append", audio=pcm)
    started, stopped = events[0], events[1]
    assert started["type"] == "input_audio_buffer.speech_started"
    assert (started["audio_start_ms"] + 300) % 32 == 0
    assert started["audio_start_ms"] == pytest.approx(5000 - 300, abs=32)
    assert stopped["audio_end_ms"] % 32 == 0
    spoken_ms = speak(QUESTION, 24000).duration_s * 1000
    assert stopped["audio_end_ms"] == pytest.approx(5000 + spoken_ms + 200, abs=64)


def test_the_prefix_does_not_reach_before_the_beginning(ga: Dialogue) -> None:
    ga.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm)
    assert ga.last("input_audio_buffer.speech_started")["audio_start_ms"] == 0


def test_every_cut_into_appends_gives_the_same_turn(ga: Dialogue) -> None:
    pcm = 700 * SILENCE + speak(QUESTION, 24000).pcm + 500 * SILENCE
    other = Dialogue("ga").open()
    other.client("input_audio_buffer.append", audio=pcm)
    for start in range(0, len(pcm), 1234):
        ga.client("input_audio_buffer.append", audio=pcm[start : start + 1234])
    for name in ("speech_started", "speech_stopped"):
        one, two = (talk.last(f"input_audio_buffer.{name}") for talk in (ga, other))
        assert one | {"event_id": 0} == two | {"event_id": 0}


@pytest.mark.parametrize(
    ("level_dbfs", "threshold", "is_speech"), [(-12, 0.8, True), (-20, 0.8, True), (-35, 0.8, False), (-35, 0.5, True), (-50, 0.1, False)]
)
def test_loudness_decides_what_is_speech(ga: Dialogue, level_dbfs: float, threshold: float, is_speech: bool) -> None:
    detection(ga, {"type": "server_vad", "threshold": threshold})
    events = ga.hears(noise(1.0, 24000, level_dbfs=level_dbfs).pcm)
    assert bool(events) == is_speech


def test_a_cough_is_a_turn_without_words(ga: Dialogue) -> None:
    detection(ga, {"type": "server_vad", "threshold": 0.8})
    assert types(ga.hears_cough()) == TURN_GA
    (request,) = [effect for effect in ga.effects if isinstance(effect, ResponseRequested)]
    assert request.heard == ""


def test_line_noise_is_no_turn_and_words_in_it_are_heard(ga: Dialogue) -> None:
    line = np.random.default_rng(3).standard_normal(24000 * 5) * 32768 * 10 ** (-50 / 20)
    said = np.frombuffer(speak(QUESTION, 24000).pcm, dtype="<i2")
    line[24000 : 24000 + len(said)] += said
    ga.hears(np.clip(line, -32768, 32767).astype("<i2").tobytes())
    (request,) = [effect for effect in ga.effects if isinstance(effect, ResponseRequested)]
    assert request.heard == QUESTION


@pytest.mark.parametrize(("name", "beta_name", "encode"), [("audio/pcmu", "g711_ulaw", ulaw_encode), ("audio/pcma", "g711_alaw", alaw_encode)])
def test_a_telephone_is_heard_in_g711(name: str, beta_name: str, encode: object, either: Dialogue) -> None:
    session = {"type": "realtime", "audio": {"input": {"format": {"type": name}}}} if either.dialect == "ga" else {"input_audio_format": beta_name}
    either.client("session.update", session=session)
    quiet = encode(bytes(16 * 500))
    for _ in range(3):
        either.client("input_audio_buffer.append", audio=quiet)
    either.client("input_audio_buffer.append", audio=encode(speak(QUESTION, 8000).pcm) + quiet)
    (request,) = [effect for effect in either.effects if isinstance(effect, ResponseRequested)]
    assert request.heard == QUESTION
    assert either.last("input_audio_buffer.speech_started")["audio_start_ms"] == pytest.approx(1200, abs=32)


def test_barge_in_before_any_output(either: Dialogue) -> None:
    either.client("response.create")
    either.run(0.1)
    events = either.hears(speak("Wait", 24000).pcm)
    assert types(events)[:2] == ["input_audio_buffer.speech_started", "response.done"]
    response = either.last("response.done")["response"]
    assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert (response["output"], response["usage"]["total_tokens"]) == ([], 0)


def test_barge_in_during_audio(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("A long sentence that the caller does not want to hear to its very end at all"))
    ga.run(0.6)
    events = ga.hears(speak("Stop", 24000).pcm)
    assert types(events)[types(events).index("input_audio_buffer.speech_started") :][:7] == [
        "input_audio_buffer.speech_started",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert ga.last("response.done")["response"]["status_details"]["reason"] == "turn_detected"


def test_barge_in_after_generation_only_says_that_speech_started(ga: Dialogue) -> None:
    ga.client("response.create")
    ga.answer(Say("Hello"))
    ga.run(3.0)
    assert types(ga.hears(speak("Wait", 24000).pcm)) == ["input_audio_buffer.speech_started"]


@pytest.mark.parametrize("creates", [True, False])
@pytest.mark.parametrize("interrupts", [True, False])
def test_the_matrix_of_flags(ga: Dialogue, creates: bool, interrupts: bool) -> None:
    detection(ga, {"type": "server_vad", "create_response": creates, "interrupt_response": interrupts})
    ga.client("response.create")
    ga.run(0.1)
    (first,) = ga.open_requests
    events = ga.hears_words("Wait a minute")
    done = [event["response"]["status"] for event in events if event["type"] == "response.done"]
    errors = [event["error"] for event in events if event["type"] == "error"]
    assert done == (["cancelled"] if interrupts else [])
    if creates and not interrupts:
        assert [(error["code"], error["event_id"]) for error in errors] == [("conversation_already_has_active_response", None)]
    else:
        assert errors == []
    assert len(ga.open_requests) == (0 if interrupts and not creates else 1)
    assert (first in ga.open_requests) == (not interrupts)


def test_without_turn_detection_the_client_commits(either: Dialogue) -> None:
    detection(either, None)
    assert either.hears_words(QUESTION) == []
    events = either.client("input_audio_buffer.commit")
    assert types(events)[0] == "input_audio_buffer.committed"
    assert types(events)[1] == ("conversation.item.added" if either.dialect == "ga" else "conversation.item.created")
    assert either.open_requests == []


def test_a_commit_needs_a_tenth_of_a_second(either: Dialogue) -> None:
    detection(either, None)
    text = "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has {}ms of audio."
    assert problem(either.client("input_audio_buffer.commit")) == ("input_audio_buffer_commit_empty", text.format("0.00"), None)
    either.client("input_audio_buffer.append", audio=99 * SILENCE + bytes(24))
    assert problem(either.client("input_audio_buffer.commit"))[1] == text.format("99.50")
    either.client("input_audio_buffer.append", audio=SILENCE)
    assert types(either.client("input_audio_buffer.commit"))[0] == "input_audio_buffer.committed"


def test_a_commit_after_the_servers_own_finds_nothing(ga: Dialogue) -> None:
    ga.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm + 260 * SILENCE)
    assert problem(ga.client("input_audio_buffer.commit"))[0] == "input_audio_buffer_commit_empty"


def test_a_commit_during_speech_takes_the_announced_item(ga: Dialogue) -> None:
    ga.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm)
    started = ga.last("input_audio_buffer.speech_started")
    events = ga.client("input_audio_buffer.commit")
    assert events[0]["item_id"] == started["item_id"]
    assert types(ga.hears(500 * SILENCE)) == []


def test_clear_drops_the_turn_and_not_the_clock(ga: Dialogue) -> None:
    ga.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm)
    assert types(ga.client("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert types(ga.client("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert ga.hears(1000 * SILENCE) == []
    ga.hears(speak("Again", 24000).pcm)
    assert ga.last("input_audio_buffer.speech_started")["audio_start_ms"] > 2900


def test_an_update_that_leaves_turn_detection_alone_does_not_disturb_it(ga: Dialogue) -> None:
    ga.client("input_audio_buffer.append", audio=speak(QUESTION, 24000).pcm)
    ga.client("session.update", session={"type": "realtime", "instructions": "x"})
    assert types(ga.client("input_audio_buffer.append", audio=300 * SILENCE))[0] == "input_audio_buffer.speech_stopped"


@pytest.mark.parametrize(
    ("said", "eagerness", "waits_ms"), [("Book a table", "low", 480), ("Book a table for", "high", 2000), ("And then the", "auto", 4000)]
)
def test_semantic_vad_waits_longer_for_an_unfinished_sentence(ga: Dialogue, said: str, eagerness: str, waits_ms: int) -> None:
    detection(ga, {"type": "semantic_vad", "eagerness": eagerness})
    ga.client("input_audio_buffer.append", audio=speak(said, 24000).pcm + 9000 * SILENCE)
    end_ms = ga.last("input_audio_buffer.speech_stopped")["audio_end_ms"]
    assert end_ms == pytest.approx(speak(said, 24000).duration_s * 1000 + waits_ms, abs=64)


def test_silence_after_the_last_response_becomes_a_turn(ga: Dialogue) -> None:
    detection(ga, {"type": "server_vad", "idle_timeout_ms": 6000})
    ga.client("response.create")
    ga.answer(Say("Hello"))
    ga.run(3.0)
    events = ga.hears(7000 * SILENCE)
    assert types(events)[:5] == [
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
    ]
    assert events[0]["audio_end_ms"] - events[0]["audio_start_ms"] == 6016


def test_the_transcript_comes_some_time_later(ga: Dialogue) -> None:
    transcribing(ga, "gpt-4o-transcribe")
    ga.hears_words(QUESTION)
    ga.run(2.0)
    completed = ga.last("conversation.item.input_audio_transcription.completed")
    deltas = [event["delta"] for event in ga.events if event["type"] == "conversation.item.input_audio_transcription.delta"]
    assert (completed["transcript"], "".join(deltas), len(deltas)) == (QUESTION, QUESTION, 6)
    assert ga.at_s("conversation.item.input_audio_transcription.completed") == pytest.approx(ga.at_s("input_audio_buffer.committed") + 0.8)
    usage = completed["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_whisper_says_it_in_one_delta_and_bills_seconds(beta: Dialogue) -> None:
    transcribing(beta, "whisper-1")
    beta.hears_words(QUESTION)
    beta.run(2.0)
    deltas = [event for event in beta.events if event["type"].endswith("transcription.delta")]
    assert [event["delta"] for event in deltas] == [QUESTION]
    assert "obfuscation" not in deltas[0]
    assert beta.last("conversation.item.input_audio_transcription.completed")["usage"]["type"] == "duration"


def test_without_a_transcription_model_nothing_is_transcribed(either: Dialogue) -> None:
    either.hears_words(QUESTION)
    assert not [event for event in either.run(5.0) if "transcription" in event["type"]]


def test_a_caller_is_misheard_once(ga: Dialogue) -> None:
    transcribing(ga, "whisper-1")
    ga.tell(Mishear("What is the weather in Dublin?"))
    ga.hears_words(QUESTION)
    ga.run(2.0)
    assert ga.last("conversation.item.input_audio_transcription.completed")["transcript"] == "What is the weather in Dublin?"
    ga.hears_words(QUESTION)
    ga.run(2.0)
    assert ga.last("conversation.item.input_audio_transcription.completed")["transcript"] == QUESTION


def test_a_transcription_fails(either: Dialogue) -> None:
    transcribing(either, "whisper-1")
    either.tell(Mishear(None))
    either.hears_words(QUESTION)
    either.run(2.0)
    failed = either.last("conversation.item.input_audio_transcription.failed")
    text = f"Input transcription failed for item '{failed['item_id']}'. 429 Too Many Requests"
    assert failed["error"] == {"type": "server_error", "code": None, "message": text, "param": None}


def test_a_transcription_session_never_responds() -> None:
    talk = Dialogue("ga").open(query={"intent": "transcription"})
    session = talk.events[0]["session"]
    assert (session["type"], "model" in session, session["audio"]["input"]["turn_detection"]) == (
        "transcription",
        False,
        {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200},
    )
    talk.client("session.update", session={"type": "transcription", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}})
    assert talk.last("session.updated")["session"]["audio"]["input"]["transcription"] == {
        "model": "gpt-4o-transcribe",
        "language": None,
        "prompt": None,
    }
    events = talk.hears_words(QUESTION) + talk.run(2.0)
    assert types(events) == [
        *TURN_GA[:5],
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
    ]
    assert problem(talk.client("response.create"))[1] == "Cannot create a response on a transcription session"


def test_a_beta_transcription_session_has_events_of_its_own() -> None:
    talk = Dialogue("beta").open(query={"intent": "transcription"})
    assert types(talk.events) == ["transcription_session.created"]
    events = talk.client("transcription_session.update", session={"input_audio_transcription": {"model": "whisper-1"}})
    assert types(events) == ["transcription_session.updated"]
    assert events[0]["session"]["input_audio_transcription"]["model"] == "whisper-1"


@pytest.mark.parametrize(("audio", "got"), [("not base64!", "an invalid value"), ("", "empty bytes")])
def test_audio_is_base64_of_something(either: Dialogue, audio: str, got: str) -> None:
    text = f"Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got {got}."
    assert problem(either.client("input_audio_buffer.append", audio=audio)) == ("invalid_value", text, "audio")


def test_audio_may_come_as_base64_text(either: Dialogue) -> None:
    assert either.client("input_audio_buffer.append", audio="AAAA") == []


@pytest.mark.parametrize("pause_ms", [150, 400])
def test_a_short_pause_belongs_to_the_turn_and_a_long_one_ends_it(ga: Dialogue, pause_ms: int) -> None:
    first, second = speak("A table", 24000).pcm, speak("for two", 24000).pcm
    ga.client("input_audio_buffer.append", audio=first + pause_ms * SILENCE + second + 500 * SILENCE)
    heard = [effect.heard for effect in ga.effects if isinstance(effect, ResponseRequested)]
    assert heard == (["A table for two"] if pause_ms < 200 else ["A table", "for two"])
    cancelled = [event for event in ga.events if event["type"] == "response.done"]
    assert len(cancelled) == len(heard) - 1, "who goes on speaking interrupts the response to the first half"


def test_an_hour_of_silence_is_not_kept(ga: Dialogue) -> None:
    for _ in range(360):
        ga.client("input_audio_buffer.append", audio=10_000 * SILENCE)
    assert ga.server._talk is not None
    assert ga.server._talk.hearing.ear.buffered_ms <= 20_000
    ga.client("input_audio_buffer.append", audio=speak("Still there?", 24000).pcm + 500 * SILENCE)
    assert ga.last("input_audio_buffer.speech_started")["audio_start_ms"] == pytest.approx(3_600_000 - 300, abs=32)
