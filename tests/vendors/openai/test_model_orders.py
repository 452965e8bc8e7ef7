"""Order recipes of openai-realtime.md 4, each a row: what happens, and every event that follows, runs of equal ones once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulator.speech import speak
from simulator.vendors.openai.events import CallTool, Dialect, Json, Say
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue, types

GREETING = "Good evening, how may I help you tonight?"
TURN_GA = [
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added",
    "conversation.item.done",
]  # fmt: skip
TURN_BETA = [*TURN_GA[:3], "conversation.item.created"]
TEXT_GA = [
    "response.output_item.added", "conversation.item.added", "response.content_part.added", "response.output_text.delta",
    "response.output_text.done", "response.content_part.done", "conversation.item.done", "response.output_item.done",
]  # fmt: skip
AUDIO_GA = [
    "response.output_item.added", "conversation.item.added", "response.content_part.added", "response.output_audio_transcript.delta",
    "response.output_audio.delta", "response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done",
    "conversation.item.done", "response.output_item.done",
]  # fmt: skip
AUDIO_BETA = [
    "response.output_item.added", "conversation.item.created", "response.content_part.added", "response.audio_transcript.delta",
    "response.audio.delta", "response.audio.done", "response.audio_transcript.done", "response.content_part.done", "response.output_item.done",
]  # fmt: skip
CALL_GA = [
    "response.output_item.added", "conversation.item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done",
    "conversation.item.done", "response.output_item.done",
]  # fmt: skip
CALL_BETA = [CALL_GA[0], "conversation.item.created", *CALL_GA[2:4], CALL_GA[5]]
CREATED = {"ga": ["response.created"], "beta": ["response.created", "rate_limits.updated"]}
DONE = {"ga": ["response.done", "rate_limits.updated"], "beta": ["response.done"]}
TRANSCRIBED = ["conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed"]


def user(text: str) -> Json:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def hears(talk: Dialogue, **hearing: object) -> None:
    """Change the input side of the session, in the words of the dialect."""
    beta = {"transcription": "input_audio_transcription", "turn_detection": "turn_detection"}
    flat = {beta[name]: value for name, value in hearing.items()}
    talk.client("session.update", session={"type": "realtime", "audio": {"input": hearing}} if talk.dialect == "ga" else flat)
    assert talk.events[-1]["type"] == "session.updated"


def an_item(talk: Dialogue) -> list[Json]:
    return talk.client("conversation.item.create", item=user("Hi"))


def says(*items: Say | CallTool) -> Callable[[Dialogue], list[Json]]:
    def play(talk: Dialogue) -> list[Json]:
        talk.client("response.create")
        talk.answer(*items)
        return talk.run(5.0)

    return play


def turn(talk: Dialogue) -> list[Json]:
    return talk.hears_words("Hello there")


def manual_turn(talk: Dialogue) -> list[Json]:
    hears(talk, turn_detection=None)
    talk.hears_words("Hello there")
    return talk.client("input_audio_buffer.commit") + talk.run(5.0)


def transcribed_turn(talk: Dialogue) -> list[Json]:
    """The answer comes before the transcript."""
    hears(talk, transcription={"model": "whisper-1"})
    events = turn(talk)
    talk.answer(Say("Hi", text_only=True))
    return events + talk.run(5.0)


def interrupted(*items: Say | CallTool, after_s: float) -> Callable[[Dialogue], list[Json]]:
    def play(talk: Dialogue) -> list[Json]:
        talk.client("response.create")
        talk.answer(*items)
        talk.run(after_s)
        return talk.client("input_audio_buffer.append", audio=speak("Stop", 24000).pcm)

    return play


def idle(talk: Dialogue) -> list[Json]:
    hears(talk, turn_detection={"type": "server_vad", "idle_timeout_ms": 5000})
    says(Say("Hello"))(talk)
    return talk.hears(6000 * SILENCE)


def cleared_turn(talk: Dialogue) -> list[Json]:
    started = talk.client("input_audio_buffer.append", audio=speak("Stop", 24000).pcm)
    return started + talk.client("input_audio_buffer.clear") + talk.client("input_audio_buffer.append", audio=2000 * SILENCE)


def committed_turn(talk: Dialogue) -> list[Json]:
    started = talk.client("input_audio_buffer.append", audio=speak("Stop", 24000).pcm)
    return started + talk.client("input_audio_buffer.commit") + talk.client("input_audio_buffer.append", audio=2000 * SILENCE)


ORDERS: list[tuple[str, Callable[[Dialogue], list[Json]], list[str], list[str]]] = [
    ("4.1 item of the client", an_item, ["conversation.item.added", "conversation.item.done"], ["conversation.item.created"]),
    ("4.3 audio", says(Say("Hello")), CREATED["ga"] + AUDIO_GA + DONE["ga"], CREATED["beta"] + AUDIO_BETA + DONE["beta"]),
    ("4.4 call", says(CallTool("f", '{"a": 1}')), CREATED["ga"] + CALL_GA + DONE["ga"], CREATED["beta"] + CALL_BETA + DONE["beta"]),
    (
        "4.5 two calls", says(CallTool("f", '{"a": 1}'), CallTool("g", "{}")), CREATED["ga"] + CALL_GA + CALL_GA + DONE["ga"],
        CREATED["beta"] + CALL_BETA + CALL_BETA + DONE["beta"],
    ),
    (
        "4.6 message, then call", says(Say("Hello"), CallTool("f", '{"a": 1}')), CREATED["ga"] + AUDIO_GA + CALL_GA + DONE["ga"],
        CREATED["beta"] + AUDIO_BETA + CALL_BETA + DONE["beta"],
    ),
    ("4.7 turn", turn, TURN_GA + CREATED["ga"], TURN_BETA + CREATED["beta"]),
    (
        "4.7 transcript after the answer", transcribed_turn, TURN_GA + CREATED["ga"] + TEXT_GA + DONE["ga"] + TRANSCRIBED,
        [
            *TURN_BETA, *CREATED["beta"], "response.output_item.added", "conversation.item.created", "response.content_part.added",
            "response.text.delta", "response.text.done", "response.content_part.done", "response.output_item.done", *DONE["beta"], *TRANSCRIBED,
        ],
    ),
    ("4.8 turn of the client", manual_turn, TURN_GA[2:], TURN_BETA[2:]),
    ("4.8 commit in a turn", committed_turn, [TURN_GA[0], *TURN_GA[2:]], [TURN_BETA[0], *TURN_BETA[2:]]),
    ("4.10 barge-in before any output", interrupted(after_s=0.1), [TURN_GA[0], "response.done"], [TURN_BETA[0], "response.done"]),
    (
        "4.10 barge-in during audio", interrupted(Say(GREETING), after_s=0.6), [TURN_GA[0], *AUDIO_GA[5:], "response.done"],
        [TURN_BETA[0], *AUDIO_BETA[5:], "response.done"],
    ),
    (
        "4.10 barge-in before the first audio", interrupted(Say(GREETING), after_s=0.3), [TURN_GA[0], *AUDIO_GA[5:], "response.done"],
        [TURN_BETA[0], *AUDIO_BETA[5:], "response.done"],
    ),
    (
        "4.10 barge-in during text", interrupted(Say(GREETING, text_only=True), after_s=0.23), [TURN_GA[0], *TEXT_GA[4:], "response.done"],
        [TURN_BETA[0], "response.text.done", "response.content_part.done", "response.output_item.done", "response.done"],
    ),
    (
        "4.10 barge-in during a call", interrupted(CallTool("f", '{"a": "a long argument"}'), after_s=0.23),
        [TURN_GA[0], *CALL_GA[3:], "response.done"], [TURN_BETA[0], *CALL_BETA[3:], "response.done"],
    ),
    ("4.10 barge-in after generation", interrupted(Say("Hello"), after_s=3.0), [TURN_GA[0]], [TURN_BETA[0]]),
    (
        "4.14 idle", idle, ["input_audio_buffer.timeout_triggered", *TURN_GA[2:], *CREATED["ga"]],
        ["input_audio_buffer.timeout_triggered", *TURN_BETA[2:], *CREATED["beta"]],
    ),
    ("4.15 clear in a turn", cleared_turn, [TURN_GA[0], "input_audio_buffer.cleared"], [TURN_BETA[0], "input_audio_buffer.cleared"]),
]  # fmt: skip
ROWS = [(name, dialect, play, order) for name, play, ga, beta in ORDERS for dialect, order in (("ga", ga), ("beta", beta))]


@pytest.mark.parametrize(("dialect", "play", "order"), [row[1:] for row in ROWS], ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_events_come_in_this_order(dialect: Dialect, play: Callable[[Dialogue], list[Json]], order: list[str]) -> None:
    talk = Dialogue(dialect).open()
    # the caller's own pace is not the subject: deltas of an answer and of its transcript are runs
    assert types(_without_interleaving(play(talk))) == order


def _without_interleaving(events: list[Json]) -> list[Json]:
    """Audio and transcript deltas interleave: only the first run of each is kept."""
    kept: list[Json] = []
    for event in events:
        name = event["type"]
        if name.endswith(("audio.delta", "audio_transcript.delta")) and name in types(kept):
            continue
        kept.append(event)
    return kept


@pytest.mark.parametrize("model", [None, "gpt-4o-transcribe"])
def test_a_transcription_session_4_16(model: str | None) -> None:
    talk = Dialogue("ga").open({"intent": "transcription"})
    hearing = {"transcription": {"model": model}} if model else {}
    talk.client("session.update", session={"type": "transcription", "audio": {"input": hearing}})
    assert types(talk.hears_words("Hello there") + talk.run(5.0)) == TURN_GA + (TRANSCRIBED if model else [])


def test_transcription_never_changes_the_item_that_was_sent(ga: Dialogue) -> None:
    hears(ga, transcription={"model": "whisper-1"})
    turn(ga)
    ga.run(2.0)
    assert ga.last("conversation.item.done")["item"]["content"] == [{"type": "input_audio", "transcript": None}]


def test_a_cancelled_response_is_not_cancelled_twice(either: Dialogue) -> None:
    either.client("response.create")
    either.answer(Say(GREETING))
    either.run(0.6)
    assert types(either.client("response.cancel"))[-1] == "response.done"
    (event,) = either.client("response.cancel")
    assert event["error"]["code"] == "response_cancel_not_active"


def test_silence_counts_from_the_end_of_the_playback_and_not_through_speech(ga: Dialogue) -> None:
    """4.14: the timer starts when the audio of the response has been played."""
    hears(ga, turn_detection={"type": "server_vad", "idle_timeout_ms": 5000, "create_response": False})
    ga.client("response.create")
    ga.answer(Say(GREETING, lasts_s=8.0))
    ga.run(3.0)
    done_s = ga.at_s("response.done")
    for _ in range(200):
        ga.hears(100 * SILENCE)
        if "input_audio_buffer.timeout_triggered" in types(ga.events):
            break
    assert ga.at_s("input_audio_buffer.timeout_triggered") - done_s == pytest.approx(8.0 + 5.0, abs=0.3)


def test_speech_starts_the_idle_timer_anew(ga: Dialogue) -> None:
    hears(ga, turn_detection={"type": "server_vad", "idle_timeout_ms": 5000, "create_response": False})
    says(Say("Hello"))(ga)
    ga.hears(4000 * SILENCE)
    ga.hears_words("Wait")
    assert "input_audio_buffer.timeout_triggered" not in types(ga.hears(4000 * SILENCE))
    assert "input_audio_buffer.timeout_triggered" in types(ga.hears(1500 * SILENCE))


def test_nobody_waits_idly_before_the_first_response(ga: Dialogue) -> None:
    hears(ga, turn_detection={"type": "server_vad", "idle_timeout_ms": 5000})
    assert ga.hears(12_000 * SILENCE) == []
