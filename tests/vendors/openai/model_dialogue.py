"""A dialogue with the model server, for tests to be read aloud: what the client says, what the scenario answers, what time it is."""

from __future__ import annotations

from typing import Any

from simulator.ids import Ids
from simulator.script import Timeout
from simulator.speech import noise, speak
from simulator.vendors.openai.events import (
    Answer,
    Answered,
    ClientEvent,
    Close,
    Dialect,
    Emit,
    Fail,
    Item,
    Json,
    Opened,
    ResponseGone,
    ResponseRequested,
    ServerHappening,
)
from simulator.vendors.openai.server import ModelServer
from simulator.vendors.openai.settings import Settings

KEY = "sk-proj-0123456789abcdefWXYZ"
MODEL: dict[Dialect, str] = {"ga": "gpt-realtime", "beta": "gpt-4o-realtime-preview-2024-12-17"}
SILENCE = bytes(48)
"""A millisecond of it."""


class Dialogue:
    """One connection. `events` are all events so far, `fresh()` those since it was last asked."""

    def __init__(self, dialect: Dialect = "ga", **settings: Any) -> None:
        self.dialect: Dialect = dialect
        self.server = ModelServer(dialect=dialect, ids=Ids("test"), settings=Settings(**settings))
        self.now_s = 0.0
        self.events: list[Json] = []
        self.times: list[float] = []
        self.effects: list[Any] = []
        self.open_requests: list[str] = []
        self._read = 0

    # --- what happens --------------------------------------------------------------------------------------------------------

    def open(self, query: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Dialogue:
        """Connect properly (or as told) and read the greeting."""
        self.connect(query, headers)
        self.run(0.01)
        self.fresh()
        return self

    def connect(self, query: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> None:
        self.tell(
            Opened({"model": MODEL[self.dialect]} if query is None else query, {"authorization": f"Bearer {KEY}"} if headers is None else headers)
        )

    def tell(self, happening: ServerHappening) -> None:
        """Anything that can happen, now."""
        for effect in self.server.receive(happening, self.now_s):
            self.effects.append(effect)
            match effect:
                case Emit(event):
                    self.events.append(event)
                    self.times.append(self.now_s)
                case ResponseRequested(response_id):
                    self.open_requests.append(response_id)
                case ResponseGone(response_id):
                    self.open_requests.remove(response_id)

    def client(self, name: str, **members: Any) -> list[Json]:
        """A client event; answers what comes at once."""
        self.tell(ClientEvent({"type": name} | members))
        return self.fresh()

    def answer(self, *items: Item, fail: Fail | None = None, after_s: float = 0.0) -> None:
        """The scenario answers the oldest open request."""
        self.tell(Answered(self.open_requests.pop(0), Answer(items, fail, after_s)))

    def run(self, seconds: float) -> list[Json]:
        """Let time pass; answers what came meanwhile."""
        until_s = self.now_s + seconds
        while self.server.wake_at_s is not None and self.server.wake_at_s <= until_s:
            self.now_s = max(self.now_s, self.server.wake_at_s)
            self.tell(Timeout())
        self.now_s = until_s
        return self.fresh()

    def hears(self, pcm: bytes) -> list[Json]:
        """The client plays audio, 100 ms at a time, as time passes."""
        before = len(self.events)
        for start in range(0, len(pcm), 4800):
            self.client("input_audio_buffer.append", audio=pcm[start : start + 4800])
            self.run(0.1)
        return self.events[before:]

    def hears_words(self, text: str, before_ms: int = 0, after_ms: int = 500) -> list[Json]:
        """The caller speaks, then is silent."""
        return self.hears(before_ms * SILENCE + speak(text, 24000).pcm + after_ms * SILENCE)

    def hears_cough(self, seconds: float = 0.4) -> list[Json]:
        return self.hears(noise(seconds, 24000).pcm + 500 * SILENCE)

    # --- what came -----------------------------------------------------------------------------------------------------------

    def fresh(self) -> list[Json]:
        events, self._read = self.events[self._read :], len(self.events)
        return events

    def last(self, name: str) -> Json:
        return next(event for event in reversed(self.events) if event["type"] == name)

    def at_s(self, name: str) -> float:
        """When the last event of this type came."""
        return next(time for time, event in zip(reversed(self.times), reversed(self.events), strict=True) if event["type"] == name)

    @property
    def closes(self) -> list[Close]:
        return [effect for effect in self.effects if isinstance(effect, Close)]


def types(events: list[Json]) -> list[str]:
    """The types in order, each run of equal ones once."""
    names = [event["type"] for event in events]
    return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]


def problem(events: list[Json]) -> tuple[Any, Any, Any]:
    """Code, message and param of the one error there is."""
    (event,) = events
    assert event["type"] == "error", event
    error = event["error"]
    assert list(error) == ["type", "code", "message", "param", "event_id"]
    return error["code"], error["message"], error["param"]
