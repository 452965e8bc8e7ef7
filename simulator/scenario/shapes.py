"""Kinds of values: each reads its own from a located node, says what it expects, and describes itself as JSON Schema."""

from __future__ import annotations

import re
import warnings
from typing import Any

from simulator.errors import did_you_mean
from simulator.pattern import WORDS
from simulator.scenario.document import Items, Map, Node, Problems, Scalar, plain, resolve

Json = dict[str, Any]


class _Invalid:
    """Stands for a value that could not be made; why is among the problems."""


INVALID: Any = _Invalid()


def found(node: Node) -> str:
    """What stands there, for people."""
    match node:
        case Map():
            return "a mapping"
        case Items():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return node.written
        case Scalar(value=int() | float()):
            return f"the number {node.written}"
        case _:
            text = node.written if len(node.written) <= 40 else f"{node.written[:39]}…"
            return f"the text {text!r}"


class Shape:
    """One kind of value: reads it, says what it expects, and describes it as JSON Schema."""

    expects = "anything"

    def fits(self, node: Node) -> bool:
        """Whether, among several shapes, this is the one that is meant."""
        raise NotImplementedError

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        """The value, or INVALID when a problem was added."""
        raise NotImplementedError

    def json(self, defs: Json) -> Json:
        """JSON Schema of what may be written, placeholders aside; `defs` collects what is referred to."""
        raise NotImplementedError

    def written(self, value: Any) -> Any:
        """How a default is shown."""
        return value

    def wrong(self, node: Node, name: str, problems: Problems, remedy: str = "") -> Any:
        if not (isinstance(node, Scalar) and node.broken):
            problems.add(node.where, f"{name}: expected {self.expects}, found {found(node)}", remedy)
        return INVALID


PLACEHOLDER: Json = {"$ref": "#/$defs/placeholder"}
PLACEHOLDER_PATTERN = r"\$\{|\.ya?ml$"


def or_placeholder(schema: Json) -> Json:
    """Whatever can be written can also be a `${…}` or an `!include`."""
    if not schema or "pattern" in schema or schema == {"type": "string"}:
        return schema
    choices = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    return schema if PLACEHOLDER in choices else {"anyOf": [*choices, PLACEHOLDER]}


class Text(Shape):
    expects = "text"

    def fits(self, node: Node) -> bool:
        """What was filled in is text even if it looks like something else, or is empty."""
        if not isinstance(node, Scalar) or node.broken:
            return False
        return isinstance(node.value, str) or (node.filled and (node.value is not None or not node.written))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if isinstance(node, Scalar) and not node.broken:
            if self.fits(node):
                return node.written
            if node.value is not None:
                return self.wrong(node, name, problems, f'put it in quotes: "{node.written}"')
        return self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "string"}


class Digits(Text):
    """Text that people write without quotes although it looks like a number; it is taken as it is written."""

    expects = "text or a number"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if isinstance(node, Scalar) and not node.broken and node.value is not None:
            return node.written
        return self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": ["string", "number", "boolean"]}


class Number(Shape):
    def __init__(self, whole: bool) -> None:
        self.whole, self.expects = whole, "a whole number" if whole else "a number"

    def _value(self, node: Node) -> Any:
        if not isinstance(node, Scalar):
            return None
        value = resolve(node.written) if node.filled else node.value
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return None
        return value

    def fits(self, node: Node) -> bool:
        return self._value(node) is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self._value(node)
        if value is None:
            quoted = isinstance(node, Scalar) and node.quoted and isinstance(resolve(node.written), int)
            return self.wrong(node, name, problems, f"write it without quotes: {node.written}" if quoted and isinstance(node, Scalar) else "")
        return value if self.whole else float(value)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "integer" if self.whole else "number"}


YES_AND_NO = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


