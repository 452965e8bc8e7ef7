"""The invariants of openai-realtime.md 13.1, over random dialogues in both dialects: many in CI, fewer at a desk."""

import os
from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.speech import noise, speak
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    CallMcp,
    CallTool,
    ClientBinary,
    ClientText,
    Dialect,
    Disconnect,
    Emit,
    Expire,
    Fail,
    Json,
    Mishear,
    Say,
    Stall,
    Trouble,
)
from tests.vendors.openai.model_dialogue import SILENCE, Dialogue

EXAMPLES = 2_500 if os.environ.get("CI") else 300
SOUNDS = {
    "silence": 400 * SILENCE,
    "words": speak("Hello there", 24000).pcm,
    "turn": speak("Hello there", 24000).pcm + 400 * SILENCE,
    "cough": noise(0.3, 24000).pcm,
    "line": noise(0.5, 24000, level_dbfs=-50).pcm,
    "odd": b"\x01\x02\x03",
}
RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2), max_leaves=3
)
FAILS = st.sampled_from([None, Fail("rate_limit_exceeded"), Fail("server_error"), Fail("max_output_tokens"), Fail("insufficient_quota")])
ITEMS = st.sampled_from(
    [
        Say("Hello"),
        Say("Good evening, how may I help you tonight?"),
        Say("Yes", text_only=True),
        Say(""),
        CallTool("f", '{"a": "b c"}'),
        CallTool("g", "{}"),
        CallMcp("docs", "search", '{"q": 1}', output="found"),
        CallMcp("docs", "search", "{}", asks=True),
    ]
)
ANSWERS = st.builds(Answer, st.lists(ITEMS, max_size=3).map(tuple), FAILS, st.sampled_from([0.0, 0.0, 0.5]))
GA_SESSIONS: list[Json] = [
    {"type": "realtime", "audio": {"input": {"turn_detection": None}}},
    {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "interrupt_response": False}}}},
    {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}},
    {"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}, "format": {"type": "audio/pcmu"}}}},
    {"type": "realtime", "audio": {"output": {"voice": "ash", "speed": 1.5}}},
    {"type": "realtime", "output_modalities": ["text"]},
    {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe-diarize"}}}},
    {"type": "realtime", "tools": [{"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"}]},
]
BETA_SESSIONS: list[Json] = [
    {"turn_detection": None},
    {"turn_detection": {"type": "server_vad", "create_response": False}},
    {"turn_detection": {"type": "semantic_vad"}},
    {"input_audio_transcription": {"model": "gpt-4o-transcribe"}},
    {"voice": "ash", "modalities": ["text"], "output_audio_format": "g711_alaw"},
    {"type": "realtime"},
    {"input_audio_transcription": {"model": "gpt-4o-transcribe-diarize"}},
    {"temperature": 0.7, "tool_choice": "none"},
]
NAMES = st.sampled_from(["a", "b", "item_of_nobody"])
ACTS: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from(sorted(SOUNDS))),
    st.tuples(st.just("run"), st.sampled_from([0.01, 0.05, 0.3, 1.0, 4.0])),
    st.tuples(st.just("create"), st.sampled_from([{}, {}, {"conversation": "none"}, {"metadata": {"k": "v"}}, {"bogus": 1}])),
    st.tuples(st.just("answer"), ANSWERS),
    st.tuples(st.just("answer"), ANSWERS),
    st.tuples(st.just("cancel"), st.booleans()),
    st.tuples(st.just("update"), st.integers(0, 7)),
    st.tuples(st.just("item"), st.tuples(NAMES, st.none() | NAMES)),
    st.tuples(st.sampled_from(["delete", "retrieve", "truncate"]), st.integers(0, 5)),
    st.tuples(st.just("output"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["commit", "clear", "binary"]), st.none()),
    st.tuples(st.just("rubbish"), st.tuples(st.sampled_from(["session.update", "response.create", "conversation.item.create", "nope"]), RUBBISH)),
    st.tuples(st.just("tell"), st.sampled_from([Mishear("x"), Mishear(None), Stall(0.5), Trouble(None), ClientText("{")])),
    st.tuples(st.just("end"), st.sampled_from([Expire(), Disconnect()])),
)


