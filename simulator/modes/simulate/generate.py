"""Writes `steps.py`: the steps of the scenario language as methods with types, made from the dataclasses of the steps.

`python -m simulator.modes.simulate.generate`. A test sees to it that the file is what this writes.
"""

from __future__ import annotations

import dataclasses
import keyword
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from simulator.errors import Where
from simulator.pattern import MISSING
from simulator.scenario.load import Scenario
from simulator.scenario.phone import Phone
from simulator.scenario.schema import As, Asked, AskedMapping, Doc, Duration, OrOne, Pattern, Written, key_of
from simulator.scenario.schema.annotations import Shaped, Unwritten
from simulator.scenario.steps.expect import Finding
from simulator.scenario.steps.faults import After, ServerEvent
from simulator.scenario.steps.registry import ACTORS, Line
from simulator.scenario.steps.world import Stub

HEAD = '''\
"""The steps of the scenario language as methods. Written by `python -m simulator.modes.simulate.generate`: do not edit.

`N` is what a step gives: None, or something to await for it. `F` is what an expectation gives: the frame that fitted.
A duration is a number of seconds, or a text with its unit. What is left out has the default of the language.
"""
# fmt: off
# ruff: noqa: E501, UP013

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, Required, TypedDict, TypeVar

from simulator.modes.simulate.failed import said_in_full
from simulator.modes.simulate.stepwise import Steps

__tracebackhide__ = said_in_full

F = TypeVar("F")
N = TypeVar("N")
Seconds = float | str
Pattern = Any
"""As in scenarios, or a compiled regular expression in place of `/…/`."""
'''
SPECIAL = {
    Duration: "Seconds",
    Pattern: "Pattern",
    Asked: "Pattern",
    AskedMapping: "Mapping[str, Pattern]",
    Written: "str | int",
    After: "Seconds | Mapping[str, Pattern]",
    ServerEvent: "Pattern",
}
SIMPLE = {str: "str", int: "int", float: "float", bool: "bool", Any: "Any", NoneType: "None"}
NAMES = {Scenario: "Scenario", Stub: "Backend", Phone: "PhoneSettings"}
"""What mappings of the language are called in Python, if not after their class."""


