"""Arguments for a tool: made up from its JSON Schema, and checked against it.

What the caller said comes first (a number, a name with a capital letter, a value of an enumeration); the rest is drawn from
Faker, by a seed. A value that does not fit is drawn again, then given up: `None`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from math import ceil, floor
from random import Random
from typing import Any

from simulator.vendors.openai.events import Json

TRIES = 20
DEEPEST = 8
LONGEST = 1_000
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NAME = re.compile(r"(?<!^)(?<![.!?] )\b[^\W\d_a-z]\w+(?: [^\W\d_a-z]\w+)*")
"""Words with a capital letter, not at the beginning of a sentence."""
FORMATS: dict[str, str] = {
    "date": "date", "time": "time", "email": "email", "uri": "url", "url": "url", "uuid": "uuid4", "ipv4": "ipv4", "ipv6": "ipv6",
    "hostname": "hostname",
}  # fmt: skip
BY_NAME: tuple[tuple[str, str], ...] = (
    ("email", "email"), ("phone", "phone_number"), ("city", "city"), ("country", "country"), ("location", "city"), ("place", "city"),
    ("address", "street_address"), ("street", "street_address"), ("zip", "postcode"), ("postal", "postcode"), ("first_name", "first_name"),
    ("last_name", "last_name"), ("company", "company"), ("name", "name"), ("date", "date"), ("time", "time"), ("url", "url"),
)  # fmt: skip
"""Part of a member's name -> what Faker calls it; the first that fits."""
SAMPLES = ("A1", "AB12", "ABC-123", "abc", "abc123", "12345", "123456", "2026-01-31", "12:30", "+15551234567", "a@example.com", "1", "A", "a")
"""What is tried for a `pattern`."""


