"""The JSON Schema of a language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from simulator.scenario.fakes import COMMON
from simulator.scenario.schema.record import record
from simulator.scenario.shapes import PLACEHOLDER_PATTERN, Json

_PLACEHOLDER = (
    "What is filled in: ${NAME} is what an earlier step has captured as NAME ({as: NAME} in a pattern; ${NAME.member} is a part of it), or else "
    "a variable of the environment; ${NAME:-default}; ${case.key} of cases:; ${fake.…}, made up and the same for the same seed, is about "
    + "; ".join(f"{about} ({', '.join(names)})" for about, names in COMMON.items())
    + ", or any other method of Faker that needs no argument. $${ is ${. Or the file of an !include."
)


def json_schema(cls: type[Any], title: str) -> Json:
    """JSON Schema (draft 2020-12) of a file that holds one `cls`."""
    defs: Json = {
        "placeholder": {
            "description": _PLACEHOLDER,
            "type": "string",
            "pattern": PLACEHOLDER_PATTERN,
        }
    }
    top = record(cls).definition(defs)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **top, "$defs": dict(sorted(defs.items()))}


def lines(schema: Json) -> Iterable[str]:
    """The schema as text, the same for the same language."""
    yield json.dumps(schema, indent=1, ensure_ascii=False)
    yield "\n"
