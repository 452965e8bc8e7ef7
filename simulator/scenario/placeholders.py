"""`${NAME}`, `${NAME:-default}`, `${fake.phone}` and `${case.city}`: what is filled in before a scenario is read. `$${` is `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from inspect import signature
from typing import Any

from simulator.errors import ScenarioError, Where, did_you_mean
from simulator.ids import EPOCH_S
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Scalar, items_of, map_of, resolve

PLACEHOLDER = re.compile(r"\$\$\{|\$\{(?P<inside>[^{}]*)\}|\$\{")
INSIDE = re.compile(r"(?P<name>[A-Za-z_]\w*(?:\.\w+)*)(?::-(?P<default>.*))?", re.DOTALL)

MAX_NODES = 500_000
"""Values in a scenario and all its cases, after they have been filled in."""


@dataclass(slots=True)
class Filler:
    """Fills the placeholders of one scenario: from the environment, from one of its cases, and with fakes of its seed."""

    env: Mapping[str, str]
    problems: Problems
    seed: int | str = 0
    case: Map | None = None
    nodes: int = field(default=0, init=False)

    def fill(self, node: Node) -> Node:
        """The node with all placeholders replaced; the very same node when it has none."""
        self._count(1 if node.unfilled else node.size, node.where)
        if not node.unfilled:
            return node
        if isinstance(node, Scalar):
            return self._scalar(node)
        if isinstance(node, Items):
            return items_of([self.fill(item) for item in node.nodes], node.where)
        return self._map(node)

    def _count(self, size: int, where: Where) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            remedy = "every case repeats the whole scenario, and ${case.…} all that it stands for: repeat less, or split the file"
            raise ScenarioError(f"the scenario and its cases grow to more than {MAX_NODES} values", remedy, where)

    def _map(self, node: Map) -> Map:
        found: dict[str, Entry] = {}
        for entry in node:
            key = entry.key
            if "${" in key:
                filled = self._scalar(Scalar(key, entry.where, key, quoted=True, unfilled=True))
                key = filled.written if isinstance(filled, Scalar) else key
                if key in found:
                    self.problems.add(entry.where, f"the key {key!r} is written twice", f"{entry.key} is the same key")
            found[key] = Entry(key, entry.where, self.fill(entry.node))
        return map_of(found, node.where)

    def _scalar(self, node: Scalar) -> Node:
        whole = PLACEHOLDER.fullmatch(node.written)
        parts: list[str] = []
        end = 0
        try:
            if whole and whole["inside"] is not None:
                return self._whole(node, whole["inside"])
            for found in PLACEHOLDER.finditer(node.written):
                parts += (node.written[end : found.start()], self._text(found, node.where))
                end = found.end()
        except ScenarioError as error:
            self.problems.errors.append(error)
            return Scalar(None, node.where, node.written, broken=True)
        text = "".join(parts) + node.written[end:]
        return Scalar(text if node.quoted else resolve(text), node.where, text, node.quoted, filled=True)

    def _whole(self, node: Scalar, inside: str) -> Node:
        """A scalar that is nothing but one placeholder becomes whatever the placeholder stands for."""
        found = self._value(inside, node.where)
        if isinstance(found, str):
            return Scalar(found if node.quoted else resolve(found), node.where, found, node.quoted, filled=True)
        self._count(found.size, node.where)
        return replace(found, filled=True) if isinstance(found, Scalar) else found

    def _text(self, found: re.Match[str], where: Where) -> str:
        inside = found["inside"]
        if inside is None:
            if found[0] == "$${":
                return "${"
            raise ScenarioError("a ${ without its }", "close it, or write $${ if the text is meant to hold ${", where)
        value = self._value(inside, where)
        if isinstance(value, str):
            return value
        if isinstance(value, Scalar):
            return value.written
        kind = "list" if isinstance(value, Items) else "mapping"
        raise ScenarioError(f"${{{inside}}} is a {kind} and cannot stand inside of text", "let it stand alone", where)

    def _value(self, inside: str, where: Where) -> str | Node:
        parsed = INSIDE.fullmatch(inside)
        if parsed is None:
            remedy = "write ${NAME}, ${NAME:-default}, ${case.name} or ${fake.phone}; and $${ if the text is meant to hold ${"
            raise ScenarioError(f"${{{inside}}} is not a placeholder", remedy, where)
        name, default = parsed["name"], parsed["default"]
        first, *rest = name.split(".")
        if not rest:
            return self._variable(name, default, where)
        match first:
            case "case":
                return self._case(name, rest, default, where)
            case "fake":
                text = fake(".".join(rest), self.seed, where)
                return Scalar(text, where, text, quoted=True, filled=True)
        remedy = did_you_mean(first, ["case", "fake"]) + " A variable of the environment has no dot in its name."
        raise ScenarioError(f"${{{name}}}: there is nothing called {first!r}", remedy, where)

    def _variable(self, name: str, default: str | None, where: Where) -> str:
        value = self.env.get(name, "")
        if value or (default is None and name in self.env):
            return value
        if default is not None:
            return default
        if name in ("fake", "case"):
            raise ScenarioError(f"the environment has no {name}", f"did you mean ${{{name}.name}}? What comes behind the dot says which.", where)
        near = get_close_matches(name, list(self.env), n=1, cutoff=0.7)
        hint = f"did you mean ${{{near[0]}}}? " if near else ""
        raise ScenarioError(f"the environment has no {name}", f"{hint}Set it, or write ${{{name}:-default}}.", where)

    def _case(self, name: str, path: list[str], default: str | None, where: Where) -> str | Node:
        if self.case is None:
            remedy = "give the scenario cases: a list of mappings, each with a name; a case cannot use another one"
            raise ScenarioError(f"${{{name}}}: there are no cases here", remedy, where)
        at: Node = self.case
        for step in path:
            if not isinstance(at, Map):
                raise ScenarioError(f"${{{name}}}: there is no {step!r}, because what it should be in is not a mapping", "", where)
            if step not in at.entries:
                if default is not None:
                    return default
                raise ScenarioError(f"${{{name}}}: this case has no {step!r}", did_you_mean(step, list(at.entries)), where)
            at = at.entries[step].node
        return at


# --- fakes ----------------------------------------------------------------------------------------------------------------

PHONE = "phone"
LATEST = EPOCH_S
"""The end of the time from which dates are drawn (unix seconds)."""
USUAL = (PHONE, "name", "first_name", "last_name", "city", "country", "street_address", "company", "email", "word", "sentence")


@cache
def _faker() -> Any:
    """Imported when the first fake is asked for: it takes longer than everything else here."""
    from faker import Faker

    return Faker("en_US").factories[0]


@cache
def _fakes() -> list[str]:
    methods = vars(_faker())
    return sorted({PHONE, *(name for name, method in methods.items() if callable(method) and not name.startswith("_"))})


@cache
def _value(name: str, seed: int | str) -> Any:
    faker = _faker()
    faker.seed_instance(f"{seed}/{name}")  # each name has its own dice: one more fake does not change the others
    if name == PHONE:
        return "+1" + faker.numerify("%##555%###")
    method = getattr(faker, name)
    if "end_datetime" in signature(method).parameters:  # left to itself it draws from the time until now, and now is never the same
        from numpy import datetime64

        return method(end_datetime=datetime64(LATEST, "s").item())
    return method()


def fake(name: str, seed: int | str, where: Where) -> str:
    """The fake of that name, always the same for one seed: any method of Faker that needs no argument, and `phone` (E.164).

    Those that Faker itself counts from today (`future_date`, `date_of_birth`) are the exception.
    """
    known = _fakes()
    usual = f"For example: {', '.join(USUAL)}; all that need no argument: faker.readthedocs.io."
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        raise ScenarioError(f"there is no fake {name!r}", (f"did you mean ${{fake.{near[0]}}}? " if near else "") + usual, where)
    try:
        value = _value(name, seed)
    except Exception as error:
        raise ScenarioError(f"the fake {name!r} cannot be made: {error}", usual, where) from error
    if isinstance(value, (bytes, bytearray, list, tuple, dict, set)) or value is None:
        raise ScenarioError(f"the fake {name!r} is not a text", usual, where)
    return str(value)