class Flag(Shape):
    """`true` or `false`; also `on` and `off`, `yes` and `no`, as YAML once had it."""

    def __init__(self, only_true: bool = False) -> None:
        self.only_true, self.expects = only_true, "true" if only_true else "true or false"

    def _value(self, node: Node) -> bool | None:
        if not isinstance(node, Scalar):
            return None
        value = node.value if isinstance(node.value, bool) else YES_AND_NO.get(node.written.lower())
        return None if self.only_true and not value else value

    def fits(self, node: Node) -> bool:
        return self._value(node) is not None

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self._value(node)
        if value is None:
            remedy = "or leave it out" if self.only_true else ""
            return self.wrong(node, name, problems, remedy)
        return value

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"enum": [written for written in (True, False, *YES_AND_NO) if not self.only_true or YES_AND_NO[str(written).lower()]]}


class Choice(Shape):
    """One of some words."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.otherwise = ""
        self.expects = f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and (isinstance(node.value, str) or node.written in self.choices)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar) or node.broken or node.value is None:
            return self.wrong(node, name, problems)
        if node.written in self.choices:
            return node.written
        problems.add(node.where, f"{name} cannot be {node.written!r}", did_you_mean(node.written, self.choices) + self.otherwise)
        return INVALID

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        bare = [number for choice in self.choices if isinstance(number := resolve(choice), (int, float))]
        return {"enum": [*self.choices, *bare]}


_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+")
_DURATION_PART = re.compile(r"([0-9.]+)(ms|s|m|h)")
LONGEST_S = 24 * 3600.0


def seconds_of(text: str) -> float | None:
    """`300ms`, `1.5s`, `1m30s` in seconds; None when it is no duration."""
    if len(text) > 40 or not _DURATION.fullmatch(text):
        return None
    return round(sum(float(number) * _UNITS_S[unit] for number, unit in _DURATION_PART.findall(text)), 9)


def duration_of(seconds: float) -> str:
    """Seconds as a person writes them."""
    return f"{seconds:g}s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:g}ms"


class Seconds(Shape):
    expects = "a duration like 300ms or 1.5s"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, bool)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar) or node.broken:
            return self.wrong(node, name, problems)
        seconds = seconds_of(node.written)
        if seconds is None:
            if isinstance(resolve(node.written), (int, float)) and not isinstance(node.value, bool):
                number = node.written.lstrip("+-")
                return self.wrong(node, name, problems, f"say the unit: {number}s or {number}ms")
            return self.wrong(node, name, problems, "units are ms, s, m and h, right behind the number")
        if seconds > LONGEST_S:
            problems.add(node.where, f"{name}: {node.written} is longer than a day", "write a duration like 300ms or 1.5s")
            return INVALID
        return seconds

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "string", "pattern": rf"^({_DURATION.pattern})$|{PLACEHOLDER_PATTERN}"}

    def written(self, value: Any) -> Any:
        return duration_of(value)


class Anything(Shape):
    """Any YAML, as it is written."""

    def fits(self, node: Node) -> bool:  # noqa: ARG002
        return True

    def read(self, node: Node, name: str, problems: Problems) -> Any:  # noqa: ARG002
        return INVALID if _broken(node) else plain(node)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {}


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
        return INVALID if len(problems.errors) > before else super().read(node, name, problems)

    def json(self, defs: Json) -> Json:
        defs.setdefault("pattern", PATTERN_SCHEMA)
        return {"$ref": "#/$defs/pattern"}

    def _check(self, node: Node, name: str, problems: Problems) -> None:
        match node:
            case Scalar(value=str(text)) if len(text) >= 2 and text.startswith("/") and text.endswith("/"):
                if problem := regex_problem(text[1:-1]):
                    problems.add(node.where, f"{name}: {text} is not a regular expression: {problem}", "a \\ before a character takes it literally")
            case Items():
                for item in node.nodes:
                    self._check(item, name, problems)
            case Map():
                for entry in node:
                    self._check(entry.node, name, problems)
                if len(node.entries) == 1 and (word := next(iter(node.entries))) in WORDS:
                    self._word(word, node.entries[word].node, name, problems)
            case _:
                pass

    def _word(self, word: str, node: Node, name: str, problems: Problems) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if word in ("less_than", "more_than") and (isinstance(value, bool) or not isinstance(value, (int, float))):
            problems.add(node.where, f"{name}: {word} expects a number, found {found(node)}")
        if word == "any_of" and not isinstance(node, Items):
            problems.add(node.where, f"{name}: any_of expects a list, found {found(node)}", "any_of: [a, b]")
        if word == "absent" and not isinstance(value, bool):
            problems.add(node.where, f"{name}: absent expects true or false, found {found(node)}")


def regex_problem(regex: str) -> str:
    """What is wrong with a regular expression; empty when nothing is. What Python only warns of is wrong too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(regex, re.DOTALL)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return str(error)
    return ""


