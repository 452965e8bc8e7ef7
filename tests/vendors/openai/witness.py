"""A witness of one connection: it hears every effect in order and holds it against openai-realtime.md 13.1, number by number.

It remembers what a client could know (which responses are open, which items there are, what was said in them), never looks into
the server, and raises `AssertionError` at the first effect that breaks an invariant.
"""

from __future__ import annotations

import re
from typing import Any

from simulator.vendors.openai.events import Close, Dialect, Emit, Json, ResponseGone, ResponseRequested, ServerEffect

FIRST = ("session.created", "transcription_session.created", "error")
LETTERS = {
    "response.output_item.added": "<", "conversation.item.added": "+", "conversation.item.created": "+",
    "response.content_part.added": "[", "response.content_part.done": "]",
    "response.output_text.delta": "t", "response.output_text.done": "T", "response.text.delta": "t", "response.text.done": "T",
    "response.output_audio.delta": "a", "response.output_audio.done": "A", "response.audio.delta": "a", "response.audio.done": "A",
    "response.output_audio_transcript.delta": "w", "response.output_audio_transcript.done": "W",
    "response.audio_transcript.delta": "w", "response.audio_transcript.done": "W",
    "response.function_call_arguments.delta": "f", "response.function_call_arguments.done": "F",
    "response.mcp_call_arguments.delta": "m", "response.mcp_call_arguments.done": "M",
    "response.mcp_call.in_progress": "(", "response.mcp_call.completed": ")", "response.mcp_call.failed": ")",
    "conversation.item.done": "-", "response.output_item.done": ">",
}  # fmt: skip
"""An output item as a word: one letter for each of its events."""
ORDERS = [r"\[t*T\]", r"\[(w[aw]*)?AW\]", "f*F", r"m*M(\(\)?)?", ""]
"""What stands between the beginning and the end of an item (4.2, 4.3, 4.4, 6.5, an approval)."""
IN_CONVERSATION = {
    "ga": re.compile(rf"<\+({'|'.join(ORDERS)})->"),
    "beta": re.compile(rf"<\+({'|'.join(ORDERS)})>"),
}
OUT_OF_BAND = re.compile(rf"<({'|'.join(ORDERS)})>")
PADDED = ("text.delta", "transcript.delta", "arguments.delta", "transcription.delta")
FOREIGN = {
    "ga": ("response.audio", "response.text", "conversation.item.created", "transcription_session"),
    "beta": ("response.output_audio", "response.output_text", "conversation.item.added", "conversation.item.done", "mcp_list_tools", "response.mcp"),
}
ROOT_MEMBERS: dict[Dialect, str] = {"ga": "modalities", "beta": "output_modalities"}
FATAL_CLOSES = (1001, 1013, 3000, 4000)
OWN_CLOSES = ("", "tested")
"""Reasons of closes that are no refusal: the client asked, or a fault."""


