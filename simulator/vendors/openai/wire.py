"""Events as JSON text and back: at the edge that meets a real client, `bytes` are base64."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from json import JSONEncoder, loads
from math import isinf
from typing import Any, NoReturn

import msgspec

from simulator.vendors.openai.events import Json

MAX_DEPTH = 200
"""What is nested deeper than this is no event: nobody could write it back."""
AUDIO_DELTAS = ("response.output_audio.delta", "response.audio.delta")

_encode, _encode_lines = msgspec.json.Encoder().encode, msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder().decode
_encode_ascii = JSONEncoder(separators=(",", ":"), default=lambda audio: msgspec.to_builtins(audio, builtin_types=())).encode


def to_wire(event: Json) -> str:
    """One text frame. Order of keys: `type`, `event_id`, then the payload as it was built."""
    if next(iter(event), None) != "type":
        event = {name: event[name] for name in ("type", "event_id") if name in event} | event
    try:
        return _encode(event).decode()
    except UnicodeEncodeError:  # a client sent half a surrogate pair, and gets it back as it came
        return _encode_ascii(event)


def to_lines(events: list[Json]) -> list[bytes]:
    """The payloads of text frames for events that begin with `type`, as all of a server do.

    Written together, which costs half: JSON has no line end but those between two events.
    """
    try:
        return _encode_lines(events).split(b"\n")[:-1]
    except UnicodeEncodeError:
        return [to_wire(event).encode() for event in events]


def from_wire(text: str) -> Json:
    """The event in a text frame; audio that is valid base64 becomes bytes. Raises ValueError when it is not one JSON object."""
    try:
        event = _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        event = _loads(text)
    if not isinstance(event, dict):
        raise ValueError("expected a JSON object")
    if text.count("{") + text.count("[") > MAX_DEPTH and deeper_than(event, MAX_DEPTH):
        raise ValueError("nested too deeply")
    name = "audio" if event.get("type") == "input_audio_buffer.append" else "delta" if event.get("type") in AUDIO_DELTAS else None
    if name is not None:
        decoded = audio_bytes(event.get(name))
        if decoded is not None:
            event[name] = decoded
    return event


def _loads(text: str) -> Any:
    """What the fast decoder refuses, read as Python reads it: OpenAI's words for a mistake are Python's, and half a surrogate pair is none."""
    try:
        return loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def deeper_than(value: Any, limit: int) -> bool:
    """Whether lists and objects stand more than `limit` deep in one another."""
    level: list[Any] = [value]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def audio_bytes(value: Any) -> bytes | None:
    """Audio given as bytes (in memory) or base64 text (on the wire); None when it is neither."""
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if not isinstance(value, str):
        return None
    try:
        return b64decode(value, validate=True)
    except (Error, ValueError):
        return None


def _finite(number: str) -> float:
    """JSON knows no infinity, so `1e999` must not come back as one."""
    value = float(number)
    if isinf(value):
        raise ValueError(f"{number} is out of range")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
