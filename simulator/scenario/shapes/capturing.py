"""Patterns that capture: `{as: name}`, `{as: name, matches: pattern}`, and the named groups of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from simulator.errors import Where
from simulator.pattern import AS, MATCHES, WORDS, is_capture
from simulator.scenario.document import Items, Map, Node, Problems, Scalar
from simulator.scenario.shapes.anything import PATTERN_SCHEMA, PatternOf
from simulator.scenario.shapes.shape import INVALID, Json, found

NAME = re.compile(r"[A-Za-z_]\w*")
RESERVED = ("case", "fake")
_GROUP = re.compile(r"\(\?P<([A-Za-z_]\w*)>")

CAPTURE_SCHEMA: Json = {
    "description": (
        f"{PATTERN_SCHEMA['description']} And it may capture: {{as: name}} fits anything that is there, {{as: name, matches: pattern}} what fits the "
        "pattern, and keeps it for later steps as ${name}; so does a named group of a regular expression, /order (?P<order>[0-9]+)/. "
        "Where a text is short for one member (of an event its type, of a tool output the output), {as: name} alone captures that member."
    )
}


class Capture(NamedTuple):
    """One capture in a pattern; `under` is the word that keeps it from capturing anything, empty when nothing does."""

    name: Node | str
    where: Where
    under: str
    matches: Node | None = None


def captures_in(node: Node, under: str = "") -> Iterator[Capture]:
    """All captures of a pattern, from top to bottom."""
    if node.meant is not None and not isinstance(node.meant, str):
        return
    match node:
        case Scalar() if len(text := node.meant or node.written) >= 2 and text[0] == text[-1] == "/":
            yield from (Capture(name, node.where, under) for name in dict.fromkeys(_GROUP.findall(text)))
        case Items():
            for item in node.nodes:
                yield from captures_in(item, under)
        case Map() if is_capture(node.entries):
            matches = node.entries.get(MATCHES)
            yield Capture(node.entries[AS].node, node.entries[AS].where, under, None if matches is None else matches.node)
            if matches is not None:
                yield from captures_in(matches.node, under)
        case Map():
            only = next(iter(node.entries), "") if len(node.entries) == 1 else ""
            inner = only if only in WORDS and only != "contains" else under
            for entry in node:
                yield from captures_in(entry.node, inner)
        case _:
            pass


class PlainPattern(PatternOf):
    """A pattern that is asked of frames nobody waits for, and so captures nothing."""

    def read(self, node: Node, name: str, problems: Problems) -> object:
        for capture in captures_in(node):
            if isinstance(capture.name, Scalar | Items | Map):
                remedy = "expect: captures what it waits for; with another key beside it, `as` is a key like all others"
                problems.add(capture.where, f"{name}: nothing is captured here", remedy)
                return INVALID
        return super().read(node, name, problems)


class CapturingPattern(PatternOf):
    """A pattern of something that is waited for: what it captures is there for the steps behind it."""

    def read(self, node: Node, name: str, problems: Problems) -> object:
        sound = [self._sound(capture, name, problems) for capture in captures_in(node)]
        made = super().read(node, name, problems)
        return made if all(sound) else INVALID

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        for capture in captures_in(node):
            written = capture.name.written if isinstance(capture.name, Scalar) else capture.name
            if isinstance(written, str):
                yield written, capture.where

    def json(self, defs: Json) -> Json:
        defs.setdefault("capturing_pattern", CAPTURE_SCHEMA)
        return {"$ref": "#/$defs/capturing_pattern"}

    def _sound(self, capture: Capture, name: str, problems: Problems) -> bool:
        written, before = capture.name, len(problems.errors)
        if isinstance(written, str):
            text = written
        elif not isinstance(written, Scalar) or written.open or not NAME.fullmatch(written.written):
            if not (isinstance(written, Scalar) and written.broken):
                problem = f"{name}: expected the name of what is captured, found {found(written)}"
                problems.add(written.where, problem, "letters, digits and _, for example as: order_id")
            return False
        else:
            text = written.written
        if text in RESERVED:
            problems.add(capture.where, f"{name}: nothing can be captured as {text!r}", f"${{{text}.…}} means something else: write another name")
        if capture.under:
            why = "what must not be there" if capture.under in ("not", "absent") else "one of several alternatives"
            remedy = "write {as: name, matches: {any_of: […]}}" if capture.under == "any_of" else "capture from an expectation of its own"
            problems.add(capture.where, f"{name}: {text} is captured from {why}, inside of {capture.under}", remedy)
        match capture.matches:
            case Map() as asked if list(asked.entries) == ["absent"]:
                problems.add(asked.where, f"{name}: what is absent cannot be captured", "leave out as:, or the pattern")
            case _:
                pass
        return len(problems.errors) == before


class CapturingMapping(CapturingPattern):
    """The same, of a mapping."""

    expects = "a mapping"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def json(self, defs: Json) -> Json:
        return {"type": "object", "allOf": [super().json(defs)]}
