"""What the caller is told when the conversation with the model ends by itself."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

RATE_LIMITED = "Sorry, you have exceeded your open AI rate limits."
QUOTA_EXHAUSTED = "Sorry, the open AI account of this assistant has used up its quota."
MISCONFIGURED = "Sorry, this assistant is not set up correctly. Please try again later."
EXPIRED = "Sorry, our conversation has reached its time limit. Please call again."
CONNECTION_FAILED = "Sorry, I could not reach the assistant. Please try again later."
DISCONNECTED = "Sorry, I have lost the connection to the assistant. Please call again."
SERVER_FAILED = "Sorry, the assistant could not answer. Please try again later."
SERVER_ERROR = "Sorry, the assistant has run into an error. Please try again later."
UNKNOWN = "Sorry, something went wrong. Please try again later."
UNAVAILABLE = "Sorry, the assistant is not available right now. Please try again later."

NORMAL_END = "normal conversation end"

_BY_REASON = {
    "connection failure": CONNECTION_FAILED,
    "disconnect from remote end": DISCONNECTED,
    "server failure": SERVER_FAILED,
    "server error": SERVER_ERROR,
}
_BY_CODE = {
    "insufficient_quota": QUOTA_EXHAUSTED,
    "credit_balance_exhausted": QUOTA_EXHAUSTED,
    "session_expired": EXPIRED,
    "invalid_api_key": MISCONFIGURED,
    "invalid_model": MISCONFIGURED,
    "missing_model": MISCONFIGURED,
    "model_not_found": MISCONFIGURED,
    "beta_api_shape_disabled": MISCONFIGURED,
}
_RATE_LIMIT_CODES = ("rate_limit_exceeded", "inference_rate_limit_exceeded")


def apology(completion_reason: object, error: object = None) -> str | None:
    """The sentence for an `llm` verb that ended, from its actionHook's payload; None when it ended normally.

    Both arguments are what the wire carried and so may be anything: `error` is absent for most reasons, and
    `completion_reason` may be missing or new.
    Sources: protocol/jambonz.md 6.7 (reasons), protocol/openai-realtime.md 7.4 and 8 (codes); the wording of the
    rate limit follows the original example.
    """
    if completion_reason == NORMAL_END:
        return None
    if completion_reason in ("server failure", "server error"):
        details = error if isinstance(error, Mapping) else {}
        code = details.get("code")
        if code in _RATE_LIMIT_CODES:
            wait_s = try_again_in_s(details.get("message"))
            return RATE_LIMITED if wait_s is None else f"{RATE_LIMITED} Please try again in {spoken(wait_s)}."
        for key in (code, details.get("type")):
            if isinstance(key, str) and key in _BY_CODE:
                return _BY_CODE[key]
    return _BY_REASON.get(completion_reason, UNKNOWN) if isinstance(completion_reason, str) else UNKNOWN


_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_UNIT_MS |= {"seconds": 1000, "second": 1000, "minutes": 60_000, "minute": 60_000, "hours": 3_600_000, "hour": 3_600_000}
_PART = rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s?({'|'.join(sorted(_UNIT_MS, key=len, reverse=True))})"
_HINT = re.compile(rf"try again in ((?:{_PART}\s?)+)", re.IGNORECASE)


def try_again_in_s(message: object) -> int | None:
    """How long the error's message asks to wait, in whole seconds rounded up, at least one; None when it does not say.

    Formats seen: `121ms`, `1.768s`, `20s`, `1m26.4s` (protocol/openai-realtime.md 7.4), and `20 seconds` in words.
    """
    hint = _HINT.search(message) if isinstance(message, str) else None
    if hint is None:
        return None
    # Decimal, because rounding up shows the smallest error: in binary 1.1 s is a bit more than 1100 ms.
    parts = re.findall(_PART, hint.group(1), re.IGNORECASE)
    wait_ms = sum(Decimal(number) * _UNIT_MS[unit.lower()] for number, unit in parts)
    return max(1, math.ceil(wait_ms / 1000))


def spoken(seconds: int) -> str:
    """A duration of at least a second as a person says it: `1 minute and 27 seconds`; from an hour on, in full minutes."""
    if seconds >= 3600:
        seconds = math.ceil(seconds / 60) * 60
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    counted = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (minutes, "minute"), (seconds, "second")) if n]
    return " and ".join(counted)
