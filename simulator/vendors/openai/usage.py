"""What a response costs: token counts that add up, and the rate limits (openai-realtime.md 5.5, 7.2, 7.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from json import dumps

from msgspec import Struct

from simulator.vendors.openai.events import Dialect, Json

TOKENS = re.compile(r" ?\w{1,8}|[^\w\s]")
FRAMING_TOKENS = 4
"""What every item costs beside its content."""
TOKEN_LIMIT = {"ga": 15_000_000, "beta": 40_000_000}
REQUEST_LIMIT = 20_000
CACHE_BLOCK = 64
REMEMBERED = 10_000
"""Characters of the longest text whose count is remembered: a client's megabytes would be kept with it."""
SPOKEN_TOKEN_MS = 50
"""How much assistant audio is a token."""


class Tokens(Struct, frozen=True, gc=False):
    """A count by kind."""

    text: int = 0
    audio: int = 0
    image: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.text + other.text, self.audio + other.audio, self.image + other.image)

    @property
    def total(self) -> int:
        return self.text + self.audio + self.image


def text_tokens(text: str) -> int:
    """About as many as a real tokenizer would find."""
    return _counted(text) if len(text) <= REMEMBERED else _count(text)


def _count(text: str) -> int:
    return sum(1 for _ in TOKENS.finditer(text))


_counted = lru_cache(maxsize=256)(_count)


def heard_tokens(audio_ms: float) -> int:
    """User audio: one token per 100 ms."""
    return int(audio_ms // 100)


def spoken_tokens(audio_ms: float) -> int:
    """Assistant audio."""
    return int(audio_ms // SPOKEN_TOKEN_MS)


def prompt_tokens(instructions: str, tools: list[Json]) -> Tokens:
    """What is sent ahead of the conversation."""
    return Tokens(text=text_tokens(instructions) + FRAMING_TOKENS + (text_tokens(dumps(tools)) if tools else 0))


def usage(given: Tokens, made: Tokens, cached_total: int = 0) -> Json:
    """The `usage` of a response; of `cached_total` tokens whole blocks of 64 count, text before audio."""
    cached = min(cached_total, given.text + given.audio) // CACHE_BLOCK * CACHE_BLOCK
    cached_text = min(cached, given.text)
    details = {"text_tokens": cached_text, "audio_tokens": cached - cached_text, "image_tokens": 0}
    return {
        "total_tokens": given.total + made.total,
        "input_tokens": given.total,
        "output_tokens": made.total,
        "input_token_details": {
            "text_tokens": given.text,
            "audio_tokens": given.audio,
            "image_tokens": given.image,
            "cached_tokens": cached,
            "cached_tokens_details": details,
        },
        "output_token_details": {"text_tokens": made.text, "audio_tokens": made.audio},
    }


@dataclass(slots=True)
class Account:
    """What a session has used up. `cached_tokens` is how much of its last prompt the model still knows."""

    tokens: int = 0
    requests: int = 0
    cached_tokens: int = 0

    def charge(self, usage: Json) -> None:
        """A response is done."""
        self.tokens += usage["total_tokens"]
        self.requests += 1
        self.cached_tokens = usage["input_tokens"] or self.cached_tokens


def rate_limits_updated(dialect: Dialect, used: Account, *, named: bool = True) -> Json:
    """`rate_limits.updated`: GA names tokens only, beta requests and tokens (7.3); nothing is named where `named` is not."""
    limit = TOKEN_LIMIT[dialect]
    remaining = max(0, limit - used.tokens)
    tokens = {"name": "tokens", "limit": limit, "remaining": remaining, "reset_seconds": round((limit - remaining) / limit * 60, 3)}
    limits = [tokens]
    if dialect == "beta":
        left = max(0, REQUEST_LIMIT - used.requests)
        limits.insert(0, {"name": "requests", "limit": REQUEST_LIMIT, "remaining": left, "reset_seconds": 0.003})
    return {"type": "rate_limits.updated", "event_id": "", "rate_limits": limits if named else []}
