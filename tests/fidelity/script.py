"""Scripts and recordings of the real feature server, as files; the format is that of `vectors/feature_server/README.md`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SUFFIX = ".script.json"
MAX_TEXT = 8 * 1024 * 1024
_REPEAT = re.compile(r"\{\{repeat:(.+?):(\d+)\}\}", re.DOTALL)
_PLACE = re.compile(r"\{\{([a-z_]+(?::[^{}]+)?)\}\}")

LEVELS = (1, 2, 3)
KEYS = frozenset({"name", "topic", "about", "level", "env", "call", "app", "openai", "verb", "auto_ack", "rules", "end"})
SETTINGS = {
    "call": frozenset(
        {"from", "to", "caller_name", "hook_path", "username", "password", "status_hook", "env_vars", "public_ip", "sip_headers"}
        | {"tts_fails", "no_media_server"}
    ),
    "app": frozenset({"handshakes", "subprotocol"}),
    "openai": frozenset({"handshakes"}),
    "end": frozenset({"max_ms", "linger_ms"}),
}
HANDSHAKES = frozenset({"accept", "status", "drop"})
RULE = frozenset({"on", "match", "nth", "conn", "do"})
ON = frozenset({"start", "app_connected", "to_app", "app_closed", "openai_connected", "to_openai", "openai_closed", "note"})


class ScriptError(Exception):
    """A script that cannot be played, or a recording that cannot be read; the text says why."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _is_code(value: object) -> bool:
    return value is None or value is True or (isinstance(value, int) and not isinstance(value, bool))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_anything(value: object) -> bool:  # noqa: ARG001
    return True


ACTIONS: dict[str, Callable[[object], bool]] = {
    "wait": _is_number,
    "ack": _is_anything,
    "app_send": _is_anything,
    "app_send_text": _is_text,
    "app_send_binary": _is_text,
    "app_close": _is_code,
    "app_terminate": _is_anything,
    "openai_send": _is_object,
    "openai_close": _is_code,
    "openai_terminate": _is_anything,
    "caller_hangup": _is_anything,
    "caller_cancel": _is_anything,
    "end": _is_anything,
    "request": _is_object,
    "requestor_close": _is_anything,
}
"""What a rule can do, and what stands behind it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When `on` happens and the frame contains `match`, do `actions` one after the other."""

    on: str
    match: Any
    nth: int | None
    conn: int | None
    actions: list[Json]

    def concerns(self, on: str, frame: Any, conn: int | None) -> bool:
        """Whether this happening is one of those the rule counts."""
        return self.on == on and contains(frame, self.match) and (self.conn is None or self.conn == conn)