class Witness:
    """What was seen of one connection. `order` are the ids of the items of the conversation, as they stand."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect: Dialect = dialect
        self.session: Json | None = None
        self.order: list[str] = []
        self.announced: list[str] = []  # all that ever were in it
        self.asked: dict[str, str] = {}  # response id -> conversation (auto, none) of every response there was
        self.owed: set[str] = set()  # responses nobody has answered yet
        self.created: dict[str, Json] = {}
        self.done: dict[str, Json] = {}
        self.words: dict[str, str] = {}  # output item -> its events so far, one letter each
        self.said: dict[tuple[str, str], Any] = {}
        self.finished: dict[str, list[Json]] = {}
        self.places: dict[str, str] = {}  # output item -> its response
        self.turn_id: str | None = None
        self.turn_stopped: str | None = None
        self.dropped_turns: set[str] = set()
        self.truncated: set[str] = set()
        self.turn_may_be_over = True  # without a word: turn detection or the audio format was changed in it
        self.limits_due = 0
        self.closed: Close | None = None
        self._ids: set[str] = set()
        self._last: Json | None = None

    @property
    def count(self) -> int:
        """How many events have come."""
        return len(self._ids)

    def see(self, effect: ServerEffect) -> None:
        match effect:
            case Emit(event):
                assert self.closed is None, f"8: {event['type']} after the close"
                self._event(event)
                self._last = event
            case Close(code, reason):
                assert self.closed is None, "8: closed twice"
                self.closed = effect
                if code in FATAL_CLOSES and reason not in OWN_CLOSES:
                    assert self._last is not None, "8"
                    assert self._last["type"] == "error", "8: an error precedes a fatal close"
            case ResponseRequested(response_id, _, _, conversation):
                assert response_id not in self.asked
                self.asked[response_id] = conversation
                self.owed.add(response_id)
            case ResponseGone(response_id):
                assert response_id in self.owed, "gone, but not asked for"
                self.owed.remove(response_id)

    @property
    def under_way(self) -> list[str]:
        """Responses that were asked for and are not done."""
        return [response_id for response_id in self.asked if response_id not in self.done]

    @property
    def active(self) -> str | None:
        """The one of the conversation among them."""
        return next((response_id for response_id in self.under_way if self.asked[response_id] == "auto"), None)

    def settled(self) -> None:
        """All has been answered, all time has passed, nobody has gone: nothing is open any more (2, 3)."""
        assert set(self.created) == set(self.done), "2: every response that was created is done"
        assert not self.under_way, "2"
        assert self.limits_due == 0, "7.3: rate limits follow every response of GA"
        assert all(word.endswith(">") for word in self.words.values()), "3: every output item is done"

    # --- one event -----------------------------------------------------------------------------------------------------------

    def _event(self, event: Json) -> None:
        name = event["type"]
        assert self._ids or name in FIRST, f"1: {name} is first"
        assert list(event)[:2] == ["type", "event_id"], "3.3: order of members"
        assert event["event_id"], "1.7: every event has an id"
        assert event["event_id"] not in self._ids, "ids are unique"
        self._ids.add(event["event_id"])
        self._names(event)
        if name in ("session.created", "session.updated", "transcription_session.created", "transcription_session.updated"):
            self.session, self.turn_may_be_over = event["session"], True
        elif name == "error":
            assert list(event["error"]) == ["type", "code", "message", "param", "event_id"], "8: all five, always"
        elif name.startswith("input_audio_buffer."):
            self._turn(event)
        elif name.startswith("conversation.item."):
            self._item(event)
        elif name in ("response.created", "response.done"):
            self._response(event["type"], event["response"])
        elif name == "rate_limits.updated":
            self._rate_limits(event)
        if name in LETTERS:
            self._output(event)
        self._deltas(event)
        if self.dialect == "beta" and self._last is not None and self._last["type"] == "response.created":
            assert (name == "rate_limits.updated") == bool(self._last["response"]["conversation_id"]), "7.3: beta says its limits at once"

    def _names(self, event: Json) -> None:  # 11
        name = event["type"]
        assert not name.startswith(FOREIGN[self.dialect]), f"11: {name} in {self.dialect}"
        for root in ("response", "session"):
            assert ROOT_MEMBERS[self.dialect] not in event.get(root, {}), "11"
        padded = self.dialect == "ga" and name.endswith(PADDED)
        assert ("obfuscation" in event) == padded, f"3.4, 11: padding of {name}"
        if padded:
            assert (len(event["delta"]) + len(event["obfuscation"])) % 16 == 0, "3.4"
            assert event["obfuscation"], "3.4"

    def _turn(self, event: Json) -> None:  # 7
        match event["type"].removeprefix("input_audio_buffer."):
            case "speech_started":
                assert self.turn_id is None or self.turn_may_be_over, "7: a turn in a turn"
                self.turn_id, self.turn_may_be_over = event["item_id"], False
            case "timeout_triggered":
                assert self.turn_id is None or self.turn_may_be_over, "7: idle in a turn"
                assert (event["audio_end_ms"] - event["audio_start_ms"]) % 32 == 0, "4.14"
                self.turn_id = event["item_id"]
            case "speech_stopped":
                assert event["item_id"] == self.turn_id, "7"
                assert event["audio_end_ms"] % 32 == 0, "5.3"
                self.turn_stopped = self.turn_id
            case "committed":
                assert self.turn_id in (None, event["item_id"]), "7"
                assert event["item_id"] not in self.order, "7: committed before it is added"
                assert self.turn_stopped in (None, event["item_id"]), "7: what stopped is committed"
                assert event["item_id"] not in self.dropped_turns, "4.15: a turn that was cleared never becomes an item"
                assert event["previous_item_id"] == (self.order[-1] if self.order else None), "6"
                self.turn_id, self.turn_stopped = None, None
            case "cleared":
                self.dropped_turns |= {self.turn_id} if self.turn_id else set()
                self.turn_id = None

    def _item(self, event: Json) -> None:  # 6
        name = event["type"].removeprefix("conversation.item.")
        match name:
            case "added" | "created":
                item_id, previous = event["item"]["id"], event["previous_item_id"]
                assert item_id not in self.order, "6: announced twice"
                assert previous is None or previous in self.order, "6: it follows one that was announced"
                self.announced.append(item_id)
                self.order.insert(self.order.index(previous) + 1 if previous else 0, item_id)
            case "done":
                item_id, previous = event["item"]["id"], event["previous_item_id"]
                if item_id in self.order:
                    place = self.order.index(item_id)
                    assert previous == (self.order[place - 1] if place else None), "6"
            case "deleted":
                self.order.remove(event["item_id"])
            case "retrieved":
                assert event["item"]["id"] in self.order, "8.1"
                self._retrieved(event["item"])
            case "truncated":
                assert event["item_id"] in self.order, "8.1"
                self.truncated.add(event["item_id"])

    def _retrieved(self, item: Json) -> None:  # 4
        sent = self.said.get((item["id"], "response.output_audio" if self.dialect == "ga" else "response.audio"), b"")
        for part in item.get("content", ()):
            if part["type"] in ("output_audio", "audio"):
                assert sent.startswith(part["audio"]), "4: what is kept is what was sent"
                assert item["id"] in self.truncated or len(sent) == len(part["audio"]), "4: all of it, unless it was truncated"

    def _response(self, name: str, response: Json) -> None:  # 2, 5
        response_id = response["id"]
        assert response_id in self.asked, "2: nobody asked for it"
        default = self.asked[response_id] == "auto"
        assert (response["conversation_id"] is not None) == default, "4.13"
        if name == "response.created":
            assert response_id not in self.created, "2"
            others = [other for other in self.created if other not in self.done and self.asked[other] == "auto"]
            assert not (default and others), "2: one response at a time"
            assert (response["status"], response["output"], response["usage"]) == ("in_progress", [], None), "4.2"
            self.created[response_id] = response
            return
        assert response_id in self.created, "2: created before it is done"
        assert response_id not in self.done, "2: done twice"
        assert response["status"] in ("completed", "cancelled", "incomplete", "failed"), "7.4"
        assert (response["status_details"] is None) == (response["status"] == "completed"), "7.4"
        assert response["output"] == self.finished.get(response_id, []), "5"
        assert [self.words[item["id"]][-1] for item in response["output"]] == [">"] * len(response["output"]), "3"
        self.done[response_id] = response
        self._usage(response)
        if default and self.dialect == "ga":
            self.limits_due += not (response["status"] == "cancelled" and not response["output"])

    def _usage(self, response: Json) -> None:  # 10
        usage = response["usage"]
        given, made = usage["input_token_details"], usage["output_token_details"]
        assert usage["input_tokens"] == given["text_tokens"] + given["audio_tokens"] + given.get("image_tokens", 0), "10"
        assert usage["output_tokens"] == made["text_tokens"] + made["audio_tokens"], "10"
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"], "10"
        assert given["cached_tokens"] <= usage["input_tokens"], "10"
        assert given["cached_tokens"] % 64 == 0, "10"
        assert sum(given["cached_tokens_details"].values()) == given["cached_tokens"], "10"
        assert ("image_tokens" in given) == (self.dialect == "ga"), "7.2"
        if response["status"] == "failed" or not response["output"]:
            assert usage["total_tokens"] == 0, "7.2: zeros, not null"

    def _rate_limits(self, event: Json) -> None:
        names = [limit["name"] for limit in event["rate_limits"]]
        assert names == (["tokens"] if self.dialect == "ga" else ["requests", "tokens"]), "7.3"
        if self.dialect == "ga":
            assert self.limits_due > 0, "7.3: after a response"
            self.limits_due -= 1
        else:
            assert self._last is not None, "7.3"
            assert self._last["type"] == "response.created", "7.3: right after it was created"

    def _output(self, event: Json) -> None:  # 3
        name = event["type"]
        item_id = event["item"]["id"] if "item" in event else event["item_id"]
        if name == "response.output_item.added":
            assert event["response_id"] in self.created, "2: output of what was not created"
            assert event["response_id"] not in self.done, "3: output of what is done"
            self.places[item_id] = event["response_id"]
            assert event["output_index"] == len(self.finished.setdefault(event["response_id"], [])), "4.5: one after the other"
        if item_id not in self.places or self.words.get(item_id, "").endswith(">"):
            return
        self.words[item_id] = word = self.words.get(item_id, "") + LETTERS[name]
        if name != "response.output_item.done":
            return
        self.finished[event["response_id"]].append(event["item"])
        in_conversation = self.created[event["response_id"]]["conversation_id"] is not None
        order = IN_CONVERSATION[self.dialect] if in_conversation else OUT_OF_BAND
        assert order.fullmatch(word), f"3: {event['item']['type']} came as {word}"

    def _deltas(self, event: Json) -> None:  # 4
        kind, _, end = event["type"].rpartition(".")
        key = (event.get("item_id", ""), kind)
        if end == "delta":
            if isinstance(event["delta"], bytes):
                response = self.created[event["response_id"]]
                form = response["audio"]["output"]["format"]["type"] if self.dialect == "ga" else response["output_audio_format"]
                assert event["delta"], "4: no empty audio"
                assert form not in ("audio/pcm", "pcm16") or len(event["delta"]) % 2 == 0, "5.2: whole samples"
            self.said[key] = self.said[key] + event["delta"] if key in self.said else event["delta"]
        elif end in ("done", "completed"):
            for member in ("text", "transcript", "arguments"):
                if member in event:
                    assert event[member] == self.said.get(key, ""), f"4: {kind}"
