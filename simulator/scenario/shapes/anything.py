"""Values of any form, taken as they are written; among them patterns, which are checked first."""

from __future__ import annotations

import re
import warnings
from typing import Any

from simulator.errors import nearest
from simulator.pattern import WORDS, asks
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Scalar, plain, resolve
from simulator.scenario.shapes.shape import INVALID, OPEN, Json, Shape, found

PATTERN_SCHEMA: Json = {
    "description": (
        'A pattern. A mapping fits a mapping that contains it; a list fits in order ("..." stands for any run of items); text is equal, or '
        'searched when written /regex/; "*" is anything; {contains: }, {less_than: }, {more_than: }, {any_of: [ ]}, {not: }, {absent: true}.'
    )
}


LONG_WORDS = tuple(word for word in WORDS if word != "not")
OF_JSON_SCHEMA = ("anyOf", "oneOf", "allOf")
"""Words that are no slip where a tool's parameters are described."""


class Anything(Shape):
    """Any YAML, as it is written."""

    def fits(self, node: Node) -> bool:  # noqa: ARG002
        return True

    def read(self, node: Node, name: str, problems: Problems) -> Any:  # noqa: ARG002
        return INVALID if _broken(node) else OPEN if node.unfilled else plain(node)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {}


def _meant(node: Node) -> Any:
    """What is written there as a pattern: captured values are meant as they are, whatever they look like."""
    if node.meant is not None:
        return node.meant
    match node:
        case Scalar():
            return node.value
        case Items():
            return [_meant(item) for item in node.nodes]
        case Map():
            return {entry.key: _argument(entry.key, entry.node) for entry in node}


def _argument(key: str, node: Node) -> Any:
    """What stands behind a key: numbers and lists that words ask for are no patterns themselves."""
    if isinstance(node, Scalar) and key in ("less_than", "more_than", "absent"):
        return node.value
    if isinstance(node, Items) and node.meant is not None and key == "any_of":
        return [_meant(item) for item in node.nodes]
    return _meant(node)


def _broken(node: Node) -> bool:
    match node:
        case Scalar():
            return node.broken
        case Items():
            return any(_broken(item) for item in node.nodes)
        case Map():
            return any(_broken(entry.node) for entry in node)


class PatternOf(Anything):
    """A pattern; its regular expressions and words are checked here, so that they cannot fail during a call."""

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        before = len(problems.errors)
        self._check(node, name, problems)
        if len(problems.errors) > before or _broken(node):
            return INVALID
        return OPEN if node.unfilled else _meant(node)

    def json(self, defs: Json) -> Json:
        defs.setdefault("pattern", PATTERN_SCHEMA)
        return {"$ref": "#/$defs/pattern"}

    def _check(self, node: Node, name: str, problems: Problems) -> None:
        if node.meant is not None and not isinstance(node.meant, str):
            return
        match node:
            case Scalar() if isinstance(text := node.meant or node.value, str) and len(text) >= 2 and text.startswith("/") and text.endswith("/"):
                if problem := regex_problem(text[1:-1]):
                    problems.add(node.where, f"{name}: {text} is not a regular expression: {problem}", "a \\ before a character takes it literally")
            case Items():
                for item in node.nodes:
                    self._check(item, name, problems)
            case Map():
                for entry in node:
                    self._check(entry.node, name, problems)
                if asks(node.entries):
                    for word, entry in node.entries.items():
                        self._word(word, entry.node, name, problems)
                elif len(node.entries) == 1:
                    self._nearly(next(iter(node)), name, problems)
            case _:
                pass

    def _nearly(self, entry: Entry, name: str, problems: Problems) -> None:
        """A mapping with a single key that is nearly a word would be the picture of a mapping, and fit nothing."""
        near = None if entry.key in OF_JSON_SCHEMA else nearest(entry.key, LONG_WORDS, cutoff=0.85)
        if near is not None:
            problems.add(entry.where, f"{name}: a pattern has no {entry.key!r}", f"did you mean {near!r}? Known: {', '.join(WORDS)}.")

    def _word(self, word: str, node: Node, name: str, problems: Problems) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(node, Scalar) and node.open:
            return
        if word in ("less_than", "more_than") and (isinstance(value, bool) or not isinstance(value, (int, float))):
            number = isinstance(node, Scalar) and isinstance(resolve(node.written), (int, float))
            remedy = f"write it without quotes: {node.written}" if isinstance(node, Scalar) and number else f"for example {word}: 5"
            problems.add(node.where, f"{name}: {word} expects a number, found {found(node)}", remedy)
        if word == "any_of" and not isinstance(node, Items):
            problems.add(node.where, f"{name}: any_of expects a list, found {found(node)}", "any_of: [a, b]")
        if word == "absent" and not isinstance(value, bool):
            problems.add(node.where, f"{name}: absent expects true or false, found {found(node)}", "absent: true is what must not be there")


def regex_problem(regex: str) -> str:
    """What is wrong with a regular expression; empty when nothing is. What Python only warns of is wrong too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(regex, re.DOTALL)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return str(error)
    return ""
