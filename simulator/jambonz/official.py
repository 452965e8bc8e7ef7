"""Which verbs the commercial servers (profile 10) accept: the JSON Schemas that jambonz publishes.

They ship as data inside `jambonz-python-sdk` and are read without importing it. What those servers say when they refuse
is not known, so the texts are ours. `jsonschema` is imported at the first use: profile 0.9.8 never pays for it.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError, did_you_mean
from simulator.jambonz.refusal import Refusal

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

BASE = "https://jambonz.org/schema/"


def refusal(word: str, data: object, path: str) -> Refusal | None:
    """The nearest cause why the published schema of the verb `word` does not fit `data` (without its `verb`), or None."""
    from jsonschema.exceptions import best_match

    validator = validators().get(word)
    if validator is None:
        return Refusal(f"there is no verb {word!r}", path, did_you_mean(word, sorted(validators())))
    if not isinstance(data, dict):
        return Refusal(f"{word} should be an object", path, "give its properties by name")
    unchecked = {**data, "verb": word}
    errors = sorted(validator.iter_errors(unchecked), key=lambda error: [str(step) for step in error.absolute_path])
    error = best_match(errors)
    return None if error is None else _located(word, error, path)


@cache
def validators() -> dict[str, Draft202012Validator]:
    """One validator for each verb with a published schema, under the word an application writes."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = _schemas()
    registry: Registry[Any] = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in schemas)
    verbs = {schema["$id"].removeprefix(f"{BASE}verbs/"): schema for schema in schemas if schema["$id"].startswith(f"{BASE}verbs/")}
    return {word: Draft202012Validator(schema, registry=registry) for word, schema in verbs.items()}


def _schemas() -> list[dict[str, Any]]:
    spec = find_spec("jambonz_sdk")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(file for folder in folders for kind in ("components", "verbs") for file in (Path(folder) / "schema" / kind).glob("*.schema.json"))
    if not found:
        raise UsageError("profile 10 needs the schemas of jambonz-python-sdk", "pip install 'jambonz-python-sdk>=0.4.0', or use profile 0.9.8")
    return [json.loads(file.read_text("utf-8")) for file in found]


def _located(word: str, error: ValidationError, path: str) -> Refusal:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = sorted(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
        unknown = next((key for key in error.instance if key not in known), "")
        return Refusal(f"{word}{where}: unknown property {unknown}", f"{path}{where}.{unknown}", did_you_mean(unknown, known))
    return Refusal(f"{word}{where}: {error.message}", f"{path}{where}", f"see the published schema of {word}")
