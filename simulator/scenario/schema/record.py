"""Dataclasses read from mappings, and the shape of every other type hint."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from simulator.errors import Where
from simulator.pattern import MISSING
from simulator.scenario.document import Map, Node, Problems
from simulator.scenario.schema.annotations import Doc, OrOne, Shaped, Unwritten
from simulator.scenario.schema.constraints import Check, Checked
from simulator.scenario.schema.slips import meant as probably
from simulator.scenario.shapes import (
    INVALID,
    Anything,
    Choice,
    Either,
    Flag,
    Json,
    Many,
    Mapped,
    Nothing,
    Number,
    Shape,
    Text,
    either,
    or_placeholder,
    unmade,
)
from simulator.scenario.value import value

T = TypeVar("T")


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
        return isinstance(node, Map) or self.fits_short(node)

    def fits_short(self, node: Node) -> bool:
        """Whether it is the value of the one key that need not be written."""
        return self.short is not None and self.fields[self.short].shape.fits(node)

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
                values[known.name] = known.shape.take(entry.node, self._name(entry.key), problems)
        elif self.short is not None and self.fits_short(node):
            known = self.fields[self.short]
            values[known.name] = known.shape.read(node, name, problems)
        else:
            return self.wrong(node, name, problems, f"a mapping may have: {', '.join(self.fields)}")
        for known in self.fields.values():
            if known.required and known.name not in values:
                if known.key not in meant:  # a key that is only misspelt is not missing as well
                    problems.add(node.where, f"{self.title}: {known.key!r} is missing", f"{known.key}: {known.doc}")
                values[known.name] = INVALID
        if (cannot := unmade(values.values())) is not None:
            return cannot
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

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:
        if not isinstance(node, Map):
            if self.short is not None:
                yield from self.fields[self.short].shape.captures(node)
            return
        for entry in node:
            if (known := self.fields.get(entry.key)) is not None:
                yield from known.shape.captures(entry.node)

    def remedy_for(self, key: str) -> str:
        """What to do about a key that is not known: it may stand in the wrong place, or be a slip of the pen."""
        return self.part_for(key) or probably(key, list(self.fields))

    def part_for(self, key: str) -> str:
        """Where a key belongs that is one of a mapping within this one; empty when it is not."""
        for name, known in self.fields.items():
            inner, listed = _record_in(known.shape)
            if inner is not None and key in inner.fields:
                written = f"{{{key}: …}}"
                return f"{key} belongs into {name}: write {name}: {f'[{written}]' if listed else written}"
        return ""

    def json(self, defs: Json) -> Json:
        name = f"{self.cls.__module__.rpartition('.')[2]}.{self.cls.__name__}"
        if name not in defs:
            defs[name] = {}
            defs[name] |= self.definition(defs)
        reference = {"$ref": f"#/$defs/{name}"}
        return either([self.fields[self.short].shape.json(defs), reference]) if self.short else reference

    def definition(self, defs: Json) -> Json:
        """JSON Schema of the mapping itself; `json` refers to it."""
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


def _record_in(shape: Shape) -> tuple[Record | None, bool]:
    """The record that is written there, and whether in a list of such."""
    match shape:
        case Record():
            return shape, False
        case Checked():
            return _record_in(shape.shape)
        case Many():
            return _record_in(shape.item)[0], True
        case Either():
            return next((found for each in shape.said if (found := _record_in(each))[0] is not None), (None, False))
        case _:
            return None, False


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
