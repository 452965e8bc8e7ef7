"""Which verbs and properties feature server 0.9.8 accepts, and the text with which it refuses the rest.

The facts are those of `@jambonz/verb-specifications` 0.1.13 (MIT), written in our own form in `verbs-0.9.8.json`:
`verbs` are the names the server can carry out; `shapes` maps a verb or component to `needs` (required properties) and
to lists of properties by kind. A kind is a JavaScript type or several (`number|string`), `array`, `#shape` (nested),
`[#shape]` (a list of them), `=a,b` (one of), or `!text` (the server's own table is broken there: every value is
refused with that text).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simulator.errors import did_you_mean
from simulator.jambonz import javascript
from simulator.jambonz.refusal import Refusal

COMMERCIAL_VERBS = frozenset({"agent", "transfer", "room", "qwen_s2s", "gptlive_s2s", "voicelive_s2s", "nova_s2s"})

# The server asks `key in properties`, which is also true of what every JavaScript object inherits.
INHERITED = frozenset(
    {
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"),
        *("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    }
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a verb or component may hold: property -> kind, and what it must hold, in the order of the error text."""

    kinds: Mapping[str, str]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`verbs`: names that can be carried out. `shapes`: names that pass the check, components included."""

    verbs: frozenset[str]
    shapes: Mapping[str, Shape]


@cache
def table() -> Table:
    """The table of 0.9.8, read once."""
    written = json.loads(Path(__file__).with_name("verbs-0.9.8.json").read_text("utf-8"))
    shapes = {
        name: Shape({key: kind for kind, properties in row.items() if kind != "needs" for key in properties}, tuple(row.get("needs", ())))
        for name, row in written["shapes"].items()
    }
    return Table(frozenset(written["verbs"]), shapes)


def refusal(name: str, data: object, path: str, spelling: list[str] | None = None) -> Refusal | None:
    """The first problem of one verb (or component) `name` with `data`, found in the order the real server looks.

    `path` is where `data` stands; `spelling` are further names worth suggesting for an unknown one.
    Source: verb-specifications 0.1.13, `validateVerb`.
    """
    shape = table().shapes.get(name)
    if shape is None:
        return Refusal(f"invalid instruction: {name}", path, _unknown_verb(name, spelling or []))
    found: list[str] = []
    for key in javascript.keys(data):
        kind = shape.kinds.get(key)
        if kind is not None:
            value = data[key] if isinstance(data, dict) else None
            problem = _problem(name, key, kind, value, f"{path}.{key}")
            if problem is not None:
                return problem
            found.append(key)
        elif key in INHERITED:
            return Refusal("invalid spec undefined", f"{path}.{key}", f"{name} has no such property")
        elif key != "_":
            return _unknown_property(name, key, data, shape, path)
    missing = [key for key in shape.needs if key not in found]
    if missing:
        return Refusal(f"{name}: missing value for {','.join(missing)}", path, f"add {', '.join(missing)}")
    return None


def _problem(name: str, key: str, kind: str, value: object, path: str) -> Refusal | None:
    match kind[0]:
        case "#":
            return refusal(kind[1:], value, path)
        case "[":
            return _list_problem(kind[2:-1], value, path)
        case "=":
            return _choice_problem(kind[1:].split(","), value, path)
        case "!":
            return Refusal(kind[1:], path, f"0.9.8 refuses every {name} with {key}: leave it out")
        case _:
            return _type_problem(name, key, kind.split("|"), value, path)


def _type_problem(name: str, key: str, types: list[str], value: object, path: str) -> Refusal | None:
    given = javascript.type_of(value)
    if (given in types and types != ["array"]) or ("array" in types and isinstance(value, list)):
        return None
    if types == ["array"]:
        complaint = "is not an array"
    elif len(types) == 1:
        complaint = "has invalid data type"
    else:
        complaint = f"has invalid data type, must be one of {','.join(types)}"
    described = "null" if value is None else f"of type {given}"
    return Refusal(f"{name}: property {key} {complaint}", path, f"it is {described} and should be {' or '.join(types)}")


def _list_problem(item_name: str, value: object, path: str) -> Refusal | None:
    items = javascript.items(value)
    if items is None:
        return Refusal("dVal is not iterable", path, f"give a list of {item_name}")
    for position, item in enumerate(items):
        problem = refusal(item_name, item, f"{path}[{position}]")
        if problem is not None:
            return problem
    return None


def _choice_problem(choices: list[str], value: object, path: str) -> Refusal | None:
    if value in choices:
        return None
    return Refusal(f"invalid value {javascript.text(value)} must be one of {','.join(choices)}", path, did_you_mean(javascript.text(value), choices))


def _unknown_verb(name: str, spelling: list[str]) -> str:
    if name in COMMERCIAL_VERBS:
        return "only the commercial servers have it (profile 10)"
    return did_you_mean(name, sorted({*table().verbs, *spelling}))


def _unknown_property(name: str, key: str, data: object, shape: Shape, path: str) -> Refusal:
    if not isinstance(data, dict):
        remedy = f"{name} should be an object, not {'a list' if isinstance(data, list) else 'text'}"
    elif key == "verb":
        remedy = f'a nested {name} is written without "verb"'
    else:
        remedy = did_you_mean(key, list(shape.kinds))
    return Refusal(f"{name}: unknown property {key}", f"{path}.{key}", remedy)
