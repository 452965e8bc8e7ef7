"""How much of a client's audio a session keeps, and what it says when there is no more room."""

from __future__ import annotations

from base64 import b64encode

from simulator.speech import noise
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue, problem, types

SECOND = 1000 * SILENCE
LOUD = noise(1.0, 24_000).pcm


def without_turns(limit_s: float) -> Dialogue:
    talk = Dialogue("ga", audio_limit_s=limit_s).open()
    talk.client("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    return talk


def test_a_buffer_that_nobody_commits_has_an_end() -> None:
    talk = without_turns(3.0)
    assert [talk.client("input_audio_buffer.append", audio=SECOND) for _ in range(3)] == [[], [], []]
    text = (
        "Audio limit of this server reached: a session keeps at most 3s of input audio, and 3.00s are kept. "
        "Clear the input audio buffer, or delete items with audio."
    )
    for _ in range(2):
        talk.client("input_audio_buffer.append", audio=SECOND, event_id="mine")
        assert problem(talk.events[-1:]) == ("audio_limit_exceeded", text, "audio")
        assert talk.events[-1]["error"]["event_id"] == "mine"
    talk.client("input_audio_buffer.clear")
    assert talk.client("input_audio_buffer.append", audio=SECOND) == []


def test_audio_in_items_counts_until_they_are_deleted() -> None:
    talk = without_turns(2.0)
    talk.client("input_audio_buffer.append", audio=SECOND)
    item_id = talk.client("input_audio_buffer.commit")[0]["item_id"]
    spoken = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": b64encode(LOUD).decode()}]}
    assert types(talk.client("conversation.item.create", item=spoken)) == ["conversation.item.added", "conversation.item.done"]
    assert problem(talk.client("conversation.item.create", item=spoken))[2] == "item.content"
    assert problem(talk.client("input_audio_buffer.append", audio=SECOND))[0] == "audio_limit_exceeded"
    talk.client("conversation.item.delete", item_id=item_id)
    talk.client("input_audio_buffer.clear")
    assert types(talk.client("conversation.item.create", item=spoken)) == ["conversation.item.added", "conversation.item.done"]


def test_a_turn_without_end_has_one() -> None:
    talk = Dialogue("ga", audio_limit_s=5.0).open()
    for _ in range(5):
        talk.client("input_audio_buffer.append", audio=LOUD)
    assert problem(talk.client("input_audio_buffer.append", audio=LOUD))[0] == "audio_limit_exceeded"


def test_silence_that_is_thrown_away_costs_nothing() -> None:
    talk = Dialogue("ga", audio_limit_s=30.0).open()
    for _ in range(120):
        assert talk.client("input_audio_buffer.append", audio=SECOND) == []