class Types:
    """Type hints of the language as a test of Python writes them; mappings with known keys become `TypedDict`s, kept in `made`."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}

    def of(self, hint: Any) -> str:
        """The type as source."""
        if hint in SIMPLE:
            return SIMPLE[hint]
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(hint)
        if origin in (Union, UnionType):
            return joined(part for each in arguments for part in choices(self.of(each)))
        if origin is Literal:
            return f"Literal[{', '.join(map(repr, arguments))}]"
        if origin is tuple:
            return f"Sequence[{self.of(arguments[0])}]"
        if origin is Mapping:
            return f"Mapping[str, {self.of(arguments[1])}]"
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self._mapping(hint)
        raise TypeError(f"Python has no type for {hint!r} of the language")

    def _annotated(self, hint: Any) -> str:
        for special, name in SPECIAL.items():
            own = get_args(special)[1:]
            if own and all(marker in hint.__metadata__ for marker in own):
                return name
        if any(isinstance(marker, As | Shaped) for marker in hint.__metadata__):
            return "Any"
        plain = self.of(hint.__origin__)
        if get_origin(hint.__origin__) is tuple and any(isinstance(marker, OrOne) for marker in hint.__metadata__):
            one = self.of(get_args(hint.__origin__)[0])
            return one if one in ("Any", "Pattern") else f"{one} | {plain}"
        return plain

    def _mapping(self, cls: type[Any]) -> str:
        name = NAMES.get(cls, cls.__name__)
        if issubclass(cls, Line) and cls is not Stub:
            name = f"{cls.actor.title()}{name}"
        short = getattr(cls, "SHORT", None)
        if name not in self.made:
            self.made[name] = ""  # it may hold itself
            keys = []
            for each, hint in fields_of(cls):
                written = self.of(hint)
                keys.append(f'    "{key_of(each.name)}": {f"Required[{written}]" if required(each) and each.name != short else written},')
            keys.sort(key=lambda line: "Required[" not in line)
            self.made.pop(name)  # behind those that it holds
            self.made[name] = "\n".join([f'{name} = TypedDict("{name}", {{', *keys, "}, total=False)", f'"""{first_line(cls)}"""'])
        if short is None:
            return name
        shorts = self.of(get_type_hints(cls, include_extras=True)[short])
        return joined([*choices(without_none(shorts)), name])


def choices(written: str) -> list[str]:
    """The members of a union, as it is written."""
    return re.findall(r"(?:[^|\[\s]|\[(?:[^\[\]]|\[[^\]]*\])*\])+", written)


def joined(parts: Iterable[str]) -> str:
    """A union of these, each once."""
    return " | ".join(dict.fromkeys(parts))


def fields_of(cls: type[Any]) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    """The fields that can be written, and their type hints."""
    hints = get_type_hints(cls, include_extras=True)
    for each in dataclasses.fields(cls):
        hint = hints[each.name]
        if hint is not Where and not any(isinstance(marker, Unwritten) for marker in getattr(hint, "__metadata__", ())):
            yield each, hint


def required(each: dataclasses.Field[Any]) -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def first_line(cls: type[Any]) -> str:
    return " ".join((cls.__doc__ or "").split())


def parameter(name: str) -> str:
    """A key as the name of a parameter: `with` is `with_`."""
    return f"{name}_" if keyword.iskeyword(name) else name


def doc_of(hint: Any) -> str:
    return next((marker.text for marker in getattr(hint, "__metadata__", ()) if isinstance(marker, Doc)), "")


def method(cls: type[Line], word: str, types: Types) -> Iterator[str]:
    """One step as a method. Its word is the first argument, unless that can only be `true`."""
    gives = "F" if cls.actor == "expect" and cls is not Finding else "N"
    said, options, docs = "", [], []
    for each, hint in fields_of(cls):
        key = key_of(each.name)
        if (key == "who" and cls.actor != "world") or (key == "absent" and cls.actor == "expect"):
            continue  # says which object has the method
        written = types.of(hint)
        if key == word:
            written = types.of(hint) if required(each) else without_none(written)
            said = "" if written == "Literal[True]" else f"{word}: {written}" + (" = True" if written.startswith("Literal[True] |") else "")
        else:
            optional = f"{joined([*choices(written), 'None'])} = None"
            options.append(f"{parameter(key)}: {written if required(each) else optional}")
        docs.append(f"{word if key == word else parameter(key)}: {doc_of(hint)}{default_of(each)}")
    arguments = ", ".join(["self", *([said, "/"] if said else []), *(["*", *options] if options else [])])
    yield f"    def {word}({arguments}) -> {gives}:"
    yield f'        """{first_line(cls)}'
    yield ""
    yield from (f"        {line}".replace("\\", "\\\\") for line in docs)
    yield '        """'
    names = [key_of(each.name) for each, _ in fields_of(cls)]
    given = ", ".join(f'"{name}": {parameter(name)}' for name in names if f"{parameter(name)}: " in ", ".join(options) and name != word)
    yield f'        return self._step("{word}", {word if said else "True"}, {{{given}}})  # type: ignore[no-any-return]'


def without_none(written: str) -> str:
    return joined(part for part in choices(written) if part != "None")


def default_of(each: dataclasses.Field[Any]) -> str:
    default = each.default
    if required(each) or default in (None, MISSING, (), "") or dataclasses.is_dataclass(default) or default is dataclasses.MISSING:
        return ""
    return f"; {default!r} when left out"


def actor_class(actor: str, types: Types) -> Iterator[str]:
    generics = "F, N" if actor == "expect" else "N"
    yield f"class {actor.title()}(Steps, Generic[{generics}]):"
    yield f'    """{ACTORS[actor].doc}"""'
    yield ""
    yield f'    actor = "{actor}"'
    for word, cls in ACTORS[actor].steps.items():
        yield ""
        yield from method(cls, word, types)


def source() -> str:
    """The whole module."""
    types = Types()
    classes = ["\n".join(actor_class(actor, types)) for actor in ACTORS]
    types.of(Scenario)
    del types.made["Scenario"]
    return "\n\n".join([HEAD, *(f"{made}\n" for made in types.made.values()), "\n\n\n".join(classes)]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(source())
