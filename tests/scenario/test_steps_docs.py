"""The page of all keys is made of the JSON Schema, and that of the step classes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.scenario.steps.registry import ACTORS

PAGE = Path(__file__).parents[2] / "docs" / "steps.md"
SCHEMA = Path(__file__).parents[2] / "simulator" / "scenario" / "scenario.schema.json"

HEAD = """\
# Every key of a scenario

[language.md](language.md) tells how a scenario plays; this page lists all that can be written, as editors show it. What is left out has the
default. Written by `python -m tests.scenario.test_steps_docs`.
"""

Json = dict[str, Any]
REFERENCE = "#/$defs/"


def page() -> str:
    """The whole page."""
    whole: Json = json.loads(SCHEMA.read_text("utf-8"))  # which a test of its own keeps current
    defs: Json = whole["$defs"]
    parts = [HEAD, "## A scenario", _table(whole), *_satellites(whole, defs, seen := set())]
    for actor in ACTORS.values():
        parts += [f"## {actor.name}", actor.doc]
        for one in defs[actor.name]["anyOf"]:
            name = one["$ref"].removeprefix(REFERENCE)
            parts += [_heading(defs[name], actor.steps), _sentence(defs[name]), _table(defs[name])]
            parts += _satellites(defs[name], defs, seen)
    return "\n\n".join(part for part in parts if part).replace("\n\n\n", "\n\n") + "\n"


def _heading(definition: Json, words: Any) -> str:
    return "### " + ", ".join(f"`{key}`" for key in definition["properties"] if key in words)


def _sentence(definition: Json) -> str:
    return _cell(definition["description"])


def _table(definition: Json) -> str:
    required = definition.get("required", [])
    rows = ["| key | is | default |", "|---|---|---|"]
    for key, about in definition["properties"].items():
        default = "(needed)" if key in required else f"`{_written(about['default'])}`" if about.get("default", "") != "" else ""
        rows.append(f"| `{key}` | {_cell(about['description'])}{_choices(about)} | {default} |")
    return "\n".join(rows)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _choices(about: Json) -> str:
    """The words that may be written, when there are few."""
    said = [word for kind in about.get("anyOf", ()) for word in kind.get("enum", ()) if word is not None]
    if True in said:
        return ": `true` · `false`"
    words = list(dict.fromkeys(str(word) for word in said))
    return f": {' · '.join(f'`{word}`' for word in words)}" if 1 < len(words) <= 12 else ""


def _satellites(definition: Json, defs: Json, seen: set[str]) -> Iterator[str]:
    """Mappings that stand within a mapping, each told once."""
    for key, about in definition["properties"].items():
        for name in re.findall(rf"'{re.escape(REFERENCE)}([\w.]+)'", str(about)):
            if name not in seen and name != "step" and "properties" in defs.get(name, {}):
                seen.add(name)
                yield f"**{key}**: {_sentence(defs[name])}"
                yield _table(defs[name])
                yield from _satellites(defs[name], defs, seen)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.scenario.test_steps_docs"


def test_every_step_stands_there() -> None:
    text = page()
    for actor in ACTORS.values():
        for word in actor.steps:
            assert f"| `{word}` |" in text, f"{actor.name}: {word}"


def test_every_key_is_explained() -> None:
    for line in page().splitlines():
        assert not re.match(r"\| `[\w]+` \| +\|", line), line


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.write_text(page(), 'utf-8')} characters\n")
