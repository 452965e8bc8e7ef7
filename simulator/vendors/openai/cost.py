"""What a session has cost so far, from the usage its server reports: `response.done`, and transcriptions.

Prices are data (`prices.json`, which names source and date). A model that is not in it costs nobody knows what: then there are
tokens and no dollars. Shapes: openai-realtime.md, `usage` of a response and of `input_audio_transcription.completed`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from simulator.vendors.vendor import Json, part

KINDS = ("text", "audio", "image")
SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
MILLION = 1_000_000
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


@cache
def _table() -> Json:
    table: Json = json.loads(files(__package__).joinpath("prices.json").read_text(encoding="utf-8"))
    return table


def read_on() -> str:
    """The day the prices were read, as YYYY-MM-DD."""
    return str(_table()["read_on"])


def prices_of(model: str) -> dict[str, float] | None:
    """Dollars for a million tokens (`text_in`, `audio_cached`, ...), or for a `minute`; None for a model that is not listed."""
    models: dict[str, dict[str, float]] = _table()["models"]
    return models.get(model) or models.get(SNAPSHOT.sub("", model))


@dataclass(frozen=True, slots=True)
class Bill:
    """`tokens` by kind (`text_in` are those that were not cached), `seconds` of audio that is paid by time, `usd` for all that has a price.

    `unpriced` names the models that have none; with any of them `usd` is too low.
    """

    tokens: dict[str, int]
    seconds: float
    usd: float | None
    unpriced: tuple[str, ...] = ()


@dataclass(slots=True)
class Cost:
    """Told all server events of a session, of several one after the other too; answers the `bill` at any time."""

    _model: str = ""
    _transcriber: str = ""
    _tokens: dict[str, int] = field(default_factory=dict)
    _seconds: float = 0.0
    _usd: float = 0.0
    _priced: bool = False
    _unpriced: list[str] = field(default_factory=list)

    @property
    def bill(self) -> Bill:
        """What it comes to. `usd` is None when nothing has a price."""
        usd = None if self._unpriced and not self._priced else round(self._usd, 9)
        return Bill(dict(self._tokens), round(self._seconds, 3), usd, tuple(self._unpriced))

    def receive(self, event: Json) -> bool:
        """A server event, in either dialect; whether the bill has changed. What a server writes into it can be anything."""
        type_ = event.get("type")
        if type_ in ("session.created", "session.updated"):
            self._note_session(part(event, "session"))
        elif type_ == "response.done":
            return self._use(self._model, part(part(event, "response"), "usage"))
        elif type_ == TRANSCRIBED:
            return self._use(self._transcriber, part(event, "usage"))
        return False

    def _note_session(self, session: Json) -> None:
        hearing = part(part(session, "audio"), "input")
        transcription = part(hearing, "transcription") or part(session, "input_audio_transcription")
        self._model = str(session.get("model") or self._model)[:200]
        self._transcriber = str(transcription.get("model") or self._transcriber)[:200]

    def _use(self, model: str, usage: Json) -> bool:
        counted, seconds = _counted(usage), _number(usage.get("seconds")) if usage.get("type") == "duration" else 0.0
        if not counted and not seconds:
            return False
        for kind, count in counted.items():
            self._tokens[kind] = self._tokens.get(kind, 0) + count
        self._seconds += seconds
        prices = prices_of(model)
        used = [*counted, *(["minute"] if seconds else [])]
        if prices is None or any(kind not in prices for kind in used):
            name = model or "a model without a name"
            if name not in self._unpriced:
                self._unpriced.append(name)
        if prices is not None:
            self._priced = True
            self._usd += sum(count * prices.get(kind, 0.0) / MILLION for kind, count in counted.items()) + seconds / 60 * prices.get("minute", 0.0)
        return True


def _counted(usage: Json) -> dict[str, int]:
    """Tokens by kind and way, those of the input that were cached apart; zeros are left out."""
    hearing = part(usage, "input_token_details") or part(usage, "input_tokens_details")
    speaking = part(usage, "output_token_details") or part(usage, "output_tokens_details")
    cached = part(hearing, "cached_tokens_details")
    counted: dict[str, int] = {}
    for kind in KINDS:
        name = f"{kind}_tokens"
        heard, again = int(_number(hearing.get(name))), int(_number(cached.get(name)))
        counted[f"{kind}_in"], counted[f"{kind}_cached"] = max(0, heard - again), min(heard, again)
        counted[f"{kind}_out"] = int(_number(speaking.get(name)))
    told_out = int(_number(usage.get("output_tokens")))
    if not speaking:  # a transcription says only how many there are, and they are text
        counted["text_out"] = told_out
    if not hearing:
        counted["text_in"] = int(_number(usage.get("input_tokens")))
    return {kind: count for kind, count in counted.items() if count}


def _number(value: Any) -> float:
    """A count that can be added; nothing for whatever is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 else 0.0
