"""What every shape has, and the words of JSON Schema that shapes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from simulator.errors import Where
from simulator.scenario.document import Items, Map, Node, Problems, Scalar

Json = dict[str, Any]


class _Invalid:
    """Stands for a value that could not be made; why is among the problems."""


INVALID: Any = _Invalid()


class _Open:
    """Stands for a value that is made during the call, when what it takes in has been captured; nothing is wrong with the rest of it."""


OPEN: Any = _Open()


def unmade(values: Iterable[Any]) -> Any:
    """INVALID when one of the values is, else OPEN when one of them is, else None."""
    each = list(values)
    return INVALID if any(value is INVALID for value in each) else OPEN if any(value is OPEN for value in each) else None


def found(node: Node) -> str:
    """What stands there, for people."""
    match node:
        case Map():
            return "a mapping"
        case Items():
            return "a list"
        case Scalar(value=None, open=False):
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

    def take(self, node: Node, name: str, problems: Problems) -> Any:
        """`read`, or OPEN for a text that takes in what is not captured yet."""
        return OPEN if isinstance(node, Scalar) and node.open else self.read(node, name, problems)

    def captures(self, node: Node) -> Iterator[tuple[str, Where]]:  # noqa: ARG002
        """The names that what stands there captures during the call, and where."""
        return iter(())

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


def either(schemas: list[Json]) -> Json:
    """`anyOf`, flat and without repetition."""
    if {} in schemas:
        return {}
    flat: list[Json] = []
    for schema in schemas:
        flat += schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
    each = [schema for index, schema in enumerate(flat) if schema not in flat[:index]]
    return each[0] if len(each) == 1 else {"anyOf": each}
