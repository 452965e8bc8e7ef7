"""`${NAME}`, `${NAME:-default}`, `${fake.phone}` and `${case.city}`: what is filled in before a scenario is read. `$${` is `${`.

What earlier steps capture is not known before the call: a text that holds such a name stays open (`Scalar.parts`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from simulator.errors import ScenarioError, Where, did_you_mean
from simulator.scenario.document import Entry, Items, Map, Node, Problems, Ref, Scalar, items_of, map_of, resolve
from simulator.scenario.fakes import fake

PLACEHOLDER = re.compile(r"\$\$\{|\$\{(?P<inside>[^{}]*)\}|\$\{")
INSIDE = re.compile(r"(?P<name>[A-Za-z_]\w*(?:\.\w+)*)(?::-(?P<default>.*))?", re.DOTALL)

MAX_NODES = 500_000
"""Values in a scenario and all its cases, after they have been filled in."""


@dataclass(slots=True)
class Filler:
    """Fills the placeholders of one scenario: from the environment, from one of its cases, and with fakes of its seed.

    Names in `captured` are left open; those in `captured_later` are named in errors. Both say where.
    """

    env: Mapping[str, str]
    problems: Problems
    seed: int | str = 0
    case: Map | None = None
    nodes: int = field(default=0, init=False)
    captured: Mapping[str, Where] = field(default_factory=dict)
    captured_later: Mapping[str, Where] = field(default_factory=dict)

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
                if isinstance(filled, Scalar) and filled.open:
                    self.problems.add(entry.where, f"the key {key!r} takes in a captured value, and only values can", "write the key out")
                key = filled.written if isinstance(filled, Scalar) else key
                if key in found:
                    self.problems.add(entry.where, f"the key {key!r} is written twice", f"{entry.key} is the same key")
            found[key] = Entry(key, entry.where, self.fill(entry.node))
        return map_of(found, node.where, keys_filled=True)

    def _scalar(self, node: Scalar) -> Node:
        whole = PLACEHOLDER.fullmatch(node.written)
        parts: list[str | Ref] = []
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
        parts.append(node.written[end:])
        if any(isinstance(part, Ref) for part in parts):
            return _open(node, parts)
        text = "".join(part for part in parts if isinstance(part, str))
        return Scalar(text if node.quoted else resolve(text), node.where, text, node.quoted, filled=True)

    def _whole(self, node: Scalar, inside: str) -> Node:
        """A scalar that is nothing but one placeholder becomes whatever the placeholder stands for."""
        found = self._value(inside, node.where)
        if isinstance(found, str):
            return Scalar(found if node.quoted else resolve(found), node.where, found, node.quoted, filled=True)
        if isinstance(found, Ref):
            return _open(node, [found])
        self._count(found.size, node.where)
        return replace(found, filled=True) if isinstance(found, Scalar) else found

    def _text(self, found: re.Match[str], where: Where) -> str | Ref:
        inside = found["inside"]
        if inside is None:
            if found[0] == "$${":
                return "${"
            raise ScenarioError("a ${ without its }", "close it, or write $${ if the text is meant to hold ${", where)
        value = self._value(inside, where)
        if isinstance(value, str | Ref):
            return value
        if isinstance(value, Scalar):
            return value.written
        kind = "list" if isinstance(value, Items) else "mapping"
        raise ScenarioError(f"${{{inside}}} is a {kind} and cannot stand inside of text", "let it stand alone", where)

    def _value(self, inside: str, where: Where) -> str | Ref | Node:
        parsed = INSIDE.fullmatch(inside)
        if parsed is None:
            remedy = "write ${NAME}, ${NAME:-default}, ${case.name} or ${fake.phone}; and $${ if the text is meant to hold ${"
            raise ScenarioError(f"${{{inside}}} is not a placeholder", remedy, where)
        name, default = parsed["name"], parsed["default"]
        first, *rest = name.split(".")
        if first in self.captured:
            return Ref(first, tuple(rest), default)
        if first in self.captured_later and (rest or (name not in self.env and default is None)):
            at = self.captured_later[first]
            remedy = "use it in a step behind that one; what stands before the steps is there before the call"
            place = f"in line {at.line}" if at.file == where.file else f"at {at}"
            raise ScenarioError(f"${{{name}}} is not known yet here: it is captured {place}", remedy, where)
        if not rest:
            return self._variable(name, default, where)
        match first:
            case "case":
                return self._case(name, rest, default, where)
            case "fake":
                text = fake(".".join(rest), self.seed, where)
                return Scalar(text, where, text, quoted=True, filled=True)
        remedy = did_you_mean(first, ["case", "fake", *self.captured]) + " A variable of the environment has no dot in its name."
        raise ScenarioError(f"${{{name}}}: there is nothing called {first!r}", remedy, where)

    def _variable(self, name: str, default: str | None, where: Where) -> str:
        value = self.env.get(name, "")
        if value or (default is None and name in self.env):
            return value
        if default is not None:
            return default
        if name in ("fake", "case"):
            raise ScenarioError(f"the environment has no {name}", f"did you mean ${{{name}.name}}? What comes behind the dot says which.", where)
        of_case = [f"case.{name}"] if self.case is not None and name in self.case.entries else []
        near = of_case or get_close_matches(name, [*self.captured, *self.captured_later, *self.env], n=1, cutoff=0.7)
        hint = f"did you mean ${{{near[0]}}}? " if near else ""
        problem = f"the environment has no {name}" + (", and no step before this one captures it" if self.captured else "")
        raise ScenarioError(problem, f"{hint}Set it, or write ${{{name}:-default}}.", where)

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


def _open(node: Scalar, parts: list[str | Ref]) -> Scalar:
    return Scalar(None, node.where, node.written, node.quoted, unfilled=True, parts=tuple(part for part in parts if part != ""))
