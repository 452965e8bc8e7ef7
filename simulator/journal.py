"""The journal: every frame of a call, in order; the only output of a call.

Expectations, rules, reports and files read it and nothing else. A secret never enters it: where one stood, a stable hash
stands, so that two journals still compare and a rule can still see where a key went.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

SCHEMA_VERSION = 1

OURS = ("response.output_", "response.audio", "response.text", "response.content_part", "input_audio_buffer.", "rate_limits.")
"""Events of the model's link that are made by us from the scenario's own words, or are sound: many, and without secrets."""
SECRET_KEYS = frozenset({"apikey", "api_key", "authorization", "password", "secret", "client_secret", "token", "access_token", "bearer"})
SECRET_TEXT = re.compile(r"\b(?:sk|ek|rk)[-_][A-Za-z0-9_\-]{6,}")


KELVIN = "\N{KELVIN SIGN}".encode()
"""The one letter outside ASCII that is one of ASCII in lower case."""
_written = msgspec.json.Encoder().encode


class Frame(msgspec.Struct, frozen=True):
    """One entry. `link` is app, model, media or world; `source` who said it; `kind` the type of message or what happened.

    `leg` is the number of the call, written for all but the first (0); what is of the world belongs to no call and has 0.
    `at_s` is clock time since the call began, `wall_ms` wall time since then (the application's own thinking shows here).
    """

    seq: int
    at_s: float
    wall_ms: float
    link: str
    source: str
    kind: str
    frame: dict[str, Any]
    leg: int = 0

    def line(self, wall: bool = True) -> str:
        """The frame as a line of a journal file; without `wall` two runs of a scenario give the same bytes."""
        entry: dict[str, Any] = {"seq": self.seq, "at_s": round(self.at_s, 6)}
        if wall:
            entry["wall_ms"] = round(self.wall_ms, 3)
        entry |= {"link": self.link, "from": self.source, "kind": self.kind, "frame": self.frame}
        if self.leg:
            entry["leg"] = self.leg
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=_audio)


def _audio(value: object) -> Any:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes of audio>"
    raise TypeError(f"a journal cannot hold {type(value).__name__}")


def _silent(value: Any) -> Any:
    """`value` with sizes instead of sound; what holds none is answered as it is."""
    if isinstance(value, bytes):
        return _audio(value)
    if isinstance(value, dict):
        changes = {key: quiet for key, member in value.items() if (quiet := _silent(member)) is not member}
        return {**value, **changes} if changes else value
    if isinstance(value, list):
        members = [_silent(member) for member in value]
        return members if any(new is not old for new, old in zip(members, value, strict=True)) else value
    return value


@lru_cache(maxsize=256)
def hidden(secret: str) -> str:
    """What stands for `secret` in a journal: the same for the same secret, and of no use to a thief."""
    return f"<secret:{sha256(secret.encode(errors='surrogatepass')).hexdigest()[:10]}>"


def may_hold_secret(frame: dict[str, Any]) -> bool:
    """Whether it is worth while to look for secrets in a frame: nearly always it is not, and its JSON tells so for a tenth of what looking costs.

    Whatever holds a secret has one of these in its JSON, in lower case: a part of a text that looks like a key, or the end of a name of
    `SECRET_KEYS`. What cannot be written as JSON has to be looked at.
    """
    try:
        text = _written(frame).lower()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return True
    return (  # one by one: a loop over them, or one regular expression, takes several times as long
        b"k-" in text
        or b"k_" in text
        or b'token"' in text
        or b'secret"' in text
        or b'password"' in text
        or b'key"' in text
        or b"bearer" in text
        or b"authorization" in text
        or KELVIN in text
    )


def redact(value: Any) -> Any:
    """`value` with every secret replaced by its hash: texts that look like keys, and what stands under the name of a secret.

    What holds no secret is answered as it is, the very same object.
    """
    kind = type(value)
    if kind is str:
        return _shown(value)
    if kind is dict:
        changes, named_after = {}, False
        for key, member in value.items():
            clean = _redact_member(key, member)
            if clean is not member:
                changes[key] = clean
            named_after = named_after or _holds_key(key)
        clean = {**value, **changes} if changes else value
        return {_shown(key): member for key, member in clean.items()} if named_after else clean
    if kind is list:
        clean = [redact(member) for member in value]
        return clean if any(new is not old for new, old in zip(clean, value, strict=True)) else value
    return value


def concealed(text: str, environ: Mapping[str, str]) -> str:
    """`text` for people, without keys and without the values of the environment's variables that are named like secrets."""
    text = _shown(text)
    for name, value in environ.items():
        if len(value) >= SHORTEST_SECRET and _is_secret_name(name):
            text = text.replace(value, hidden(value))
    return text


SHORTEST_SECRET = 8
"""What is shorter may be any word, and tells nobody much."""


def _shown(text: str) -> str:
    return SECRET_TEXT.sub(lambda found: hidden(found[0]), text) if "k-" in text or "k_" in text else text


@lru_cache(maxsize=4096)
def _holds_key(name: str) -> bool:
    return _shown(name) != name


@lru_cache(maxsize=4096)
def _is_secret_name(name: str) -> bool:
    name = name.lower().replace("-", "_")
    return name in SECRET_KEYS or name.endswith(("_api_key", "_secret", "_token", "_password"))


def _redact_member(key: Any, value: Any) -> Any:
    if type(value) is str:
        if value and type(key) is str and _is_secret_name(key):
            return value if value.startswith("<secret:") else hidden(value)
        return _shown(value)
    return redact(value)


class Journal:
    """Frames in the order they happened."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.with_secrets: list[int] = []
        """Numbers of the frames in which a secret stood."""
        self.legs: set[int] = set()
        """Numbers of the calls that have frames."""
        self._by_link: dict[str, list[Frame]] = {}
        self._by_kind: dict[str, list[Frame]] = {}

    def note(self, link: str, source: str, kind: str, frame: dict[str, Any], *, at_s: float, wall_ms: float = 0.0, leg: int = 0) -> Frame:
        """Write a frame down, without its secrets."""
        if not (link == "model" and kind.startswith(OURS)) and may_hold_secret(frame):
            try:
                clean = redact(frame)
            except RecursionError:  # a hostile frame, nested deeper than anybody needs
                clean = {"too_deep": True}
            if clean is not frame:
                self.with_secrets.append(len(self.frames))
                frame = clean
        entry = Frame(len(self.frames), at_s, wall_ms, link, source, kind, frame, leg)
        self.frames.append(entry)
        self._index(entry)
        return entry

    def _index(self, frame: Frame) -> None:
        self.legs.add(frame.leg)
        self._by_link.setdefault(frame.link, []).append(frame)
        self._by_kind.setdefault(frame.kind, []).append(frame)

    def select(self, link: str | None = None, source: str | None = None, kind: str | None = None, since: int = 0) -> Iterator[Frame]:
        """Frames from `since` on that agree with everything given."""
        of_link = self.frames if link is None else self._by_link.get(link, [])
        found = of_link if kind is None else self._by_kind.get(kind, [])
        for frame in found:
            if frame.seq >= since and (link is None or frame.link == link) and (source is None or frame.source == source):
                yield frame

    def of_leg(self, leg: int, since: int = 0) -> Sequence[Frame]:
        """Frames from `since` on that belong to this call, and those of the world."""
        frames = self.frames[since:]
        return frames if self.legs <= {leg} else [frame for frame in frames if frame.leg == leg or frame.link == "world"]

    def silent(self) -> Journal:
        """The same frames without their sound, for who keeps many journals: where it was its size stands, as in a file. Nobody listens to it."""
        quiet = Journal()
        quiet.frames = [msgspec.structs.replace(frame, frame=_silent(frame.frame)) for frame in self.frames]
        for frame in quiet.frames:
            quiet._index(frame)
        quiet.with_secrets = self.with_secrets
        return quiet

    def text(self, header: dict[str, Any] | None = None, wall: bool = True) -> str:
        """The whole journal as JSON lines, after a line with `schema_version` and `header`."""
        first = json.dumps({"schema_version": SCHEMA_VERSION, **(header or {})}, ensure_ascii=False, separators=(",", ":"))
        return "\n".join([first, *(frame.line(wall) for frame in self.frames)]) + "\n"

    def write(self, path: Path, header: dict[str, Any] | None = None) -> None:
        """Write it to a file."""
        path.write_text(self.text(header), encoding="utf-8", errors="backslashreplace")  # half a surrogate pair becomes its JSON escape
