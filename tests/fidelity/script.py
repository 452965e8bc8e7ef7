"""Scripts and recordings of the real feature server, as files; the format is that of `vectors/feature_server/README.md`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SUFFIX = ".script.json"
_REPEAT = re.compile(r"\{\{repeat:(.+?):(\d+)\}\}", re.DOTALL)
_PLACE = re.compile(r"\{\{([a-z_]+(?::[^{}]+)?)\}\}")


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
    """One `*.script.json`."""

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

    @classmethod
    def read(cls, path: Path) -> Script:
        """Read a script file."""
        document = json.loads(path.read_text(encoding="utf-8"))
        end = document.get("end") or {}
        return cls(
            name=path.name.removesuffix(SUFFIX),
            level=document["level"],
            env=document.get("env") or {},
            call=document.get("call") or {},
            app=document.get("app") or {},
            openai=document.get("openai") or {},
            verb=document.get("verb") or {},
            auto_ack=document.get("auto_ack") or [],
            rules=[_rule(rule) for rule in document.get("rules") or []],
            max_s=end.get("max_ms", 20_000) / 1000,
            linger_s=end.get("linger_ms", 500) / 1000,
        )


def _rule(rule: Json) -> Rule:
    actions = rule["do"] if isinstance(rule["do"], list) else [rule["do"]]
    return Rule(rule["on"], rule.get("match"), rule.get("nth"), rule.get("conn"), actions)


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
    """`value` with every `{{place}}` of its texts filled in."""
    if isinstance(value, str):
        repeated = _REPEAT.sub(lambda found: found[1] * int(found[2]), value)
        return _PLACE.sub(lambda found: places.get(found[1], found[0]), repeated)
    if isinstance(value, dict):
        return {filled_in(key, places): filled_in(member, places) for key, member in value.items()}
    if isinstance(value, list):
        return [filled_in(member, places) for member in value]
    return value


def scripts_in(folder: Path) -> list[Path]:
    """Every script of a folder that holds scripts and recordings."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def recording_beside(path: Path) -> list[Json]:
    """The recording of the real server for the script at `path`."""
    lines = path.with_name(path.name.removesuffix(SUFFIX) + ".jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
