"""From type hints to values and to a JSON Schema: a dataclass is the description of what a person writes.

    @value(kw_only=True)
    class Reply:
        \"\"\"What the backend answers.\"\"\"

        status: Annotated[int, Doc("HTTP status"), Between(100, 599)] = 200
        after_s: Annotated[Duration, Doc("how long it takes")] = 0.0

is written `{status: 503, after: 300ms}`: keys lose a last `_` (`from_`) and the `_s` of durations. A field `where: Where` is no
key, it gets the place. A class may name the key that a bare value means (`SHORT = "status"`, so `reply: 503`), say what it is
called in errors (`TITLE`), and check itself when it has been made (`check() -> Iterable[Complaint]`).

`python -m simulator.scenario.schema` writes the JSON Schema of the whole language.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from simulator.errors import Where, did_you_mean
from simulator.pattern import MISSING, WORDS
from simulator.scenario.document import Items, Map, Node, Problems, Scalar, plain, resolve
from simulator.scenario.value import value

Json = dict[str, Any]
T = TypeVar("T")


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


# --- shapes: what a value may look like --------------------------------------------------------------------------------------


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
        return isinstance(node, Scalar) and (isinstance(node.value, str) or node.filled)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if isinstance(node, Scalar) and not node.broken:
            if isinstance(node.value, str) or node.filled:
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
        return value if self.whole else _float(value)

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        return {"type": "integer" if self.whole else "number"}


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("1e308")


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
        self.expects = f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]

    def fits(self, node: Node) -> bool:
        return isinstance(node, Scalar) and (isinstance(node.value, str) or node.written in self.choices)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Scalar) or node.broken or node.value is None:
            return self.wrong(node, name, problems)
        if node.written in self.choices:
            return node.written
        problems.add(node.where, f"{name} cannot be {node.written!r}", did_you_mean(node.written, self.choices))
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
                try:
                    re.compile(text[1:-1], re.DOTALL)
                except (re.error, RecursionError, OverflowError) as error:
                    problems.add(node.where, f"{name}: {text} is not a regular expression: {error}", "a \\ before a character takes it literally")
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


# --- what stands beside a type -------------------------------------------------------------------------------------------------


@value()
class Doc:
    """What a key means: shown by editors, and when the key is missing."""

    text: str


class Check:
    """Asks more of a value than its type."""

    def problem(self, value: Any) -> str | None:
        raise NotImplementedError

    def json(self) -> Json:
        raise NotImplementedError


@value()
class Between(Check):
    low: float
    high: float | None = None

    def problem(self, value: Any) -> str | None:
        if self.high is None:
            return None if value >= self.low else f"expected {self.low} or more, found {value}"
        return None if self.low <= value <= self.high else f"expected {self.low} to {self.high}, found {value}"

    def json(self) -> Json:
        return {"minimum": self.low} | ({} if self.high is None else {"maximum": self.high})


@value()
class Matches(Check):
    """Text like this regular expression, described by `expects`."""

    regex: str
    expects: str

    def problem(self, value: Any) -> str | None:
        return None if re.fullmatch(self.regex, value) else f"expected {self.expects}, found {value!r}"

    def json(self) -> Json:
        return {"pattern": rf"^({self.regex})$|{PLACEHOLDER_PATTERN}"}


class NotEmpty(Check):
    def problem(self, value: Any) -> str | None:
        if isinstance(value, str):
            return None if value.strip() else "expected some text, found none"
        return None if value else "expected at least one, found none"

    def json(self) -> Json:
        return {"minLength": 1, "minItems": 1, "minProperties": 1}


class Checked(Shape):
    def __init__(self, shape: Shape, check: Check) -> None:
        self.shape, self.check, self.expects = shape, check, shape.expects
        self.fits, self.written = shape.fits, shape.written  # type: ignore[method-assign]

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        value = self.shape.read(node, name, problems)
        if value is INVALID or value is None:
            return value
        problem = self.check.problem(value)
        if problem is None:
            return value
        problems.add(node.where, f"{name}: {problem}")
        return INVALID

    def json(self, defs: Json) -> Json:
        return or_placeholder(self.shape.json(defs)) | self.check.json()


class Unwritten:
    """Marks a field that is no key of the language."""


class OrOne:
    """Marks a tuple whose single item may be written without brackets."""


class Shaped:
    """Marks a type that reads itself: `shape()` says how."""

    def shape(self) -> Shape:
        raise NotImplementedError


@value()
class As(Shaped):
    """Read with this shape."""

    kind: type[Shape]

    def shape(self) -> Shape:
        return self.kind()


Duration = Annotated[float, As(Seconds)]
"""Seconds; written with a unit."""
Pattern = Annotated[Any, As(PatternOf)]
"""Asked of a value by `simulator.pattern.difference`; MISSING or None where nothing is asked."""
Written = Annotated[str, As(Digits)]
"""Text that may be written without quotes even if it looks like a number: digits, phone numbers, header values."""


# --- records: dataclasses ------------------------------------------------------------------------------------------------------


@value()
class Complaint:
    """What a value that has been made says is wrong with itself. `key` is the key at fault, empty for the whole."""

    key: str
    problem: str
    remedy: str = ""


@value()
class _Field:
    name: str
    key: str
    shape: Shape
    doc: str
    required: bool
    default: Any


def key_of(name: str) -> str:
    """The key of a field: `from_` is written `from`, `within_s` is written `within`."""
    return name.removesuffix("_s").removesuffix("_")


class Record(Shape):
    """A mapping with known keys, made into a dataclass."""

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.title: str = getattr(cls, "TITLE", None) or re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__).lower()
        self.short: str | None = getattr(cls, "SHORT", None)
        self.words: tuple[str, ...] = getattr(cls, "words", ())
        self.fields: dict[str, _Field] = {}
        self.places: str | None = None
        hints = get_type_hints(cls, include_extras=True)
        for each in dataclasses.fields(cls):
            self._add(each, hints[each.name])
        self.expects = f"{self.fields[self.short].shape.expects} or a mapping" if self.short else "a mapping"
        self.checks = hasattr(cls, "check")

    def _add(self, each: dataclasses.Field[Any], hint: Any) -> None:
        metadata = getattr(hint, "__metadata__", ())
        if hint is Where:
            self.places = each.name
        elif not any(isinstance(marker, Unwritten) for marker in metadata):
            doc = next((marker.text for marker in metadata if isinstance(marker, Doc)), "")
            default = each.default
            if each.default_factory is not dataclasses.MISSING:
                default = each.default_factory()
            key = key_of(each.name)
            self.fields[key] = _Field(each.name, key, shape_of(hint), doc, default is dataclasses.MISSING, default)

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map) or (self.short is not None and self.fields[self.short].shape.fits(node))

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        places: dict[str, Where] = {}
        values: dict[str, Any] = {}
        if isinstance(node, Map):
            for entry in node:
                known = self.fields.get(entry.key)
                if known is None:
                    problems.add(entry.where, f"{self.title} has no {entry.key!r}", self.remedy_for(entry.key))
                    values[entry.key] = INVALID
                    continue
                places[entry.key] = entry.node.where
                values[known.name] = known.shape.read(entry.node, self._name(entry.key), problems)
        elif self.short is not None:
            known = self.fields[self.short]
            values[known.name] = known.shape.read(node, name, problems)
        else:
            return self.wrong(node, name, problems)
        for known in self.fields.values():
            if known.required and known.name not in values:
                problems.add(node.where, f"{self.title}: {known.key!r} is missing", known.doc and f"{known.key}: {known.doc}")
                values[known.name] = INVALID
        if any(value is INVALID for value in values.values()):
            return INVALID
        if self.places is not None:
            values[self.places] = node.where
        made = self.cls(**values)
        return made if not self.checks or self._sound(made, node.where, places, problems) else INVALID

    def _name(self, key: str) -> str:
        return self.title if self.words and key in self.words and len(self.words) == 1 else f"{self.title}: {key}"

    def _sound(self, made: Any, where: Where, places: Mapping[str, Where], problems: Problems) -> bool:
        sound = True
        for complaint in made.check():
            sound = False
            problems.add(places.get(complaint.key, where), f"{self.title}: {complaint.problem}", complaint.remedy)
        return sound

    def remedy_for(self, key: str) -> str:
        """What to do about a key that is not known."""
        return did_you_mean(key, list(self.fields))

    def json(self, defs: Json) -> Json:
        name = f"{self.cls.__module__.rpartition('.')[2]}.{self.cls.__name__}"
        if name not in defs:
            defs[name] = {}
            defs[name] |= self._definition(defs)
        reference = {"$ref": f"#/$defs/{name}"}
        return either([self.fields[self.short].shape.json(defs), reference]) if self.short else reference

    def _definition(self, defs: Json) -> Json:
        properties = {key: self._property(known, defs) for key, known in self.fields.items()}
        required = [key for key, known in self.fields.items() if known.required]
        schema: Json = {"description": " ".join((self.cls.__doc__ or "").split()), "type": "object", "properties": properties}
        schema |= {"required": required} if required else {}
        if len(self.words) > 1:
            schema["anyOf"] = [{"required": [word]} for word in self.words]
        return schema | {"additionalProperties": False}

    def _property(self, known: _Field, defs: Json) -> Json:
        schema = {"description": known.doc} | or_placeholder(known.shape.json(defs))
        if known.default not in (dataclasses.MISSING, None, MISSING, (), {}) and not dataclasses.is_dataclass(known.default):
            schema["default"] = known.shape.written(known.default)
        return schema


_RECORDS: dict[type[Any], Record] = {}


def record(cls: type[Any]) -> Record:
    """The shape of a dataclass, made once; a class may bring its own kind of record."""
    if cls not in _RECORDS:
        kind: type[Record] = getattr(cls, "RECORD", Record)
        _RECORDS[cls] = kind(cls)
    return _RECORDS[cls]


def shape_of(hint: Any) -> Shape:
    """The shape of a type hint."""
    if get_origin(hint) is Annotated:
        return _annotated(hint)
    simple: dict[Any, Shape] = {str: Text(), int: Number(True), float: Number(False), bool: Flag(), Any: Anything(), NoneType: Nothing()}
    if hint in simple:
        return simple[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return Either([shape_of(each) for each in arguments])
    if origin is Literal:
        return Flag(only_true=True) if arguments == (True,) else Choice(arguments)
    if origin in (tuple, list):
        return Many(shape_of(arguments[0]), or_one=False)
    if origin in (dict, Mapping):
        return Mapped(shape_of(arguments[1]))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return record(hint)
    raise TypeError(f"the language has no shape for {hint!r}")


def _annotated(hint: Any) -> Shape:
    own = next((marker for marker in hint.__metadata__ if isinstance(marker, Shaped)), None)
    shape = own.shape() if own is not None else shape_of(hint.__origin__)
    if isinstance(shape, Many) and any(isinstance(marker, OrOne) for marker in hint.__metadata__):
        shape = Many(shape.item, or_one=True)
    for marker in hint.__metadata__:
        if isinstance(marker, Check):
            shape = Checked(shape, marker)
    return shape


def build(cls: type[T], node: Node, problems: Problems, name: str = "") -> T | None:
    """The value of class `cls` that is written at `node`; None when problems were added."""
    shape = record(cls)
    value = shape.read(node, name or shape.title, problems)
    return None if value is INVALID else value


def complain(*complaints: tuple[bool, str, str, str]) -> Iterator[Complaint]:
    """For `check`: those of (whether it is wrong, key, problem, remedy) that are wrong."""
    for wrong, key, problem, remedy in complaints:
        if wrong:
            yield Complaint(key, problem, remedy)


def json_schema(cls: type[Any], title: str) -> Json:
    """JSON Schema (draft 2020-12) of a file that holds one `cls`."""
    defs: Json = {
        "placeholder": {
            "description": "A placeholder: ${NAME}, ${NAME:-default}, ${case.name}, ${fake.phone}; or the file of an !include.",
            "type": "string",
            "pattern": PLACEHOLDER_PATTERN,
        }
    }
    top = record(cls)._definition(defs)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **top, "$defs": dict(sorted(defs.items()))}


def lines(schema: Json) -> Iterable[str]:
    """The schema as text, the same for the same language."""
    yield json.dumps(schema, indent=1, ensure_ascii=False)
    yield "\n"


def main() -> None:
    """Write the JSON Schema of the scenario language."""
    from simulator.scenario import load

    sys.stdout.writelines(lines(load.schema()))


if __name__ == "__main__":
    main()
