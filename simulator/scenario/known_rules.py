"""Where a scenario names rules: those it may break, with a reason each, and those it expects not to hold."""

from __future__ import annotations

from typing import Any

from simulator.errors import nearest
from simulator.rules import RULES
from simulator.scenario.document import Map, Node, Problems
from simulator.scenario.schema import Check, Shaped
from simulator.scenario.shapes import INVALID, PLACEHOLDER_PATTERN, Json, Shape, Text
from simulator.scenario.value import value


@value()
class KnownRule(Check):
    """A code that some rule has."""

    def problem(self, value: Any) -> str | None:
        return None if value in RULES else f"there is no rule {value!r}"

    def remedy(self, value: Any) -> str:
        near = nearest(value, list(RULES))
        return (f"did you mean {near!r}? " if near is not None else "") + "`jambonz-sim rules` lists them all"

    def json(self) -> Json:
        return {"pattern": rf"^({'|'.join(sorted(RULES))})$|{PLACEHOLDER_PATTERN}"}


class Reasons(Shape):
    """Codes of rules, each with why it may be broken."""

    expects = "a mapping from codes of rules to reasons"

    def __init__(self) -> None:
        self._text, self._code = Text(), KnownRule()

    def fits(self, node: Node) -> bool:
        return isinstance(node, Map)

    def read(self, node: Node, name: str, problems: Problems) -> Any:
        if not isinstance(node, Map):
            return self.wrong(node, name, problems, "write ignore: {J012: why it may be broken here}")
        before = len(problems.errors)
        reasons = {}
        for entry in node:
            if (problem := self._code.problem(entry.key)) is not None:
                problems.add(entry.where, f"ignore: {problem}", self._code.remedy(entry.key))
            reasons[entry.key] = self._text.read(entry.node, f"ignore: {entry.key}", problems) if self._text.fits(entry.node) else ""
            if not reasons[entry.key].strip():
                problems.add(
                    entry.node.where, f"ignore: {entry.key} has no reason", f"say in a text why it may be broken here: {entry.key}: because …"
                )
        return reasons if len(problems.errors) == before else INVALID

    def json(self, defs: Json) -> Json:  # noqa: ARG002
        each = {code: {"description": one.title, "type": "string", "minLength": 1} for code, one in sorted(RULES.items())}
        return {"type": "object", "properties": each, "additionalProperties": False}


@value()
class OfRules(Shaped):
    """Marks the reasons for which rules may be broken."""

    def shape(self) -> Shape:
        return Reasons()
