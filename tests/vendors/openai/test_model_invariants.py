"""The witness of openai-realtime.md 13.1 agrees with whole conversations, and notices every kind of lie about them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from simulator.vendors.openai.events import CallTool, Close, Dialect, Emit, Expire, Json, ResponseGone, ResponseRequested, Say, ServerEffect
from tests.vendors.openai.model_dialogue import Dialogue
from tests.vendors.openai.witness import Witness

Lie = Callable[[list[ServerEffect]], None]


def conversation(dialect: Dialect) -> list[ServerEffect]:
    """Two turns of the caller: a spoken answer and a call, then one that is interrupted; then the session expires."""
    talk = Dialogue(dialect).open()
    talk.hears_words("Hello there")
    talk.answer(Say("Hello to you"), CallTool("f", '{"a": 1}'))
    talk.run(5.0)
    talk.client("conversation.item.retrieve", item_id=talk.last("response.done")["response"]["output"][0]["id"])
    talk.hears_words("And then?")
    talk.hears_words("Wait")
    talk.answer(Say("Yes", text_only=True))
    talk.run(5.0)
    talk.tell(Expire())
    return talk.effects


def listen(dialect: Dialect, effects: list[ServerEffect]) -> None:
    """Let the witness see it all; raises AssertionError at what breaks an invariant."""
    witness = Witness(dialect)
    for effect in effects:
        if isinstance(effect, Close):
            witness.settled()
        witness.see(effect)


def events(effects: list[ServerEffect], name: str) -> list[Json]:
    return [effect.event for effect in effects if isinstance(effect, Emit) and effect.event["type"] == name]


def place(effects: list[ServerEffect], name: str) -> int:
    """Where the first event of this type stands."""
    return next(index for index, effect in enumerate(effects) if isinstance(effect, Emit) and effect.event["type"] == name)


def drop(name: str) -> Lie:
    return lambda effects: effects.pop(place(effects, name)) and None


def repeat(name: str) -> Lie:
    def lie(effects: list[ServerEffect]) -> None:
        index = place(effects, name)
        effects.insert(index + 1, Emit(events(effects, name)[0] | {"event_id": "event_again"}))

    return lie


def swap(one: str, other: str) -> Lie:
    def lie(effects: list[ServerEffect]) -> None:
        here, there = place(effects, one), place(effects, other)
        effects[here], effects[there] = effects[there], effects[here]

    return lie


def change(name: str, *way: str | int, to: object) -> Lie:
    def lie(effects: list[ServerEffect]) -> None:
        node = events(effects, name)[-1]
        for branch in way[:-1]:
            node = node[branch]
        node[way[-1]] = to

    return lie


def move_to_the_end(name: str) -> Lie:
    return lambda effects: effects.append(effects.pop(place(effects, name)))


def add(effect: ServerEffect) -> Lie:
    return lambda effects: effects.append(effect)


LIES: list[tuple[str, Dialect, Lie]] = [
    ("1: ", "ga", drop("session.created")),
    ("1.7", "ga", change("response.done", "event_id", to="")),
    ("2: one response at a time", "beta", drop("response.done")),
    ("2: done twice", "ga", repeat("response.done")),
    ("2: output of what was not created", "ga", drop("response.created")),
    ("4.5: one after the other", "ga", swap("conversation.item.done", "response.output_item.done")),
    ("3: message came as", "beta", drop("response.content_part.done")),
    ("3: message came as", "ga", swap("response.content_part.added", "response.output_audio_transcript.delta")),
    ("3: function_call came as", "ga", repeat("response.function_call_arguments.done")),
    ("4: ", "ga", change("response.output_text.done", "text", to="No")),
    ("4: ", "beta", change("response.function_call_arguments.done", "arguments", to="{}")),
    ("4: ", "ga", drop("response.function_call_arguments.delta")),
    ("4: all of it", "ga", change("conversation.item.retrieved", "item", "content", 0, "audio", to=b"")),
    ("4: what is kept", "beta", change("conversation.item.retrieved", "item", "content", 0, "audio", to=b"\x01\x02")),
    ("4: no empty audio", "ga", change("response.output_audio.delta", "delta", to=b"")),
    ("5.2", "beta", change("response.audio.delta", "delta", to=b"\x01\x02\x03")),
    ("4.5", "ga", change("response.output_item.added", "output_index", to=1)),
    ("5", "ga", change("response.done", "response", "output", to=[])),
    ("6: it follows", "ga", change("conversation.item.added", "previous_item_id", to="item_x")),
    ("6", "ga", change("input_audio_buffer.committed", "previous_item_id", to=None)),
    ("7", "beta", change("input_audio_buffer.speech_stopped", "item_id", to="item_x")),
    ("7", "ga", change("input_audio_buffer.committed", "item_id", to="item_x")),
    ("7: a turn in a turn", "ga", repeat("input_audio_buffer.speech_started")),
    ("8: an error precedes", "ga", move_to_the_end("error")),
    ("8: .* after the close", "beta", add(Emit({"type": "input_audio_buffer.cleared", "event_id": "event_late"}))),
    ("8: closed twice", "ga", add(Close(1000))),
    ("8: an error precedes", "ga", drop("error")),
    ("10", "ga", change("response.done", "response", "usage", "total_tokens", to=1)),
    ("10", "beta", change("response.done", "response", "usage", "input_token_details", "cached_tokens", to=63)),
    ("11: ", "ga", change("response.output_text.done", "type", to="response.text.done")),
    ("11: ", "beta", change("conversation.item.created", "type", to="conversation.item.added")),
    ("11", "ga", change("response.done", "response", "modalities", to=["text"])),
    ("3.4", "ga", change("response.output_text.delta", "obfuscation", to="short")),
    ("7.3: beta says", "beta", drop("rate_limits.updated")),
    ("7.3: rate limits follow", "ga", drop("rate_limits.updated")),
    ("7.3: after a response", "ga", repeat("rate_limits.updated")),
    ("7.4", "ga", change("response.done", "response", "status", to="cancelled")),
]


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_the_witness_agrees_with_the_truth(dialect: Dialect) -> None:
    listen(dialect, conversation(dialect))


@pytest.mark.parametrize(("number", "dialect", "lie"), LIES, ids=[f"{number} {index}" for index, (number, _, _) in enumerate(LIES)])
def test_the_witness_notices(number: str, dialect: Dialect, lie: Lie) -> None:
    effects = deepcopy(conversation(dialect))
    lie(effects)
    with pytest.raises(AssertionError, match=f"^{number}"):
        listen(dialect, effects)


def test_a_request_is_gone_only_when_it_was_made() -> None:
    witness = Witness("ga")
    witness.see(ResponseRequested("resp_1", "client"))
    witness.see(ResponseGone("resp_1", "client_cancelled"))
    with pytest.raises(AssertionError, match="not asked for"):
        witness.see(ResponseGone("resp_1", "client_cancelled"))


def test_the_same_dialogue_twice_gives_the_same_events() -> None:
    assert conversation("ga") == conversation("ga")
