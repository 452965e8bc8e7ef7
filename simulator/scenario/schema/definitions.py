"""The JSON Schema of a language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from simulator.scenario.schema.record import record
from simulator.scenario.shapes import PLACEHOLDER_PATTERN, Json


def json_schema(cls: type[Any], title: str) -> Json:
    """JSON Schema (draft 2020-12) of a file that holds one `cls`."""
    defs: Json = {
        "placeholder": {
            "description": "A placeholder: ${NAME}, ${NAME:-default}, ${case.name}, ${fake.phone}; or the file of an !include.",
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
