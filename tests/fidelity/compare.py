"""The first structural difference between two recordings of the same script.

Compared are, each in its order: the connections of the application and, per connection, what it received, what it sent and
how it was closed; what the OpenAI server saw; what the caller was answered; what became of requests. Ids must be the same
ones in the same places, whatever they are. What belongs to the surroundings of a recording is compared by type only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

SURROUNDINGS = frozenset(
    {"sip", "account_sid", "application_sid", "call_id", "sbc_callid", "service_provider_sid", "defaults", "duration", "from", "to", "trace_id"}
    | {"fs_sip_address", "fs_public_ip", "local_sip_address", "public_ip", "originating_sip_ip", "originating_sip_trunk_name", "elapsed_time"}
)
TOLERANCE_MS = 350
"""Smaller differences of time mean nothing: the machine of the recording was as busy as it was."""

CONNECTIONS = ("app_connected", "app_handshake_refused", "app_handshake_dropped")
OPENAI = ("openai_connected", "openai_handshake_refused", "openai_handshake_dropped", "openai_closed")
CALLER = ("sip_response", "sip_bye_sent")
REQUESTS = ("request_resolved", "request_rejected")


def difference(expected: list[Json], actual: list[Json]) -> str | None:
    """None when `actual` is structurally equal to `expected`, else where they part, in words."""
    same = _Same()
    for (name, wanted), (_, found) in zip(strands(expected, actual), strands(actual, expected), strict=True):
        for position, (left, right) in enumerate(zip(wanted, found, strict=False), 1):
            where = f"{name}, entry {position}"
            if (found_difference := same.entries(left, right)) is not None:
                return f"{where} ({_title(left)}): {found_difference}"
            if abs(left["t_ms"] - right["t_ms"]) > TOLERANCE_MS:
                return f"{where} ({_title(left)}): at {left['t_ms']} ms, ours at {right['t_ms']} ms"
        if len(wanted) > len(found):
            return f"{name}: {_title(wanted[len(found)])} at {wanted[len(found)]['t_ms']} ms is missing"
        if len(found) > len(wanted):
            return f"{name}: {_title(found[len(wanted)])} at {found[len(wanted)]['t_ms']} ms is too many"
    return None


def strands(entries: list[Json], others: list[Json]) -> Iterator[tuple[str, list[Json]]]:
    """The recording as several orders that matter, by name; the same names for both recordings."""
    conns = sorted({entry["conn"] for entry in (*entries, *others) if "conn" in entry})
    yield "connections", [entry for entry in entries if _event(entry) in CONNECTIONS]
    for conn in conns:
        yield f"connection {conn}, to the app", [entry for entry in entries if _to_app(entry, conn)]
        yield f"connection {conn}, from the app", [entry for entry in entries if entry["dir"] == "from_app" and entry.get("conn") == conn]
    yield "to OpenAI", [entry for entry in entries if entry["dir"] == "to_openai" or _event(entry) in OPENAI]
    yield "the caller", [entry for entry in entries if _event(entry) in CALLER]
    yield "requests", [entry for entry in entries if _event(entry) in REQUESTS]


def _to_app(entry: Json, conn: int) -> bool:
    if entry["dir"] == "to_app":
        return bool(entry.get("conn") == conn)
    return bool(_event(entry) == "app_closed" and entry["frame"].get("conn") == conn)


def _event(entry: Json) -> Any:
    return entry["frame"].get("event") if entry["dir"] == "note" and isinstance(entry["frame"], dict) else None


def _title(entry: Json) -> str:
    frame = entry["frame"]
    if not isinstance(frame, dict):
        return "a frame that is no object"
    kind = frame.get("event") if entry["dir"] == "note" else frame.get("type", "frame")
    details = [frame.get("hook"), (frame.get("data") or {}).get("call_status") if isinstance(frame.get("data"), dict) else None, frame.get("code")]
    return " ".join([str(kind), *(str(detail) for detail in details if detail is not None)])


class _Same:
    """Remembers which id stands for which: `<msgid:3>` of one recording may be `<msgid:4>` of the other, but always that one."""

    def __init__(self) -> None:
        self._there: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def entries(self, left: Json, right: Json) -> str | None:
        """The first difference of two entries of the same kind. How a long or broken text of a script is shown is no difference."""
        shown = [entry["frame"] for entry in (left, right) if isinstance(entry["frame"], dict)]
        if left["dir"] == "from_app" and any(set(frame) in ({"text"}, {"text_head", "bytes"}) for frame in shown):
            sizes = {frame["bytes"] for frame in shown if "bytes" in frame}
            return None if len(sizes) < 2 else f"bytes: {sizes}"
        if bool(left.get("binary")) is not bool(right.get("binary")):
            return f"binary: {left.get('binary')}, ours is {right.get('binary')}"
        kind = left["frame"].get("type") if isinstance(left["frame"], dict) else None
        return self.difference(left["frame"], right["frame"], "", f"{left['dir']} {kind}")

    def difference(self, left: Any, right: Any, path: str, direction: str) -> str | None:
        if self._is_surrounding(path, direction, left):
            return None if type(left) is type(right) else f"{path}: {left!r}, ours is {right!r} (another type)"
        if isinstance(left, dict) and isinstance(right, dict):
            missing = [key for key in left if key not in right]
            extra = [key for key in right if key not in left]
            if missing or extra:
                return f"{path or 'frame'}: " + "; ".join([*(f"lacks {key!r}" for key in missing), *(f"has {key!r} too" for key in extra)])
            pairs = [(f"{path}.{key}" if path else str(key), left[key], right[key]) for key in left if key in right]
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return f"{path}: {len(left)} elements, ours has {len(right)}"
            pairs = [(f"{path}[{position}]", *both) for position, both in enumerate(zip(left, right, strict=True))]
        else:
            return None if self._equal(left, right) else f"{path}: {left!r}, ours is {right!r}"
        return next((found for where, one, other in pairs if (found := self.difference(one, other, where, direction)) is not None), None)

    def _equal(self, left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str) and left.startswith("<") and left.endswith(">") and ":" in left:
            return self._there.setdefault(left, right) == right and self._back.setdefault(right, left) == left
        return type(left) is type(right) and bool(left == right)

    @staticmethod
    def _is_surrounding(path: str, direction: str, left: Any) -> bool:
        if not direction.startswith("to_app "):
            return False
        if path == "b3":
            return True
        name = path.removeprefix("data.")
        if path.startswith("data.") and "." not in name:
            return (
                name in SURROUNDINGS
                or name.startswith("playback_")
                or (name == "details" and isinstance(left, str) and direction == "to_app jambonz:error")
            )
        return False