class Arguments:
    """Draws arguments, always the same ones for one seed."""

    def __init__(self, seed: int | str) -> None:
        self._dice = Random(f"{seed}/arguments")
        self._text = ""
        self._root: Json = {}

    def of(self, schema: Json | None, text: str) -> Json | None:
        """Arguments that fit `schema`, for a turn of this text; None when none were found."""
        if not schema:
            return {}
        self._text, self._root = text, schema
        fits = _check(schema)
        for _ in range(TRIES):
            try:
                drawn = self._draw(schema, "", 0)
            except Exception:  # whatever clients write: bounds that are texts, lists of properties
                return None
            if isinstance(drawn, dict) and fits(drawn):
                return drawn
        return None

    def _draw(self, schema: Any, name: str, depth: int) -> Any:
        """A value for a (sub)schema; `name` is that of the member it is for."""
        schema = self._resolved(schema)
        for key in ("const", "default"):
            if key in schema and not (key == "default" and self._mentioned(schema)):
                return schema[key]
        if "enum" in schema:
            return self._mentioned(schema) if self._mentioned(schema) is not None else self._dice.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self._draw(self._dice.choice(schema[key]), name, depth + 1)
        kind = schema.get("type") or ("object" if "properties" in schema else "array" if "items" in schema else "string")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if depth > 2 * DEEPEST:
            return None
        draw = {
            "object": self._object, "array": self._array, "string": self._string, "integer": self._integer, "number": self._number,
            "boolean": self._boolean,
        }.get(kind)  # fmt: skip
        return draw(schema, name, depth) if draw is not None else None

    def _resolved(self, schema: Any) -> Json:
        """References followed, `allOf` joined; anything odd is a schema without demands."""
        for _ in range(DEEPEST):
            if not isinstance(schema, dict):
                return {}
            if isinstance(reference := schema.get("$ref"), str) and reference.startswith("#/"):
                at: Any = self._root
                for step in reference[2:].split("/"):
                    at = at.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(at, dict) else {}
                schema = at
            elif schema.get("allOf"):
                joined: Json = {key: value for key, value in schema.items() if key != "allOf"}
                for part in map(self._resolved, schema["allOf"]):
                    properties = {**joined.get("properties", {}), **part.get("properties", {})}
                    required = [*joined.get("required", []), *part.get("required", [])]
                    joined = joined | part | ({"properties": properties} if properties else {}) | ({"required": required} if required else {})
                schema = joined
            else:
                return schema
        return {}

    def _mentioned(self, schema: Json) -> Any:
        """The value of an enumeration that was said."""
        return next((one for one in schema.get("enum", ()) if isinstance(one, str) and one and one.lower() in self._text.lower()), None)

    def _object(self, schema: Json, _name: str, depth: int) -> Json:
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        wanted = [name for name in properties if name in required or depth == 0 or (depth < DEEPEST and self._dice.random() < 0.5)]
        wanted = wanted if depth < DEEPEST else [name for name in properties if name in required]
        drawn = {name: self._draw(properties[name], name, depth + 1) for name in wanted}
        return drawn | {name: self._draw(schema.get("additionalProperties"), name, depth + 1) for name in required if name not in properties}

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 1 if depth < DEEPEST else 0), schema.get("maxItems", 3)
        count = min(LONGEST, max(least, min(most, 1)))
        prefix = schema.get("prefixItems", [])
        return [self._draw(prefix[at] if at < len(prefix) else schema.get("items"), name, depth + 1) for at in range(count)]

    def _integer(self, schema: Json, name: str, depth: int) -> int:
        return int(self._number(schema | {"multipleOf": schema.get("multipleOf", 1)}, name, depth))

    def _number(self, schema: Json, _name: str, _depth: int) -> float:
        step: float = schema.get("multipleOf", 0.5)
        low, high = schema.get("minimum"), schema.get("maximum")
        if low is None and (above := schema.get("exclusiveMinimum")) is not None:
            low = step * (floor(above / step) + 1)
        if high is None and (below := schema.get("exclusiveMaximum")) is not None:
            high = step * (ceil(below / step) - 1)
        low = low if low is not None else 0 if high is None or high >= 0 else high - 100
        high = high if high is not None else low + 100
        fits = [number for number in map(float, NUMBER.findall(self._text)) if low <= number <= high and (number / step).is_integer()]
        first = ceil(low / step)
        return fits[0] if fits else step * self._dice.randint(first, max(first, int(high // step)))

    def _boolean(self, _schema: Json, _name: str, _depth: int) -> bool:
        return self._dice.random() < 0.5

    def _string(self, schema: Json, name: str, _depth: int) -> str:
        if "pattern" in schema:
            return self._patterned(schema)
        form = schema.get("format")
        if form == "date-time":
            return f"{self._fake('date')}T{self._fake('time')}Z"
        said = NAME.findall(self._text)
        lower = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        by_name = next((fake for part, fake in BY_NAME if part in lower), None)
        if form in FORMATS:
            text = self._fake(FORMATS[form])
        elif said and by_name in (None, "city", "country", "name", "first_name", "last_name", "company"):
            text = said[0]
        elif any(part in lower for part in ("query", "question", "text", "message")) and self._text:
            text = self._text
        else:
            text = self._fake(by_name or "word")
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        while len(text) < min(least, LONGEST):
            text += f" {self._fake('word')}"
        return text if most is None else text[:most]

    def _patterned(self, schema: Json) -> str:
        """Something near enough to a `pattern`: its own examples, or common shapes."""
        candidates = [*schema.get("examples", ()), *NUMBER.findall(self._text), *NAME.findall(self._text), *SAMPLES]
        return next((one for one in candidates if isinstance(one, str) and _check(schema)(one)), "")

    def _fake(self, what: str) -> str:
        faker = _faker()
        faker.seed_instance(self._dice.random())
        return str(getattr(faker, what)())


def _check(schema: Json) -> Callable[[Any], bool]:
    """Whether a value fits; a schema that is none fits nothing."""
    from jsonschema.validators import validator_for
    from referencing import Registry

    nothing: Registry[Any] = Registry()  # what a client refers to is not fetched from anywhere

    def fits(value: Any) -> bool:
        try:
            return bool(validator_for(schema)(schema, registry=nothing).is_valid(value))
        except Exception:  # references to nowhere, types that do not exist: whatever clients write
            return False

    return fits


@cache
def _faker() -> Any:
    from faker import Faker

    return Faker("en_US").factories[0]