def act(talk: Dialogue, name: str, what: Any) -> None:
    """One thing that happens."""
    match name:
        case "hear":
            talk.client("input_audio_buffer.append", audio=SOUNDS[what])
        case "run":
            talk.run(what)
        case "create":
            talk.client("response.create", response=what)
        case "answer" if talk.open_requests:
            talk.tell(Answered(talk.open_requests.pop(0), what))
        case "cancel":
            talk.client("response.cancel", **({"response_id": talk.open_requests[-1]} if what and talk.open_requests else {}))
        case "update":
            talk.client("session.update", session=(GA_SESSIONS if talk.dialect == "ga" else BETA_SESSIONS)[what])
        case "item":
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}], "id": what[0]}
            talk.client("conversation.item.create", item=item, previous_item_id=what[1])
        case "delete" | "retrieve":
            talk.client(f"conversation.item.{name}", item_id=an_item(talk, what))
        case "truncate":
            talk.client("conversation.item.truncate", item_id=an_item(talk, what), content_index=0, audio_end_ms=what * 100)
        case "output":
            calls = [event["call_id"] for event in talk.events if event["type"].endswith("arguments.done")] or ["call_x"]
            item = {"type": "function_call_output", "call_id": calls[what % len(calls)], "output": "x"}
            talk.client("conversation.item.create", item=item)
        case "commit" | "clear":
            talk.client(f"input_audio_buffer.{name}")
        case "binary":
            talk.tell(ClientBinary())
        case "rubbish":
            talk.client(what[0], session=what[1], response=what[1], item=what[1])
        case "tell" | "end":
            talk.tell(what)


def an_item(talk: Dialogue, index: int) -> str:
    ids = [event["item"]["id"] for event in talk.events if event["type"] in ("conversation.item.added", "conversation.item.created")] or ["a"]
    return str(ids[index % len(ids)])


def test_the_invariants_hold_whatever_happens() -> None:
    played = 0

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(["ga", "beta"]), st.lists(ACTS, max_size=25), st.sampled_from([0.0, 4.0]))
    def dialogues(dialect: Dialect, acts: list[tuple[str, Any]], pace: float) -> None:
        nonlocal played
        play(dialect, acts, pace)
        played += 1

    dialogues()
    assert played >= EXAMPLES


def play(dialect: Dialect, acts: list[tuple[str, Any]], pace: float) -> None:
    talk = Dialogue(dialect, speed_factor=pace)
    talk.connect()
    for name, what in acts:
        before = len(talk.effects)
        act(talk, name, what)
        if name == "rubbish" and not talk.server.closed and talk.now_s > 0.01 and not any(isinstance(what, Stall) for _, what in acts):
            (only,) = talk.effects[before:]
            assert only.event["type"] == "error"
    talk.run(1.0)
    while talk.open_requests:
        talk.answer(Say("So be it"))
        talk.run(10.0)
    talk.run(30.0)
    check(talk)


def test_the_same_dialogue_twice_gives_the_same_events() -> None:
    def once() -> list[Json]:
        talk = Dialogue("ga").open()
        talk.hears_words("Hello there")
        talk.answer(Say("Hello to you"), CallTool("f", "{}"))
        talk.run(5.0)
        return talk.events

    assert once() == once()


# --- 13.1, by number ---------------------------------------------------------------------------------------------------------


def check(talk: Dialogue) -> None:
    events = talk.events
    assert not events or events[0]["type"] in ("session.created", "error")  # 1
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    assert all(list(event)[:2] == ["type", "event_id"] for event in events)
    closes = [index for index, effect in enumerate(talk.effects) if effect in talk.closes]
    assert not [effect for effect in talk.effects[closes[0] + 1 :] if isinstance(effect, Emit)] if closes else True  # 8
    if not closes:
        every_response_ends_once(events)
        items_open_and_close_in_order(events, talk.dialect)
    one_default_response_at_a_time(events)
    deltas_add_up(events)
    turns_keep_their_item(events)
    usage_adds_up(events, talk.dialect)
    names_belong_to_the_dialect(events, talk.dialect)


def every_response_ends_once(events: list[Json]) -> None:  # 2
    created = [event["response"]["id"] for event in events if event["type"] == "response.created"]
    done = [event["response"]["id"] for event in events if event["type"] == "response.done"]
    assert sorted(created) == sorted(done)
    assert len(set(done)) == len(done)


def one_default_response_at_a_time(events: list[Json]) -> None:  # 2
    opened: str | None = None
    for event in events:
        response = event.get("response")
        if response is None or response["conversation_id"] is None:
            continue
        if event["type"] == "response.created":
            assert opened is None
            opened = response["id"]
        else:
            assert opened == response["id"]
            opened = None