@dataclass(frozen=True, slots=True)
class Script:
    """One `*.script.json`. `ignored` names what stands in it and has no effect here, and why."""

    name: str
    level: int
    env: Json
    call: Json
    app: Json
    openai: Json
    verb: Json
    auto_ack: list[str]
    rules: list[Rule]
    max_s: float
    linger_s: float
    ignored: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Script:
        """Read a script file. Raises `ScriptError` where it is not in the format."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ScriptError(f"it cannot be read: {error}") from None
        if not isinstance(document, dict):
            raise ScriptError("it is no JSON object")
        return cls.of(document, path.name.removesuffix(SUFFIX))

    @classmethod
    def of(cls, document: Json, name: str) -> Script:
        """The script that a document describes. Raises `ScriptError` where it is not in the format."""
        ignored = [f"the key {key!r}" for key in document if key not in KEYS]
        for part, known in SETTINGS.items():
            ignored += [f"{part}.{key}" for key in _object(document, part) if key not in known]
        if document.get("level") not in LEVELS:
            raise ScriptError(f"its level is {document.get('level')!r}; there are 1, 2 and 3")
        end = _object(document, "end")
        for limit in ("max_ms", "linger_ms"):
            if limit in end and not _is_number(end[limit]):
                raise ScriptError(f"end.{limit} is {end[limit]!r}, not a number of milliseconds")
        for part in ("app", "openai"):
            for plan in _list(_object(document, part), "handshakes"):
                if not isinstance(plan, dict) or not set(plan) <= HANDSHAKES:
                    raise ScriptError(f"{part}.handshakes has {plan!r}; known are accept, status and drop")
                if "status" in plan and not (isinstance(plan["status"], int) and 100 <= plan["status"] <= 999):
                    raise ScriptError(f"{part}.handshakes has the status {plan['status']!r}")
        return cls(
            name=name,
            level=document["level"],
            env=_object(document, "env"),
            call=_object(document, "call"),
            app=_object(document, "app"),
            openai=_object(document, "openai"),
            verb=_object(document, "verb"),
            auto_ack=[str(kind) for kind in _list(document, "auto_ack")],
            rules=[_rule(rule, ignored) for rule in _list(document, "rules")],
            max_s=end.get("max_ms", 20_000) / 1000,
            linger_s=end.get("linger_ms", 500) / 1000,
            ignored=ignored,
        )


def _object(document: Json, key: str) -> Json:
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ScriptError(f"{key} is {value!r}, not an object")
    return value


def _list(document: Json, key: str) -> list[Any]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ScriptError(f"{key} is {value!r}, not a list")
    return value


def _rule(rule: Any, ignored: list[str]) -> Rule:
    if not isinstance(rule, dict) or not isinstance(rule.get("on"), str):
        raise ScriptError(f"a rule is {rule!r}; it needs on and do")
    where = f"the rule on {rule['on']}"
    ignored += [f"{where}: {key!r}" for key in rule if key not in RULE]
    if rule["on"] not in ON:
        ignored.append(f"{where}: nothing of that name ever happens here; known are {', '.join(sorted(ON))}")
    actions = rule.get("do")
    actions = actions if isinstance(actions, list) else [actions]
    done: list[Json] = []
    for action in actions:
        if not isinstance(action, dict) or len(action) != 1:
            raise ScriptError(f"{where} does {action!r}; an action is an object with one key")
        ((name, value),) = action.items()
        if name not in ACTIONS:
            ignored.append(f"{where}: there is no action {name!r}")
        elif not ACTIONS[name](value):
            raise ScriptError(f"{where}: {name} cannot be {value!r}")
        else:
            done.append(action)
    return Rule(rule["on"], rule.get("match"), rule.get("nth"), rule.get("conn"), done)


def contains(frame: Any, match: Any) -> bool:
    """Whether `frame` contains `match`: objects by subset, everything else by equality."""
    if match is None:
        return True
    if isinstance(match, dict):
        return isinstance(frame, dict) and all(key in frame and contains(frame[key], value) for key, value in match.items())
    if isinstance(match, list):
        return isinstance(frame, list) and len(frame) == len(match) and all(map(contains, frame, match))
    return type(frame) is type(match) and bool(frame == match)


def filled_in(value: Any, places: dict[str, str]) -> Any:
    """`value` with every `{{place}}` of its texts filled in. Raises `ScriptError` for a text that would be too long."""
    if isinstance(value, str):
        known = _PLACE.sub(lambda found: places.get(found[1], found[0]), value)
        return _REPEAT.sub(_repeated, known)
    if isinstance(value, dict):
        return {filled_in(key, places): filled_in(member, places) for key, member in value.items()}
    if isinstance(value, list):
        return [filled_in(member, places) for member in value]
    return value


def _repeated(found: re.Match[str]) -> str:
    if len(found[1]) * int(found[2][:12]) > MAX_TEXT:
        raise ScriptError(f"{found[0][:40]} is longer than {MAX_TEXT} characters")
    return found[1] * int(found[2])


def scripts_in(folder: Path) -> list[Path]:
    """Every script of a folder that holds scripts and recordings."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def recording_beside(path: Path) -> list[Json]:
    """The recording of the real server for the script at `path`. Raises `ScriptError` when there is none, or it is broken."""
    beside = path.with_name(path.name.removesuffix(SUFFIX) + ".jsonl")
    try:
        lines = beside.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ScriptError(f"its recording cannot be read: {error}") from None
    entries: list[Json] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict) or not {"dir", "t_ms", "frame"} <= set(entry) or not _is_number(entry["t_ms"]):
            raise ScriptError(f"{beside.name}:{number} is no entry of a recording: {line[:60]}")
        entries.append(entry)
    return entries


def has_recording(path: Path) -> bool:
    """Whether there is a recording beside the script at `path`."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".jsonl").exists()
