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
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from simulator.errors import Where, did_you_mean
from simulator.pattern import MISSING
from simulator.scenario.document import Map, Node, Problems
from simulator.scenario.shapes import (
    INVALID,
    PLACEHOLDER_PATTERN,
    Anything,
    Choice,
    Digits,
    Either,
    Flag,
    Json,
    Many,
    Mapped,
    Nothing,
    Number,
    PatternOf,
    Seconds,
    Shape,
    Text,
    either,
    or_placeholder,
)
from simulator.scenario.value import value

T = TypeVar("T")


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
        meant: list[str] = []
        if isinstance(node, Map):
            for entry in node:
                known = self.fields.get(entry.key)
                if known is None:
                    problems.add(entry.where, f"{self.title} has no {entry.key!r}", self.remedy_for(entry.key))
                    values[entry.key] = INVALID
                    meant += get_close_matches(entry.key, self.fields, n=1)
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
                if known.key not in meant:  # a key that is only misspelt is not missing as well
                    problems.add(node.where, f"{self.title}: {known.key!r} is missing", f"{known.key}: {known.doc}")
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