def items_open_and_close_in_order(events: list[Json], dialect: Dialect) -> None:  # 3, 5
    responses: dict[str, Json] = {event["response"]["id"]: event["response"] for event in events if event["type"] == "response.done"}
    steps: dict[tuple[str, int], list[str]] = defaultdict(list)
    finished: dict[str, list[Json]] = defaultdict(list)
    places: dict[str, tuple[str, int]] = {}
    for event in events:
        name = event["type"]
        if name.startswith("response.mcp_call."):  # has no response_id
            steps[places[event["item_id"]]].append(name)
        elif "output_index" in event:
            place = (event["response_id"], event["output_index"])
            steps[place].append(name)
            if "item" in event:
                places[event["item"]["id"]] = place
                if name == "response.output_item.done":
                    finished[event["response_id"]].append(event["item"])
        elif name.startswith("conversation.item.") and "item" in event and event["item"]["id"] in places and name != "conversation.item.retrieved":
            steps[places[event["item"]["id"]]].append(name)
    for (response_id, _), names in steps.items():
        assert names[0] == "response.output_item.added"
        assert names[-1] == "response.output_item.done"
        if responses[response_id]["conversation_id"]:
            assert names[1] == ("conversation.item.added" if dialect == "ga" else "conversation.item.created")
            assert (names[-2] == "conversation.item.done") == (dialect == "ga")
        else:
            assert not [name for name in names if name.startswith("conversation.")]
        deltas = [index for index, name in enumerate(names) if name.endswith(".delta")]
        dones = [index for index, name in enumerate(names) if name.endswith(".done")]
        assert not deltas or deltas[-1] < dones[0]
    for response_id, response in responses.items():
        assert response["output"] == finished[response_id]


def deltas_add_up(events: list[Json]) -> None:  # 4
    said: dict[tuple[str, str], Any] = {}
    for event in events:
        name = event["type"]
        if not name.startswith(("response.", "conversation.item.input_audio_transcription")):
            continue
        key = (event.get("item_id", ""), name.rsplit(".", 1)[0])
        if name.endswith(".delta"):
            said[key] = said[key] + event["delta"] if key in said else event["delta"]
            assert "audio.delta" not in name or len(event["delta"]) % 2 == 0 or isinstance(event["delta"], bytes)
        for member in ("text", "transcript", "arguments"):
            if name.endswith((".done", ".completed")) and member in event:
                assert event[member] == said.get(key, "")


def turns_keep_their_item(events: list[Json]) -> None:  # 6, 7
    announced: set[str] = set()
    turn: str | None = None
    for event in events:
        name = event["type"]
        if name in ("conversation.item.added", "conversation.item.created"):
            assert event["previous_item_id"] is None or event["previous_item_id"] in announced
            announced.add(event["item"]["id"])
        elif name == "input_audio_buffer.speech_started":
            turn = event["item_id"]
        elif name == "input_audio_buffer.speech_stopped":
            assert event["item_id"] == turn
        elif name == "input_audio_buffer.committed":
            assert turn in (None, event["item_id"])
            turn = None
        elif name == "input_audio_buffer.cleared":
            turn = None


def usage_adds_up(events: list[Json], dialect: Dialect) -> None:  # 10
    for usage in [event["response"]["usage"] for event in events if event["type"] == "response.done"]:
        given, made = usage["input_token_details"], usage["output_token_details"]
        assert usage["input_tokens"] == given["text_tokens"] + given["audio_tokens"] + given.get("image_tokens", 0)
        assert usage["output_tokens"] == made["text_tokens"] + made["audio_tokens"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        assert given["cached_tokens"] <= usage["input_tokens"]
        assert given["cached_tokens"] % 64 == 0
        assert sum(given["cached_tokens_details"].values()) == given["cached_tokens"]
        assert ("image_tokens" in given) == (dialect == "ga")


def names_belong_to_the_dialect(events: list[Json], dialect: Dialect) -> None:  # 11
    foreign = ("response.audio", "response.text", "conversation.item.created")
    if dialect == "beta":
        foreign = ("response.output_audio", "response.output_text", "conversation.item.added", "conversation.item.done")
    members = "'modalities'" if dialect == "ga" else "'output_modalities'"
    for event in events:
        assert not event["type"].startswith(foreign)
        if "response" in event or "session" in event:
            assert members not in str(event)
        assert dialect == "ga" or "obfuscation" not in event