PATTERN_SCHEMA: Json = {
    "description": (
        'A pattern. A mapping fits a mapping that contains it; a list fits in order ("..." stands for any run of items); text is equal, or '
        'searched when written /regex/; "*" is anything; {contains: }, {less_than: }, {more_than: }, {any_of: [ ]}, {not: }, {absent: true}.'
    )
}


class Many(Shape):
    """A list, or, where `or_one` says so, the single item without its brackets."""

    def __init__(self, item: Shape, or_one: bool) -> None:
        self.item, self.or_one = item, or_one
        self.expects = f"{item.expects}, or a list of such" if or_one else "a list"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Items) or (self.or_one and self.item.fits(node))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Items):
            if not self.or_one:
                return self.wrong(node, name, problems, "begin each item with -")
            one = self.item.read(node, name, problems)
            return INVALID if one is INVALID else (one,)
        read = [self.item.read(item, name, problems) for item in node.nodes]
        return INVALID if any(value is INVALID for value in read) else tuple(read)

    def json(self, defs: Json) -> Json:
        item = or_placeholder(self.item.json(defs))
        array = {"type": "array", "items": item}
        return either([item, array]) if self.or_one else array

    def written(self, value: Any) -> Any:
        return [self.item.written(each) for each in value]


class Mapped(Shape):
    """Names of the author's choice, each with a value."""

    expects = "a mapping"

    def __init__(self, item: Shape) -> None:
        self.item = item

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Map):
            return self.wrong(node, name, problems)
        read = {entry.key: self.item.read(entry.node, f"{name}.{entry.key}", problems) for entry in node}
        return INVALID if any(value is INVALID for value in read.values()) else read

    def json(self, defs: Json) -> Json:
        return {"type": "object", "additionalProperties": or_placeholder(self.item.json(defs))}


class Nothing(Shape):
    expects = "nothing"

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and node.value is None and not node.broken

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        return None if self.fits(node) else self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "null"}


class Either(Shape):
    """The first of several shapes that fits."""

    def __init__(self, shapes: list[Shape]) -> None:
        self.shapes = shapes
        self.said = [shape for shape in shapes if not isinstance(shape, Nothing)]
        self.expects = " or ".join(shape.expects for shape in self.said)
        for shape in self.said:
            if isinstance(shape, Choice) and len(self.said) > 1:
                shape.otherwise = f" Or {' or '.join(other.expects for other in self.said if other is not shape)}."

    def fits(self, node: Node) -> bool:
        return any(shape.fits(node) for shape in self.shapes)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        for shape in self.shapes:
            if shape.fits(node):
                return shape.read(node, name, problems)
        return self.said[0].read(node, name, problems) if len(self.said) == 1 else self.wrong(node, name, problems)

    def json(self, defs: Json) -> Json:
        return either([shape.json(defs) for shape in self.shapes])

    def written(self, value: Any) -> Any:
        return self.said[0].written(value)


def either(schemas: list[Json]) -> Json:
    """`anyOf`, flat and without repetition."""
    if {} in schemas:
        return {}
    flat: list[Json] = []
    for schema in schemas:
        flat += schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    each = [schema for index, schema in enumerate(flat) if schema not in flat[:index]]
    return each[0] if len(each) == 1 else {"anyOf": each}
